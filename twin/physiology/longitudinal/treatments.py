"""What do the trials say each known drug does to each biomarker of this patient, and from when to when?"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median

import numpy as np

from twin.evidence.cards import Effect, effects
from twin.evidence.therapies import biomarker_effects, matching_therapy
from twin.physiology.longitudinal.scale import forward
from twin.record.patient import Medication

NOT_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "not-taken", "intended"})
LONG_AGO = -1e6  # start of a course whose start is not known
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


def full_effect(effect: Effect, baseline: float, power: float) -> float:
    """Return a full effect on the variable's scale for a person whose value without it is `baseline`."""
    after = max(baseline + effect.change_at(baseline), LEAST_LEFT * abs(baseline))
    return math.log(after / baseline) if power == 0.0 else float(forward(after, power) - forward(baseline, power))


def inputs_of(
    medications: Iterable[Medication],
    values: Callable[[int], tuple[np.ndarray, np.ndarray]],
    *,
    columns: Mapping[str, int],
    power: np.ndarray,
    usual: Callable[[int, float], float],
    day_zero: int,
    unit_days: float,
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
    day_zero, unit_days
        Ordinal of the epoch's day, and length of a time unit. [d]
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
        spans = [_span(medication, day_zero, unit_days) for medication, _ in pairs]
        first = min(start for start, _ in spans)
        baseline = _baseline(times, measured, start=first, span=BASELINE_DAYS / unit_days)
        baseline = usual(column, first) if baseline is None else baseline
        sized = [
            (*span, adherence.get(m.ingredient, 1.0) * full_effect(effect, baseline, float(power[column])))
            for span, (m, effect) in zip(spans, pairs, strict=True)
        ]
        moments, sizes = steps(sized)
        effect = pairs[-1][1]
        onset = max(effect.onset_days, 1.0) / unit_days
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
