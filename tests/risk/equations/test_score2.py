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


def percents(equation_id, *, by=REGIONS, **changed):
    """Return the risks of a man and a woman in each region, as the papers print them."""
    found = [
        score(equation_id, person(sex=sex, region=region, **changed)).outputs["risk_cvd"][0]
        for region in by
        for sex in ("male", "female")
    ]
    return np.round(100 * np.array(found), 1).tolist()


def lipids(total_mmol_l, hdl_mmol_l):
    return {
        "total_cholesterol": to_canonical("total_cholesterol", total_mmol_l, "mmol/L"),
        "hdl_cholesterol": to_canonical("hdl_cholesterol", hdl_mmol_l, "mmol/L"),
    }


def test_the_example_of_the_score2_abstract():
    # Abstract, as quoted at eucanshare.eu: a smoker of 50, 140 mmHg, 5.5 and 1.3 mmol/L
    assert percents("score2", by=("low", "very_high")) == [5.9, 4.2, 14.0, 13.7]


def test_the_examples_of_the_score2_supplement():
    # Supplementary methods table 4, read in the tests of RiskScorescvd: a smoker of 50, 140 mmHg, 6.3 and 1.4 mmol/L
    assert percents("score2", **lipids(6.3, 1.4)) == [6.3, 4.3, 8.1, 5.2, 8.8, 7.1, 15.1, 14.1]


def test_the_examples_of_the_score2_op_supplement():
    # Supplementary methods table 3, read there too: a smoker of 75, 140 mmHg, 5.5 and 1.3 mmol/L
    assert percents("score2_op", by=("low",), age=75) == [18.6, 15.2]


def test_the_examples_of_the_score2_diabetes_paper():
    # Structured graphical abstract, read there too: not smoking, 60 years old
    start = {"age": 60, "current_smoker": False}
    new = start | {"age_at_diabetes": 60, "hba1c": to_canonical("hba1c", 50, "mmol/mol"), "egfr": 90}
    assert percents("score2_diabetes", **new) == [8.4, 6.1, 11.0, 7.6, 12.5, 11.1, 20.3, 20.6]
    long = start | {"age_at_diabetes": 50, "hba1c": to_canonical("hba1c", 70, "mmol/mol"), "egfr": 60}
    assert percents("score2_diabetes", **long) == [12.9, 9.8, 17.2, 12.7, 21.0, 20.4, 31.2, 34.0]


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
