"""Does a plan that is written down read back as the same plan?"""

import numpy as np
import pytest

from twin.evidence.therapies import therapies
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.templates import to_toml
from twin.plans.toml import read_plans
from twin.variables import registry


@pytest.mark.parametrize(
    "name",
    [
        "Plan",
        'Said "yes"',
        "back\\slash",
        "two\nlines\tand a tab",
        "Grüße – β-Blocker ✓",
        "#[[plans]]",
        "x = 1",
        "\x7f",
    ],
)
def test_any_name(name):
    plans = (Plan(name, (StartTherapy("amlodipine 5 mg"),)), Plan("Second"))
    assert read_plans(to_toml(plans)) == plans


def test_every_field():
    plan = Plan(
        "All",
        (
            StartTherapy("evolocumab 140 mg every 2 weeks", 0.85, 0.5, 7.25),
            StopTherapy("lisinopril", 1.5),
            ChangeVariable("systolic_bp", -10.0),
            Lifestyle("smoking"),
            Lifestyle("weight", -8.5),
            Lifestyle("activity", 150.0),
            Lifestyle("sodium", -1.2),
            Lifestyle("diet"),
        ),
        2.0,
    )
    assert read_plans(to_toml([plan])) == (plan,)


def test_every_therapy_and_every_variable():
    plan = Plan(
        "Everything",
        (
            *(StartTherapy(name) for name in therapies()),
            *(ChangeVariable(known.name, -0.37) for known in registry().values() if known.ucum),
        ),
    )
    assert read_plans(to_toml([plan])) == (plan,)


def test_numbers_keep_all_their_digits():
    drawn = np.random.default_rng(0)
    for _ in range(300):
        size = float(drawn.normal() * 10.0 ** drawn.integers(-9, 4))
        share, begin = float(drawn.uniform()), float(drawn.uniform(0, 40))
        changes = (
            ChangeVariable("ldl_cholesterol", size),
            Lifestyle("weight", size),
            StartTherapy("amlodipine 5 mg", share, begin, begin + share),
        )
        plan = Plan("A", changes, begin)
        assert read_plans(to_toml([plan])) == (plan,)


def test_nothing_but_the_plan_is_written():
    text = to_toml([Plan("A", (StartTherapy("amlodipine 5 mg"),))])
    assert text == '[[plans]]\nname = "A"\n[[plans.changes]]\ntherapy = "amlodipine 5 mg"\n'
