"""How do the records of patients become the values, the usual level and the treatments of the model?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import numpy as np

from twin.physiology.longitudinal.events import EPOCH_DAY, Events, arrange, end_of
from twin.physiology.longitudinal.parameters import (
    AGE_CENTRE,
    AGE_SCALE,
    CONDITIONS,
    DAYS_PER_YEAR,
    TERMS,
    Parameters,
)
from twin.physiology.longitudinal.scale import forward, inverse
from twin.physiology.longitudinal.treatments import Input, inputs_of
from twin.record.patient import Medication, Patient

SETTLING = 2.5  # time units in which a drift common to all persons since their first value settles
AGES = (18.0, 90.0)  # years between which age shifts the usual level
_MALE = {"male": 1.0, "female": 0.0}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may set: the hyperparameters, and what a clinician corrected.

    `adherence` is the share of doses taken by ingredient. `excluded` names the resources of values that a
    clinician marked as wrong or explained; they are not learned from.
    """

    parameters: Parameters | None = None
    adherence: Mapping[str, float] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


def settling(elapsed):
    """Return how far a drift common to all persons since their first value has gone, 0 to 1."""
    return -np.expm1(-np.asarray(elapsed) / SETTLING)


def scaled_age(years):
    """Return age as a term of the usual level; beyond `AGES` the level keeps, and an unknown age is the centre."""
    return np.nan_to_num((np.clip(years, *AGES) - AGE_CENTRE) / AGE_SCALE)


def usual_level(parameters: Parameters, column, *, fixed, age_at_epoch, time, elapsed) -> np.ndarray:
    """Return the population's mean without treatment, on each variable's scale.

    Parameters
    ----------
    column
        Variable(s); the other arguments broadcast with it.
    fixed
        The part that does not move with time (`fixed_level`).
    age_at_epoch
        Age at the epoch. [years]
    time, elapsed
        Since the epoch, and since the person's first value. [units]
    """
    age = scaled_age(age_at_epoch + time * (parameters.unit_days / DAYS_PER_YEAR))
    _, linear, square, _, drift = parameters.coefficients[:, :5].T
    return fixed + linear[column] * age + square[column] * age**2 + drift[column] * settling(elapsed)


def fixed_level(parameters: Parameters, static: np.ndarray) -> np.ndarray:
    """Return the part of the usual level that does not move with time, (persons, variables)."""
    return static @ parameters.coefficients.T


def static_terms(*, male: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """Lay out the terms that do not move with time; `male` is 0.5 where the sex is not known."""
    terms = np.zeros((len(male), len(TERMS)))
    terms[:, 0] = 1.0
    terms[:, 3] = male - 0.5
    terms[:, -len(CONDITIONS) :] = conditions
    return terms


@cache
def _terms_of(concept: str) -> tuple[int, ...]:
    """Return which of `CONDITIONS` a concept is a kind of."""
    return tuple(i for i, name in enumerate(CONDITIONS) if f"{concept}/".startswith(f"{name}/"))


def _conditions(patients: Sequence[Patient], on: date) -> np.ndarray:
    has = np.zeros((len(patients), len(CONDITIONS)))
    for row, patient in zip(has, patients, strict=True):
        for condition in patient.conditions:
            if condition.concept is not None and (condition.onset is None or condition.onset <= on):
                row[list(_terms_of(condition.concept))] = 1.0
    return has


def events_of(patients: Sequence[Patient], parameters: Parameters, *, on: date, settings: Settings) -> Events:
    """Lay out the values of patients up to the end of a day, without duplicates and without the impossible."""
    index = parameters.index()
    series = [
        (person, index[name], one)
        for person, patient in enumerate(patients)
        for name, one in patient.series.items()
        if name in index and len(one)
    ]
    series.sort(key=lambda s: s[:2])
    lengths = [len(one) for _, _, one in series]
    person, column = (np.repeat(np.array([s[k] for s in series], dtype=np.int64), lengths) for k in (0, 1))
    times, value, source = (
        np.concatenate([getattr(one, part) for _, _, one in series]) if series else np.empty(0, dtype=kind)
        for part, kind in (("times", "M8[s]"), ("values", float), ("sources", "U1"))
    )
    used = (times <= end_of(on)) & (value >= parameters.low[column]) & (value <= parameters.high[column])
    if settings.excluded:
        origin = np.concatenate([one.resource_ids for _, _, one in series])
        used &= ~np.isin(origin, list(settings.excluded))
    if not used.all():
        person, column, times, value, source = (part[used] for part in (person, column, times, value, source))
    births = np.array([p.birth_date.toordinal() if p.birth_date else np.nan for p in patients])
    return arrange(
        ids=(p.id for p in patients),
        person=person,
        column=column,
        times=times,
        value=value,
        source=source,
        unit_days=parameters.unit_days,
        age_at_epoch=(EPOCH_DAY - births) / DAYS_PER_YEAR,
        static=static_terms(
            male=np.array([_MALE.get(p.sex, 0.5) for p in patients]), conditions=_conditions(patients, on)
        ),
    )


def with_treatments(
    events: Events, medications: Sequence[Sequence[Medication]], parameters: Parameters, *, adherence: Mapping
) -> Events:
    """Add the inputs that each person's medicines make."""
    columns, starts = parameters.index(), events.start()

    def inputs(i: int) -> tuple[Input, ...]:
        part = slice(events.at[i], events.at[i + 1])
        column, time, value = events.column[part], events.time[part], events.value[part]

        def usual(c: int, moment: float) -> float:
            fixed = float(events.static[i] @ parameters.coefficients[c])
            at = {"time": max(moment, starts[i]), "elapsed": 0.0, "age_at_epoch": events.age_at_epoch[i]}
            level = usual_level(parameters, c, fixed=fixed, **at)
            return float(inverse(level, parameters.power[c], parameters.low[c], parameters.high[c]))

        def values(c: int) -> tuple[np.ndarray, np.ndarray]:
            mine = column == c
            return time[mine], value[mine]

        return inputs_of(
            medications[i],
            values,
            columns=columns,
            power=parameters.power,
            usual=usual,
            day_zero=EPOCH_DAY,
            unit_days=parameters.unit_days,
            adherence=adherence,
        )

    return replace(events, inputs=tuple(inputs(i) if medications[i] else () for i in range(len(events.ids))))


def residuals(events: Events, parameters: Parameters) -> np.ndarray:
    """Return each value on its scale as a departure from what is usual for that person and time."""
    person = events.person()
    usual = usual_level(
        parameters,
        events.column,
        fixed=fixed_level(parameters, events.static)[person, events.column],
        age_at_epoch=events.age_at_epoch[person],
        time=events.time,
        elapsed=events.time - events.start()[person],
    )
    return forward(events.value, parameters.power[events.column]) - usual
