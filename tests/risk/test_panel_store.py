"""Does the worklist's panel say of every patient of a record what that patient's own page says?"""

from datetime import date, datetime

import numpy as np
import pytest

from twin.demo.panel import write_panel
from twin.governance.session import command_line_session
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.risk.estimate import estimate
from twin.risk.panel import estimate_panel
from twin.risk.results import RiskEstimate

TODAY = date(2026, 1, 15)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel")
    write_panel(folder, patients=60, seed=3, today=TODAY)
    with Database.open(tmp_path_factory.mktemp("home")) as database:
        store = database.session(command_line_session())
        import_paths(store, [folder / "fhir"], now=datetime(2026, 1, 16))
        yield store.panel(TODAY), {patient.id: patient for patient in store.patients()}


@pytest.mark.parametrize(
    ("equation_id", "horizon"),
    [("prevent_base", 10), ("prevent_full", 10), ("prevent_base", 30), ("kfre_4", 5), ("framingham_2008", 10)],
)
def test_the_panel_of_a_record_reads_as_each_patient(record, equation_id, horizon):
    panel, patients = record
    table = estimate_panel(panel, equation_id, on=TODAY, horizon_years=horizon)
    shown = 0
    for row, patient_id in enumerate(panel["id"]):
        for single in estimate(patients[patient_id], equation_id, on=TODAY, horizon_years=horizon):
            value, problems = table[single.outcome].iloc[row], table["problems"].iloc[row]
            if isinstance(single, RiskEstimate):
                assert value == pytest.approx(single.risk, abs=1e-12)
                shown += 1
            else:
                assert np.isnan(value)
                assert all(name in problems for name in (*single.missing, *single.out_of_range))
                assert problems
    assert shown >= 5


def test_the_past_counts_where_the_panel_knows_it(record):
    panel, patients = record
    table = estimate_panel(panel, "smart_reach", on=TODAY, horizon_years=10)
    for row, patient_id in enumerate(panel["id"]):
        (single,) = estimate(patients[patient_id], "smart_reach", on=TODAY, horizon_years=10)
        if isinstance(single, RiskEstimate):
            assert table["cvd"].iloc[row] == pytest.approx(single.risk, abs=1e-12)
        else:
            assert np.isnan(table["cvd"].iloc[row])
