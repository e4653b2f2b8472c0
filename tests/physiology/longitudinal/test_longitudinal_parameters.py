"""Are the shipped hyperparameters whole, and do the scales lead there and back?"""

import numpy as np
import pytest

from twin.data_files import read_table
from twin.physiology.longitudinal.parameters import default_parameters
from twin.physiology.longitudinal.scale import forward, inverse, log_slope
from twin.physiology.longitudinal.treatments import carried, steps
from twin.variables import registry

NEEDED = [
    "weight",
    "systolic_bp",
    "diastolic_bp",
    "heart_rate",
    "ldl_cholesterol",
    "hdl_cholesterol",
    "triglycerides",
    "hba1c",
    "egfr",
    "uacr",
    "creatinine",
]


def test_every_needed_variable_was_learned_and_every_row_says_from_what():
    rows = {row["variable"]: row for row in read_table("longitudinal/dynamics.csv")}
    assert all(rows[name]["basis"].startswith("demo panel") for name in NEEDED)
    assert all(row["basis"] and row["reason"] for row in rows.values())
    assert set(rows) <= set(registry())


def test_limits_are_the_registrys():
    p = default_parameters()
    for name, low, high, power in zip(p.variables, p.low, p.high, p.power, strict=True):
        known = registry()[name]
        assert known.hard_low <= low < high <= known.hard_high
        assert np.isfinite(forward(low, power))


def test_numbers_are_possible():
    p = default_parameters()
    assert np.all(p.dynamics[[0, 1, 3, 4, 5, 6]] > 0) and np.all(p.dynamics[2] >= 0)
    assert all(np.all(variance > 0) for variance in p.noise.values())
    assert np.all(p.noise["home"][p.index()["systolic_bp"]] < p.noise["office"][p.index()["systolic_bp"]])
    for matrix in (p.prior_corr, p.level_corr, p.deviation_corr):
        np.testing.assert_allclose(np.diag(matrix), 1.0)
        assert np.linalg.eigvalsh(matrix).min() > 0


def test_usual_values_are_those_of_a_person_one_might_meet():
    p = default_parameters()
    for name, low, high in (
        ("systolic_bp", 105, 150),
        ("hba1c", 5, 6.5),
        ("egfr", 60, 110),
        ("ldl_cholesterol", 80, 170),
    ):
        column = p.index()[name]
        usual = inverse(p.coefficients[column, 0], p.power[column], p.low[column], p.high[column])
        assert low < usual < high


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0, -1.0])
def test_scale_leads_there_and_back_and_rises(power):
    values = np.array([0.5, 1.0, 7.0, 300.0])
    scaled = forward(values, power)
    assert np.all(np.diff(scaled) > 0)
    np.testing.assert_allclose(inverse(scaled, power, 0.1, 1000.0), values)
    step = 1e-6
    slope = (forward(values + step, power) - forward(values - step, power)) / (2 * step)
    np.testing.assert_allclose(np.exp(log_slope(values, power)), slope, rtol=1e-5)


def test_scale_takes_one_power_a_value_and_holds_limits():
    values = np.array([-5.0, 4.0, np.e])
    np.testing.assert_allclose(forward(values, np.array([1.0, 0.5, 0.0])), [-5.0, 2.0, 1.0])
    np.testing.assert_allclose(inverse(np.array([-50.0, 50.0]), 0.0, 2.0, 9.0), [2.0, 9.0])


def test_overlapping_courses_act_at_the_strongest_dose():
    times, sizes = steps([(0.0, 4.0, -1.0), (2.0, np.inf, -3.0), (3.0, 3.5, -2.0)])
    assert times == [0.0, 2.0]
    assert sizes == [-1.0, -2.0]
    times, sizes = steps([(0.0, 1.0, -1.0)])
    assert (times, sizes) == ([0.0, 1.0], [-1.0, 1.0])


def test_what_moves_by_definition_is_in_the_registry():
    moved = {name for pairs in carried().values() for name, _ in pairs}
    assert moved | set(carried()) <= set(registry())
    assert ("total_cholesterol", 1.0) in carried()["ldl_cholesterol"]
