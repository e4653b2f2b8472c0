"""What does the rest of Counterpart see of one patient?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np

Sex = Literal["female", "male"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one variable in its canonical unit, with where it came from."""

    variable: str
    value: float
    time: datetime
    source: str
    resource_id: str

    def age_days(self, today: date) -> int:
        """Return how many days old the value is on `today`."""
        return (today - self.time.date()).days


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """All values of one variable, oldest first, canonical unit; UTC times.

    `sources` says how each was taken (``office``, ``home``, ``laboratory``, ``device``, ``stated``);
    `resource_ids` leads back to the row it came from.
    """

    variable: str
    times: np.ndarray  # datetime64[s], shape (n,)
    values: np.ndarray  # float64, shape (n,)
    sources: np.ndarray  # str, shape (n,)
    resource_ids: np.ndarray  # str, shape (n,)

    def __len__(self) -> int:
        return len(self.values)

    def measurement(self, index: int) -> Measurement:
        """Return the value at `index` with its provenance."""
        return Measurement(
            self.variable,
            float(self.values[index]),
            self.times[index].astype("datetime64[s]").item(),
            str(self.sources[index]),
            str(self.resource_ids[index]),
        )

    def until(self, time: date) -> "Series":
        """Return the part measured on or before the end of the day `time`."""
        return self.where(self.times < np.datetime64(time, "D") + np.timedelta64(1, "D"))

    def where(self, keep: np.ndarray) -> "Series":
        """Return the values chosen by a mask."""
        return Series(self.variable, self.times[keep], self.values[keep], self.sources[keep], self.resource_ids[keep])


@dataclass(frozen=True, slots=True)
class Correction:
    """What a clinician corrected in a patient's record, and why; a draft until it has a number.

    ``wrong`` and ``explained`` mark one value, `value` of `variable` at `time`, which came in the resource
    `target_id`. ``added`` is a value that was not on record. ``adherence`` says which share of the doses
    of `ingredient` is taken from the day of `time` on, or was ever if that is ``None``.
    """

    patient_id: str
    kind: Literal["wrong", "explained", "adherence", "added"]
    reason: str
    variable: str | None = None
    value: float | None = None
    time: datetime | None = None
    target_id: str | None = None
    ingredient: str | None = None
    adherence: float | None = None
    number: int = 0
    made: datetime | None = None
    made_by: str = ""
    undone: datetime | None = None
    undone_by: str = ""

    @property
    def resource_id(self) -> str:
        """Return where an added value comes from."""
        return f"correction/{self.number}"

    def marks(self, series: Series) -> np.ndarray:
        """Say which values of a series are the marked one, however often it was sent; none, once it was replaced."""
        if self.variable != series.variable:
            return np.zeros(len(series), dtype=bool)
        return (series.times == np.datetime64(self.time, "s")) & (series.values == self.value)


@dataclass(frozen=True, slots=True)
class Condition:
    """A problem of the patient.

    `concept` is a path of ``data/codes/conditions.csv`` from the general to the particular, such as
    ``cardiovascular/coronary/myocardial_infarction``; ``None`` for a code that Counterpart does not use.
    """

    concept: str | None
    display: str
    system: str
    code: str
    onset: date | None
    abated: date | None
    resource_id: str

    def is_a(self, concept: str) -> bool:
        """Say whether this problem is `concept` or a kind of it."""
        return self.concept is not None and (self.concept == concept or self.concept.startswith(concept + "/"))

    def is_active(self, on: date) -> bool:
        """Say whether the problem had begun and not ended on that day; an unknown onset counts as begun."""
        return (self.onset is None or self.onset <= on) and (self.abated is None or self.abated > on)


@dataclass(frozen=True, slots=True)
class Medication:
    """One course of one drug. `ingredient` and `drug_class` are ``None`` for a drug not in ``data/codes``."""

    ingredient: str | None
    drug_class: str | None
    display: str
    system: str
    code: str
    dose_mg: float | None  # per day
    start: date | None
    stop: date | None
    status: str
    resource_id: str

    def is_taken(self, on: date) -> bool:
        """Say whether the course covers that day."""
        return (self.start is None or self.start <= on) and (self.stop is None or self.stop > on)


@dataclass(frozen=True, slots=True)
class Allergy:
    """A recorded allergy or intolerance."""

    display: str
    reaction: str
    criticality: str
    resource_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """A procedure, encounter, report, image study or immunisation for the timeline."""

    kind: Literal["procedure", "encounter", "report", "image", "immunization"]
    display: str
    start: date | None
    stop: date | None
    resource_id: str


@dataclass(frozen=True, slots=True)
class SmokingStatus:
    """The newest recorded smoking status."""

    status: Literal["never", "former", "current", "unknown"]
    time: datetime
    resource_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Patient:
    """A frozen view of one patient's record, as every higher floor receives it.

    `allergies` is ``None`` when nobody asked, and empty when none is known. `corrections` are those that hold;
    `series` are already without wrong values and with added ones. An explained value stays in its series but
    does not stand for the usual state: `latest` and `usual` pass over it. `doubts` are the flags of the person's own
    row, words of ``quality.py``.
    """

    id: str
    family: str
    given: str
    prefix: str
    birth_date: date | None
    sex: Sex | None
    identifier: str
    deceased: date | None
    is_synthetic: bool
    series: Mapping[str, Series]
    smoking: SmokingStatus | None
    conditions: tuple[Condition, ...] = ()
    medications: tuple[Medication, ...] = ()
    allergies: tuple[Allergy, ...] | None = None
    events: tuple[Event, ...] = field(default=(), repr=False)
    is_deceased: bool = False  # also where the day of death is not known
    corrections: tuple[Correction, ...] = ()
    doubts: tuple[str, ...] = ()

    def age_years(self, on: date) -> int | None:
        """Return the age in completed years, as equations and people count it."""
        if self.birth_date is None:
            return None
        had_birthday = (on.month, on.day) >= (self.birth_date.month, self.birth_date.day)
        return on.year - self.birth_date.year - (not had_birthday)

    def has_died(self, on: date) -> bool:
        """Say whether the patient is known to have died by that day; a death of unknown day counts always."""
        return self.is_deceased if self.deceased is None else self.deceased <= on

    def latest(self, name: str, on: date) -> Measurement | None:
        """Return the newest value of a variable measured on or before `on`, explained ones apart."""
        series = self.usual(name)
        if series is None:
            return None
        before = int(np.searchsorted(series.times, np.datetime64(on, "D") + np.timedelta64(1, "D")))
        return series.measurement(before - 1) if before else None

    def usual(self, name: str) -> Series | None:
        """Return the values of a variable that stand for the usual state: all but the explained ones."""
        series = self.series.get(name)
        if series is None or not self.corrections:
            return series
        explained = self.explained(series)
        return series.where(~explained) if explained.any() else series

    def explained(self, series: Series) -> np.ndarray:
        """Say which values of a series a clinician explained by something that passes, such as a course of steroids."""
        found = np.zeros(len(series), dtype=bool)
        for one in self.corrections:
            if one.kind == "explained":
                found |= one.marks(series)
        return found

    def share_taken(self, ingredient: str, on: date) -> float:
        """Return the share of a drug's doses that is taken on a day: the newest correction says so, else all."""
        for one in reversed(self.corrections):
            if one.kind == "adherence" and one.ingredient == ingredient and (one.time is None or one.time.date() <= on):
                return one.adherence
        return 1.0

    def has(self, concept: str, on: date) -> bool:
        """Say whether a problem of that concept, or of a kind of it, was active on that day."""
        return any(c.is_a(concept) and c.is_active(on) for c in self.conditions)

    def ever_had(self, concept: str, on: date) -> bool:
        """Say whether a problem of that concept had begun by that day, ended or not."""
        return any(c.is_a(concept) and (c.onset is None or c.onset <= on) for c in self.conditions)

    def takes_class(self, drug_class: str, on: date) -> bool:
        """Say whether a drug of that class was taken on that day, at least in part."""
        return any(
            m.drug_class == drug_class and self.share_taken(m.ingredient, on) for m in self.current_medications(on)
        )

    def current_medications(self, on: date) -> tuple[Medication, ...]:
        """Return the courses that cover that day."""
        return tuple(m for m in self.medications if m.is_taken(on))

    def data_until(self) -> date | None:
        """Return the day of the newest measurement."""
        newest = [series.times[-1] for series in self.series.values() if len(series)]
        return max(newest).astype("datetime64[D]").item() if newest else None
