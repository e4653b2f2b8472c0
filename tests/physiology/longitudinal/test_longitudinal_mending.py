"""Does a mending find what is wrong with a panel's forecasts, and leave alone what is right?"""

import numpy as np
import pytest
from scipy.special import stdtr

from twin.physiology.longitudinal.mending import (
    LEAST,
    UNMENDED,
    Made,
    _shift_variance,
    mending_of,
    t_log_density,
    t_score,
)
from twin.physiology.longitudinal.simple import SIMPLE, simple_forecasts


def made(persons, *, seed=0, shift=0.0, spread=lambda level: 1.0, alike=1, last=0.0):
    """Return forecasts of standard deviation 1 whose errors are shifted, and spread by the level forecast.

    The last value tells the share `last` of the variance of the error.
    """
    rng = np.random.default_rng(seed)
    centre = np.repeat(rng.standard_normal(persons), alike) * 4.0
    error = shift + spread(centre) * rng.standard_normal(persons * alike)
    n = len(centre)
    told = last * error + np.sqrt(last * (1.0 - last)) * rng.standard_normal(n)
    simple = np.column_stack([centre + told, centre, centre])
    same = {name: np.zeros(n) for name in ("known", "elapsed", "back")}
    return Made(
        event=np.arange(n),
        column=np.zeros(n, dtype=int),
        person=np.repeat(np.arange(persons), alike),
        value=centre + error,
        centre=centre,
        variance=np.ones(n),
        freedom=np.full(n, 100.0),
        simple=simple,
        alike=np.full(n, float(alike)),
        **same,
    )


def covered(mending, forecasts):
    """Return the share of values inside the 80 % band, in all and by quarter of the forecasts."""
    centre, scale, freedom = mending.mended(forecasts)
    inside = np.abs(stdtr(freedom, (forecasts.value - centre) / scale) - 0.5) <= 0.4
    quarter = np.digitize(centre, np.quantile(centre, [0.25, 0.5, 0.75]))
    return inside.mean(), [inside[quarter == q].mean() for q in range(4)]


def three(persons, **how):
    return [(1.0, made(persons, seed=seed, **how)) for seed in (1, 2, 3)]


def test_forecasts_that_are_right_stay_as_they_are():
    mending = mending_of(three(600), 600, np.zeros(2))
    share, quarters = covered(mending, made(4000, seed=9))
    assert share == pytest.approx(0.80, abs=0.04)
    assert np.ptp(quarters) < 0.05
    assert mending.persons == 600 and mending.window == 1.0


def test_spread_that_grows_with_the_level_is_found_in_every_quarter():
    how = {"spread": lambda level: np.exp(level / 6.0)}
    before = covered(UNMENDED, made(4000, seed=9, **how))[1]
    after = covered(mending_of(three(600, **how), 600, np.zeros(2)), made(4000, seed=9, **how))[1]
    assert before[0] > 0.9 and before[3] < 0.65
    assert all(0.75 < part < 0.87 for part in after)


def test_a_shift_common_to_all_is_mended_and_few_persons_are_trusted_less():
    centre, _, _ = mending_of(three(600, shift=0.8), 600, np.zeros(2)).mended(made(2000, seed=9))
    assert np.mean(centre - made(2000, seed=9).centre) == pytest.approx(0.8, abs=0.1)
    few, _, _ = mending_of(three(10, shift=0.8), 10, np.zeros(2)).mended(made(2000, seed=9))
    assert np.mean(few - made(2000, seed=9).centre) < 0.6


def test_many_values_of_one_person_in_a_window_teach_no_more_than_one():
    crowd = mending_of(three(10, shift=0.8, alike=50), 10, np.zeros(2))
    alone = mending_of(three(10, shift=0.8), 10, np.zeros(2))
    assert abs(crowd.centre[0]) < abs(alone.centre[0]) + 0.3
    assert crowd.widened > 1.05


def test_windows_that_go_wrong_each_in_its_own_way_widen_the_next():
    rng = np.random.default_rng(4)
    window, weight = np.repeat([0, 1, 2], 300), np.ones(900)
    steady = rng.standard_normal(900)
    moving = steady + np.repeat([0.9, -0.9, 0.9], 300)
    assert _shift_variance(moving, weight, window) > _shift_variance(steady, weight, window) + 0.4


def test_nothing_is_mended_without_forecasts():
    few = made(LEAST - 1)
    mending = mending_of([(1.0, few)], LEAST - 1, np.zeros(2))
    assert mending is UNMENDED
    centre, scale, freedom = mending.mended(few)
    np.testing.assert_array_equal(centre, few.centre)
    np.testing.assert_array_equal(scale, 1.0)
    np.testing.assert_array_equal(freedom, few.freedom)


def test_the_centre_leans_on_the_simple_forecast_that_did_better():
    mending = mending_of(three(600, last=0.5), 600, np.zeros(2))
    new = made(2000, seed=9, last=0.5)
    centre, scale, _ = mending.mended(new)
    assert dict(zip(SIMPLE, mending.leans, strict=True))["last"] > 0.8
    assert np.std(new.value - centre) < 0.75 and np.median(scale) < 0.8
    assert covered(mending, new)[0] == pytest.approx(0.80, abs=0.04)


def test_shorter_windows_teach_where_the_centre_leans_and_not_how_wide_forecasts_are():
    whole = three(40)
    calm = [made(600, seed=seed, last=0.5, spread=lambda level: 0.5) for seed in (4, 5, 6)]
    alone, helped = mending_of(whole, 40, np.zeros(2)), mending_of(whole, 40, np.zeros(2), calm)
    assert helped.leans[SIMPLE.index("last")] > alone.leans[SIMPLE.index("last")] + 0.1
    np.testing.assert_array_equal(helped.scale, alone.scale)
    assert (helped.widened, helped.freedom) == (alone.widened, alone.freedom)


def test_a_simple_forecast_that_tells_nothing_gets_no_weight():
    rng = np.random.default_rng(5)
    windows = three(600)
    for _, one in windows:
        one.simple[:, 0] += rng.standard_normal(600)
    assert np.abs(mending_of(windows, 600, np.zeros(2)).leans).max() < 0.08


def test_score_of_a_t_distribution_is_its_integral_and_its_slope_that_of_the_score():
    freedom, x = np.array([3.0, 8.0]), np.array([0.7, -1.4])
    score, slope = t_score(freedom)(x)
    grid = np.linspace(-4000.0, 4000.0, 4_000_001)
    for k in range(2):
        squares = (stdtr(freedom[k], grid) - (grid >= x[k])) ** 2
        assert score[k] == pytest.approx(squares.sum() * (grid[1] - grid[0]), abs=2e-3)
    step = (t_score(freedom)(x + 1e-6)[0] - t_score(freedom)(x - 1e-6)[0]) / 2e-6
    np.testing.assert_allclose(slope, step, atol=1e-8)
    density = (stdtr(freedom, x + 1e-5) - stdtr(freedom, x - 1e-5)) / 2e-5
    np.testing.assert_allclose(t_log_density(x, freedom), np.log(density), atol=1e-6)


def test_simple_forecasts_use_what_is_known_only():
    time = np.array([0.0, 1.0, 2.0, 3.0, 0.0, 4.0, 7.0])
    value = np.array([1.0, 2.0, 3.0, 9.0, 7.0, 5.0, 6.0])
    group = np.array([0, 0, 0, 0, 1, 1, 2])
    known = np.array([True, True, True, False, True, False, False])
    last, mean, trend = simple_forecasts(time, value, group, known, 3).T
    np.testing.assert_allclose(last[[3, 5, 6]], [3.0, 7.0, 0.0])
    np.testing.assert_allclose(mean[[3, 5, 6]], [2.0, 7.0, 0.0])
    np.testing.assert_allclose(trend[[3, 5, 6]], [4.0, 7.0, 0.0])
