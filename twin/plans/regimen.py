"""Which drugs does a plan start, stop and replace, and when?"""

import math
from dataclasses import dataclass
from datetime import date

from twin.evidence.therapies import Therapy, matching_therapy, therapy
from twin.plans.plan import Plan, StartTherapy, StopTherapy
from twin.record.patient import Medication, Patient


@dataclass(frozen=True, slots=True)
class Course:
    """A therapy that a plan adds to current care, or takes out of it, from `start` to `stop` years from today."""

    therapy: Therapy
    adherence: float
    start: float
    stop: float | None
    is_removal: bool

    def overlaps(self, other: "Course") -> bool:
        """Say whether two courses are taken at the same time."""
        ends = [math.inf if course.stop is None else course.stop for course in (self, other)]
        return self.start < ends[1] and other.start < ends[0]


@dataclass(frozen=True, slots=True)
class Regimen:
    """What a plan does to the list of drugs.

    `courses` holds removals first, then additions. `kept` are current drugs that go on, `stopped` those that the
    plan stops for good.
    """

    courses: tuple[Course, ...]
    kept: tuple[Medication, ...]
    stopped: tuple[Medication, ...]
    problems: tuple[str, ...]

    @property
    def started(self) -> tuple[Course, ...]:
        """Return the courses that the plan adds."""
        return tuple(course for course in self.courses if not course.is_removal)


def current_therapies(patient: Patient, *, on: date) -> dict[str, Therapy]:
    """Return the catalogued therapy of each ingredient that the patient takes."""
    found = {}
    for medication in patient.current_medications(on):
        known = matching_therapy(medication.ingredient, medication.dose_mg)
        if known is not None:
            found.setdefault(known.ingredient, known)
    return found


def regimen(patient: Patient, plan: Plan, *, on: date) -> Regimen:
    """Work out what a plan adds to, and takes from, the drugs of today.

    A start of an ingredient that is taken replaces that course; at the same dose and the share of doses that is
    taken now it changes nothing and vanishes here. What is taken out had no more effect than the doses taken.
    """
    taken = current_therapies(patient, on=on)
    removals: dict[str, Course] = {}
    additions: list[Course] = []
    problems: list[str] = []
    for change in plan.changes:
        if isinstance(change, StopTherapy):
            problems += _stop(change, plan, patient, taken, removals, on)
        elif isinstance(change, StartTherapy):
            added = _addition(change, plan)
            replaced = taken.get(added.therapy.ingredient)
            share = patient.share_taken(added.therapy.ingredient, on)
            if replaced == added.therapy and added.adherence == share and added.stop is None:
                problems.append(f"{added.therapy.label} is already taken; starting it changes nothing")
                continue
            if replaced is not None:
                removals[replaced.ingredient] = Course(replaced, share, added.start, None, True)
            additions.append(added)
    gone = {course.therapy.ingredient for course in removals.values()}
    medications = patient.current_medications(on)
    stopped = {change.ingredient for change in plan.changes if isinstance(change, StopTherapy)}
    return Regimen(
        (*removals.values(), *additions),
        tuple(m for m in medications if m.ingredient not in gone | stopped),
        tuple(m for m in medications if m.ingredient in stopped),
        tuple(problems),
    )


def _addition(change: StartTherapy, plan: Plan) -> Course:
    start = plan.start + change.start
    stop = None if change.stop is None else plan.start + change.stop
    return Course(therapy(change.therapy), change.adherence, start, stop, False)


def _stop(change, plan, patient, taken, removals, on) -> list[str]:
    known = taken.get(change.ingredient)
    if known is not None:
        share = patient.share_taken(known.ingredient, on)
        removals[known.ingredient] = Course(known, share, plan.start + change.start, None, True)
        return []
    if any(m.ingredient == change.ingredient for m in patient.current_medications(on)):
        return [f"No evidence card knows {change.ingredient}; stopping it is not calculated"]
    return [f"{change.ingredient} is not among the current drugs; there is nothing to stop"]
