"""Does the twin find again what the panel was made with?"""

from collections import defaultdict
from datetime import date, datetime

import numpy as np
import pytest

from twin.governance.session import command_line_session
from twin.physiology.longitudinal import fit_panel
from twin.record.database import Database
from twin.record.imports import import_paths

TODAY = date(2026, 1, 15)
LEARNED = 0.8  # of the prior's standard deviation: values have told of the response


@pytest.fixture(scope="module")
def twins(tmp_path_factory, written):
    with Database.open(tmp_path_factory.mktemp("home")) as database:
        store = database.session(command_line_session())
        import_paths(store, [written.folder / "fhir"], now=datetime(2026, 1, 16))
        return fit_panel(store.patients(), on=TODAY)


def test_how_strongly_each_patient_answers_to_a_drug_started_is_found(twins, written):
    started = defaultdict(list)
    for row in written.truth("responses"):
        if row["start"] <= TODAY.isoformat():
            started[row["patient_id"], row["drug_class"], row["variable"]].append(float(row["multiplier"]))
    pairs = [
        (one.mean, np.mean(started[twin.patient_id, one.drug_class, one.variable]))
        for twin in twins
        for one in twin.responses
        if (twin.patient_id, one.drug_class, one.variable) in started and one.sd < LEARNED * one.prior_sd
    ]
    assert len(pairs) > 300
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.5


def test_who_changed_regime_is_out_of_sync_and_hardly_anybody_else(twins, written):
    changed = {row["patient_id"] for row in written.truth("regime_changes")}
    out = {twin.patient_id for twin in twins if not twin.in_sync}
    assert len(changed) > 10
    assert len(out & changed) > 0.6 * len(changed)
    assert len(out - changed) < 0.03 * (len(twins) - len(changed))
