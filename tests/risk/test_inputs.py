from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.risk.people import ON, condition, medication, patient, series
from twin.record.patient import Correction, SmokingStatus
from twin.risk.catalogue import score
from twin.risk.inputs import inputs_of


def used(someone, name, equation_id="prevent_base", on=ON):
    return inputs_of(someone, equation_id, on=on).used[name]


def test_a_measured_input_carries_its_receipt():
    found = used(patient(), "systolic_bp")
    assert (found.value, found.unit, found.source) == (150.0, "mmHg", "laboratory")
    assert found.time == datetime(2026, 6, 1)
    assert found.age_days == 176
    assert found.origin == "Observation/systolic_bp-2026-06-01"


def test_nothing_later_than_the_day_is_read():
    late = patient(extra=(series("systolic_bp", ("2025-01-01", 140.0), ("2026-12-01", 190.0)),))
    assert used(late, "systolic_bp").value == 140.0


def test_age_in_completed_years():
    assert used(patient(birth_date=date(1966, 11, 25)), "age").value == 59
    assert used(patient(birth_date=date(1966, 11, 24)), "age").value == 60


def test_egfr_from_a_newer_creatinine_says_so():
    someone = patient(extra=(series("creatinine", ("2026-09-01", 1.4)),))
    found = used(someone, "egfr")
    assert found.value == score("ckd_epi_2021", {"creatinine": [1.4], "age": [60], "sex": ["male"]}).outputs["egfr"][0]
    assert found.origin == "CKD-EPI 2021 from creatinine 1.40 mg/dL (Observation/creatinine-2026-09-01)"
    assert found.time == datetime(2026, 9, 1)


def test_a_stored_egfr_of_the_same_day_or_later_stands():
    someone = patient(extra=(series("creatinine", ("2026-06-01", 1.4)),))
    assert used(someone, "egfr").value == 80.0


def test_age_at_the_time_of_the_creatinine_counts():
    young = patient(values={"egfr": None}, extra=(series("creatinine", ("2020-01-01", 1.0)),))
    expected = score("ckd_epi_2021", {"creatinine": [1.0], "age": [53], "sex": ["male"]}).outputs["egfr"][0]
    assert used(young, "egfr").value == expected


def test_bmi_from_a_newer_weight():
    someone = patient(extra=(series("weight", ("2026-09-01", 81.0)), series("height", ("2020-01-01", 180.0))))
    found = used(someone, "bmi")
    assert found.value == 25.0
    assert found.origin.startswith("weight 81.0 kg")


def test_total_cholesterol_from_one_sample_only():
    one = patient(
        values={"total_cholesterol": None, "hdl_cholesterol": None},
        extra=(series("hdl_cholesterol", ("2026-06-01", 50.0)), series("non_hdl_cholesterol", ("2026-06-01", 150.0))),
    )
    assert used(one, "total_cholesterol").value == 200.0
    two = patient(values={"total_cholesterol": None}, extra=(series("non_hdl_cholesterol", ("2026-05-01", 150.0)),))
    assert "total_cholesterol" in inputs_of(two, "prevent_base", on=ON).missing


def test_diagnoses_come_from_the_problem_list():
    assert used(patient(), "has_diabetes").origin == "no diabetes in the problem list"
    with_diabetes = patient(conditions=(condition("diabetes/type_2", onset=date(2020, 1, 1)),))
    assert used(with_diabetes, "has_diabetes").value is True
    assert used(patient(conditions=(condition("prediabetes"),)), "has_diabetes").value is False


@pytest.mark.parametrize(
    "drug_class", ["ace_inhibitor", "arb", "calcium_channel_blocker", "thiazide", "beta_blocker", "mra"]
)
def test_treatment_comes_from_the_medicines(drug_class):
    assert used(patient(medications=(medication(drug_class),)), "bp_treated").value is True
    stopped = patient(medications=(medication(drug_class, stop=date(2026, 1, 1)),))
    assert used(stopped, "bp_treated").value is False
    assert used(patient(medications=(medication("statin"),)), "on_statin").value is True


def test_a_medicine_of_which_no_dose_is_taken_is_no_treatment():
    statin = replace(medication("statin"), ingredient="atorvastatin")
    none = Correction("p1", "adherence", "Says so", ingredient=statin.ingredient, adherence=0.0)
    found = used(patient(medications=(statin,), corrections=(none,)), "on_statin")
    assert found.value is False and found.origin.endswith(", of which no dose is taken")
    some = replace(none, adherence=0.5)
    assert used(patient(medications=(statin,), corrections=(none, some)), "on_statin").value is True


@pytest.mark.parametrize("smoking", [None, SmokingStatus("unknown", datetime(2026, 1, 1), "x")])
def test_unknown_smoking_is_missing(smoking):
    assert inputs_of(patient(smoking=smoking), "prevent_base", on=ON).missing == ("current_smoker",)


@pytest.mark.parametrize(("status", "value"), [("never", False), ("former", False), ("current", True)])
def test_known_smoking(status, value):
    assert used(patient(smoking=SmokingStatus(status, datetime(2026, 1, 1), "x")), "current_smoker").value is value


def test_old_and_unusual_values_are_named():
    old = patient(extra=(series("total_cholesterol", ("2024-09-12", 230.0)), series("egfr", ("2026-11-01", 145.0))))
    gathered = inputs_of(old, "prevent_base", on=ON)
    assert gathered.problems(["total_cholesterol"], ON) == (
        "TWN001: Total cholesterol from 12-Sep-2024, 26 months old.",
    )
    assert gathered.problems(["egfr"], ON) == ("Estimated GFR of 145 mL/min/1.73 m2 is unusual. Check the value.",)
    assert gathered.problems(["systolic_bp"], ON) == ()
