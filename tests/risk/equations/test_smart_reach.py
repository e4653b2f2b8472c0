from datetime import date

import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from tests.risk.people import ON, condition, patient, series
from twin.risk.catalogue import equation, score
from twin.risk.estimate import estimate
from twin.risk.results import RiskEstimate, Withheld
from twin.units import to_canonical

NAMES = [i.name for i in equation("smart_reach").inputs]
MAN = {
    "age": [65],
    "sex": ["male"],
    "current_smoker": [False],
    "has_diabetes": [False],
    "systolic_bp": [135],
    "total_cholesterol": [175],
    "creatinine": [1.0],
    "coronary_disease": [True],
    "cerebrovascular_disease": [False],
    "peripheral_artery_disease": [False],
    "atrial_fibrillation": [False],
    "heart_failure": [False],
    "north_american": [False],
}


def risk(**changed):
    return score("smart_reach", MAN | {k: [v] for k, v in changed.items()}).outputs["risk_cvd"][0]


def test_agrees_with_acribis_year_by_year():
    table = golden("smart_reach_acribis.csv")
    table["total_cholesterol"] = to_canonical("total_cholesterol", table["total_cholesterol_mmol_l"], "mmol/L")
    table["creatinine"] = to_canonical("creatinine", table["creatinine_umol_l"], "umol/L")
    ours = score("smart_reach", pick(table, *NAMES)).outputs["risk_cvd"]
    np.testing.assert_allclose(ours, table["risk_cvd"], rtol=1e-10)


def test_an_ordinary_patient_has_an_ordinary_risk():
    assert 0.12 < risk() < 0.25


def test_risk_rises_with_what_harms():
    assert risk(current_smoker=True) > risk()
    assert risk(has_diabetes=True) > risk()
    assert risk(heart_failure=True) > risk()
    assert risk(peripheral_artery_disease=True) > risk()
    assert risk(north_american=True) > risk()


def test_without_disease_it_says_nothing():
    scored = score("smart_reach", MAN | {"coronary_disease": [False]})
    assert np.isnan(scored.outputs["risk_cvd"][0])
    assert scored.problems[0] == "no risk_cvd: it cannot be worked out from what is known"


@pytest.mark.parametrize("name", sorted(MAN))
def test_each_missing_input_is_named(name):
    scored = score("smart_reach", MAN | {name: [None]})
    assert scored.problems[0] == f"{name} missing"


def test_a_patient_with_known_disease_gets_a_model_made_for_it():
    someone = patient(
        conditions=(condition("cardiovascular/stroke", onset=date(2019, 1, 1)),),
        extra=(series("creatinine", ("2026-06-01", 1.0)),),
    )
    found = estimate(someone, "smart_reach", on=ON, horizon_years=10)[0]
    assert isinstance(found, RiskEstimate)
    origins = {i.name: i.origin for i in found.inputs}
    assert origins["cerebrovascular_disease"] == "stroke (Condition/cardiovascular/stroke)"
    assert origins["coronary_disease"] == "no coronary disease in the problem list"
    refused = estimate(patient(), "smart_reach", on=ON, horizon_years=10)[0]
    assert isinstance(refused, Withheld)
    assert refused.clinical.startswith("SMART-REACH is for people who have coronary disease or stroke")
