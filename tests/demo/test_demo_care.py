"""Do treatments begin for a reason, and do they work as the evidence says?"""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from twin.demo.drugs import drugs
from twin.demo.settings import biomarkers


@pytest.fixture(scope="module")
def courses(written):
    table = pd.DataFrame(written.truth("therapies"))
    return table.assign(start=pd.to_datetime(table["start"]), stop=pd.to_datetime(table["stop"]))


@pytest.fixture(scope="module")
def last_values(wide):
    """Return a patient's last values of a variable up to a day."""
    by_patient = {patient: rows.sort_values("day") for patient, rows in wide.groupby("patient")}

    def last(name, patient, day, count):
        rows = by_patient[patient]
        return rows.loc[rows["day"] <= day, name].dropna().tail(count).tolist()

    return last


@pytest.mark.parametrize(
    ("reason", "name", "count", "limit"),
    [
        ("ldl_above_target", "ldl_cholesterol", 1, 70.0),
        ("hba1c_above_target", "hba1c", 1, 7.0),
        ("albuminuria", "uacr", 2, 30.0),
    ],
)
def test_a_start_follows_results_above_the_target(courses, last_values, written, reason, name, count, limit):
    slipped = {(row["patient_id"]) for row in written.truth("errors") if row["variable"] == name}
    starts = courses[(courses["reason"] == reason) & ~courses["patient_id"].isin(slipped)]
    assert len(starts) > 8
    for row in starts.itertuples():
        found = last_values(name, row.patient_id, row.start, count)
        assert len(found) == count and min(found) >= limit, (row.medication_id, found)


def test_a_pressure_drug_follows_two_high_visits(courses, last_values):
    starts = courses[courses["reason"] == "bp_above_target"]
    assert len(starts) > 200
    for row in starts.itertuples():
        systolic = last_values("systolic_bp", row.patient_id, row.start, 2)
        diastolic = last_values("diastolic_bp", row.patient_id, row.start, 2)
        assert min(systolic) > 130.0 or min(diastolic) >= 90.0, (row.medication_id, systolic, diastolic)


def test_a_drug_after_an_event_follows_one(courses, onset_of):
    starts = courses[courses["reason"] == "after_event"]
    assert len(starts) > 50
    for row in starts.itertuples():
        known = onset_of[row.patient_id]
        events = [known[c] for c in ("I21", "I25", "I63", "G45", "I73", "I50", "I48", "M10") if c in known]
        assert min(events) <= row.start


def test_every_course_has_a_reason_in_words(written, courses):
    assert set(courses["reason"]) <= {
        "before_first_visit",
        "ldl_above_target",
        "bp_above_target",
        "hba1c_above_target",
        "albuminuria",
        "after_event",
        "other_disease",
    }
    assert all(r["reasonCode"][0]["text"] for r in written.resources["MedicationRequest"])


@pytest.fixture(scope="module")
def by_drug(courses):
    """The courses of each ingredient of each patient, in order of time."""
    found = {}
    for row in courses.sort_values("start", kind="stable").itertuples():
        found.setdefault((row.patient_id, row.ingredient), []).append(row)
    return found


def test_courses_of_one_drug_follow_each_other(by_drug):
    for rows in by_drug.values():
        for earlier, later in pairwise(rows):
            assert earlier.stop <= later.start  # false for a course without an end


def test_doses_change_upwards(by_drug):
    changes = 0
    for rows in by_drug.values():
        doses = [drugs()[row.therapy].daily_dose for row in rows]
        assert doses == sorted(doses)
        changes += len(doses) - 1
    assert changes > 50


def test_a_statin_lowers_ldl_by_what_the_truth_says(large_course):
    """Compare the last value before a first statin with the first value two to eight months after."""
    visits, column = large_course.visits, biomarkers().column("ldl_cholesterol")
    expected, seen = [], []
    changed = {}
    for course in large_course.treatment.courses:
        if course.line in ("statin", "ezetimibe"):
            changed.setdefault(course.person, []).append(course)
    for person, courses in changed.items():
        first = min(courses, key=lambda c: c.start)
        if first.line != "statin" or first.reason == "before_first_visit":
            continue
        rows = (visits.person == person) & ~np.isnan(visits.results[:, column])
        until = min((c.start for c in courses if c is not first), default=np.inf)
        before = rows & (visits.day <= first.start) & (visits.day > first.start - 400)
        after = rows & (visits.day > first.start + 60) & (visits.day < first.start + 250) & (visits.day <= until)
        if before.any() and after.any():
            (response,) = [r for r in first.responses if r.variable == "ldl_cholesterol"]
            change = response.full_change * response.multiplier * first.adherence
            expected.append(change)
            seen.append(visits.results[after, column][0] - visits.results[before, column][-1])
    assert len(seen) > 100
    # A high value leads to the start, so part of the fall is chance that does not come back.
    assert -14.0 < np.mean(seen) - np.mean(expected) < 3.0
    assert np.corrcoef(expected, seen)[0, 1] > 0.4


def test_multipliers_spread_as_the_evidence_says(large_course):
    drawn = {}
    for course in large_course.treatment.courses:
        for response in course.responses:
            if response.card.startswith("EV-"):
                effect = next(e for e in course.drug.effects if e.variable == response.variable)
                drawn.setdefault((course.line, response.variable, effect.response_sd), {})[course.person] = (
                    response.multiplier
                )
    large = {key: list(people.values()) for key, people in drawn.items() if len(people) > 150}
    assert len(large) >= 5
    for (_, _, sd), multipliers in large.items():
        assert abs(np.mean(multipliers) - 1.0) < 0.12
        assert 0.75 * sd < np.std(multipliers) < 1.2 * sd


def test_a_change_of_regime_shows_in_the_levels(large_course):
    regime, visits, names = large_course.regime, large_course.visits, biomarkers().names
    changed = np.flatnonzero(regime.is_settled)
    assert len(changed) > 0.04 * len(large_course.people)
    assert set(regime.kind[changed]) == set(regime.kinds)
    moves = {"stops_tablets": ("systolic_bp", 4.0), "steroid_course": ("hba1c", 0.7), "kidney_injury": ("egfr", -15.0)}
    for kind, (name, at_least) in moves.items():
        found = []
        for person in changed[regime.kind[changed] == kind]:
            levels = visits.levels[visits.person == person, names.index(name)]
            days = visits.day[visits.person == person]
            before, after = days < regime.day[person], days > regime.day[person] + 40
            if before.any() and after.any():
                found.append(levels[after][-1] - levels[before][-1])
        assert len(found) >= 3
        assert np.mean(found) / at_least > 1.0


def test_stopped_tablets_fade_from_the_day_on_which_they_are_stopped(large_course):
    """Eighty days after, five time constants of a statin's effect have passed."""
    regime, visits, names = large_course.regime, large_course.visits, biomarkers().names
    column, shares = names.index("ldl_cholesterol"), []
    for person in np.flatnonzero(regime.is_settled & (regime.kind == "stops_tablets")):
        rows = visits.person == person
        ratio = visits.levels[rows, column] / visits.own_levels[rows, column]
        before, after = (ratio[visits.day[rows] < regime.day[person]], visits.day[rows] > regime.day[person] + 80)
        if len(before) and before[-1] < 0.8 and after.any():
            shares.append((1.0 - ratio[after][0]) / (1.0 - before[-1]))
    assert len(shares) > 8
    assert np.mean(shares) < 0.06


def test_changed_patients_are_seen_often_after_the_change(written, values):
    changes = written.truth("regime_changes")
    assert len(changes) >= 10
    for row in changes:
        days = values[(values["patient"] == row["patient_id"]) & (values["day"] > row["date"])]["day"].nunique()
        assert days >= 2
