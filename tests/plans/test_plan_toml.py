"""Does a plans file become the plans it describes, and does a bad one say where it is wrong?"""

import pytest

from twin.errors import BadFile
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.toml import read_plans

TEXT = """
[[plans]]
name = "Two drugs and habits"
start = 5.0
[[plans.changes]]
therapy = "amlodipine 5 mg"
adherence = 0.9
stop = 3
[[plans.changes]]
stop = "gliclazide"
[[plans.changes]]
variable = "systolic_bp"
change = "-10 mmHg"
[[plans.changes]]
variable = "ldl_cholesterol"
change = "-1.0 mmol/L"
[[plans.changes]]
variable = "hba1c"
change = "-10.93 mmol/mol"
[[plans.changes]]
lifestyle = "smoking"
value = "stop"
[[plans.changes]]
lifestyle = "weight"
value = "-8 kg"
[[plans.changes]]
lifestyle = "activity"
value = "+150 min/wk"
[[plans.changes]]
lifestyle = "sodium"
value = "-2 g/d"
[[plans.changes]]
lifestyle = "diet"
value = "dash"
[[plans]]
name = "Nothing"
"""


def test_a_therapy_is_found_however_it_is_spaced_and_written():
    (plan,) = read_plans('[[plans]]\nname = "A"\n[[plans.changes]]\ntherapy = " Amlodipine  5 MG"')
    assert plan.changes == (StartTherapy("amlodipine 5 mg"),)


@pytest.mark.parametrize(("value", "amount"), [("stop", 0.0), ("-20 g/d", -20.0)])
def test_less_alcohol_is_read(value, amount):
    (plan,) = read_plans(f'[[plans]]\nname = "A"\n[[plans.changes]]\nlifestyle = "alcohol"\nvalue = "{value}"')
    assert plan.changes == (Lifestyle("alcohol", amount),)


def test_every_kind_of_change_is_read(tmp_path):
    path = tmp_path / "plans.toml"
    path.write_text(TEXT, encoding="utf-8")
    plan, nothing = read_plans(path)
    assert read_plans(TEXT) == (plan, nothing)
    drug, stop, pressure, ldl, hba1c, smoking, weight, activity, sodium, diet = plan.changes
    assert drug == StartTherapy("amlodipine 5 mg", adherence=0.9, stop=3.0)
    assert stop == StopTherapy("gliclazide")
    assert pressure == ChangeVariable("systolic_bp", -10.0)
    assert ldl.change == pytest.approx(-1 / 0.02586)
    assert hba1c.change == pytest.approx(-1.0)
    assert smoking == Lifestyle("smoking")
    assert weight == Lifestyle("weight", -8.0)
    assert activity == Lifestyle("activity", 150.0)
    assert sodium == Lifestyle("sodium", -2.0)
    assert diet == Lifestyle("diet")
    assert plan.start == 5.0
    assert nothing == Plan("Nothing")


def change(*lines: str) -> str:
    return "\n".join(["[[plans]]", 'name = "A"', "[[plans.changes]]", *lines])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plans = 3", "no plans"),
        ("", "no plans"),
        ("not toml", "cannot be read"),
        ("[[plans]]\nstart = 1", "plan 1: field name is missing"),
        ('[[plans]]\nname = "A"\ncolour = "red"', "plan 1 (A): field colour"),
        ('[[plans]]\nname = "A"\nstart = -1', "plan 1 (A), field start"),
        (
            change('therapy = "aspirin 75 mg"'),
            "plan 1 (A), change 1, field therapy: No evidence card knows “aspirin 75 mg”. Known: aspirin ",
        ),
        (change('therapy = "sugar"'), "field therapy: No evidence card knows “sugar”"),
        (change('therapy = "amlodipine 5 mg"', "adherence = 1.2"), "change 1, field adherence"),
        (change('therapy = "amlodipine 5 mg"', "adherence = true"), "change 1, field adherence"),
        (change('therapy = "amlodipine 5 mg"', 'change = "-1 mmHg"'), "field change does not belong"),
        (change('variable = "systolic"', 'change = "-10 mmHg"'), "field variable: The measurement “systolic”"),
        (change('variable = "systolic_bp"', 'change = "-10"'), "field change: must be a number with its unit"),
        (change('variable = "systolic_bp"', 'change = "-10 kg"'), "cannot be read in “kg”"),
        (change('variable = "systolic_bp"'), "field change: must be a number"),
        (change('lifestyle = "smoking"', 'value = "less"'), "field value"),
        (change('lifestyle = "sleep"', 'value = "+1 h"'), "“sleep” has no evidence card"),
        (change('lifestyle = "alcohol"', 'value = "-2 drinks"'), "must be from -200 to 0 g/d"),
        (change('lifestyle = "sodium"', 'value = "-2 kg"'), "must be from -6 to 6 g/d"),
        (change('lifestyle = "sodium"', 'value = "-9 g/d"'), "must be from -6 to 6 g/d"),
        (change('lifestyle = "activity"', 'value = "much"'), "must be a number with its unit"),
        (change('lifestyle = "diet"', 'value = "low fat"'), 'for diet it must be "dash"'),
        (change('colour = "red"'), "needs one of the fields"),
        (change('stop = "gliclazide 60 mg"'), "field stop"),
    ],
)
def test_a_bad_file_names_plan_and_field(text, said):
    with pytest.raises(BadFile) as refused:
        read_plans(text)
    assert said in refused.value.clinical


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile) as refused:
        read_plans(tmp_path / "none.toml")
    assert "none.toml" in refused.value.clinical
