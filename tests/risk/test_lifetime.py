import numpy as np
import pytest

from twin.errors import OutOfValidityRange
from twin.risk.catalogue import equation, score
from twin.risk.check import to_columns
from twin.risk.lifetime import lifetime

AGES = np.arange(30, 80)


def people(**changed):
    """Return a person of each age and sex, ordinary or with changes."""
    n = 2 * len(AGES)
    given = {
        "age": np.tile(AGES, 2).astype(float),
        "sex": np.repeat(np.array(["female", "male"], dtype=object), len(AGES)),
        "systolic_bp": np.full(n, 135.0),
        "bp_treated": np.zeros(n),
        "total_cholesterol": np.full(n, 210.0),
        "hdl_cholesterol": np.full(n, 50.0),
        "on_statin": np.zeros(n),
        "has_diabetes": np.zeros(n),
        "current_smoker": np.zeros(n),
        "egfr": np.full(n, 85.0),
        "bmi": np.full(n, 28.0),
    }
    given |= {name: np.full(n, value) for name, value in changed.items()}
    return given


HIGH_RISK = {"systolic_bp": 180.0, "has_diabetes": 1.0, "current_smoker": 1.0, "egfr": 35.0, "total_cholesterol": 280.0}


def columns_of(given, keep=None):
    if keep is not None:
        given = {name: column[keep] for name, column in given.items()}
    return to_columns(equation("prevent_base"), given)


@pytest.mark.parametrize("output", ["risk_cvd", "risk_ascvd", "risk_heart_failure"])
@pytest.mark.parametrize("changed", [{}, HIGH_RISK], ids=["ordinary", "high risk"])
def test_ten_static_years_give_back_the_published_risk(changed, output):
    given = people(**changed)
    course = lifetime(columns_of(given), years=10, output=output)
    published = score("prevent_base", given | {"horizon_years": np.full(2 * len(AGES), 10)}).outputs[output]
    assert np.abs(course.event[:, 10] - published).max() < 1e-9  # asked for: 0.1 percentage points


@pytest.mark.parametrize("changed", [{}, HIGH_RISK], ids=["ordinary", "high risk"])
def test_thirty_static_years_give_back_the_published_risk(changed):
    young = np.tile(AGES, 2) <= 59
    given = {name: column[young] for name, column in people(**changed).items()}
    course = lifetime(columns_of(given), years=30)
    published = score("prevent_base", given | {"horizon_years": np.full(young.sum(), 30)}).outputs["risk_cvd"]
    assert np.abs(course.event[:, 30] - published).max() < 1e-9  # asked for: 1 percentage point


def test_everyone_is_somewhere():
    course = lifetime(columns_of(people()), years=10)
    np.testing.assert_allclose(course.free + course.event + course.death, 1.0, rtol=1e-12)
    assert (np.diff(course.free, axis=1) < 0).all()
    assert (course.event_free_years > 0).all()
    assert (course.event_free_years < 10).all()


def test_beyond_the_published_years_it_goes_on_to_89():
    at_60 = np.tile(AGES, 2) == 60
    course = lifetime(columns_of(people(), at_60), years=29)
    assert (np.diff(course.event, axis=1) > 0).all()
    yearly = np.diff(course.event, axis=1) / course.free[:, :-1]
    assert (np.abs(np.diff(yearly, axis=1)) < 0.02).all()  # no jump where one curve takes over from another
    with pytest.raises(OutOfValidityRange) as refusal:
        lifetime(columns_of(people(), at_60), years=30)
    assert "beyond 89" in refusal.value.clinical


def test_levels_that_stay_change_nothing():
    columns = columns_of(people())
    still = np.repeat(columns["systolic_bp"][:, None], 10, axis=1)
    moved, unmoved = lifetime(columns, years=10, moves={"systolic_bp": still}), lifetime(columns, years=10)
    np.testing.assert_array_equal(moved.event, unmoved.event)


def test_rising_pressure_raises_the_risk_and_costs_years():
    columns = columns_of(people())
    rising = columns["systolic_bp"][:, None] + 2.0 * np.arange(10)
    moved, unmoved = lifetime(columns, years=10, moves={"systolic_bp": rising}), lifetime(columns, years=10)
    assert (moved.event[:, 10] > unmoved.event[:, 10]).all()
    assert (moved.event_free_years < unmoved.event_free_years).all()
    np.testing.assert_array_equal(moved.event[:, 1], unmoved.event[:, 1])


def test_a_level_that_leaves_the_range_is_held_at_its_end():
    columns = columns_of(people())
    far, end = np.full((columns.size, 10), 260.0), np.full((columns.size, 10), 200.0)
    beyond = lifetime(columns, years=10, moves={"systolic_bp": far})
    np.testing.assert_allclose(beyond.event, lifetime(columns, years=10, moves={"systolic_bp": end}).event, rtol=1e-12)


def test_a_plan_s_hazard_ratio_lowers_the_event_and_lets_more_people_die_otherwise():
    columns = columns_of(people())
    plan, now = lifetime(columns, years=10, hazard_ratios=np.full((columns.size, 10), 0.7)), lifetime(columns, years=10)
    assert (plan.event[:, 10] < now.event[:, 10]).all()
    assert (plan.death[:, 10] > now.death[:, 10]).all()
    assert (plan.event_free_years > now.event_free_years).all()
    none = lifetime(columns, years=10, hazard_ratios=np.zeros((columns.size, 10)))
    assert (none.event == 0).all()
