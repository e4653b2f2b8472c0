"""Which problems, treatments and measures does a patient's time axis show?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.record.patient import Condition, Medication, Patient, Series
from twin.variables import variable

MEASURES = ("systolic_bp", "diastolic_bp", "ldl_cholesterol", "hba1c", "egfr", "uacr", "weight")
"""Measures with a panel of their own, from top to bottom, where the patient has values."""
LOGARITHMIC = frozenset({"uacr"})


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of a lane; `end` is ``None`` while it lasts, `start` where it is not known."""

    start: date | None
    end: date | None
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the upper part: a problem, or all courses of one drug."""

    label: str
    spans: tuple[Span, ...]

    def touches(self, start: date, end: date) -> bool:
        """Say whether any stretch of it lies between two days."""
        return any(_first(span) <= end and (span.end is None or span.end >= start) for span in self.spans)


@dataclass(frozen=True, slots=True, eq=False)
class Ghost:
    """What the twin expected of new measurements, seen from an earlier day: mean and 80 % band."""

    times: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One panel of the lower part."""

    name: str
    series: Series
    ghost: Ghost | None = None

    @property
    def label(self) -> str:
        """Short label of the registry."""
        return variable(self.name).short_label

    @property
    def unit(self) -> str:
        """Canonical unit."""
        return variable(self.name).unit


@dataclass(frozen=True, slots=True, eq=False)
class Lifelines:
    """All that the timeline shows of one patient between two days.

    `others` counts problems and drugs that are kept in the record under a code not used here.
    """

    start: date
    today: date
    problems: tuple[Lane, ...]
    treatments: tuple[Lane, ...]
    measures: tuple[Measure, ...]
    others: int


def lifelines(patient: Patient, *, start: date, today: date, ghosts: Mapping[str, Ghost] | None = None) -> Lifelines:
    """Gather what happened to a patient between two days.

    Parameters
    ----------
    start, today
        First and last day shown.
    ghosts
        What the twin expected, by variable.
    """
    problems = _lanes((c for c in patient.conditions if c.concept), _problem)
    treatments = _lanes((m for m in patient.medications if m.ingredient), _course)
    others = sum(c.concept is None for c in patient.conditions) + sum(m.ingredient is None for m in patient.medications)
    shown = [(name, _between(patient.series[name], start, today)) for name in MEASURES if name in patient.series]
    return Lifelines(
        start,
        today,
        tuple(lane for lane in problems if lane.touches(start, today)),
        tuple(lane for lane in treatments if lane.touches(start, today)),
        tuple(Measure(name, series, (ghosts or {}).get(name)) for name, series in shown if len(series)),
        others,
    )


def plain_name(display: str) -> str:
    """Return a code's display without the class that terminologies add in brackets at its end."""
    return re.sub(r"\s*\((disorder|finding|situation|procedure)\)$", "", display)


def _problem(condition: Condition) -> tuple[str, Span]:
    name = plain_name(condition.display)
    return name, Span(condition.onset, condition.abated, name)


def _course(medication: Medication) -> tuple[str, Span]:
    name = medication.ingredient.capitalize()
    dose = f" {medication.dose_mg:g} mg a day" if medication.dose_mg else ""
    return name, Span(medication.start, medication.stop, name + dose)


def _lanes(entries: Iterable, read) -> list[Lane]:
    found: dict[str, list[Span]] = {}
    for entry in entries:
        name, span = read(entry)
        found.setdefault(name, []).append(span)
    lanes = [Lane(name, tuple(sorted(spans, key=_first))) for name, spans in found.items()]
    return sorted(lanes, key=lambda lane: (_first(lane.spans[0]), lane.label))


def _first(span: Span) -> date:
    return span.start or date.min


def _between(series: Series, start: date, end: date) -> Series:
    until = series.until(end)
    keep = until.times >= np.datetime64(start, "s")
    return Series(
        until.variable, until.times[keep], until.values[keep], until.sources[keep], until.resource_ids[keep]
    )
