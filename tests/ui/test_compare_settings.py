import pytest

from twin.evidence.therapies import therapies
from twin.plans.plan import ChangeVariable, Lifestyle, StartTherapy, StopTherapy
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES
from twin.ui.compare.memory import Desk
from twin.ui.compare.settings import (
    LIPID_CLASSES,
    SINGLE_CLASSES,
    PlanSettings,
    one_dose_each,
    option_label,
    options,
    other_classes,
)


def test_settings_without_a_change_are_current_care():
    plan = PlanSettings().plan(taken={}, start=5.0)
    assert (plan.name, plan.changes, plan.start) == ("No change yet", (), 0.0)


def test_every_setting_becomes_one_change_of_the_plan():
    settings = PlanSettings(
        statin="atorvastatin 40 mg",
        lipid=("ezetimibe 10 mg",),
        blood_pressure=("amlodipine 5 mg", "stop lisinopril"),
        systolic_bp=-10.0,
        sglt2_inhibitor="empagliflozin 10 mg",
        glp1_agonist="semaglutide 1 mg weekly",
        metformin="metformin 1000 mg",
        other=("aspirin 81 mg",),
        stops_smoking=True,
        weight=-8.0,
        doses_taken=80.0,
    )
    plan = settings.plan(taken={}, start=5.0)
    assert plan.start == 5.0
    assert plan.changes == (
        StartTherapy("atorvastatin 40 mg", 0.8),
        StartTherapy("ezetimibe 10 mg", 0.8),
        StartTherapy("amlodipine 5 mg", 0.8),
        StopTherapy("lisinopril"),
        StartTherapy("empagliflozin 10 mg", 0.8),
        StartTherapy("semaglutide 1 mg weekly", 0.8),
        StartTherapy("metformin 1000 mg", 0.8),
        StartTherapy("aspirin 81 mg", 0.8),
        ChangeVariable("systolic_bp", -10.0),
        Lifestyle("smoking"),
        Lifestyle("weight", -8.0),
    )


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (PlanSettings(statin="atorvastatin 40 mg"), "Statin"),
        (PlanSettings(statin="atorvastatin 40 mg", blood_pressure=("amlodipine 5 mg",)), "Statin + BP drug"),
        (PlanSettings(blood_pressure=("amlodipine 5 mg", "lisinopril 10 mg")), "2 BP drugs"),
        (PlanSettings(blood_pressure=("stop lisinopril",)), "Stop BP drug"),
        (PlanSettings(statin="stop atorvastatin"), "Stop atorvastatin"),
        (PlanSettings(lipid=("alirocumab 75 mg every 2 weeks",)), "PCSK9 inhibitor"),
        (PlanSettings(systolic_bp=-10.0), "BP −10\N{NO-BREAK SPACE}mmHg"),
        (PlanSettings(stops_smoking=True, weight=2.0), "Stop smoking + weight +2\N{NO-BREAK SPACE}kg"),
        (
            PlanSettings(statin="atorvastatin 40 mg", lipid=("ezetimibe 10 mg",), systolic_bp=-5.0, stops_smoking=True),
            "Statin + ezetimibe + 2 more",
        ),
    ],
)
def test_a_plan_is_named_by_what_is_done(settings, name):
    assert settings.name() == name


def test_options_go_up_in_dose_and_end_with_stopping_what_is_taken():
    offered = options(("statin",), taken={"atorvastatin": "statin", "amlodipine": "calcium_channel_blocker"})
    assert offered[-1] == "stop atorvastatin"
    doses = [therapies()[name].daily_dose_mg for name in offered if name.startswith("atorvastatin")]
    assert doses == sorted(doses)
    assert {therapies()[name].drug_class for name in offered[:-1]} == {"statin"}
    assert [option_label(one) for one in ("", offered[-1])] == ["No change", "Stop atorvastatin"]


def test_every_drug_of_the_catalogue_has_a_setting():
    classes = (*SINGLE_CLASSES, *LIPID_CLASSES, *BLOOD_PRESSURE_CLASSES, *other_classes())
    assert sorted(classes) == sorted({t.drug_class for t in therapies().values()})


def test_a_drug_of_a_class_that_is_taken_replaces_it():
    taken = {"simvastatin": "statin", "amlodipine": "calcium_channel_blocker"}
    plan = PlanSettings(statin="atorvastatin 40 mg").plan(taken=taken)
    assert plan.changes == (StopTherapy("simvastatin"), StartTherapy("atorvastatin 40 mg"))
    assert PlanSettings(statin="simvastatin 40 mg").plan(taken=taken).changes == (StartTherapy("simvastatin 40 mg"),)


def test_a_second_dose_of_a_drug_replaces_the_first():
    chosen = ("amlodipine 5 mg", "lisinopril 10 mg", "amlodipine 10 mg")
    assert set(one_dose_each(chosen)) == {"lisinopril 10 mg", "amlodipine 10 mg"}
    assert one_dose_each(("amlodipine 5 mg", "stop amlodipine")) == ("stop amlodipine",)


def test_a_desk_keeps_the_other_plans_when_one_changes():
    two = Desk(plans=(PlanSettings(weight=-5.0), PlanSettings()), editing=1)
    changed = two.with_settings(PlanSettings(statin="atorvastatin 40 mg"))
    assert [settings.name() for settings in changed.plans] == ["Weight −5\N{NO-BREAK SPACE}kg", "Statin"]
    assert changed.letter == "B"
