"""Does a plan go onto the desk and come back as the same plan, whatever the desk can set of it?"""

from dataclasses import replace

import numpy as np
import pytest

from tests.plans.conftest import ON, make_person
from twin.evidence.therapies import therapies, therapy
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.templates import to_toml
from twin.plans.toml import read_plans
from twin.ui.compare.from_plan import as_template, contents, fitting, settings_of
from twin.ui.compare.settings import PlanSettings, kept_words, options

TAKEN = {"simvastatin": "statin", "amlodipine": "calcium_channel_blocker", "warfarin": "anticoagulant"}


def any_change(rng):
    drugs = list(therapies())
    kind = rng.integers(7)
    if kind < 3:
        return StartTherapy(str(rng.choice(drugs)), float(rng.choice([1.0, 0.8, 0.8, 0.825])))
    if kind == 3:
        return StartTherapy(str(rng.choice(drugs)), 1.0, float(rng.choice([0.0, 2.0])), 5.0)
    if kind == 4:
        return StopTherapy(str(rng.choice(["simvastatin", "amlodipine", "warfarin", "lisinopril"])), 0.0)
    if kind == 5:
        name = str(rng.choice(["systolic_bp", "ldl_cholesterol"]))
        return ChangeVariable(name, float(rng.choice([-10.0, -7.5])))
    habit = str(rng.choice(["smoking", "weight", "activity", "sodium", "diet"]))
    return Lifestyle(habit, 0.0 if habit in ("smoking", "diet") else float(rng.choice([-8.0, 2.5])))


@pytest.mark.parametrize("seed", range(60))
def test_any_plan_comes_back_with_the_same_changes(seed):
    rng = np.random.default_rng(seed)
    changes = tuple(dict.fromkeys(any_change(rng) for _ in range(rng.integers(1, 9))))
    plan = Plan("Any", changes, float(rng.choice([0.0, 1.5])))
    settings = settings_of(plan, taken=TAKEN, smokes=bool(rng.integers(2)))
    back = settings.plan(taken=TAKEN)
    implied = set(back.changes) - set(changes)
    assert set(changes) <= set(back.changes)
    assert all(isinstance(one, StopTherapy) and one.ingredient in TAKEN for one in implied)
    assert back.start == plan.start
    again = settings_of(back, taken=TAKEN, smokes=True)
    assert set(again.plan(taken=TAKEN).changes) == set(back.changes)


@pytest.mark.parametrize("seed", range(60))
def test_any_settings_come_back_from_what_was_written(seed):
    rng = np.random.default_rng(seed)

    def some(classes):
        offered = options(classes, TAKEN)
        return tuple({therapy_name.split()[0]: therapy_name for therapy_name in rng.choice(offered, 2)}.values())

    settings = PlanSettings(
        statin=str(rng.choice(["", *options(("statin",), {})])),
        blood_pressure=tuple(map(str, some(("ace_inhibitor", "thiazide")))),
        systolic_bp=float(rng.choice([0.0, -15.0])),
        metformin=str(rng.choice(["", "metformin 1000 mg"])),
        stops_smoking=bool(rng.integers(2)),
        weight=float(rng.choice([0.0, -7.0])),
        doses_taken=float(rng.choice([100.0, 85.0])),
        kept=(Lifestyle("diet"),) if rng.integers(2) else (),
    )
    plan = settings.plan(taken=TAKEN)
    (read,) = read_plans(to_toml([plan]))
    assert settings_of(read, taken=TAKEN, smokes=True) == settings
    assert settings_of(read, taken=TAKEN, smokes=True).plan(taken=TAKEN) == plan


def test_a_template_replaces_what_another_patient_takes():
    settings = PlanSettings(statin="atorvastatin 40 mg")
    plan = settings.plan(taken={"simvastatin": "statin"})
    assert StopTherapy("simvastatin") in plan.changes
    template = as_template(plan, settings)
    assert template.changes == (StartTherapy("atorvastatin 40 mg"),)
    elsewhere = {"rosuvastatin": "statin"}
    adapted = settings_of(template, taken=elsewhere, smokes=False).plan(taken=elsewhere)
    assert adapted.changes == (StopTherapy("rosuvastatin"), StartTherapy("atorvastatin 40 mg"))


def test_what_no_widget_can_set_is_kept_and_said():
    changes = (
        StartTherapy("atorvastatin 40 mg", 0.8, 2.0, 5.0),
        StopTherapy("lisinopril", 1.0),
        ChangeVariable("ldl_cholesterol", -30.0),
        Lifestyle("activity", 150.0),
        Lifestyle("weight", -2.5),
        Lifestyle("smoking"),
    )
    settings = settings_of(Plan("Later", changes), taken={}, smokes=False)
    assert settings.kept == changes
    assert [kept_words(change) for change in changes] == [
        "Atorvastatin 40 mg, 80% of doses, until year 5, from year 2",
        "Stop lisinopril, from year 1",
        "LDL −30\N{NO-BREAK SPACE}mg/dL",
        "150 min a week more activity",
        "2.5 kg less weight",
        "Stops smoking",
    ]
    assert settings.plan(taken={}).changes == changes


def test_of_two_drugs_for_one_widget_the_second_is_kept():
    changes = (StartTherapy("atorvastatin 40 mg"), StartTherapy("rosuvastatin 20 mg"))
    settings = settings_of(Plan("Two", changes), taken={}, smokes=False)
    assert settings.statin == "atorvastatin 40 mg"
    assert settings.kept == changes[1:]


def test_a_drug_with_another_share_of_doses_is_kept():
    changes = (StartTherapy("atorvastatin 40 mg", 0.8), StartTherapy("amlodipine 5 mg", 0.5))
    settings = settings_of(Plan("Two", changes), taken={}, smokes=False)
    assert (settings.doses_taken, settings.kept) == (80.0, changes[1:])
    odd = settings_of(Plan("Odd", (StartTherapy("atorvastatin 40 mg", 0.825),)), taken={}, smokes=False)
    assert odd.kept and odd.doses_taken == 100.0


def test_every_drug_of_the_catalogue_finds_its_widget():
    for name in therapies():
        settings = settings_of(Plan("One", (StartTherapy(name),)), taken={}, smokes=False)
        assert settings.drugs() == (name,), therapy(name).drug_class
        assert not settings.kept


def test_a_given_name_holds_until_a_setting_changes():
    named = PlanSettings(statin="atorvastatin 40 mg").named("Usual start")
    assert named.plan(taken={}).name == "Usual start"
    assert replace(named, statin="atorvastatin 80 mg").name() == "Statin"
    assert replace(replace(named, weight=-5.0), weight=0.0).name() == "Usual start"


def test_a_loaded_template_says_what_it_replaces_and_what_does_not_fit():
    person = make_person(takes=("simvastatin 20 mg",), conditions=("angioedema",))
    taken = {"simvastatin": "statin"}
    template = Plan(
        "T", (StartTherapy("atorvastatin 40 mg"), StartTherapy("lisinopril 10 mg"), StopTherapy("gliclazide"))
    )
    settings = settings_of(template, taken=taken, smokes=False)
    said = fitting(person, settings.plan(taken=taken), settings, on=ON)
    assert said[0] == "Replaces what is taken now: simvastatin."
    assert "gliclazide is not among the current drugs; there is nothing to stop." in said
    assert any(text.startswith("Stop: ") and "TWN" in text for text in said)
    assert contents(settings) == "Atorvastatin 40 mg, Lisinopril 10 mg, Stop gliclazide"
    assert contents(PlanSettings()) == "No change"


def test_a_drug_that_is_taken_already_is_said_to_change_nothing():
    person = make_person(takes=("atorvastatin 40 mg",))
    settings = PlanSettings(statin="atorvastatin 40 mg")
    plan = settings.plan(taken={"atorvastatin": "statin"})
    assert "Atorvastatin 40 mg is already taken; starting it changes nothing." in fitting(person, plan, settings, on=ON)
