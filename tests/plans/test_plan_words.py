"""Is a plan's burden said as a person would live it, and is it said who the trials were about?"""

import pytest

from twin.plans.applicability import fit_of
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.regimen import regimen
from twin.plans.words import burden


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((), "No change"),
        ((StartTherapy("amlodipine 5 mg"),), "1 tablet a day"),
        ((StartTherapy("amlodipine 5 mg"), StartTherapy("metformin 2000 mg")), "5 tablets a day"),
        ((StartTherapy("semaglutide 1 mg weekly"),), "1 injection a week"),
        ((StartTherapy("liraglutide 1.8 mg"),), "1 injection a day"),
        ((StartTherapy("evolocumab 140 mg every 2 weeks"),), "1 injection every 2 weeks"),
        ((StartTherapy("inclisiran 284 mg every 6 months"),), "2 injections a year"),
        ((StartTherapy("bariatric surgery"),), "Surgery for obesity"),
        ((Lifestyle("activity", 150.0), Lifestyle("diet")), "150 min a week more activity, DASH diet"),
        (
            (StartTherapy("atorvastatin 20 mg", stop=1.0), StartTherapy("atorvastatin 40 mg", start=1.0)),
            "1 tablet a day",
        ),
        ((StopTherapy("lisinopril"), Lifestyle("weight", -8.0)), "Stops lisinopril, 8 kg less weight"),
        ((Lifestyle("smoking"), ChangeVariable("systolic_bp", -10.0)), "Stops smoking, Systolic BP 10 mmHg lower"),
    ],
)
def test_burden(person, on, changes, words):
    patient, plan = person(takes=("lisinopril 10 mg",)), Plan("A", changes)
    assert burden(plan, regimen(patient, plan, on=on)) == words


def test_a_person_like_those_of_the_trials(person, on):
    assert fit_of(person(values={"systolic_bp": 150.0}), "EV-0003", on=on).outside == ()


def test_what_is_outside_is_named(person, on):
    patient = person(age=45, conditions=("diabetes/type_1",), values={"hba1c": 6.4})
    outside = fit_of(patient, "EV-0005", on=on).outside
    assert outside == ("age 45, the trials began at 50", "HbA1c 6.4 %, the trials had 7.0 to 15.0 %")
    outside = fit_of(patient, "EV-0032", on=on).outside
    assert outside == ("no type 2 diabetes", "no UACR of 300 mg/g or more")
    assert fit_of(patient, "EV-0011", on=on).outside[-1] == "type 1 diabetes, left out of the trials"


def test_an_unknown_value_is_not_taken_as_inside(person, on):
    (outside,) = fit_of(person(without=("systolic_bp",)), "EV-0003", on=on).outside
    assert "not on record" in outside


def test_the_plan_lists_the_fit_of_each_card(person, compared):
    plan = compared(person(age=72), Plan("A", (StartTherapy("atorvastatin 40 mg"),))).plans[0]
    assert tuple(fit.card for fit in plan.fits) == plan.evidence == ("EV-0001", "EV-0018", "EV-0023", "EV-0024")
