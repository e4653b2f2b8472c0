"""Do the alerts stay within their budget over the demo panel?"""

from datetime import date

import numpy as np
import pytest

from twin.demo.panel import write_panel
from twin.governance.session import command_line_session
from twin.monitoring.review import review_panel
from twin.monitoring.rules import ATHEROSCLEROTIC, rules
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.risk.panel import has_died

TODAY = date(2026, 11, 24)
PATIENTS = 150


@pytest.fixture(scope="module")
def review(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    write_panel(folder / "demo", patients=PATIENTS, seed=1, today=TODAY)
    with Database.open(folder / "home") as database:
        store = database.session(command_line_session())
        import_paths(store, [folder / "demo" / "fhir"])
        return review_panel(store.panel(TODAY), on=TODAY)


def test_decisions_are_at_most_one_a_patient_on_average_and_three_for_anyone(review):
    decisions = review.decisions()
    assert len(decisions) == PATIENTS
    assert 0.05 < decisions.mean() <= 1.0
    assert decisions.max() <= 3


def test_the_panel_meets_most_rules(review):
    met = {rule.code for rule in rules() if review.found[rule.code].any()}
    assert len(met) >= len(rules()) // 2


def test_known_disease_is_found_in_the_problem_list(review):
    diseased = review.panel.had(*ATHEROSCLEROTIC)
    assert 0.1 < diseased.mean() < 0.6
    dead = has_died(review.panel.frame, on=review.panel.on)
    living = diseased & ~dead
    assert np.isnan(review.panel.risk[living]).all() and np.isnan(review.after_event[~diseased]).all()
    assert (~np.isnan(review.after_event[living])).mean() > 0.6
    np.testing.assert_array_equal(review.withheld[living] == "", ~np.isnan(review.after_event[living]))
    assert all(" outside " in why or why.endswith(" missing") for why in review.withheld[living] if why)
    assert dead.any()
    assert set(review.withheld[dead]) == {"This patient has died"}
    assert np.isnan(review.risk[dead]).all()
