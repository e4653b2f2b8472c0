"""How do the records of patients become the values, the usual level and the treatments of the model?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import numpy as np

from twin.physiology.longitudinal.events import EPOCH_DAY, Events, arrange, end_of, units_since_epoch
from twin.physiology.longitudinal.parameters import (
    AGE,
    AGE_CENTRE,
    AGE_SCALE,
    AGE_SQUARED,
    CONDITIONS,
    DAYS_PER_YEAR,
    ELAPSED,
    FIXED,
    PACE,
    PACED,
    TERMS,
    Parameters,
)
from twin.physiology.longitudinal.scale import forward, inverse
from twin.physiology.longitudinal.treatments import Input, Shares, inputs_of
from twin.record.patient import Medication, Patient

SETTLING = 2.5  # time units in which a drift common to all persons since their first value settles
AGES = (18.0, 90.0)  # years between which age shifts the usual level
_MALE = {"male": 1.0, "female": 0.0}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may set beside what the record says.

    `adherence` is the share of doses taken by ingredient, over the whole course; `excluded` names the resources
    of values that are not learned from. Both come on top of each patient's own corrections, which are found in
    the patient; a share given here takes the place of the patient's.
    """

    parameters: Parameters | None = None
    adherence: Mapping[str, float] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What is usual without treatment for each person of a panel, on each variable's scale.

    Arrays are (persons, variables): the part that does not move with time, and the change a year beyond that
    of age.
    """

    parameters: Parameters
    fixed: np.ndarray
    pace: np.ndarray
    age_at_epoch: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, events: Events, parameters: Parameters) -> "Usual":
        """Work out what does not depend on time."""
        coefficients = parameters.coefficients
        return cls(
            parameters,
            events.static[:, FIXED] @ coefficients[:, FIXED].T,
            events.static[:, PACE] @ coefficients[:, PACE].T,
            events.age_at_epoch,
            events.start(),
        )

    def at(self, person, column, time):
        """Return the usual level of persons' variables at times; all three broadcast."""
        start, born = self.start[person], self.age_at_epoch[person]
        age, years, elapsed = moving_terms(born, time, start, self.parameters.unit_days)
        coefficients = self.parameters.coefficients
        return (
            self.fixed[person, column]
            + coefficients[column, AGE] * age
            + coefficients[column, AGE_SQUARED] * age**2
            + coefficients[column, ELAPSED] * elapsed
            + self.pace[person, column] * years
        )


def moving_terms(age_at_epoch, time, start, unit_days: float):
    """Return age, years since the first value, and how far a common drift has settled; beyond `AGES` none moves on.

    An unknown age stands at the centre, and lets the years pass.
    """
    years = unit_days / DAYS_PER_YEAR
    now, first = np.clip(age_at_epoch + time * years, *AGES), np.clip(age_at_epoch + start * years, *AGES)
    passed = np.where(np.isnan(now), (time - start) * years, now - first)
    return np.nan_to_num((now - AGE_CENTRE) / AGE_SCALE), passed, -np.expm1(-(time - start) / SETTLING)


def static_terms(*, male: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """Lay out each person's terms, those that move with time by what they are multiplied with.

    `male` is 0.5 where the sex is not known.
    """
    terms = np.zeros((len(male), len(TERMS)))
    terms[:, 0] = 1.0
    terms[:, 1] = male - 0.5
    terms[:, 2 : 2 + len(CONDITIONS)] = conditions
    terms[:, PACE.start] = 1.0
    terms[:, PACE.start + 1 :] = conditions[:, [CONDITIONS.index(name) for name in PACED]]
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


def events_of(
    patients: Sequence[Patient],
    parameters: Parameters,
    *,
    on: date,
    settings: Settings,
    conditions_on: date | None = None,
) -> Events:
    """Lay out the values of patients up to the end of a day, without duplicates, the explained and the impossible.

    Conditions count as of that day, or of another (`conditions_on`).
    """
    index = parameters.index()
    series = [
        (person, index[name], one)
        for person, patient in enumerate(patients)
        for name in patient.series
        if name in index and len(one := patient.usual(name))
    ]
    series.sort(key=lambda s: s[:2])
    lengths = [len(one) for _, _, one in series]
    person, column = (np.repeat(np.array([s[k] for s in series], dtype=np.int64), lengths) for k in (0, 1))
    times, value, source = (
        np.concatenate([getattr(one, part) for _, _, one in series]) if series else np.empty(0, dtype=kind)
        for part, kind in (("times", "M8[s]"), ("values", float), ("sources", "U1"))
    )
    # A logarithm has no zero: "none found" stands at the low limit.
    value = np.where(
        (value >= 0.0) & (parameters.power[column] == 0.0), np.maximum(value, parameters.low[column]), value
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
            male=np.array([_MALE.get(p.sex, 0.5) for p in patients]),
            conditions=_conditions(patients, conditions_on or on),
        ),
    )


def adherence_of(patient: Patient, settings: Settings, *, unit_days: float) -> dict[str, Shares]:
    """Return the shares of doses taken by ingredient: what settings say, else the patient's corrections."""
    found: dict[str, list[tuple[float, float]]] = {}
    for one in patient.corrections:
        if one.kind == "adherence":
            since = -np.inf if one.time is None else float(units_since_epoch(np.datetime64(one.time, "s"), unit_days))
            found.setdefault(one.ingredient, []).append((since, one.adherence))
    return {**found, **{ingredient: [(-np.inf, share)] for ingredient, share in settings.adherence.items()}}


def with_treatments(
    events: Events,
    medications: Sequence[Sequence[Medication]],
    parameters: Parameters,
    *,
    adherence: Sequence[Mapping[str, Shares]] = (),
) -> Events:
    """Add the inputs that each person's medicines make, at the shares of doses that each takes; all unless given."""
    columns, usually = parameters.index(), Usual.of(events, parameters)

    def inputs(i: int) -> tuple[Input, ...]:
        part = slice(events.at[i], events.at[i + 1])
        column, time, value = events.column[part], events.time[part], events.value[part]

        def usual(c: int, moment: float) -> float:
            level = usually.at(i, c, max(moment, usually.start[i]))
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
            adherence=adherence[i] if adherence else {},
        )

    return replace(events, inputs=tuple(inputs(i) if medications[i] else () for i in range(len(events.ids))))


def residuals(events: Events, parameters: Parameters) -> np.ndarray:
    """Return each value on its scale as a departure from what is usual for that person and time."""
    usual = Usual.of(events, parameters).at(events.person(), events.column, events.time)
    return forward(events.value, parameters.power[events.column]) - usual
