"""Does the summary say which test would tell most, in neutral words, and nothing where the twin is withheld?"""

import re

import pytest

from tests.ui.conftest import TODAY
from tests.ui.test_pages import JANE, NORA, RICHARD, open_page, text
from twin.physiology.longitudinal import fit
from twin.plans.next_test_measurements import measurements
from twin.plans.next_test_value import Value
from twin.ui import access
from twin.ui.views import next_test as view

TABLE = 'class="cp next-test"'


def section(app, patient):
    return text(open_page(app, "summary.py", patient)).partition('id="which-test-next"')[2]


def test_every_test_is_a_group_of_rows_with_its_last_values(app):
    shown = section(app, JANE)
    assert shown.count('scope="rowgroup"') == len(measurements())
    assert all(known.label in shown for known in measurements().values())
    assert "Sorted by how often the order of the plans would change" in shown
    assert re.search(r"Compared: current care and \d+ single changes, by serious events prevented", shown)
    assert "<strong>152</strong>" in shown and "Never measured" in shown
    assert "Risk in 10 years, now likely" in shown and "PREVENT full" in shown


def test_no_word_recommends(app):
    assert not re.search("recommend|best|optimal|prefer", section(app, JANE), re.IGNORECASE)


def test_where_cvd_has_no_estimate_deaths_are_counted(app):
    shown = section(app, RICHARD)
    assert "by the risk of death in 10 years" in shown
    assert "Risk in 10 years" not in shown


def test_a_child_gets_the_reason_and_no_table(app):
    shown = section(app, NORA)
    assert "The twin is not for people under 18." in shown
    assert TABLE not in shown


def test_a_twin_out_of_step_gives_the_reason_and_no_table(app, monkeypatch):
    def out_of_step(patient, *, on):
        twin = fit(patient, on=on)
        vars(twin)["out_of_sync_reason"] = "The values have jumped."
        return twin

    monkeypatch.setattr(access, "twin", out_of_step)
    shown = section(app, JANE)
    assert "out of sync: do not use. The values have jumped." in shown and TABLE not in shown


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "Not calculated"),
        (Value(0.0, 0.0, 0.0, 0.0), "0 of 100"),
        (Value(0.2, 0.4, 1e-5, 3e-5), "Not clear"),
        (Value(0.463, 0.02, 0.00054, 0.00003), "46 of 100"),
        (Value(0.004, 0.001, 0.00001, 0.000001), "fewer than 1 of 100"),
    ],
)
def test_how_often_the_order_changes_is_said_with_its_error(value, said):
    shown = "".join(str(part) for part in view._changes(value))
    assert said in shown
    assert ("0.54 (± 0.03) fewer in 1,000" in shown) == (value is not None and value.changes == 0.463)


def test_it_is_worked_out_once_a_twin(app, monkeypatch):
    open_page(app, "summary.py", JANE)
    monkeypatch.setattr(view, "next_tests", None)  # a second calculation would fail
    assert TABLE in text(app.run())
    assert access.today() == TODAY


def test_on_compare_it_opens_for_the_plans_of_the_desk(app):
    page = open_page(app, "compare.py", JANE)
    assert "Which test next" in [box.label for box in page.expander]
    assert TABLE not in text(page)  # nothing is worked out before it is opened
    page.session_state["compare/next-test"] = True
    shown = text(page.run())
    assert TABLE in shown and "Compared: current care and 1 plan, by serious events prevented" in shown
