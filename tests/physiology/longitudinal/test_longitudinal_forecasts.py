"""Do forecasts, the smoothed past and the draws tell one story?"""

from datetime import date

import numpy as np
import pytest
from longitudinal_people import ON, drug, patient, series, steady

from twin.physiology.longitudinal import draw_levels, draw_response, expected, fit, forecast
from twin.variables import variable

STATIN = drug("atorvastatin", "statin", date(2024, 1, 1), dose=40.0)


@pytest.fixture(scope="module")
def twin():
    ldl = steady("ldl_cholesterol", 150.0, spread=8.0)
    values = np.where(ldl.times < np.datetime64("2024-02-15"), ldl.values, ldl.values * 0.55)
    ldl = type(ldl)(ldl.variable, ldl.times, values, ldl.sources, ldl.resource_ids)
    person = patient(ldl, steady("systolic_bp", 140.0, spread=7.0, source="office"), medications=[STATIN])
    return fit(person, on=ON)


def test_bands_are_nested_and_widen(twin):
    bands = forecast(twin, np.array([0.0, 365.0, 3650.0]), "systolic_bp")
    edges = [bands.low95, bands.low80, bands.low50, bands.mean, bands.high50, bands.high80, bands.high95]
    assert np.all(np.diff(edges, axis=0) > 0)
    assert np.all(np.diff(bands.high80 - bands.low80) > 0)
    assert np.all((bands.level_low80 > bands.low80) & (bands.level_high80 < bands.high80))
    assert bands.times[1] - bands.times[0] == np.timedelta64(365 * 86400, "s")


def test_forecast_of_today_agrees_with_the_level(twin):
    mean, _ = twin.level("systolic_bp")
    bands = forecast(twin, np.array([0.0]), "systolic_bp")
    assert 0.5 * (bands.level_low80[0] + bands.level_high80[0]) == pytest.approx(mean, abs=0.01)


def test_the_past_is_surer_than_the_future_and_shows_the_treatment(twin):
    times = np.array(["2022-06-01", "2025-12-01", "2023-06-01"], dtype="datetime64[s]")
    past = expected(twin, "ldl_cholesterol", times)
    np.testing.assert_array_equal(past.times, times)
    assert past.mean[0] == pytest.approx(150.0, rel=0.08) and past.mean[2] == pytest.approx(150.0, rel=0.08)
    assert past.mean[1] == pytest.approx(0.55 * 150.0, rel=0.08)
    ahead = forecast(twin, np.array([700.0]), "ldl_cholesterol")
    width = np.log(past.level_high80 / past.level_low80)
    assert np.all(width < np.log(ahead.level_high80 / ahead.level_low80))


def test_draws_repeat_and_do_not_depend_on_what_else_is_asked(twin):
    years = np.arange(0.0, 11.0)
    both = draw_levels(twin, ["systolic_bp", "ldl_cholesterol"], years, draws=400, seed=7)
    assert both.shape == (400, 11, 2)
    np.testing.assert_array_equal(
        draw_levels(twin, ["ldl_cholesterol"], years, draws=400, seed=7)[:, :, 0], both[:, :, 1]
    )
    assert not np.array_equal(both, draw_levels(twin, ["systolic_bp", "ldl_cholesterol"], years, draws=400, seed=8))


def test_draws_have_the_forecast_levels_mean_and_spread(twin):
    years = np.array([0.0, 1.0, 5.0])
    drawn = draw_levels(twin, ["systolic_bp"], years, draws=20_000, seed=1)[:, :, 0]
    bands = forecast(twin, years * 365.25, "systolic_bp")
    np.testing.assert_allclose(np.quantile(drawn, 0.1, axis=0), bands.level_low80, atol=0.6)
    np.testing.assert_allclose(np.quantile(drawn, 0.9, axis=0), bands.level_high80, atol=0.6)


def test_draws_stay_inside_the_hard_limits():
    slim = series("weight", np.arange(30, 3000, 60), np.linspace(12.0, 60.0, 50))
    drawn = draw_levels(fit(patient(slim), on=ON), ["weight"], np.array([30.0, 60.0]), draws=500, seed=0)
    assert drawn.min() >= variable("weight").hard_low and np.isfinite(drawn).all()


def test_response_of_a_drug_taken_comes_from_the_same_draws_as_the_level(twin):
    response = draw_response(twin, "atorvastatin 40 mg", "ldl_cholesterol", draws=4000, seed=3)
    posterior = twin.responses[0]
    assert response.mean() == pytest.approx(posterior.mean, abs=0.01)
    assert response.std() == pytest.approx(posterior.sd, rel=0.1)
    np.testing.assert_array_equal(response, draw_response(twin, "atorvastatin", "ldl_cholesterol", draws=4000, seed=3))
    # Level under care minus the drawn effect is the level without: a stronger response goes with a higher one.
    level = np.log(draw_levels(twin, ["ldl_cholesterol"], np.array([0.0]), draws=4000, seed=3)[:, 0, 0])
    without = level - response * np.log(1 - 0.49)
    assert np.corrcoef(without, response)[0, 1] > 0.3


def test_response_of_a_new_drug_is_the_trials_spread(twin):
    response = draw_response(twin, "amlodipine 5 mg", "systolic_bp", draws=4000, seed=3)
    assert response.mean() == pytest.approx(1.0, abs=0.03)
    assert response.std() == pytest.approx(0.5, abs=0.1)
    again = draw_response(twin, "amlodipine 10 mg", "systolic_bp", draws=4000, seed=3)
    np.testing.assert_array_equal(response > 1, again > 1)


def test_a_therapy_without_an_effect_on_the_variable_has_response_one(twin):
    np.testing.assert_array_equal(draw_response(twin, "metformin 1000 mg", "systolic_bp", draws=5, seed=0), np.ones(5))
