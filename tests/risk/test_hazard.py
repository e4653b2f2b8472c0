import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.errors import OutOfValidityRange
from twin.risk.catalogue import equation
from twin.risk.check import to_columns
from twin.risk.hazard import CURVES, kfre_curves, prevent_curves


@pytest.fixture(scope="module")
def people():
    table = golden("prevent_base_pyprevent.csv")
    known = equation("prevent_base")
    return to_columns(known, pick(table, *(i.name for i in known.inputs if i.name != "horizon_years")))


@pytest.fixture(scope="module")
def kidneys():
    table = golden("kfre_kfre.csv")
    given = pick(table, "age", "sex", "egfr", "uacr") | {"north_american": np.ones(600)}
    return to_columns(equation("kfre_4"), given)


def published(equation_id, columns, years):
    return equation(equation_id).compute(columns.replace(horizon_years=np.full(columns.size, float(years))))


def test_it_passes_through_the_published_ten_years(people):
    expected = published("prevent_base", people, 10)
    for name, curve in prevent_curves(people).items():
        np.testing.assert_allclose(curve.risk([10])[:, 0], expected[name], rtol=1e-12)


def test_it_passes_through_the_published_thirty_years(people):
    young = people.where(people["age"] <= 59)
    expected = published("prevent_base", young, 30)
    for name, curve in prevent_curves(young).items():
        np.testing.assert_allclose(curve.risk([30])[:, 0], expected[name], rtol=1e-12)


def test_risk_never_falls_and_starts_at_nothing(people):
    young = people.where(people["age"] <= 59)
    for curve in prevent_curves(young).values():
        risks = curve.risk(np.linspace(0, 30, 121))
        assert (risks[:, 0] == 0).all()
        assert (np.diff(risks, axis=1) > 0).all()
        assert (risks < 1).all()


def test_a_thirty_year_risk_below_the_ten_year_one_gives_no_course(people):
    against = {"age": 59, "total_cholesterol": 227, "hdl_cholesterol": 78, "systolic_bp": 190, "bmi": 25, "egfr": 17}
    yes_no = {"has_diabetes": 1, "current_smoker": 1, "bp_treated": 1, "on_statin": 0}
    given = {name: [float(value)] for name, value in (against | yes_no).items()} | {"sex": ["male"]}
    man = to_columns(equation("prevent_base"), given)
    ten, thirty = (published("prevent_base", man, years)["risk_stroke"][0] for years in (10, 30))
    assert ten > thirty  # as published
    risks = prevent_curves(man)["risk_stroke"].risk(np.linspace(0, 30, 121))[0]
    assert risks[40] == pytest.approx(ten, rel=1e-12) and (np.diff(risks) > 0).all()


def test_above_59_the_shape_is_the_equation_s_growth_with_age(people):
    older = people.where((people["age"] > 59) & (people["age"] < 79))
    curve = prevent_curves(older)["risk_cvd"]
    now = -np.log1p(-published("prevent_base", older, 10)["risk_cvd"])
    later = -np.log1p(-published("prevent_base", older.replace(age=older["age"] + 1), 10)["risk_cvd"])
    hazard = np.diff(curve.cumulative(np.array([0.0, 1e-4, 1.0, 1.0 + 1e-4])), axis=1)
    np.testing.assert_allclose(hazard[:, 2] / hazard[:, 0], later / now, rtol=1e-6)


def test_the_last_age_has_a_curve(people):
    oldest = people.replace(age=np.full(people.size, 79.0))
    assert np.isfinite(prevent_curves(oldest)["risk_cvd"].risk([5.0])).all()


def test_nothing_beyond_the_last_published_horizon(people):
    older = people.where(people["age"] > 59)
    with pytest.raises(OutOfValidityRange) as refusal:
        prevent_curves(older)["risk_cvd"].risk([10.5])
    assert "beyond 10 years" in refusal.value.clinical


def test_kidney_failure_passes_through_two_and_five_years(kidneys):
    curve = kfre_curves(kidneys)["risk_kidney_failure"]
    for years in (2, 5):
        expected = published("kfre_4", kidneys, years)["risk_kidney_failure"]
        np.testing.assert_allclose(curve.risk([years])[:, 0], expected, rtol=1e-12)
    assert (np.diff(curve.risk(np.linspace(0, 5, 61)), axis=1) >= 0).all()
    with pytest.raises(OutOfValidityRange):
        curve.risk([6])


def test_a_constant_hazard_is_a_straight_line(people):
    curve = prevent_curves(people)["risk_cvd"]
    flat = type(curve)("cvd", "gompertz", np.array([1e6]), np.array([1e-8]), np.array([10.0]))
    np.testing.assert_allclose(flat.cumulative([5.0, 10.0])[0], [0.05, 0.1], rtol=1e-6)


def test_every_equation_that_tells_of_the_time_before_its_horizon_has_a_curve():
    assert set(CURVES) == {
        "prevent_base", "prevent_uacr", "prevent_hba1c", "prevent_sdi", "prevent_full", "kfre_4", "kfre_6", "kfre_8",
        "smart_reach",
    }  # fmt: skip
