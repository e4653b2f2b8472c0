"""Do the scores say what their definitions say?"""

import numpy as np
import pytest
from scipy import stats

from twin.physiology.longitudinal import default_parameters
from twin.proof.scoring import Forecasts, mean_difference, naive_scores, quarter_of, scores, share


def forecasts(n=1, *, centre=100.0, scale=10.0, freedom=5.0, power=1.0):
    return Forecasts(*(np.full(n, part) for part in (centre, scale, freedom)), power, 0.5, 1000.0)


@pytest.mark.parametrize("band", [50.0, 80.0, 95.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_the_band_of_a_value_at_its_edge_is_that_band(band, side):
    edge = 100.0 + side * 10.0 * stats.t.ppf(0.5 + band / 200.0, 5.0)
    assert forecasts().band_of(np.array([edge]))[0] == pytest.approx(band)


def test_quantiles_are_those_of_the_t_distribution_brought_back():
    found = forecasts(2, centre=4.0, scale=0.2, power=0.0)
    np.testing.assert_allclose(
        found.quantiles(slice(0, 2))[1], np.exp(4.0 + 0.2 * stats.t.ppf(np.arange(1, 100) / 100, 5))
    )


def test_forecasts_of_a_variable_take_its_scale_and_limits():
    parameters = default_parameters()
    column = parameters.index()["uacr"]
    found = Forecasts.of(parameters, column, [1.0], [1.0], [4.0])
    assert (found.power, found.low, found.high) == (
        parameters.power[column],
        parameters.low[column],
        parameters.high[column],
    )


def test_a_wider_forecast_of_the_same_centre_scores_worse_where_the_value_is_the_centre():
    value = np.array([100.0])
    narrow, wide = (scores(value, forecasts(scale=scale).quantiles) for scale in (1.0, 10.0))
    assert narrow.crps[0] < wide.crps[0] / 5.0
    assert abs(narrow.error[0]) < 1e-9


def test_the_score_of_a_normal_forecast_is_near_its_closed_form():
    found = scores(np.array([112.0]), forecasts(freedom=1e6).quantiles)
    z = 1.2
    closed = 10.0 * (z * (2.0 * stats.norm.cdf(z) - 1.0) + 2.0 * stats.norm.pdf(z) - 1.0 / np.sqrt(np.pi))
    assert found.crps[0] == pytest.approx(closed, rel=0.03)


def test_a_naive_forecast_that_always_errs_alike_scores_what_is_left():
    found = naive_scores(np.array([10.0, 12.0]), np.array([9.0, 9.0]), np.full(50, 1.0))
    np.testing.assert_allclose(found.crps, [0.0, 2.0 * 2.0 * 0.5], atol=0.05)
    np.testing.assert_allclose(found.error, [1.0, 3.0])
    assert (found.rmse, found.mean_error) == (pytest.approx(np.sqrt(5.0)), 2.0)


def test_scores_do_not_depend_on_how_many_are_scored_at_a_time(monkeypatch):
    value, found = np.linspace(80.0, 120.0, 7), forecasts(7)
    whole = scores(value, found.quantiles)
    monkeypatch.setattr("twin.proof.scoring._ROWS", 2)
    np.testing.assert_array_equal(scores(value, found.quantiles).crps, whole.crps)


def test_quarters_are_of_equal_size():
    assert np.bincount(quarter_of(np.arange(100.0))).tolist() == [25, 25, 25, 25]


def test_the_range_of_a_share_of_independent_values_is_wilsons():
    hits = np.array([True] * 8 + [False] * 2)
    found = share(hits, np.arange(10))
    assert (found.n, found.patients, found.hits, found.share) == (10, 10, 8, 0.8)
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=5e-4), pytest.approx(0.9433, abs=5e-4))


def test_values_that_hit_and_miss_together_tell_as_much_as_their_patients():
    patients = np.repeat(np.arange(10), 20)
    together, alone = (share(np.repeat([True] * 8 + [False] * 2, 20), who) for who in (patients, np.arange(200)))
    ten = share(np.array([True] * 8 + [False] * 2), np.arange(10))
    assert (together.low, together.high) == (pytest.approx(ten.low), pytest.approx(ten.high))
    assert together.high - together.low > 3.0 * (alone.high - alone.low)


def test_all_hits_of_few_patients_still_leave_doubt():
    found = share(np.ones(60, dtype=bool), np.repeat(np.arange(3), 20))
    assert found.high == 1.0 and found.low == pytest.approx(0.4385, abs=1e-3)


def test_no_values_have_no_share():
    assert share(np.array([], dtype=bool), np.array([], dtype=int)) is None


def test_a_difference_that_one_patient_makes_is_not_beyond_chance():
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(40), 5)
    base = rng.standard_normal(200)
    mean, low, high = mean_difference(base + 1.0, base, person)
    assert mean == pytest.approx(1.0) and low == pytest.approx(high)
    mean, low, high = mean_difference(base + np.where(person == 0, 40.0, 0.0), base, person)
    assert mean == pytest.approx(1.0) and low < 0.0 < high
