"""Which problems, treatments and measures does a patient's time axis show?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin import words
from twin.record.patient import Condition, Correction, Medication, Patient, Series
from twin.variables import variable

PANELS = (("systolic_bp", "diastolic_bp"), ("ldl_cholesterol",), ("hba1c",), ("egfr",), ("uacr",), ("weight",))
"""Variables of each panel, from top to bottom, where the patient has values."""
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
    """One variable of a panel.

    `corrections` are those of its values: the series has explained and added ones in it, and none that is wrong.
    """

    name: str
    series: Series
    ghost: Ghost | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def last_place(self) -> int:
        """Place of the newest value that stands for the usual state, else of the newest."""
        usual = np.flatnonzero(~self.explained)
        return int(usual[-1]) if len(usual) else len(self.series) - 1

    @property
    def last(self) -> str:
        """The value there as the screen shows it."""
        return variable(self.name).format(float(self.series.values[self.last_place]))

    @property
    def explained(self) -> np.ndarray:
        """Which values something that passes explains."""
        found = np.zeros(len(self.series), dtype=bool)
        for one in self.corrections:
            if one.kind == "explained":
                found |= one.marks(self.series)
        return found

    @property
    def added(self) -> np.ndarray:
        """Which values were added by hand."""
        added = [one.resource_id for one in self.corrections if one.kind == "added"]
        return np.isin(self.series.resource_ids.astype(str), added)

    @property
    def wrong(self) -> tuple[Correction, ...]:
        """The values that are wrong."""
        return tuple(one for one in self.corrections if one.kind == "wrong")

    def notes(self) -> list[str]:
        """Return for each value what was said of it; empty for most."""
        said = [""] * len(self.series)
        for one in self.corrections:
            found = one.marks(self.series) if one.kind == "explained" else self.series.resource_ids == one.resource_id
            for place in np.flatnonzero(found):
                said[place] = f"{'Explained' if one.kind == 'explained' else 'Added by hand'}: {one.reason}"
        return said


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One part of the lower half: a variable, or variables that are read together."""

    measures: tuple[Measure, ...]

    @property
    def label(self) -> str:
        """What the panel is called."""
        known = [variable(measure.name) for measure in self.measures]
        return known[0].short_label if len(known) == 1 else "Blood pressure"

    @property
    def unit(self) -> str:
        """Canonical unit of all of them."""
        return variable(self.measures[0].name).unit

    @property
    def is_logarithmic(self) -> bool:
        """Whether equal ratios are equal heights."""
        return self.measures[0].name in LOGARITHMIC


@dataclass(frozen=True, slots=True, eq=False)
class Lifelines:
    """All that the timeline shows of one patient between two days.

    `others` counts problems and drugs that are kept in the record under a code not used here.
    """

    start: date
    today: date
    problems: tuple[Lane, ...]
    treatments: tuple[Lane, ...]
    panels: tuple[Panel, ...]
    others: int

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every variable shown, from top to bottom."""
        return tuple(measure for panel in self.panels for measure in panel.measures)


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
    shares = _shares_taken(patient)
    treatments = _lanes((m for m in patient.medications if m.ingredient), lambda course: _course(course, shares))
    others = sum(c.concept is None for c in patient.conditions) + sum(m.ingredient is None for m in patient.medications)
    shown = {
        name: Measure(name, series, (ghosts or {}).get(name), _corrections(patient, name, start, today))
        for name, whole in patient.series.items()
        if len(series := _between(whole, start, today))
    }
    panels = (tuple(shown[name] for name in names if name in shown) for names in PANELS)
    return Lifelines(
        start,
        today,
        tuple(lane for lane in problems if lane.touches(start, today)),
        tuple(lane for lane in treatments if lane.touches(start, today)),
        tuple(Panel(measures) for measures in panels if measures),
        others,
    )


def plain_name(display: str) -> str:
    """Return a code's display without the class that terminologies add in brackets at its end."""
    return re.sub(r"\s*\((disorder|finding|situation|procedure)\)$", "", display)


def _problem(condition: Condition) -> tuple[str, Span]:
    name = plain_name(condition.display)
    return name, Span(condition.onset, condition.abated, name)


def _course(medication: Medication, shares: Mapping[str, str]) -> tuple[str, Span]:
    name = medication.ingredient.capitalize()
    dose = f" {medication.dose_mg:g} mg a day" if medication.dose_mg else ""
    return name, Span(medication.start, medication.stop, name + dose + shares.get(medication.ingredient, ""))


def _shares_taken(patient: Patient) -> dict[str, str]:
    """Say by ingredient which share of its doses is taken, the newest statement where there are several."""
    return {
        one.ingredient: f", {round(one.adherence * 100)} % of doses taken"
        + (f" since {words.day(one.time.date())}" if one.time else "")
        for one in patient.corrections
        if one.kind == "adherence"
    }


def _lanes(entries: Iterable, read) -> list[Lane]:
    found: dict[str, list[Span]] = {}
    for entry in entries:
        name, span = read(entry)
        found.setdefault(name, []).append(span)
    lanes = [Lane(name, tuple(sorted(spans, key=_first))) for name, spans in found.items()]
    return sorted(lanes, key=lambda lane: (_first(lane.spans[0]), lane.label))


def _first(span: Span) -> date:
    return span.start or date.min


def _corrections(patient: Patient, name: str, start: date, end: date) -> tuple[Correction, ...]:
    return tuple(c for c in patient.corrections if c.variable == name and start <= c.time.date() <= end)


def _between(series: Series, start: date, end: date) -> Series:
    until = series.until(end)
    return until.where(until.times >= np.datetime64(start, "s"))
