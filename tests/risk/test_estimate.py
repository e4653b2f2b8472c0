from datetime import date

import pytest

from tests.risk.people import ON, condition, patient, series
from twin.risk.catalogue import score
from twin.risk.estimate import estimate
from twin.risk.life_table import estimate_death
from twin.risk.results import HAS_DIED, RiskEstimate, Withheld

PREVENT = ("cvd", "ascvd", "heart_failure", "chd", "stroke")


def by_outcome(someone, equation_id="prevent_base", horizon_years=10, **more):
    return {e.outcome: e for e in estimate(someone, equation_id, on=ON, horizon_years=horizon_years, **more)}


def test_the_promised_man():
    found = by_outcome(patient())
    assert tuple(found) == PREVENT
    assert round(found["cvd"].risk, 3) == 0.095
    assert found["cvd"].equation == "prevent_base@2023"
    assert found["cvd"].problems == ()


def test_an_estimate_is_the_table_s_number():
    row = {"age": [60], "sex": ["male"], "systolic_bp": [150], "bp_treated": [False], "total_cholesterol": [230]}
    row |= {"hdl_cholesterol": [45], "on_statin": [False], "has_diabetes": [False], "current_smoker": [False]}
    row |= {"egfr": [80], "bmi": [30], "horizon_years": [10]}
    scored = score("prevent_base", row).outputs
    assert {k: e.risk for k, e in by_outcome(patient()).items()} == {k: scored[f"risk_{k}"][0] for k in PREVENT}


def test_inputs_can_be_replaced_for_a_question():
    found = by_outcome(patient(), replace={"bp_treated": True, "systolic_bp": 140})["cvd"]
    assert round(found.risk, 3) == 0.106
    replaced = {i.name: i for i in found.inputs}["systolic_bp"]
    assert (replaced.value, replaced.source, replaced.origin) == (140, "stated", "entered for this question")


def test_the_receipt_lists_what_the_outcome_uses():
    found = by_outcome(patient())
    assert "bmi" not in {i.name for i in found["cvd"].inputs}
    assert "total_cholesterol" not in {i.name for i in found["heart_failure"].inputs}
    assert "age_squared" not in found["cvd"].terms
    assert found["cvd"].terms["constant"] == -3.031168


def test_out_of_range_keeps_the_other_outcomes():
    found = by_outcome(patient(values={"bmi": 45.0}))
    assert isinstance(found["cvd"], RiskEstimate)
    refused = found["heart_failure"]
    assert isinstance(refused, Withheld)
    assert refused.out_of_range == ("bmi",)
    assert refused.clinical == (
        "This equation covers body mass index 18.5 to below 40 kg/m2. This patient’s is 45. No estimate shown."
    )


def test_out_of_range_by_age():
    found = by_outcome(patient(birth_date=date(1944, 1, 1)))
    assert {e.clinical for e in found.values()} == {
        "This equation covers ages 30 to 79. This patient is 82. No estimate shown."
    }


def test_missing_inputs_are_listed_by_label():
    refused = by_outcome(patient(values={"total_cholesterol": None}, smoking=None))["cvd"]
    assert refused.missing == ("total_cholesterol", "current_smoker")
    assert refused.clinical == "Cardiovascular disease over 10 years needs: total cholesterol, current smoking."


@pytest.mark.parametrize("name", ["systolic_bp", "egfr", "hdl_cholesterol", "total_cholesterol"])
def test_each_missing_measurement_is_named(name):
    assert by_outcome(patient(values={name: None}))["cvd"].missing == (name,)


@pytest.mark.parametrize(
    "concept",
    ["cardiovascular/coronary/myocardial_infarction", "cardiovascular/stroke", "cardiovascular/heart_failure"],
)
def test_prevent_is_not_for_known_disease(concept):
    known = patient(conditions=(condition(concept, onset=date(2010, 1, 1), abated=date(2011, 1, 1)),))
    for refused in by_outcome(known).values():
        assert isinstance(refused, Withheld)
        assert refused.clinical.startswith("PREVENT base is not for people with this in their record: ")


def test_a_disease_that_comes_later_does_not_count():
    later = patient(conditions=(condition("cardiovascular/stroke", onset=date(2026, 12, 1)),))
    assert isinstance(by_outcome(later)["cvd"], RiskEstimate)


def test_kidney_failure():
    someone = patient(values={"egfr": 30.0, "uacr": 300.0})
    found = by_outcome(someone, "kfre_4", 5)["kidney_failure"]
    assert {i.name: i.origin for i in found.inputs}["north_american"] == "setting of this installation"
    for concept in ("kidney/dialysis", "kidney/transplant"):
        refused = by_outcome(patient(conditions=(condition(concept),)), "kfre_4", 5)["kidney_failure"]
        assert refused.clinical.startswith("KFRE 4 variables is not for people with this in their record")


def test_between_the_published_horizons_the_curve_is_read_and_said():
    at_5 = by_outcome(patient(), horizon_years=5)["cvd"]
    assert 0 < at_5.risk < by_outcome(patient())["cvd"].risk
    assert "curve through the published risk over 10 years" in at_5.problems[0]


def test_nothing_beyond_the_last_horizon():
    refused = by_outcome(patient(values={"egfr": 30.0, "uacr": 300.0}), "kfre_4", 10)["kidney_failure"]
    assert refused.clinical == "KFRE 4 variables gives risks over 2 and 5 years. No estimate shown for 10 years."
    older = by_outcome(patient(), horizon_years=30)["cvd"]
    assert older.clinical == "This equation covers ages 30 to 59 over 30 years. This patient is 60. No estimate shown."


def test_old_inputs_are_named_where_they_are_used():
    old = patient(extra=(series("total_cholesterol", ("2024-09-12", 230.0)),))
    found = by_outcome(old)
    assert found["cvd"].problems == ("TWN001: Total cholesterol from 12-Sep-2024, 26 months old.",)
    assert found["heart_failure"].problems == ()


@pytest.mark.parametrize("dead", [{"deceased": ON}, {"is_deceased": True}], ids=["day known", "day not known"])
@pytest.mark.parametrize("equation_id", ["prevent_base", "ckd_epi_2021", "smart_reach"])
def test_nobody_is_given_a_risk_after_death(dead, equation_id):
    found = estimate(patient(**dead), equation_id, on=ON, horizon_years=10)
    assert found
    assert all(isinstance(one, Withheld) and one.clinical == HAS_DIED for one in found)
    assert estimate_death(patient(**dead), on=ON, horizon_years=10).clinical == HAS_DIED


def test_a_death_to_come_changes_nothing_before():
    assert by_outcome(patient(deceased=date(2099, 1, 1)))["cvd"].risk == by_outcome(patient())["cvd"].risk
