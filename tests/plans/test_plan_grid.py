"""Is a slider's grid exact at its levels, and near enough in between?"""

import numpy as np
import pytest

from twin.errors import OutOfValidityRange
from twin.plans.compare import compare_on
from twin.plans.grid import COLUMNS, Slider, grid_of, usual_levels
from twin.plans.ground import ground_of
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy

STATIN = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))
PRESSURE = Plan("Pressure", (ChangeVariable("systolic_bp", -10.0), StartTherapy("ezetimibe 10 mg")))
AT = {name: place for place, name in enumerate(COLUMNS)}


@pytest.fixture(scope="module")
def ground(on, twin_of):
    def prepared(patient, *, horizon_years=10, draws=400):
        return ground_of(patient, twin_of(patient), on=on, horizon_years=horizon_years, draws=draws, seed=0)

    return prepared


def slider(kind, name="", levels=None):
    return Slider(kind, name, levels or usual_levels(name or kind))


def expected_row(result):
    """Return the table row of a compared plan, in the order of the columns."""
    outcome, net = result.outcomes["cvd"], result.net_benefit
    change = outcome.difference
    return [
        outcome.risk,
        outcome.low,
        outcome.high,
        *((change.mean, change.low, change.high) if change else [np.nan] * 3),
        np.nan if outcome.p_better is None else outcome.p_better,
        result.event_free_years,
        *((net.mean, net.low, net.high, net.p_positive) if net else [np.nan] * 4),
    ]


@pytest.mark.parametrize(
    "moved",
    [
        slider("variable", "systolic_bp"),
        slider("variable", "ldl_cholesterol", (-60.0, -20.0, 0.0)),
        slider("habit", "activity"),
        slider("habit", "weight", (-10.0, 0.0)),
        slider("adherence"),
        slider("start"),
    ],
    ids=lambda one: one.name or one.kind,
)
def test_at_every_level_the_numbers_are_those_of_the_comparison(person, ground, moved):
    base = ground(person())
    grid = grid_of(base, (STATIN, PRESSURE), (moved,), moving=1, outcome="cvd")
    assert grid.curves.shape == (len(moved.levels), 3, 21, 3) and grid.curves.dtype == np.float32
    for place, level in enumerate(moved.levels):
        compared = compare_on(base, (STATIN, moved.moved(PRESSURE, level)))
        for row, result in enumerate((compared.current_care, *compared.plans)):
            curve = result.outcomes["cvd"].curve
            found = grid.curves[place, row]
            assert found == pytest.approx(np.stack([curve.mean, curve.low, curve.high], axis=1), abs=1e-7)
            assert grid.table[place, row] == pytest.approx(expected_row(result), abs=1e-6, nan_ok=True)
            for which, name in enumerate(grid.harm_ids):
                change = result.harms[name].difference
                wanted = [np.nan] * 3 if change is None else [change.mean, change.low, change.high]
                assert grid.harms[place, row, which] == pytest.approx(wanted, abs=1e-7, nan_ok=True)


@pytest.mark.parametrize(
    ("kind", "name", "of_mean", "of_ends"),
    [
        ("variable", "systolic_bp", 0.0005, 0.005),
        ("variable", "ldl_cholesterol", 0.0005, 0.005),
        ("variable", "hba1c", 0.0005, 0.005),
        ("habit", "weight", 0.0005, 0.005),
        ("habit", "sodium", 0.0005, 0.005),
        ("habit", "activity", 0.0005, 0.005),
        ("adherence", "", 0.0005, 0.005),
        ("start", "", 0.005, 0.005),
    ],
)
@pytest.mark.parametrize("horizon_years", [10, 30])
def test_a_straight_line_between_levels_is_near_enough(person, ground, kind, name, of_mean, of_ends, horizon_years):
    """Half of what is shown: one in 1,000 of a risk, one in 100 of its range."""
    patient = person(age=55, conditions=("diabetes/type_2",), values={"hba1c": 8.5, "weight": 100.0})
    base = ground(patient, horizon_years=horizon_years)
    levels = usual_levels(name or kind)
    between = tuple(((np.array(levels[1:]) + levels[:-1]) / 2).tolist())
    drug = "losartan 50 mg" if name == "ldl_cholesterol" else "atorvastatin 40 mg"
    plans = (Plan("A", (StartTherapy("amlodipine 5 mg"), StartTherapy(drug))),)
    coarse = grid_of(base, plans, (Slider(kind, name, levels),), moving=0, outcome="cvd")
    true = grid_of(base, plans, (Slider(kind, name, between),), moving=0, outcome="cvd")
    line = (coarse.curves[1:] + coarse.curves[:-1]) / 2
    error = np.abs(line - true.curves)
    assert error[..., 0].max() <= of_mean
    assert error[..., 1:].max() <= of_ends
    of_table = np.abs((coarse.table[1:] + coarse.table[:-1]) / 2 - true.table)
    for column in ("difference", "net_benefit"):
        assert np.nanmax(of_table[..., AT[column]]) <= of_mean


def test_two_sliders(person, ground):
    base = ground(person(), draws=100)
    pressure, start = slider("variable", "systolic_bp", (-20.0, -10.0, 0.0)), slider("start", levels=(0.0, 5.0))
    grid = grid_of(base, (PRESSURE, STATIN), (pressure, start), moving=0, outcome="ascvd")
    assert grid.curves.shape == (3, 2, 3, 21, 3) and grid.table.shape == (3, 2, 3, len(COLUMNS))
    later = Plan("Pressure", (StartTherapy("ezetimibe 10 mg"), ChangeVariable("systolic_bp", -20.0)), 5.0)
    alone = compare_on(base, (later,)).plans[0]
    assert grid.table[0, 1, 1, AT["risk"]] == pytest.approx(alone.outcomes["ascvd"].risk, abs=1e-7)
    with pytest.raises(OutOfValidityRange, match="3 sliders"):
        grid_of(base, (PRESSURE,), (pressure, start, start), moving=0, outcome="cvd")


def test_what_is_withheld_is_nan(person, ground):
    base = ground(person(age=82), draws=20)
    grid = grid_of(base, (STATIN,), (slider("start", levels=(0.0, 1.0)),), moving=0, outcome="cvd")
    assert np.isnan(grid.curves).all() and np.isnan(grid.table[..., AT["risk"]]).all()
    stopped = ground(person(allergies=("statin",)), draws=20)
    grid = grid_of(stopped, (STATIN,), (slider("start", levels=(0.0, 1.0)),), moving=0, outcome="cvd")
    assert np.isnan(grid.table[:, 1]).all() and not np.isnan(grid.table[:, 0, AT["risk"]]).any()


def test_a_slider_at_nothing_takes_the_change_away():
    assert slider("variable", "systolic_bp").moved(PRESSURE, 0.0).changes == (StartTherapy("ezetimibe 10 mg"),)
    assert slider("habit", "activity").moved(PRESSURE, 50.0).changes[-1] == Lifestyle("activity", 50.0)
    assert slider("adherence").moved(PRESSURE, 0.4).changes[-1] == StartTherapy("ezetimibe 10 mg", 0.4)
    assert usual_levels("hba1c")[0] == -3.0 and usual_levels("start") == tuple(float(year) for year in range(11))
