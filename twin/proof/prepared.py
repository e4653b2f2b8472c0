"""How is a table of any patients made ready, and what does it teach?"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from twin.errors import MissingInput
from twin.physiology.longitudinal.events import EPOCH, EPOCH_DAY, Events, arrange
from twin.physiology.longitudinal.learn import learn, time_unit
from twin.physiology.longitudinal.panel import static_terms
from twin.physiology.longitudinal.parameters import CONDITIONS, DAYS_PER_YEAR, Parameters
from twin.physiology.longitudinal.search import choose_power
from twin.physiology.longitudinal.treatments import inputs_of
from twin.proof.usable import agents_of
from twin.record.patient import Medication
from twin.variables import registry

LEAST_VALUES = 30  # of a variable that is not hidden; with fewer, nothing is learned of it
MARGIN = 3.0  # an unregistered variable may go this factor beyond what the panel showed
MOST_UNITS = 10.0  # time units that may be hidden: shorter ones would tell nothing of so long a forecast


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A panel made ready: all values, and what is hidden of them."""

    events: Events
    names: tuple[str, ...]
    unit_days: float
    horizon: float  # [units]
    cut: np.ndarray
    hidden: np.ndarray


def prepare(observations: pd.DataFrame, holdout_days: float, problems: list[str]) -> Prepared:
    """Lay the table out and hide the end of each patient's record.

    Parameters
    ----------
    observations
        As from `usable`.
    holdout_days
        How much is hidden at the end of each record, nothing if 0. [d]
    problems
        Variables left out are said here.

    Raises
    ------
    MissingInput
        If no variable has enough values outside the hidden part.
    """
    while True:
        ids, person = np.unique(observations["patient_id"].to_numpy(dtype=str), return_inverse=True)
        names, column = np.unique(observations["variable"].to_numpy(dtype=str), return_inverse=True)
        days = (observations["time"].to_numpy(dtype="datetime64[s]") - EPOCH) / np.timedelta64(86400, "s")
        last = np.full(len(ids), -np.inf)
        np.maximum.at(last, person, days)
        hidden = days > last[person] - holdout_days
        enough = np.bincount(column[~hidden], minlength=len(names)) >= LEAST_VALUES
        if not enough.any():
            raise MissingInput(
                f"no variable has {LEAST_VALUES} values outside the last {holdout_days:g} days",
                clinical="Too little is left to learn from. Hide fewer days or give more patients.",
            )
        if enough.all():
            break
        problems += [f"{names[c]}: fewer than {LEAST_VALUES} values to learn from" for c in np.flatnonzero(~enough)]
        observations = observations[enough[column]]
    unit = time_unit(days[~hidden], (person * len(names) + column)[~hidden])
    unit = max(unit, holdout_days / MOST_UNITS)
    first = np.unique(person, return_index=True)[1]
    events = arrange(
        ids=tuple(ids.tolist()),
        person=person,
        column=column,
        times=observations["time"].to_numpy(dtype="datetime64[s]"),
        unit_days=unit,
        value=observations["value"].to_numpy(dtype=float),
        source=observations["source"].to_numpy(dtype=str),
        age_at_epoch=_ages(observations, person, days, first),
        static=static_terms(
            male=observations["sex"].map({"male": 1.0, "female": 0.0}).fillna(0.5).to_numpy()[first],
            conditions=np.zeros((len(ids), len(CONDITIONS))),
        ),
    )
    horizon = holdout_days / unit
    cut = (last - holdout_days) / unit  # as each time is divided, so that what lies on the edge stays known
    return Prepared(events, tuple(names.tolist()), unit, horizon, cut, events.time > cut[events.person()])


def _ages(observations: pd.DataFrame, person: np.ndarray, days: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return each person's age at the epoch. [years]."""
    if "birth_date" in observations:
        births = observations["birth_date"].to_numpy(dtype="datetime64[s]")[first]
        return (EPOCH - births) / np.timedelta64(86400, "s") / DAYS_PER_YEAR
    start = np.full(len(first), np.inf)
    np.minimum.at(start, person, days)
    return observations["age_at_start"].to_numpy(dtype=float)[first] - start / DAYS_PER_YEAR


def hyperparameters(
    known: Events, prepared: Prepared, medications: list[list[Medication]] | None = None
) -> tuple[Parameters, Events]:
    """Learn the hyperparameters from the values given; return them, and the values with their treatments' inputs."""
    powers = np.array(
        [
            choose_power(known.value[known.column == c], known.person()[known.column == c])
            for c in range(len(prepared.names))
        ]
    )
    if medications is not None:
        known = treated(known, prepared, powers, medications)
    limits = [_limits(name, known.value[known.column == c]) for c, name in enumerate(prepared.names)]
    parameters = learn(
        known,
        prepared.names,
        unit_days=prepared.unit_days,
        low=np.array([low for low, _ in limits]),
        high=np.array([high for _, high in limits]),
        horizon=None,
        powers=powers,
    )
    return parameters, known


def _limits(name: str, values: np.ndarray) -> tuple[float, float]:
    """Return the natural limits of a variable: the registry's, inside a margin around what was seen."""
    low, high = values.min(), values.max()
    low = low / MARGIN if low > 0.0 else low - (high - low)
    high = high * MARGIN if high > 0.0 else high + (high - low)
    known = registry().get(name)
    return (low, high) if known is None else (max(low, known.hard_low), min(high, known.hard_high))


def medications_of(
    treatments: pd.DataFrame | None, events: Events, persons: np.ndarray
) -> list[list[Medication]] | None:
    """Return the courses of each person in `persons`."""
    if treatments is None:
        return None
    ids = {events.ids[p]: i for i, p in enumerate(persons)} if len(persons) != len(events.ids) else None
    place = ids or {name: i for i, name in enumerate(events.ids)}
    found: list[list[Medication]] = [[] for _ in place]
    for row in treatments.itertuples():
        if row.patient_id in place:
            ingredient, drug_class, named = agents_of(row.therapy)
            dose = named if np.isnan(row.dose) else row.dose
            start, stop = (None if pd.isna(t) else t.date() for t in (row.start, row.stop))
            course = Medication(ingredient, drug_class, row.therapy, "", "", dose, start, stop, "active", "")
            found[place[row.patient_id]].append(course)
    return found


def treated(events: Events, prepared: Prepared, power: np.ndarray, medications: list[list[Medication]]) -> Events:
    """Add the inputs of the treatments; a drug's baseline is never taken from a hidden value."""
    columns = {name: c for c, name in enumerate(prepared.names)}
    cuts = dict(zip(prepared.events.ids, prepared.cut, strict=True))
    known = events.time <= np.array([cuts[name] for name in events.ids])[events.person()]
    typical = [float(np.median(events.value[known & (events.column == c)])) for c in range(len(prepared.names))]

    def inputs(i: int) -> tuple:
        part = slice(events.at[i], events.at[i + 1])
        seen = known[part]
        column, moments, values = (getattr(events, name)[part] for name in ("column", "time", "value"))

        def past(c: int) -> tuple[np.ndarray, np.ndarray]:
            mine = seen & (column == c)
            return moments[mine], values[mine]

        fixed = {"columns": columns, "power": power, "usual": lambda c, _: typical[c], "adherence": {}}
        return inputs_of(medications[i], past, day_zero=EPOCH_DAY, unit_days=prepared.unit_days, **fixed)

    return replace(events, inputs=tuple(inputs(i) if medications[i] else () for i in range(len(events.ids))))
