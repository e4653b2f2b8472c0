"""How do the values of a panel lie in flat arrays?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from twin.physiology.longitudinal.treatments import Input

EPOCH = np.datetime64("2000-01-01", "s")
EPOCH_DAY = date(2000, 1, 1).toordinal()
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A value recorded twice at one moment, counted once."""

    person: int
    column: int
    time: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Values of a panel, sorted by person and time; `at` is where each person begins."""

    ids: tuple[str, ...]
    at: np.ndarray
    time: np.ndarray  # units since the epoch
    column: np.ndarray  # of the parameters' variables; -1 for a moment without a value
    value: np.ndarray  # natural units
    source: np.ndarray  # index into `sources`
    sources: tuple[str, ...]
    age_at_epoch: np.ndarray  # [years] by person; not a number where the birth date is not known
    static: np.ndarray  # (persons, terms): the terms of the usual level that do not move with time
    inputs: tuple[tuple[Input, ...], ...]
    duplicates: tuple[Duplicate, ...] = ()

    def person(self) -> np.ndarray:
        """Return the person of each event."""
        return np.repeat(np.arange(len(self.ids)), np.diff(self.at))

    def start(self) -> np.ndarray:
        """Return each person's first time, 0 for a person without values."""
        padded = np.append(self.time, 0.0)
        return np.where(np.diff(self.at) > 0, padded[self.at[:-1]], 0.0)

    def last(self) -> np.ndarray:
        """Return each person's last time, 0 for a person without values."""
        padded = np.append(self.time, 0.0)
        return np.where(np.diff(self.at) > 0, padded[self.at[1:] - 1], 0.0)

    def only(self, i: int) -> "Events":
        """Return one person's part."""
        part = slice(self.at[i], self.at[i + 1])
        return Events(
            ids=self.ids[i : i + 1],
            at=np.array([0, part.stop - part.start]),
            **{name: getattr(self, name)[part] for name in ("time", "column", "value", "source")},
            sources=self.sources,
            age_at_epoch=self.age_at_epoch[i : i + 1],
            static=self.static[i : i + 1],
            inputs=self.inputs[i : i + 1],
            duplicates=tuple(replace(d, person=0) for d in self.duplicates if d.person == i),
        )

    def part(self, used: np.ndarray) -> tuple["Events", np.ndarray]:
        """Return the used events alone, persons without any left out, and which persons are left."""
        persons, count = np.unique(self.person()[used], return_counts=True)
        left = replace(
            self,
            ids=tuple(self.ids[p] for p in persons),
            at=np.concatenate([[0], np.cumsum(count)]),
            **{name: getattr(self, name)[used] for name in ("time", "column", "value", "source")},
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
        )
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return mixed, place[len(self.time) :]


def units_since_epoch(times, unit_days: float):
    """Bring ``datetime64`` to the model's time."""
    return (np.asarray(times, dtype="datetime64[s]") - EPOCH) / np.timedelta64(1, "s") / (DAY_SECONDS * unit_days)


def to_datetimes(units, unit_days: float) -> np.ndarray:
    """Bring the model's time back to ``datetime64[s]``."""
    return EPOCH + np.round(np.asarray(units) * (DAY_SECONDS * unit_days)).astype("timedelta64[s]")


def end_of(on: date) -> np.datetime64:
    """Return the last second of a day."""
    return np.datetime64(on, "s") + np.timedelta64(86_399, "s")


def coded(words: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return each word's number, and the words; for few different words, which sorting would not know."""
    codes = np.zeros(len(words), dtype=np.int16)
    names: list[str] = []
    rest = np.ones(len(words), dtype=bool)
    while rest.any():
        name = words[rest.argmax()]
        same = words == name
        codes[same] = len(names)
        names.append(str(name))
        rest &= ~same
    return codes, tuple(names)


def arrange(
    *,
    ids: Iterable[str],
    person: np.ndarray,
    column: np.ndarray,
    times: np.ndarray,
    value: np.ndarray,
    source: np.ndarray,
    unit_days: float,
    age_at_epoch: np.ndarray,
    static: np.ndarray,
) -> Events:
    """Sort values by person and time, and set exact duplicates aside.

    Parameters
    ----------
    times
        Moments. [datetime64]
    source
        Words such as ``office``.
    """
    ids = tuple(ids)
    codes, sources = coded(source)
    moment = (np.asarray(times, dtype="datetime64[s]") - EPOCH).astype(np.int64)
    order = _order(person, moment, column, value)
    person, moment, column, value, codes = (part[order] for part in (person, moment, column, value, codes))
    same = np.zeros(len(person), dtype=bool)
    same[1:] = (np.diff(moment) == 0) & (np.diff(column) == 0) & (np.diff(value) == 0) & (np.diff(person) == 0)
    time = moment / (DAY_SECONDS * unit_days)
    duplicates = tuple(
        Duplicate(int(person[i]), int(column[i]), float(time[i]), float(value[i])) for i in np.flatnonzero(same)
    )
    if duplicates:
        person, time, column, value, codes = (part[~same] for part in (person, time, column, value, codes))
    return Events(
        ids=ids,
        at=np.concatenate([[0], np.cumsum(np.bincount(person, minlength=len(ids)))]).astype(np.int64),
        time=time,
        column=column,
        value=value,
        source=codes,
        sources=sources,
        age_at_epoch=age_at_epoch,
        static=static,
        inputs=((),) * len(ids),
        duplicates=duplicates,
    )


def _order(person: np.ndarray, moment: np.ndarray, column: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the order by person, moment, column and value.

    Records come as sorted runs, which the stable sort of one key merges quickly; the rest is sorted only if the
    runs did not come in the order of their columns.
    """
    if not len(person):
        return np.empty(0, dtype=np.int64)
    key = person * (int(moment.max()) - int(moment.min()) + 1) + (moment - moment.min())
    order = np.argsort(key, kind="stable")
    key = key[order]
    tied = np.flatnonzero(np.diff(key) == 0)
    before, after = order[tied], order[tied + 1]
    steps = column[after] - column[before]
    if np.any((steps < 0) | ((steps == 0) & (value[after] < value[before]))):
        both = np.unique(np.concatenate([tied, tied + 1]))
        some = order[both]
        order[both] = some[np.lexsort((value[some], column[some], key[both]))]
    return order
