"""What do the trials say each known drug does to each biomarker of this patient, and from when to when?"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import median

import numpy as np

from twin.data_files import read_table
from twin.evidence.cards import Effect, effects
from twin.evidence.sources import source
from twin.evidence.therapies import biomarker_effects, matching_therapy
from twin.physiology.longitudinal.scale import forward
from twin.record.patient import Medication

NOT_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "not-taken", "intended"})
LONG_AGO = -1e6  # start of a course whose start is not known
Shares = Sequence[tuple[float, float]]
"""Shares of doses taken, each with the time from which it holds [units since the epoch]; a later entry overrides."""
LEAST_LEFT = 0.05  # of a value that an effect leaves, at the least
BASELINE_VALUES = 3  # newest values before the start that make the baseline
BASELINE_DAYS = 731.0


@dataclass(frozen=True, slots=True)
class Input:
    """One drug class acting on one variable: what enters the model, times the patient's own response.

    `times` (units since the epoch) and `sizes` (on the variable's scale) are the changes of the full
    effect; the effect approaches each with time constant `onset`.
    """

    drug_class: str
    variable: str
    column: int  # of the parameters' variables
    response_sd: float
    onset: float
    times: tuple[float, ...]
    sizes: tuple[float, ...]
    card: str
    ingredients: tuple[str, ...]

    def at(self, time: float) -> float:
        """Return the effect with an average response at a time; the kernel's rule for one moment."""
        return sum(
            size * -math.expm1(-(time - begin) / self.onset)
            for begin, size in zip(self.times, self.sizes, strict=True)
            if time > begin
        )


@cache
def carried() -> dict[str, tuple[tuple[str, float], ...]]:
    """Return which variables move with another by definition, and how far for one unit of it."""
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for row in read_table("longitudinal/carried.csv"):
        source(row["source_id"])
        found[row["variable"]] = (*found.get(row["variable"], ()), (row["moves"], float(row["factor"])))
    return found


@cache
def effects_of(ingredient: str | None, drug_class: str | None, dose_mg: float | None) -> tuple[Effect, ...]:
    """Return one biomarker effect a variable for a course: its dose's, else its ingredient's, else its class's."""
    known = matching_therapy(ingredient, dose_mg)
    if known is not None:
        return biomarker_effects(known.name)
    chosen: dict[str, Effect] = {}
    for agent in (ingredient, drug_class):
        for effect in effects("biomarker"):
            if agent and effect.agent == agent:
                chosen.setdefault(effect.variable, effect)
    return tuple(chosen.values())


def steps(courses: list[tuple[float, float, float]]) -> tuple[list[float], list[float]]:
    """Turn overlapping courses ``(start, stop, full effect)`` of one class into changes of its effect.

    Two courses at one time do not add up: a class acts once, at the strongest of its doses.
    """
    edges = sorted({edge for start, stop, _ in courses for edge in (start, stop) if edge != math.inf} | {LONG_AGO})
    times, sizes, before = [], [], 0.0
    for edge in edges:
        now = max((size for start, stop, size in courses if start <= edge < stop), key=abs, default=0.0)
        if now != before:
            times.append(edge)
            sizes.append(now - before)
            before = now
    return times, sizes


def full_effect(before: float, change: float, power: float) -> float:
    """Return on the variable's scale what a change in natural units does to a person whose value is `before`."""
    after = max(before + change, LEAST_LEFT * abs(before))
    return math.log(after / before) if power == 0.0 else float(forward(after, power) - forward(before, power))


def inputs_of(
    medications: Iterable[Medication],
    values: Callable[[int], tuple[np.ndarray, np.ndarray]],
    *,
    columns: Mapping[str, int],
    power: np.ndarray,
    usual: Callable[[int, float], float],
    day_zero: int,
    unit_days: float,
    adherence: Mapping[str, Shares],
) -> tuple[Input, ...]:
    """Return the inputs that a patient's medicines make.

    Parameters
    ----------
    values
        ``values(column)``: times [units since the epoch] and natural values of a variable in this patient.
    columns, power
        Place and scale of each variable of the model.
    usual
        ``usual(column, time)``: what is usual for this patient, in natural units; the baseline of a drug that
        was started before anything was measured.
    day_zero, unit_days
        Ordinal of the epoch's day, and length of a time unit. [d]
    adherence
        Shares of doses taken by ingredient, 0 to 1; 1 where not given.
    """
    courses: dict[tuple[str, str], list[tuple[Medication, Effect, float]]] = {}
    for medication in medications:
        if medication.status in NOT_TAKEN or not (medication.ingredient or medication.drug_class):
            continue
        name = medication.drug_class or medication.ingredient
        for effect in effects_of(medication.ingredient, medication.drug_class, medication.dose_mg):
            for variable, factor in ((effect.variable, 1.0), *carried().get(effect.variable, ())):
                if variable in columns:
                    courses.setdefault((name, variable), []).append((medication, effect, factor))

    def baseline(variable: str, first: float) -> float:
        own = _baseline(*values(columns[variable]), start=first, span=BASELINE_DAYS / unit_days)
        return usual(columns[variable], first) if own is None else own

    found = []
    for (name, variable), parts in courses.items():
        column = columns[variable]
        if not len(values(column)[0]):
            continue
        spans = [_span(medication, day_zero, unit_days) for medication, _, _ in parts]
        first = min(start for start, _ in spans)
        before = baseline(variable, first)
        sized = []
        for span, (medication, effect, factor) in zip(spans, parts, strict=True):
            at = before if effect.variable == variable else baseline(effect.variable, first)
            full = full_effect(before, factor * effect.change_at(at), float(power[column]))
            taken = _as_taken(*span, adherence.get(medication.ingredient, ()))
            sized += [(since, until, share * full) for since, until, share in taken]
        moments, sizes = steps(sized)
        effect = parts[-1][1]
        found.append(
            Input(
                drug_class=name,
                variable=variable,
                column=column,
                response_sd=effect.response_sd,
                onset=max(effect.onset_days, 1.0) / unit_days,
                times=tuple(moments),
                sizes=tuple(sizes),
                card=effect.card,
                ingredients=tuple(dict.fromkeys(m.ingredient or name for m, _, _ in parts)),
            )
        )
    return tuple(found)


def _as_taken(start: float, stop: float, shares: Shares) -> Iterator[tuple[float, float, float]]:
    """Split a course where the share of doses taken changes: begin, end and share of each part."""
    changes = sorted({since for since, _ in shares if start < since < stop})
    for begin, end in pairwise([start, *changes, stop]):
        yield begin, end, next((share for since, share in reversed(shares) if since <= begin), 1.0)


def _span(medication: Medication, day_zero: int, unit_days: float) -> tuple[float, float]:
    start, stop = medication.start, medication.stop
    return (
        LONG_AGO if start is None else (start.toordinal() - day_zero) / unit_days,
        math.inf if stop is None else (stop.toordinal() - day_zero) / unit_days,
    )


def _baseline(times: np.ndarray, values: np.ndarray, *, start: float, span: float) -> float | None:
    """Return the median of the newest values within `span` before a drug's start; ``None`` without any."""
    first, last = np.searchsorted(times, (start - span, start))
    newest = values[first:last][-BASELINE_VALUES:].tolist()
    return median(newest) if newest else None
