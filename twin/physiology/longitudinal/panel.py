"""How are the records of one patient or of ten thousand laid out for the kernel?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from twin.physiology.longitudinal.parameters import (
    AGE_CENTRE,
    AGE_SCALE,
    CONDITIONS,
    DAYS_PER_YEAR,
    TERMS,
    Parameters,
)
from twin.physiology.longitudinal.scale import forward, inverse
from twin.physiology.longitudinal.treatments import Clock, Input, inputs_of
from twin.record.patient import Medication, Patient

SETTLING = 2.5  # time units
EPOCH = np.datetime64("2000-01-01", "s")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a caller may set: the hyperparameters, and what a clinician corrected.

    `adherence` is the share of doses taken by ingredient. `excluded` names the resources of values that a
    clinician marked as wrong or explained; they are not learned from.
    """

    parameters: Parameters | None = None
    adherence: Mapping[str, float] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Values of a panel as flat arrays, sorted by person and time; `at` is where each person begins."""

    ids: tuple[str, ...]
    at: np.ndarray
    time: np.ndarray  # units since the epoch
    column: np.ndarray  # of the parameters' variables; -1 for a moment without a value
    value: np.ndarray  # natural units
    source: np.ndarray  # index into `sources`
    sources: tuple[str, ...]
    origin: np.ndarray  # resource id
    age_at_epoch: np.ndarray  # [years] by person
    static: np.ndarray  # (persons, terms): the terms that do not move with time
    inputs: tuple[tuple[Input, ...], ...]
    duplicates: tuple[tuple[int, int, float, float, str], ...] = ()  # person, column, time, value, resource

    def person(self) -> np.ndarray:
        """Return the person of each event."""
        return np.repeat(np.arange(len(self.ids)), np.diff(self.at))

    def only(self, i: int) -> "Events":
        """Return one person's part."""
        part = slice(self.at[i], self.at[i + 1])
        return Events(
            ids=self.ids[i : i + 1],
            at=np.array([0, part.stop - part.start]),
            **{name: getattr(self, name)[part] for name in ("time", "column", "value", "source", "origin")},
            sources=self.sources,
            age_at_epoch=self.age_at_epoch[i : i + 1],
            static=self.static[i : i + 1],
            inputs=self.inputs[i : i + 1],
            duplicates=tuple((0, *rest) for person, *rest in self.duplicates if person == i),
        )

    def part(self, used: np.ndarray) -> tuple["Events", np.ndarray]:
        """Return the used events alone, persons without any left out, and which persons are left."""
        persons, count = np.unique(self.person()[used], return_counts=True)
        left = replace(
            self,
            ids=tuple(self.ids[p] for p in persons),
            at=np.concatenate([[0], np.cumsum(count)]),
            **{name: getattr(self, name)[used] for name in ("time", "column", "value", "source", "origin")},
            age_at_epoch=self.age_at_epoch[persons],
            static=self.static[persons],
            inputs=tuple(self.inputs[p] for p in persons),
            duplicates=(),
        )
        return left, persons

    def with_moments(self, moments: np.ndarray) -> tuple["Events", np.ndarray]:
        """Return one person's events with moments without a value mixed in, and where the moments stand."""
        extra = len(moments)
        time = np.concatenate([self.time, moments])
        order = np.argsort(time, kind="stable")  # a moment comes after the values of that time
        mixed = replace(
            self,
            at=np.array([0, len(time)]),
            time=time[order],
            column=np.concatenate([self.column, np.full(extra, -1)])[order],
            value=np.concatenate([self.value, np.ones(extra)])[order],
            source=np.concatenate([self.source, np.zeros(extra, dtype=np.int64)])[order],
            origin=np.concatenate([self.origin, np.full(extra, "")])[order],
        )
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return mixed, place[len(self.time) :]

    def start(self) -> np.ndarray:
        """Return each person's first time, 0 for a person without values."""
        return np.where(np.diff(self.at) > 0, self.time[np.minimum(self.at[:-1], max(len(self.time) - 1, 0))], 0.0)


def units_since_epoch(times, unit_days: float):
    """Bring ``datetime64`` to the model's time."""
    return (np.asarray(times, dtype="datetime64[s]") - EPOCH) / np.timedelta64(1, "s") / (86400.0 * unit_days)


def to_datetimes(units, unit_days: float) -> np.ndarray:
    """Bring the model's time back to ``datetime64[s]``."""
    return EPOCH + np.round(np.asarray(units) * (86400.0 * unit_days)).astype("timedelta64[s]")


def end_of(on: date) -> np.datetime64:
    """Return the last second of a day."""
    return np.datetime64(on, "s") + np.timedelta64(86399, "s")


def settling(elapsed):
    """Return how far a drift common to all persons since their first value has gone, 0 to 1."""
    return -np.expm1(-np.asarray(elapsed) / SETTLING)


def usual_level(parameters: Parameters, column, *, static: np.ndarray, age_at_epoch, time, elapsed) -> np.ndarray:
    """Return the population's mean on each variable's scale.

    Parameters
    ----------
    column
        Variable(s); `static`, `age_at_epoch`, `time` and `elapsed` broadcast with it.
    static
        Terms that do not move with time, last axis `TERMS`.
    """
    coefficients = parameters.coefficients[column]
    years = time * (parameters.unit_days / DAYS_PER_YEAR)
    age = np.nan_to_num((age_at_epoch + years - AGE_CENTRE) / AGE_SCALE)
    moving = coefficients[..., 1] * age + coefficients[..., 2] * age**2 + coefficients[..., 4] * settling(elapsed)
    return (coefficients * static).sum(axis=-1) + moving


def static_terms(*, male: np.ndarray, conditions: np.ndarray) -> np.ndarray:
    """Lay out the terms that do not move with time; `male` is 0.5 where the sex is not known."""
    terms = np.zeros((len(male), len(TERMS)))
    terms[:, 0] = 1.0
    terms[:, 3] = male - 0.5
    terms[:, -len(CONDITIONS) :] = conditions
    return terms


def events_of(patients: Sequence[Patient], parameters: Parameters, *, on: date, settings: Settings) -> Events:
    """Lay out the values of patients up to the end of a day, duplicates set aside."""
    index = parameters.index()
    unit = parameters.unit_days
    last = end_of(on)
    parts: list[tuple] = []
    for person, patient in enumerate(patients):
        for name, series in patient.series.items():
            if name in index and len(series):
                parts.append((person, index[name], series))
    lengths = [len(series) for _, _, series in parts]
    joined = [
        np.repeat(np.array([p for p, _, _ in parts], dtype=np.int64), lengths),
        np.repeat(np.array([c for _, c, _ in parts], dtype=np.int64), lengths),
        *(
            np.concatenate([getattr(series, part) for _, _, series in parts]) if parts else np.empty(0, dtype=kind)
            for part, kind in (("times", "M8[s]"), ("values", float), ("sources", "U1"), ("resource_ids", "U1"))
        ),
    ]
    person, column, times, value, source, origin = joined
    used = (times <= last) & np.isfinite(value) & (value >= parameters.low[column]) & (value <= parameters.high[column])
    if settings.excluded:
        used &= ~np.isin(origin, list(settings.excluded))
    person, column, times, value, source, origin = (part[used] for part in joined)
    births = [np.datetime64(p.birth_date, "s") if p.birth_date else np.datetime64("NaT") for p in patients]
    male = np.array([{"male": 1.0, "female": 0.0}.get(p.sex, 0.5) for p in patients])
    conditions = np.array([[p.ever_had(c, on) for c in CONDITIONS] for p in patients], dtype=float)
    return arrange(
        ids=tuple(p.id for p in patients),
        person=person,
        column=column,
        time=units_since_epoch(times, unit),
        value=value,
        source=source,
        origin=origin,
        age_at_epoch=(EPOCH - np.array(births, dtype="M8[s]")) / np.timedelta64(1, "s") / (86400 * DAYS_PER_YEAR),
        static=static_terms(male=male, conditions=conditions.reshape(len(patients), len(CONDITIONS))),
    )


def arrange(*, ids, person, column, time, value, source, origin, age_at_epoch, static) -> Events:
    """Sort values by person, time and variable, and set exact duplicates aside."""
    order = np.lexsort((value, column, time, person))
    person, column, time, value, source, origin = (
        part[order] for part in (person, column, time, value, source, origin)
    )
    same = np.zeros(len(person), dtype=bool)
    same[1:] = (np.diff(person) == 0) & (np.diff(column) == 0) & (np.abs(np.diff(time)) < 1e-9) & (np.diff(value) == 0)
    duplicates = tuple(
        (int(person[i]), int(column[i]), float(time[i]), float(value[i]), str(origin[i])) for i in np.flatnonzero(same)
    )
    keep = ~same
    sources, codes = np.unique(source[keep], return_inverse=True)
    at = np.concatenate([[0], np.cumsum(np.bincount(person[keep], minlength=len(ids)))])
    return Events(
        ids=ids,
        at=at.astype(np.int64),
        time=time[keep],
        column=column[keep],
        value=value[keep],
        source=codes.astype(np.int64),
        sources=tuple(str(s) for s in sources),
        origin=origin[keep],
        age_at_epoch=age_at_epoch,
        static=static,
        inputs=((),) * len(ids),
        duplicates=duplicates,
    )


def with_treatments(
    events: Events, medications: Sequence[Sequence[Medication]], parameters: Parameters, *, adherence: Mapping
) -> Events:
    """Add the inputs that each person's medicines make."""
    columns = parameters.index()
    clock = Clock(EPOCH, parameters.unit_days)
    starts = events.start()

    def inputs(i: int) -> tuple[Input, ...]:
        part = slice(events.at[i], events.at[i + 1])
        column, time, value = events.column[part], events.time[part], events.value[part]

        def usual(c: int, moment: float) -> float:
            person = {"static": events.static[i], "age_at_epoch": events.age_at_epoch[i]}
            level = usual_level(parameters, c, **person, time=max(moment, starts[i]), elapsed=0.0)
            return float(inverse(level, parameters.power[c], parameters.low[c], parameters.high[c]))

        return inputs_of(
            medications[i],
            {parameters.variables[c]: (time[column == c], value[column == c]) for c in np.unique(column)},
            columns=columns,
            power=parameters.power,
            usual=usual,
            clock=clock,
            adherence=adherence,
        )

    return replace(events, inputs=tuple(inputs(i) if medications[i] else () for i in range(len(events.ids))))


def residuals(events: Events, parameters: Parameters) -> np.ndarray:
    """Return each value on its scale as a departure from the population's mean for that person and time."""
    person = events.person()
    elapsed = events.time - events.start()[person]
    usual = usual_level(
        parameters,
        events.column,
        static=events.static[person],
        age_at_epoch=events.age_at_epoch[person],
        time=events.time,
        elapsed=elapsed,
    )
    return forward(events.value, parameters.power[events.column]) - usual
