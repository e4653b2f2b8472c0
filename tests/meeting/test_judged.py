"""Is each forecast held against the right value, and said in words that are true?"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.meeting.conftest import decision, measured, said, taking
from tests.plans.conftest import ON, make_person
from twin.meeting.judged import judge, look_back, tally
from twin.record.corrections import corrected, mark

DUE = ON + timedelta(days=91)


def judged(person, forecast, *, on, until=None):
    return judge(person, forecast, made_on=ON, until=until, on=on)


@pytest.mark.parametrize(
    ("value", "state", "place"),
    [
        (141.0, "above", "it is 141 (20-Feb-2027): above the band."),
        (125.0, "below", "it is 125 (20-Feb-2027): below the band."),
        (138.0, "inside", "it is 138 (20-Feb-2027): within the band."),
    ],
)
def test_a_value_is_within_the_band_or_not(value, state, place):
    found = judged(measured(make_person(), "systolic_bp", (date(2027, 2, 20), value)), said(), on=DUE)
    assert found.state == state
    assert found.sentence == f"We said Systolic BP 132 (126 to 138) mmHg for 23-Feb-2027, {place}"


def test_the_value_nearest_to_the_day_counts_and_a_later_one_if_two_are_as_near():
    person = measured(
        make_person(),
        "systolic_bp",
        (DUE - timedelta(days=20), 120.0),
        (DUE - timedelta(days=3), 130.0),
        (DUE + timedelta(days=3), 150.0),
    )
    assert judged(person, said(), on=DUE).measured.value == 130.0  # the other is not known on that day
    assert judged(person, said(), on=DUE + timedelta(days=9)).measured.value == 150.0


@pytest.mark.parametrize(("days", "counts"), [(-46, False), (-45, True), (45, True), (46, False)])
def test_a_value_far_from_the_day_does_not_count(days, counts):
    person = measured(make_person(), "systolic_bp", (DUE + timedelta(days=days), 130.0))
    found = judged(person, said(), on=DUE + timedelta(days=60))
    assert found.is_due == counts
    assert counts or found.state == "missed"


def test_a_year_ahead_a_value_may_be_three_months_off():
    forecast = said(days=365)
    person = measured(make_person(), "systolic_bp", (forecast.day - timedelta(days=90), 130.0))
    assert judged(person, forecast, on=forecast.day).is_due


def test_what_was_known_at_the_decision_is_no_test_of_it():
    person = measured(make_person(), "systolic_bp", (ON, 132.0))
    near = replace(said(), day=ON + timedelta(days=10))
    assert judged(person, near, on=ON + timedelta(days=11)).state == "waiting"


def test_before_its_day_a_forecast_waits_and_long_after_it_is_missed():
    assert judged(make_person(), said(), on=ON).state == "waiting"
    assert judged(make_person(), said(), on=DUE + timedelta(days=45)).state == "waiting"
    late = judged(make_person(), said(), on=DUE + timedelta(days=46))
    assert late.state == "missed" and late.sentence.endswith("nothing was measured near that day.")


def test_another_decision_ends_a_forecast():
    person = measured(make_person(), "systolic_bp", (DUE, 131.0))
    found = judged(person, said(), on=DUE, until=ON + timedelta(days=30))
    assert (found.state, found.measured) == ("overtaken", None)
    assert judged(person, said(), on=DUE, until=DUE).state == "inside"  # the meeting that looks at the value


@pytest.mark.parametrize("kind", ["wrong", "explained"])
def test_a_value_that_does_not_count_is_no_test_either(kind):
    person = measured(make_person(), "systolic_bp", (DUE, 171.0))
    last = person.series["systolic_bp"].measurement(-1)
    found = judged(corrected(person, [mark("reference", kind, last, reason="Slip")]), said(), on=DUE)
    assert found.state == "waiting"


def test_decisions_are_looked_at_the_newest_first_each_until_the_next():
    second = decision(said(), made_on=ON + timedelta(days=30), chosen=None, number=2)
    looked = look_back(measured(make_person(), "systolic_bp", (DUE, 131.0)), [decision(said()), second], on=DUE)
    assert [one.decision.decision_id for one in looked] == [2, 1]
    assert [one.judged[0].state for one in looked] == ["inside", "overtaken"]
    assert looked[0].plan.name == "Current care" and looked[1].plan.name == "Statin"


def test_the_next_day_is_named_while_nothing_is_due():
    (looked,) = look_back(make_person(), [decision(said(days=365), said())], on=ON)
    assert (looked.due, looked.next_due) == ((), DUE)


def test_all_patients_are_counted_with_those_whose_plan_was_not_done():
    person = measured(make_person(), "systolic_bp", (DUE, 131.0))
    done = taking(replace(person, id="done"), "atorvastatin 40 mg", ON)
    outside = measured(replace(make_person(), id="outside"), "systolic_bp", (DUE, 150.0))
    silent = replace(make_person(), id="silent")
    people = {one.id: one for one in (person, done, outside, silent)}
    made = [replace(decision(said(), number=k), patient_id=name) for k, name in enumerate(people, start=1)]
    found = tally(people, made, on=DUE + timedelta(days=50))
    assert (found.decisions, found.due, found.within, found.left, found.missed) == (4, 3, 2, 2, 1)
    assert found.sentence == (
        "All patients: of 3 forecasts due, 2 within the 80 % band. Of plans not on record as carried out: 2. "
        "Due without a value: 1."
    )


def test_no_decision_and_nothing_due_are_said():
    assert tally({}, [], on=ON).sentence == "No decision has been saved yet."
    found = tally({"reference": make_person()}, [decision(said())], on=ON)
    assert found.sentence == "All patients: 1 decision, no forecast due yet."
