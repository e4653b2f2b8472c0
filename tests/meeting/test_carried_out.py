"""Does the record show that a plan was carried out?"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.meeting.conftest import STATIN, taking
from tests.plans.conftest import ON, make_person
from twin.meeting.carried_out import steps_of, was_left
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StopTherapy
from twin.record.patient import SmokingStatus

LATER = ON + timedelta(days=90)


def step(person, plan=STATIN):
    (found,) = steps_of(person, plan, since=ON, on=LATER)
    return found


@pytest.mark.parametrize(
    ("person", "text", "is_done"),
    [
        (make_person(), "Atorvastatin 40 mg is not on record as started.", False),
        (
            taking(make_person(), "atorvastatin 40 mg", date(2026, 12, 5)),
            "Atorvastatin 40 mg is on record since 05-Dec-2026.",
            True,
        ),
        (
            taking(make_person(), "atorvastatin 40 mg", date(2026, 12, 5), date(2027, 1, 5)),
            "Atorvastatin 40 mg was started on 05-Dec-2026 and stopped on 05-Jan-2027.",
            False,
        ),
        (
            taking(make_person(), "atorvastatin 20 mg", date(2026, 12, 5)),
            "Atorvastatin 40 mg is on record at another dose: 20 mg a day.",
            False,
        ),
        (
            taking(make_person(), "atorvastatin 40 mg", date(2020, 1, 1)),
            "Atorvastatin 40 mg was on record before the decision and goes on.",
            True,
        ),
        (
            taking(make_person(), "atorvastatin 40 mg", LATER + timedelta(days=1)),
            "Atorvastatin 40 mg is not on record as started.",
            False,
        ),
        (
            taking(make_person(), "rosuvastatin 20 mg", date(2026, 12, 5)),
            "Atorvastatin 40 mg is not on record as started.",
            False,
        ),
    ],
)
def test_a_start_is_found_in_the_list_of_medicines(person, text, is_done):
    found = step(person)
    assert (found.text, found.is_done) == (text, is_done)
    assert was_left((found,)) is not is_done


@pytest.mark.parametrize("status", ["entered-in-error", "intended", "not-taken"])
def test_a_course_that_was_never_taken_is_no_start(status):
    person = taking(make_person(), "atorvastatin 40 mg", date(2026, 12, 5))
    person = replace(person, medications=tuple(replace(m, status=status) for m in person.medications))
    assert step(person).is_done is False


@pytest.mark.parametrize(
    ("stop", "text", "is_done"),
    [
        (None, "Gliclazide is still on record.", False),
        (date(2026, 12, 1), "Gliclazide was stopped on 01-Dec-2026.", True),
        (LATER + timedelta(days=30), "Gliclazide is still on record.", False),
    ],
)
def test_a_stop_is_found(stop, text, is_done):
    person = taking(make_person(), "gliclazide 60 mg", date(2020, 1, 1), stop)
    found = step(person, Plan("Stop", (StopTherapy("gliclazide"),)))
    assert (found.text, found.is_done) == (text, is_done)


@pytest.mark.parametrize(
    ("status", "time", "is_done"),
    [
        ("current", datetime(2027, 1, 1), False),
        ("former", datetime(2027, 1, 1), True),
        ("current", datetime(2026, 11, 1), None),
    ],
)
def test_stopping_to_smoke_is_seen_in_a_later_status(status, time, is_done):
    person = replace(make_person(), smoking=SmokingStatus(status, time, "smoking"))
    assert step(person, Plan("Quit", (Lifestyle("smoking"),))).is_done is is_done


def test_what_the_record_cannot_show_is_said():
    found = step(make_person(), Plan("BP", (ChangeVariable("systolic_bp", -10.0),)))
    assert (found.text, found.is_done) == (
        "The record cannot show whether the other changes of the plan were made.",
        None,
    )
    assert not was_left((found,))
