"""Does a rehearsal find what is wrong with a panel's forecasts, and leave alone what is right?"""

import numpy as np
import pytest
from scipy.special import stdtr

from twin.physiology.longitudinal.rehearsal import LEAST, UNMENDED, Made, _learned, _shift_variance


def made(persons, *, seed=0, shift=0.0, spread=lambda level: 1.0, alike=1):
    """Return forecasts of standard deviation 1 whose errors are shifted, and spread by the level forecast."""
    rng = np.random.default_rng(seed)
    centre = np.repeat(rng.standard_normal(persons), alike) * 4.0
    error = shift + spread(centre) * rng.standard_normal(persons * alike)
    n = len(centre)
    same = {name: np.zeros(n) for name in ("known", "elapsed")}
    return Made(
        event=np.arange(n),
        column=np.zeros(n, dtype=int),
        person=np.repeat(np.arange(persons), alike),
        value=centre + error,
        centre=centre,
        variance=np.ones(n),
        freedom=np.full(n, 100.0),
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
    mending = _learned(three(600), 600, np.zeros(2))
    share, quarters = covered(mending, made(4000, seed=9))
    assert share == pytest.approx(0.80, abs=0.04)
    assert np.ptp(quarters) < 0.05
    assert mending.persons == 600 and mending.window == 1.0


def test_spread_that_grows_with_the_level_is_found_in_every_quarter():
    how = {"spread": lambda level: np.exp(level / 6.0)}
    before = covered(UNMENDED, made(4000, seed=9, **how))[1]
    after = covered(_learned(three(600, **how), 600, np.zeros(2)), made(4000, seed=9, **how))[1]
    assert before[0] > 0.9 and before[3] < 0.65
    assert all(0.75 < part < 0.87 for part in after)


def test_a_shift_common_to_all_is_mended_and_few_persons_are_trusted_less():
    centre, _, _ = _learned(three(600, shift=0.8), 600, np.zeros(2)).mended(made(2000, seed=9))
    assert np.mean(centre - made(2000, seed=9).centre) == pytest.approx(0.8, abs=0.1)
    few, _, _ = _learned(three(10, shift=0.8), 10, np.zeros(2)).mended(made(2000, seed=9))
    assert np.mean(few - made(2000, seed=9).centre) < 0.6


def test_many_values_of_one_person_in_a_window_teach_no_more_than_one():
    crowd = _learned(three(10, shift=0.8, alike=50), 10, np.zeros(2))
    alone = _learned(three(10, shift=0.8), 10, np.zeros(2))
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
    mending = _learned([(1.0, few)], LEAST - 1, np.zeros(2))
    assert mending is UNMENDED
    centre, scale, freedom = mending.mended(few)
    np.testing.assert_array_equal(centre, few.centre)
    np.testing.assert_array_equal(scale, 1.0)
    np.testing.assert_array_equal(freedom, few.freedom)
