from dataclasses import replace
from datetime import datetime

from twin.plans.plan import Plan, StartTherapy, StopTherapy
from twin.plans.regimen import regimen
from twin.record.patient import Correction

STOP = Plan("Stop", (StopTherapy("atorvastatin"),))


def half_taken(person, *, since=None):
    patient = person(takes=("atorvastatin 20 mg",))
    said = Correction("reference", "adherence", "Forgets it", ingredient="atorvastatin", adherence=0.5, time=since)
    return replace(patient, corrections=(said,))


def test_what_is_stopped_had_the_effect_of_the_doses_taken(person, on):
    assert [course.adherence for course in regimen(half_taken(person), STOP, on=on).courses] == [0.5]
    assert [course.adherence for course in regimen(person(takes=("atorvastatin 20 mg",)), STOP, on=on).courses] == [1.0]


def test_a_share_counts_from_its_day(person, on):
    later = half_taken(person, since=datetime(2027, 1, 1))
    assert regimen(later, STOP, on=on).courses[0].adherence == 1.0


def test_taking_every_dose_of_a_drug_that_is_half_taken_is_a_change(person, on):
    patient = half_taken(person)
    every, as_now = (Plan("", (StartTherapy("atorvastatin 20 mg", adherence=share),)) for share in (1.0, 0.5))
    assert regimen(patient, as_now, on=on).courses == ()
    assert [(course.adherence, course.is_removal) for course in regimen(patient, every, on=on).courses] == [
        (0.5, True),
        (1.0, False),
    ]
