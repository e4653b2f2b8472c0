import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, equations, score
from twin.risk.check import to_columns
from twin.risk.columns import MANY
from twin.risk.equation import equation_coefficients
from twin.risk.equations import prevent

BASE = (
    "age",
    "sex",
    "systolic_bp",
    "bp_treated",
    "total_cholesterol",
    "hdl_cholesterol",
    "on_statin",
    "has_diabetes",
    "current_smoker",
    "egfr",
    "bmi",
)
VARIANTS = ("prevent_base", "prevent_uacr", "prevent_hba1c", "prevent_sdi", "prevent_full")
OUTPUTS = ("risk_cvd", "risk_ascvd", "risk_heart_failure", "risk_chd", "risk_stroke")
MAN = {
    "age": [60],
    "sex": ["male"],
    "systolic_bp": [150],
    "bp_treated": [False],
    "total_cholesterol": [230],
    "hdl_cholesterol": [45],
    "on_statin": [False],
    "has_diabetes": [False],
    "current_smoker": [False],
    "egfr": [80],
    "bmi": [30],
    "horizon_years": [10],
}
WOMAN = {
    "age": [50, 50],
    "sex": ["female", "female"],
    "systolic_bp": [160, 160],
    "bp_treated": [True, True],
    "total_cholesterol": [200, 200],
    "hdl_cholesterol": [45, 45],
    "on_statin": [False, False],
    "has_diabetes": [True, True],
    "current_smoker": [False, False],
    "egfr": [90, 90],
    "bmi": [35, 35],
    "horizon_years": [10, 30],
}


def risk(name="risk_cvd", equation_id="prevent_base", **changed):
    return float(score(equation_id, {**MAN, **{k: [v] for k, v in changed.items()}}).outputs[name][0])


def test_the_worked_example_of_the_publication():
    outputs = score("prevent_base", WOMAN).outputs
    assert outputs["risk_cvd"].round(3).tolist() == [0.147, 0.530]
    assert outputs["risk_ascvd"].round(3).tolist() == [0.092, 0.354]
    assert outputs["risk_heart_failure"].round(3).tolist() == [0.081, 0.390]


def test_the_terms_for_treatment_say_who_was_treated_not_what_treatment_does():
    assert round(risk(), 3) == 0.095
    assert round(risk(bp_treated=True), 3) == 0.118
    assert round(risk(bp_treated=True, systolic_bp=140), 3) == 0.106


def test_base_agrees_with_pyprevent():
    table = golden("prevent_base_pyprevent.csv")
    for horizon in (10, 30):
        here = ~np.isnan(table[f"cvd_{horizon}"])
        outputs = score(
            "prevent_base", pick(table, *BASE, where=here) | {"horizon_years": [horizon] * here.sum()}
        ).outputs
        for name in ("cvd", "ascvd", "heart_failure"):
            np.testing.assert_allclose(outputs[f"risk_{name}"], table[f"{name}_{horizon}"][here], atol=1e-10, rtol=0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_agrees_with_preventr(variant):
    table = golden("prevent_preventr.csv")
    here = table["equation"] == variant
    names = [i.name for i in equation(variant).inputs]
    outputs = score(variant, pick(table, *names, where=here)).outputs
    assert here.sum() > 200
    for name in OUTPUTS:
        np.testing.assert_allclose(outputs[name], table[name][here], atol=1.1e-12, rtol=0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_person_alone_reads_as_in_the_table(variant):
    table = golden("prevent_preventr.csv")
    here = np.flatnonzero(table["equation"] == variant)[:40]
    given = pick(table, *(i.name for i in equation(variant).inputs), where=here)
    together = score(variant, given).outputs
    for row in range(len(here)):
        alone = score(variant, {name: column[row : row + 1] for name, column in given.items()}).outputs
        assert [alone[name][0] for name in OUTPUTS] == [together[name][row] for name in OUTPUTS]


def test_many_blocks_read_as_one():
    table = golden("prevent_base_pyprevent.csv")
    given = {name: np.tile(column, 4) for name, column in pick(table, *BASE).items()}
    many = score("prevent_base", given | {"horizon_years": np.full(6000, 10)}).outputs["risk_cvd"]
    assert len(many) == 6000
    assert (many[:1500] == many[4500:]).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_compiled_loop_gives_the_very_digits(variant):
    assert prevent._compiled_is_true(variant)
    table = golden("prevent_preventr.csv")
    here = table["equation"] == variant
    some = pick(table, *(i.name for i in equation(variant).inputs), where=here)
    copies = MANY // here.sum() + 1
    many = score(variant, {name: np.tile(column, copies) for name, column in some.items()}).outputs
    few = score(variant, some).outputs
    for name in OUTPUTS:
        assert len(many[name]) > MANY
        assert (many[name].reshape(copies, -1) == few[name]).all()


def test_a_stale_build_of_the_loop_is_not_used(monkeypatch):
    monkeypatch.setattr(prevent, "compiled_sums", lambda _variant, _columns, sums: sums.fill(0.5))
    prevent._compiled_is_true.cache_clear()
    assert not prevent._compiled_is_true("prevent_base")
    many = score("prevent_base", {name: np.full(MANY, value[0]) for name, value in MAN.items()})
    assert many.outputs["risk_cvd"][0] == risk()
    prevent._compiled_is_true.cache_clear()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("age", 30, 79),
        ("total_cholesterol", 130, 320),
        ("hdl_cholesterol", 20, 100),
        ("systolic_bp", 90, 200),
        ("egfr", 15, 150),
    ],
)
def test_the_range_includes_its_ends_and_nothing_beyond(name, low, high):
    assert 0 < risk(**{name: low}) < 1
    assert 0 < risk(**{name: high}) < 1
    for beyond in (np.nextafter(low, -np.inf), np.nextafter(high, np.inf)):
        scored = score("prevent_base", {**MAN, name: [beyond]})
        assert np.isnan(scored.outputs["risk_cvd"][0])
        assert f"{name} " in scored.problems[0]
        assert f"outside {low} to {high}" in scored.problems[0]


def test_bmi_out_of_range_withholds_heart_failure_only():
    scored = score("prevent_base", {**MAN, "bmi": [40]})
    assert np.isnan(scored.outputs["risk_heart_failure"][0])
    assert scored.outputs["risk_cvd"][0] == risk()
    assert scored.problems[0] == "bmi 40 outside 18.5 to below 40 kg/m2: no risk_heart_failure"
    assert not np.isnan(risk("risk_heart_failure", bmi=39.99))
    assert not np.isnan(risk("risk_heart_failure", bmi=18.5))


def test_cholesterol_out_of_range_leaves_heart_failure():
    scored = score("prevent_base", {**MAN, "total_cholesterol": [90]})
    assert np.isnan([scored.outputs[f"risk_{name}"][0] for name in ("cvd", "ascvd", "chd", "stroke")]).all()
    assert scored.outputs["risk_heart_failure"][0] == risk("risk_heart_failure")


def test_thirty_years_end_at_age_59():
    assert risk(age=59, horizon_years=30) > risk(age=59)
    scored = score("prevent_base", {**MAN, "age": [60], "horizon_years": [30]})
    assert np.isnan(scored.outputs["risk_cvd"][0])
    assert scored.problems[0] == "age 60 outside 30 to 59 years for horizon_years 30"


@pytest.mark.parametrize("name", sorted(MAN))
def test_each_missing_input_is_named(name):
    given = {**MAN, name: [None]}
    scored = score("prevent_base", given)
    assert scored.problems[0].startswith(f"{name} missing")
    withheld = [output for output in OUTPUTS if np.isnan(scored.outputs[output][0])]
    assert withheld == list(equation("prevent_base").input(name).outputs or OUTPUTS)


def test_a_missing_addition_takes_the_equations_own_term_and_says_so():
    scored = score("prevent_full", {**MAN, "uacr": [30], "hba1c": [None], "sdi_decile": [None]})
    assert 0 < scored.outputs["risk_cvd"][0] < 1
    assert "hba1c missing" in scored.problems[0]
    assert "sdi_decile missing" in scored.problems[0]
    assert "uacr" not in scored.problems[0]


@pytest.mark.parametrize("uacr", [0, 0.05, 0.1])
def test_uacr_below_a_tenth_counts_as_a_tenth(uacr):
    assert risk(equation_id="prevent_uacr", uacr=uacr) == risk(equation_id="prevent_uacr", uacr=0.1)


@pytest.mark.parametrize("horizon", [10, 30])
@pytest.mark.parametrize("sex", ["female", "male"])
def test_risk_rises_with_what_harms(sex, horizon):
    def at(**changed):
        return risk(age=50, sex=sex, horizon_years=horizon, **changed)

    assert at(current_smoker=True) > at()
    assert at(has_diabetes=True) > at()
    assert at(systolic_bp=160) > at()
    assert at(total_cholesterol=280) > at()
    assert at(hdl_cholesterol=60) < at()
    assert at(egfr=45) > at()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_terms_add_up_to_the_risk(variant):
    known = equations()[variant]
    table = golden("prevent_preventr.csv")
    here = table["equation"] == variant
    columns = to_columns(known, pick(table, *(i.name for i in known.inputs), where=here))
    for output, terms in known.terms(columns).items():
        total = sum(terms.values())
        np.testing.assert_allclose(1 / (1 + np.exp(-total)), table[output][here], atol=1.1e-12)


def test_heart_failure_has_no_cholesterol_and_the_others_no_bmi():
    terms = {(output, term) for _h, _s, output, term in equation_coefficients("prevent_base")}
    assert ("risk_heart_failure", "non_hdl") not in terms
    assert ("risk_heart_failure", "bmi_above_30") in terms
    assert ("risk_cvd", "bmi_above_30") not in terms
