import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score
from twin.units import to_canonical

NAMES = ("age", "sex", "region", "current_smoker", "systolic_bp", "total_cholesterol", "hdl_cholesterol")
REGIONS = ["low", "moderate", "high", "very_high"]


def table_of(name):
    table = golden(name)
    for lipid in ("total_cholesterol", "hdl_cholesterol"):
        table[lipid] = to_canonical(lipid, table[f"{lipid}_mmol_l"], "mmol/L")
    return table


def person(**changed):
    given = {
        "age": 50,
        "sex": "male",
        "region": "low",
        "current_smoker": True,
        "systolic_bp": 140,
        "total_cholesterol": to_canonical("total_cholesterol", 5.5, "mmol/L"),
        "hdl_cholesterol": to_canonical("hdl_cholesterol", 1.3, "mmol/L"),
    } | changed
    return {name: [value] for name, value in given.items()}


def test_the_published_examples():
    # A smoker of 50 with 140 mmHg, 6.3 and 1.4 mmol/L, man and woman in each region.
    found = [
        score(
            "score2",
            person(
                sex=sex,
                region=region,
                total_cholesterol=to_canonical("total_cholesterol", 6.3, "mmol/L"),
                hdl_cholesterol=to_canonical("hdl_cholesterol", 1.4, "mmol/L"),
            ),
        ).outputs["risk_cvd"][0]
        for region in REGIONS
        for sex in ("male", "female")
    ]
    assert np.round(100 * np.array(found), 1).tolist() == [6.3, 4.3, 8.1, 5.2, 8.8, 7.1, 15.1, 14.1]


def test_score2_and_score2_op_agree_with_riskscorescvd():
    table = table_of("score2_riskscorescvd.csv")
    for equation_id, here in (("score2", table["age"] < 70), ("score2_op", table["age"] >= 70)):
        assert here.sum() > 200
        ours = score(equation_id, pick(table, *NAMES, where=here)).outputs["risk_cvd"]
        np.testing.assert_allclose(ours, table["risk_cvd"][here], rtol=1e-11)


def test_score2_diabetes_agrees_with_riskscorescvd():
    table = table_of("score2_diabetes_riskscorescvd.csv")
    table["hba1c"] = to_canonical("hba1c", table["hba1c_mmol_mol"], "mmol/mol")
    given = pick(table, *NAMES, "age_at_diabetes", "hba1c", "egfr")
    np.testing.assert_allclose(score("score2_diabetes", given).outputs["risk_cvd"], table["risk_cvd"], rtol=1e-10)


@pytest.mark.parametrize(
    ("equation_id", "low", "high"), [("score2", 40, 69), ("score2_op", 70, 89), ("score2_diabetes", 40, 69)]
)
def test_each_is_for_its_ages(equation_id, low, high):
    extra = {"age_at_diabetes": 35, "hba1c": 7, "egfr": 80} if equation_id == "score2_diabetes" else {}
    for age, withheld in ((low, False), (high, False), (low - 1, True), (high + 1, True)):
        found = score(equation_id, person(age=age, **extra)).outputs["risk_cvd"][0]
        assert np.isnan(found) == withheld


@pytest.mark.parametrize("name", [*NAMES, "age_at_diabetes", "hba1c", "egfr"])
def test_each_missing_input_is_named(name):
    given = person(age_at_diabetes=40, hba1c=7, egfr=80) | {name: [None]}
    assert score("score2_diabetes", given).problems[0] == f"{name} missing"


def test_an_unknown_region_is_refused():
    scored = score("score2", person(region="mars"))
    assert scored.problems[0] == "region “mars” is not one of low, moderate, high, very_high"
    assert np.isnan(scored.outputs["risk_cvd"][0])


def test_risk_rises_from_region_to_region():
    risks = [score("score2", person(region=region)).outputs["risk_cvd"][0] for region in REGIONS]
    assert risks == sorted(risks)


def test_score2_is_not_for_diabetes():
    assert "diabetes" in equation("score2").excludes_now
    assert "diabetes/type_1" in equation("score2_diabetes").excludes_ever
