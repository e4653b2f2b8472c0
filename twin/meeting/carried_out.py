"""Was what was decided done, as far as the record shows?"""

from dataclasses import dataclass
from datetime import date

from twin.evidence.therapies import therapy
from twin.physiology.longitudinal.treatments import NOT_TAKEN
from twin.plans.plan import Change, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.record.patient import Medication, Patient
from twin.words import day


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a plan as the record shows it; `is_done` is ``None`` where the record cannot tell."""

    text: str
    is_done: bool | None


def steps_of(patient: Patient, plan: Plan, *, since: date, on: date) -> tuple[Step, ...]:
    """Say of each change of a plan whether it was made.

    Parameters
    ----------
    since
        The day of the decision.
    on
        Today.
    """
    return tuple(_step(patient, change, since, on) for change in plan.changes)


def was_left(steps: tuple[Step, ...]) -> bool:
    """Say whether the record shows that a part of the plan was not done."""
    return any(step.is_done is False for step in steps)


def _step(patient: Patient, change: Change, since: date, on: date) -> Step:
    if isinstance(change, StartTherapy):
        return _start(patient, change, since, on)
    if isinstance(change, StopTherapy):
        return _stop(patient, change.ingredient, on)
    if isinstance(change, Lifestyle) and change.habit == "smoking":
        return _quitting(patient, since)
    return Step("The record cannot show whether the other changes of the plan were made.", None)


def _courses(patient: Patient, ingredient: str) -> list[Medication]:
    """Return the courses of a drug, the newest last."""
    known = [m for m in patient.medications if m.ingredient == ingredient and m.status not in NOT_TAKEN]
    return sorted(known, key=lambda m: m.start or date.min)


def _start(patient: Patient, change: StartTherapy, since: date, on: date) -> Step:
    wanted = therapy(change.therapy)
    begun = [m for m in _courses(patient, wanted.ingredient) if m.start is None or m.start <= on]
    running = [m for m in begun if m.is_taken(on)]
    if not running:
        ended = [m for m in begun if m.start is not None and m.start >= since and m.stop is not None]
        if ended:
            return Step(
                f"{wanted.label} was started on {day(ended[-1].start)} and stopped on {day(ended[-1].stop)}.", False
            )
        return Step(f"{wanted.label} is not on record as started.", False)
    newest = running[-1]
    if newest.dose_mg is not None and abs(newest.dose_mg - wanted.daily_dose_mg) > 1e-9:
        return Step(f"{wanted.label} is on record at another dose: {newest.dose_mg:g} mg a day.", False)
    if newest.start is None or newest.start < since:
        return Step(f"{wanted.label} was on record before the decision and goes on.", True)
    return Step(f"{wanted.label} is on record since {day(newest.start)}.", True)


def _stop(patient: Patient, ingredient: str, on: date) -> Step:
    name = ingredient.capitalize()
    if any(m.is_taken(on) for m in _courses(patient, ingredient)):
        return Step(f"{name} is still on record.", False)
    stops = [m.stop for m in _courses(patient, ingredient) if m.stop is not None and m.stop <= on]
    return Step(f"{name} was stopped on {day(max(stops))}." if stops else f"{name} is not on record.", True)


def _quitting(patient: Patient, since: date) -> Step:
    known = patient.smoking
    if known is None or known.time.date() < since:
        return Step("No smoking status was recorded since the decision.", None)
    if known.status == "current":
        return Step(f"Smoking is on record on {day(known.time.date())}.", False)
    return Step(f"No smoking is on record on {day(known.time.date())}.", True)
