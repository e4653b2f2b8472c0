from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from tests.risk.people import ON, condition, medication, patient, series
from twin.record.patient import Patient, SmokingStatus
from twin.risk.estimate import estimate
from twin.risk.panel import ages, estimate_panel
from twin.risk.results import RiskEstimate

NAMES = (
    "systolic_bp",
    "total_cholesterol",
    "hdl_cholesterol",
    "egfr",
    "bmi",
    "creatinine",
    "weight",
    "height",
    "uacr",
    "non_hdl_cholesterol",
)


def as_row(someone: Patient) -> dict:
    """Write a patient as a row of the panel, the way the store does."""
    row = {"id": someone.id, "birth_date": someone.birth_date, "sex": someone.sex}
    row |= {"deceased": someone.deceased, "is_deceased": someone.is_deceased}
    row["smoking"] = someone.smoking.status if someone.smoking else None
    for name in NAMES:
        found = someone.latest(name, ON)
        row[name] = found.value if found else np.nan
        row[f"{name}_time"] = found.time if found else pd.NaT
    for drug_class in ("statin", "arb", "thiazide"):
        row[f"takes_{drug_class}"] = someone.takes_class(drug_class, ON)
    for concept in CONCEPTS:
        row[f"has_{concept.replace('/', '_')}"] = someone.has(concept, ON)
        row[f"had_{concept.replace('/', '_')}"] = someone.ever_had(concept, ON)
    return row


CONCEPTS = (
    "cardiovascular",
    "cardiovascular/coronary",
    "cardiovascular/coronary/myocardial_infarction",
    "cardiovascular/stroke",
    "cardiovascular/heart_failure",
    "diabetes",
    "hypertension",
    "kidney/dialysis",
)
PEOPLE = (
    patient(),
    patient(sex="female", medications=(medication("arb"), medication("statin"))),
    patient(birth_date=date(1944, 1, 1)),
    patient(values={"bmi": 45.0}),
    patient(deceased=date(2025, 1, 1)),
    patient(deceased=date(2099, 1, 1)),
    patient(is_deceased=True),
    patient(conditions=(condition("cardiovascular/stroke"),)),
    patient(conditions=(condition("diabetes/type_2"),), smoking=SmokingStatus("current", datetime(2026, 1, 1), "x")),
    patient(smoking=None),
    patient(extra=(series("creatinine", ("2026-09-01", 1.9)),)),
    patient(extra=(series("creatinine", ("2026-01-01", 1.9)),)),
    patient(extra=(series("weight", ("2026-09-01", 81.0)), series("height", ("2020-01-01", 180.0)))),
    patient(values={"egfr": 25.0, "uacr": 500.0}),
    patient(values={"egfr": 25.0, "uacr": 500.0}, conditions=(condition("kidney/dialysis"),)),
    patient(birth_date=None),
    patient(values={"total_cholesterol": None}, extra=(series("non_hdl_cholesterol", ("2026-06-01", 180.0)),)),
    patient(values={"total_cholesterol": None}, extra=(series("non_hdl_cholesterol", ("2026-05-01", 180.0)),)),
    patient(conditions=(condition("cardiovascular/stroke", abated=date(2026, 1, 1)),)),
    patient(
        conditions=(condition(CONCEPTS[2]), condition("cardiovascular/heart_failure")),
        extra=(series("creatinine", ("2026-09-01", 1.1)),),
    ),
)


@pytest.mark.parametrize(
    ("equation_id", "horizon"),
    [("prevent_base", 10), ("prevent_base", 30), ("kfre_4", 5), ("smart_reach", 10)],
)
def test_the_panel_reads_as_each_patient(equation_id, horizon):
    panel = pd.DataFrame([as_row(someone) for someone in PEOPLE])
    table = estimate_panel(panel, equation_id, on=ON, horizon_years=horizon)
    for row, someone in enumerate(PEOPLE):
        for single in estimate(someone, equation_id, on=ON, horizon_years=horizon):
            value = table[single.outcome].iloc[row]
            if isinstance(single, RiskEstimate):
                assert value == single.risk
            else:
                assert np.isnan(value)
                assert table["problems"].iloc[row]


def test_ages_in_completed_years_over_leap_days():
    births = pd.Series([date(1964, 2, 29), date(1966, 11, 24), date(1966, 11, 25), None])
    assert ages(births, np.datetime64("2026-02-28")).tolist()[:3] == [61, 59, 59]
    assert ages(births, np.datetime64("2026-11-24")).tolist()[:3] == [62, 60, 59]
    assert np.isnan(ages(births, np.datetime64("2026-11-24"))[3])


def test_a_panel_of_thousands_keeps_its_index():
    panel = pd.DataFrame([as_row(someone) for someone in PEOPLE] * 100)
    panel.index = panel.index + 7
    table = estimate_panel(panel, "prevent_base", on=ON, horizon_years=10)
    assert (table.index == panel.index).all()


def test_an_empty_panel():
    panel = pd.DataFrame([as_row(patient())]).iloc[:0]
    assert estimate_panel(panel, "prevent_base", on=ON, horizon_years=10).empty


def test_a_panel_that_does_not_know_the_past_makes_nothing_up():
    panel = pd.DataFrame([as_row(someone) for someone in PEOPLE])
    panel = panel[[column for column in panel if not column.startswith("had_")]]
    table = estimate_panel(panel, "smart_reach", on=ON, horizon_years=10)
    assert table["cvd"].isna().all()
    assert table["problems"].str.contains("coronary_disease missing").any()
