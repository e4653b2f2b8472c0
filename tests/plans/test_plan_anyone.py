"""Does any plan for anyone come out in order, or say why it does not?"""

import json

import numpy as np
import pytest

from twin.evidence.therapies import therapies
from twin.monitoring.rules import ATHEROSCLEROTIC
from twin.plans.compare import compare_on
from twin.plans.explain import naive_of_plan
from twin.plans.ground import ground_of
from twin.plans.lifelong import lifelong
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.report import to_json
from twin.plans.templates import to_toml
from twin.plans.toml import read_plans

CONDITIONS = (
    "diabetes/type_2",
    "diabetes/type_1",
    "kidney/chronic_kidney_disease/stage_3",
    "cardiovascular/heart_failure",
    "cardiovascular/coronary",
    "atrial_fibrillation",
    "gout",
    "pregnancy",
    "liver/cirrhosis",
    "obesity",
    "cancer",
)
RANGES = {
    "systolic_bp": (90, 200),
    "ldl_cholesterol": (40, 260),
    "hdl_cholesterol": (25, 90),
    "total_cholesterol": (120, 320),
    "egfr": (12, 120),
    "uacr": (3, 3000),
    "hba1c": (4.8, 12),
    "bmi": (18, 50),
    "weight": (45, 180),
    "height": (150, 195),
    "potassium": (3.2, 5.9),
    "lvef": (15, 70),
}
COVERED = {"systolic_bp": (105, 195), "total_cholesterol": (125, 320)}
STATED = (("systolic_bp", -10.0), ("ldl_cholesterol", -30.0), ("hba1c", -1.0), ("weight", -8.0), ("potassium", 0.2))
HABITS = (("smoking", 0.0), ("weight", -7.0), ("activity", 300.0), ("sodium", -1.5), ("diet", 0.0), ("alcohol", -20.0))


def anyone(person, rng):
    values = {name: float(rng.uniform(*ends)) for name, ends in RANGES.items() if rng.random() < 0.8}
    allergies = (None, (), ("statin",))[rng.integers(3)]
    return person(
        age=int(rng.integers(18, 96)),
        sex=str(rng.choice(["male", "female"])),
        values=values,
        without=tuple(name for name in RANGES if name not in values),
        conditions=tuple(map(str, rng.choice(CONDITIONS, rng.integers(4), replace=False))),
        takes=tuple(map(str, rng.choice(list(therapies()), rng.integers(4), replace=False))),
        smoking=str(rng.choice(["never", "current", "former"])),
        allergies=allergies,
    )


def after_event(person, rng):
    """Return a person with disease of the arteries whom the equation for them covers."""
    values = {name: float(rng.uniform(*COVERED.get(name, ends))) for name, ends in RANGES.items()}
    diseases = rng.choice(ATHEROSCLEROTIC, rng.integers(1, 4), replace=False)
    others = rng.choice(("diabetes/type_2", "cardiovascular/heart_failure", "atrial_fibrillation"), rng.integers(3))
    return person(
        age=int(rng.integers(46, 80)),
        sex=str(rng.choice(["male", "female"])),
        values={**values, "creatinine": float(rng.uniform(0.6, 2.0))},
        conditions=tuple(map(str, (*diseases, *others))),
        takes=tuple(map(str, rng.choice(list(therapies()), rng.integers(4), replace=False))),
        smoking=str(rng.choice(["never", "current", "former"])),
    )


def any_change(patient, rng):
    kind = rng.random()
    if kind < 0.6:
        start = float(rng.choice([0.0, 0.5, 3.0]))
        stop = start + float(rng.uniform(0, 12)) if rng.random() < 0.3 else None
        return StartTherapy(str(rng.choice(list(therapies()))), float(rng.choice([1.0, 0.5, 0.0])), start, stop)
    if kind < 0.7 and patient.medications:
        return StopTherapy(patient.medications[0].ingredient, float(rng.choice([0.0, 2.0])))
    if kind < 0.85:
        return ChangeVariable(*STATED[rng.integers(len(STATED))])
    return Lifestyle(*HABITS[rng.integers(len(HABITS))])


def any_plans(patient, rng):
    return tuple(
        Plan(f"Plan {k}", tuple(any_change(patient, rng) for _ in range(rng.integers(5))), float(rng.choice([0, 1.3])))
        for k in range(3)
    )


@pytest.mark.parametrize(
    ("seed", "make"), [*((s, anyone) for s in range(40)), *((s, after_event) for s in range(40, 60))]
)
def test_any_plan_for_anyone(person, twin_of, on, seed, make):
    rng = np.random.default_rng(seed)
    patient = make(person, rng)
    plans, horizon_years = any_plans(patient, rng), int(rng.choice([5, 10, 30] if make is anyone else [5, 10]))
    ground = ground_of(patient, twin_of(patient), on=on, horizon_years=horizon_years, draws=40, seed=0)
    comparison = compare_on(ground, plans)
    assert make is anyone or ground.unusable or ground.has("ascvd")
    json.dumps(to_json(comparison), allow_nan=False)
    assert read_plans(to_toml(plans)) == plans
    for plan, result in zip(plans, comparison.plans, strict=True):
        naive_of_plan(patient, plan, on=on, horizon_years=10)
        in_order(result, comparison.current_care)
    for one in lifelong(ground, plans, draws=10):
        assert bool(one.reason) == (one.years is None)


def in_order(result, now):
    for name, outcome in result.outcomes.items():
        if outcome.risk is None:
            assert outcome.difference is None and outcome.baseline.clinical
            continue
        assert 0.0 <= outcome.risk <= 1.0 and outcome.low <= outcome.high
        assert outcome.difference.mean == pytest.approx(outcome.risk - now.outcomes[name].risk, abs=1e-12)
        assert 0.0 <= outcome.p_better <= 1.0
    for harm in result.harms.values():
        assert 0.0 <= harm.risk <= 1.0 and harm.low <= harm.high
    if result.net_benefit is not None:
        net = result.net_benefit
        assert net.mean == pytest.approx(sum(net.prevented.values()) - sum(net.caused.values()), abs=1e-12)
        assert net.low <= net.high and 0.0 <= net.p_positive <= 1.0
