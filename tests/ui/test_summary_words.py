"""Do the three sentences say what the numbers say, and no more?"""

from datetime import date, datetime

import numpy as np
import pytest

from twin.physiology.longitudinal import fit
from twin.record.patient import Medication, Patient, Series
from twin.risk.results import InputUsed, RiskEstimate, Withheld
from twin.ui.views.summary_words import (
    change_sentence,
    driver_sentence,
    drivers,
    listed,
    matter_of,
    risk_sentence,
    weak_points,
)

TODAY = date(2026, 11, 24)


def used(name, value, unit=""):
    return InputUsed(name, name.replace("_", " ").capitalize(), value, unit, datetime(2026, 1, 1), 300, "office", "x")


def answer(outcome, risk, equation="prevent_base@2023", **given):
    return RiskEstimate(outcome, 10, risk, equation, "SRC-PREVENT", given.pop("inputs", ()), **given)


def test_the_parts_are_named_when_all_are_known():
    said = risk_sentence((answer("cvd", 0.2), answer("ascvd", 0.14), answer("heart_failure", 0.09)))
    assert said == (
        "people like this get cardiovascular disease within 10 years under current care: "
        "heart attack or stroke 14 in 100, heart failure 9 in 100; some get both."
    )


def test_a_withheld_part_is_not_named():
    withheld = Withheld("heart_failure", 10, "prevent_base@2023", "BMI")
    said = risk_sentence((answer("cvd", 0.2), answer("ascvd", 0.14), withheld))
    assert said == "people like this get cardiovascular disease within 10 years under current care."


def test_another_event_is_not_a_first_one():
    assert "another cardiovascular event" in risk_sentence((answer("cvd", 0.3, equation="smart_reach@2018"),))


def test_terms_of_one_matter_are_added_up():
    terms = {"age": 0.5, "sbp_above_110": 0.3, "age_x_sbp_above_110": -0.1, "bp_treated": 0.2, "non_hdl": -0.2}
    assert [(name, pytest.approx(share)) for name, share in drivers(terms)] == [("age", 0.5), ("systolic_bp", 0.4)]


@pytest.mark.parametrize(
    ("term", "matter"),
    [
        ("age_x_diabetes", "has_diabetes"),
        ("bp_treated_x_sbp_above_110", "systolic_bp"),
        ("statin_x_non_hdl", "total_cholesterol"),
        ("age_squared", "age"),
        ("constant", None),
    ],
)
def test_every_term_belongs_to_what_a_clinician_would_name(term, matter):
    assert matter_of(term) == matter


def test_the_three_largest_drivers_are_said_with_their_values():
    estimate = answer(
        "cvd",
        0.2,
        inputs=(used("age", 62), used("systolic_bp", 152.0), used("has_diabetes", True), used("egfr", 50.0)),
        terms={"age": 0.6, "sbp_above_110": 0.5, "diabetes": 0.4, "egfr_below_60": 0.1, "constant": -3.0},
    )
    assert driver_sentence(estimate) == "What adds most to it: age 62, Systolic BP 152 mmHg and has diabetes."


def test_no_driver_says_nothing():
    assert driver_sentence(answer("cvd", 0.01, terms={"age": -0.4, "constant": -3.0})) is None


def test_old_inputs_are_said_in_one_sentence():
    problems = ("TWN001: LDL from 01-Jan-2020, 82 months old.", "Weight is unusual.", "TWN001: HDL is old.")
    said = weak_points(problems)
    assert said == "Old inputs (TWN001): LDL from 01-Jan-2020, 82 months old; HDL is old. Weight is unusual."


def test_words_are_joined_as_in_a_sentence():
    assert listed(["one"]) == "one"
    assert listed(["one", "two", "three"]) == "one, two and three"


def patient(values, medications=()):
    times = np.array(
        [f"{2019 + i // 2}-{'02' if i % 2 == 0 else '08'}-01" for i in range(len(values))], "datetime64[s]"
    )
    labels = np.array([f"o{i}" for i in range(len(values))])
    series = Series("ldl_cholesterol", times, np.array(values, float), np.array(["laboratory"] * len(values)), labels)
    return Patient(
        "p", "Doe", "Jane", "", date(1966, 3, 14), "female", "1", None, True, {"ldl_cholesterol": series}, None,
        medications=medications,
    )  # fmt: skip


def test_a_steady_patient_has_no_clear_change():
    steady = patient([130, 133, 128, 131, 129, 132, 130, 131, 129, 130, 132, 131, 130, 129, 131, 130])
    said = change_sentence(steady, fit(steady, on=TODAY), TODAY)
    assert said == "Since 24-Nov-2025: no clear change of a key measure, no drug started or stopped."


def test_a_started_drug_and_a_fall_are_said():
    course = Medication(
        "atorvastatin", "statin", "Atorvastatin", "s", "1", 40.0, date(2026, 2, 10), None, "active", "m1"
    )
    treated = patient([150, 153, 148, 151, 149, 152, 150, 151, 149, 150, 152, 151, 150, 149, 151, 74], (course,))
    said = change_sentence(treated, fit(treated, on=TODAY), TODAY)
    assert "LDL fell from 1" in said
    assert said.endswith("atorvastatin started on 10-Feb-2026.")


def test_without_a_twin_only_the_drugs_are_said():
    assert change_sentence(patient([130, 74]), None, TODAY) == "Since 24-Nov-2025: no drug started or stopped."
