"""What do the trials say each known drug does to each biomarker of this patient, and from when to when?"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.evidence.cards import Effect, effects
from twin.evidence.therapies import biomarker_effects, matching_therapy
from twin.physiology.longitudinal.parameters import DAYS_PER_YEAR
from twin.physiology.longitudinal.scale import forward
from twin.record.patient import Medication

NOT_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "not-taken", "intended"})
LONG_AGO = -1e6  # start of a course whose start is not known
BASELINE_VALUES = 3  # newest values before the start that make the baseline
BASELINE_YEARS = 2.0


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
    edges = sorted({edge for start, stop, _ in courses for edge in (start, stop) if np.isfinite(edge)} | {LONG_AGO})
    times, sizes, before = [], [], 0.0
    for edge in edges:
        now = max((size for start, stop, size in courses if start <= edge < stop), key=abs, default=0.0)
        if now != before:
            times.append(edge)
            sizes.append(now - before)
            before = now
    return times, sizes


def full_effect(effect: Effect, baseline: float, power: float) -> float:
    """Return a full effect on the variable's scale for a person whose value without it is `baseline`."""
    lowest = 0.05 * abs(baseline)  # an effect never takes a value to zero
    return float(forward(max(baseline + effect.change_at(baseline), lowest), power) - forward(baseline, power))


@dataclass(frozen=True, slots=True)
class Clock:
    """How calendar time becomes the model's time."""

    epoch: np.datetime64
    unit_days: float

    def units(self, times):
        """Bring ``datetime64`` to units since the epoch."""
        return (np.asarray(times, dtype="datetime64[s]") - self.epoch) / np.timedelta64(1, "s") / 86400 / self.unit_days


def inputs_of(
    medications: Iterable[Medication],
    values: Callable[[int], tuple[np.ndarray, np.ndarray]],
    *,
    columns: Mapping[str, int],
    power: np.ndarray,
    usual: Callable[[int, float], float],
    clock: Clock,
    adherence: Mapping[str, float],
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
    adherence
        Share of doses taken by ingredient, 0 to 1; 1 where not given.
    """
    courses: dict[tuple[str, str], list] = {}
    for medication in medications:
        if medication.status in NOT_TAKEN or not (medication.ingredient or medication.drug_class):
            continue
        name = medication.drug_class or medication.ingredient
        for effect in effects_of(medication.ingredient, medication.drug_class, medication.dose_mg):
            if effect.variable in columns:
                courses.setdefault((name, effect.variable), []).append((medication, effect))
    found = []
    for (name, variable), pairs in courses.items():
        column = columns[variable]
        times, measured = values(column)
        if not len(times):
            continue
        spans = [_span(medication, clock) for medication, _ in pairs]
        first = min(start for start, _ in spans)
        baseline = _baseline(times, measured, start=first, years=DAYS_PER_YEAR / clock.unit_days)
        baseline = usual(column, first) if baseline is None else baseline
        sized = [
            (*span, adherence.get(m.ingredient, 1.0) * full_effect(effect, baseline, float(power[column])))
            for span, (m, effect) in zip(spans, pairs, strict=True)
        ]
        moments, sizes = steps(sized)
        effect = pairs[-1][1]
        onset = max(effect.onset_days, 1.0) / clock.unit_days
        ingredients = tuple(dict.fromkeys(m.ingredient or name for m, _ in pairs))
        found.append(
            Input(
                name,
                variable,
                column,
                effect.response_sd,
                onset,
                tuple(moments),
                tuple(sizes),
                effect.card,
                ingredients,
            )
        )
    return tuple(found)


def _span(medication: Medication, clock: Clock) -> tuple[float, float]:
    start = LONG_AGO if medication.start is None else float(clock.units(np.datetime64(medication.start, "s")))
    stop = np.inf if medication.stop is None else float(clock.units(np.datetime64(medication.stop, "s")))
    return start, stop


def _baseline(times: np.ndarray, values: np.ndarray, *, start: float, years: float) -> float | None:
    """Return the median of the newest values in the two years before a drug's start; ``None`` without any."""
    before = (times < start) & (times > start - BASELINE_YEARS * years)
    return float(np.median(values[before][-BASELINE_VALUES:])) if before.any() else None
