"""What do the trials say each known drug does to each biomarker of this patient, and from when to when?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.evidence.cards import Effect, effects
from twin.evidence.therapies import biomarker_effects, matching_therapy
from twin.physiology.longitudinal.parameters import Parameters
from twin.physiology.longitudinal.scale import forward
from twin.record.patient import Medication, Patient

NOT_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "not-taken", "intended"})
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
    edges = sorted({edge for start, stop, _ in courses for edge in (start, stop) if np.isfinite(edge)} | {-1e6})
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


def inputs_of(
    patient: Patient,
    parameters: Parameters,
    *,
    usual,
    units_since_epoch,
    adherence: Mapping[str, float],
) -> list[Input]:
    """Return the inputs that a patient's medicines make.

    Parameters
    ----------
    usual
        ``usual(column, time)``: the population's mean for this patient in natural units.
    units_since_epoch
        Brings ``datetime64`` to the model's time.
    adherence
        Share of doses taken by ingredient, 0 to 1; 1 where not given.
    """
    index = parameters.index()
    courses: dict[tuple[str, str], list] = {}
    for medication in patient.medications:
        if medication.status in NOT_TAKEN or not (medication.ingredient or medication.drug_class):
            continue
        name = medication.drug_class or medication.ingredient
        for effect in effects_of(medication.ingredient, medication.drug_class, medication.dose_mg):
            if effect.variable in index and effect.variable in patient.series:
                courses.setdefault((name, effect.variable), []).append((medication, effect))
    found = []
    for (name, variable), pairs in courses.items():
        column = index[variable]
        spans = [_span(medication, units_since_epoch) for medication, _ in pairs]
        first = min(start for start, _ in spans)
        baseline = _baseline(patient, variable, first, units_since_epoch, parameters.unit_days)
        if baseline is None:
            baseline = usual(column, first)
        sized = [
            (*span, adherence.get(m.ingredient, 1.0) * full_effect(effect, baseline, parameters.power[column]))
            for span, (m, effect) in zip(spans, pairs, strict=True)
        ]
        times, sizes = steps(sized)
        effect = pairs[-1][1]
        onset = max(effect.onset_days, 1.0) / parameters.unit_days
        ingredients = tuple(dict.fromkeys(m.ingredient or name for m, _ in pairs))
        found.append(
            Input(
                name, variable, column, effect.response_sd, onset, tuple(times), tuple(sizes), effect.card, ingredients
            )
        )
    return found


def _span(medication: Medication, units_since_epoch) -> tuple[float, float]:
    start = -1e6 if medication.start is None else float(units_since_epoch(np.datetime64(medication.start, "s")))
    stop = np.inf if medication.stop is None else float(units_since_epoch(np.datetime64(medication.stop, "s")))
    return start, stop


def _baseline(patient: Patient, variable: str, start: float, units_since_epoch, unit_days: float) -> float | None:
    """Return the mean of the newest values in the two years before a drug's start; ``None`` without any."""
    series = patient.series[variable]
    times = units_since_epoch(series.times)
    before = (times < start) & (times > start - BASELINE_YEARS * 365.25 / unit_days)
    return float(np.median(series.values[before][-BASELINE_VALUES:])) if before.any() else None
