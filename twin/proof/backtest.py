"""On people it has never seen: are the twin's forecasts right, and do its bands mean what they say?"""

import time
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from twin.errors import MissingInput
from twin.physiology.longitudinal.events import EPOCH, EPOCH_DAY, Events, arrange
from twin.physiology.longitudinal.learn import learn, time_unit
from twin.physiology.longitudinal.mending import Made, Mending
from twin.physiology.longitudinal.panel import static_terms
from twin.physiology.longitudinal.parameters import CONDITIONS, DAYS_PER_YEAR, Parameters
from twin.physiology.longitudinal.rehearsal import forecasts_of, rehearse
from twin.physiology.longitudinal.search import choose_power
from twin.physiology.longitudinal.simple import SIMPLE
from twin.physiology.longitudinal.treatments import inputs_of
from twin.proof.naive import METHODS, naive_forecasts
from twin.proof.notes import kept, notes_on
from twin.proof.observations import read_observations, read_treatments
from twin.proof.scoring import BANDS, Forecasts, naive_scores, quarter_of, scores, share
from twin.proof.usable import agents_of, usable, usable_treatments
from twin.record.patient import Medication
from twin.variables import registry

__all__ = ["backtest", "read_observations", "read_treatments"]

LEAST_VALUES = 30  # of a variable that is not hidden; with fewer, nothing is learned of it
MARGIN = 3.0  # an unregistered variable may go this factor beyond what the panel showed
MOST_UNITS = 10.0  # time units that may be hidden: shorter ones would tell nothing of so long a forecast


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A panel made ready: all values, what is hidden of them, and what was learned from the rest."""

    events: Events
    names: tuple[str, ...]
    unit_days: float
    horizon: float  # [units]
    cut: np.ndarray
    hidden: np.ndarray


def backtest(
    observations: pd.DataFrame,
    *,
    holdout_days: float,
    treatments: pd.DataFrame | None = None,
    seed: int = 0,
    today: date | None = None,
) -> dict:
    """Hide the last days of every patient, learn from the rest of all, and forecast what is hidden.

    Parameters
    ----------
    observations
        As from `read_observations`.
    holdout_days
        How much is hidden at the end of each patient's record. [d]
    treatments
        As from `read_treatments`; treatments are known throughout, also in the hidden part.
    today
        A few values later than this are slips and left out; none is unless given.

    Returns
    -------
        As in the interface: by variable n, patients, root mean square error and continuous ranked probability
        score of the twin and of four naive forecasts, coverage; seconds. Beside it coverage of the 80 % band in
        each quarter of the forecasts, whether the twin is better than the best naive forecast, the scale chosen,
        the weights that rehearsals gave the simple forecasts of the person's own past in the twin's centre, whether
        the promise is `kept` and `notes` in words on what the forecasts do not keep; `problems` with the table.

    Raises
    ------
    MissingInput
        If no variable has enough values outside the hidden part.
    """
    observations, problems = usable(observations, today=today)
    trial = _trial(observations, holdout_days, problems)
    if twice := len(trial.events.duplicates):
        problems.append(f"values given again for the same patient, variable and moment: {twice:,}, counted once")
    if treatments is not None:
        treatments, unused = usable_treatments(treatments, trial.events.ids)
        problems += unused
    started = time.perf_counter()
    known, persons = trial.events.part(~trial.hidden)
    parameters, mendings = _learned(known, trial, _medications(treatments, trial.events, persons))
    events = trial.events
    if treatments is not None:
        events = _treated(events, trial, parameters.power, _medications(treatments, events, np.arange(len(events.ids))))
    learned = time.perf_counter()
    made = forecasts_of(events, parameters, cut=trial.cut, horizon=trial.horizon)
    ended = time.perf_counter()
    if alone := int(trial.hidden.sum()) - len(made.value):
        problems.append(f"{alone:,} hidden values not forecast: the patient has no earlier value of that variable")
    variables = {}
    for column, name in enumerate(trial.names):
        used = made.where(made.column == column)
        if len(used.value):
            forecasts = Forecasts.of(parameters, column, *mendings[column].mended(used))
            variables[name] = _score(trial, used, forecasts, mendings[column])
        else:
            problems.append(f"{name}: no hidden value with an earlier one")
    return {
        "variables": variables,
        "seconds_fit": ended - started,
        "seconds_per_patient": (ended - learned) / len(events.ids),
        "problems": problems,
    }


def _trial(observations: pd.DataFrame, holdout_days: float, problems: list[str]) -> Trial:
    """Lay the table out and hide the end of each patient's record."""
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
    return Trial(events, tuple(names.tolist()), unit, horizon, cut, events.time > cut[events.person()])


def _ages(observations: pd.DataFrame, person: np.ndarray, days: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return each person's age at the epoch. [years]."""
    if "birth_date" in observations:
        births = observations["birth_date"].to_numpy(dtype="datetime64[s]")[first]
        return (EPOCH - births) / np.timedelta64(86400, "s") / DAYS_PER_YEAR
    start = np.full(len(first), np.inf)
    np.minimum.at(start, person, days)
    return observations["age_at_start"].to_numpy(dtype=float)[first] - start / DAYS_PER_YEAR


def _learned(
    known: Events, trial: Trial, medications: list[list[Medication]] | None
) -> tuple[Parameters, tuple[Mending, ...]]:
    """Learn from what is not hidden the hyperparameters, and in a rehearsal what mends the forecasts."""
    powers = np.array(
        [
            choose_power(known.value[known.column == c], known.person()[known.column == c])
            for c in range(len(trial.names))
        ]
    )
    if medications is not None:
        known = _treated(known, trial, powers, medications)
    limits = [_limits(name, known.value[known.column == c]) for c, name in enumerate(trial.names)]
    parameters = learn(
        known,
        trial.names,
        unit_days=trial.unit_days,
        low=np.array([low for low, _ in limits]),
        high=np.array([high for _, high in limits]),
        horizon=None,
        powers=powers,
    )
    return parameters, rehearse(parameters, known, horizon=trial.horizon)


def _limits(name: str, values: np.ndarray) -> tuple[float, float]:
    """Return the natural limits of a variable: the registry's, inside a margin around what was seen."""
    low, high = values.min(), values.max()
    low = low / MARGIN if low > 0.0 else low - (high - low)
    high = high * MARGIN if high > 0.0 else high + (high - low)
    known = registry().get(name)
    return (low, high) if known is None else (max(low, known.hard_low), min(high, known.hard_high))


def _medications(treatments: pd.DataFrame | None, events: Events, persons: np.ndarray) -> list[list[Medication]] | None:
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


def _treated(events: Events, trial: Trial, power: np.ndarray, medications: list[list[Medication]]) -> Events:
    """Add the inputs of the treatments; a drug's baseline is never taken from a hidden value."""
    columns = {name: c for c, name in enumerate(trial.names)}
    cuts = dict(zip(trial.events.ids, trial.cut, strict=True))
    known = events.time <= np.array([cuts[name] for name in events.ids])[events.person()]
    typical = [float(np.median(events.value[known & (events.column == c)])) for c in range(len(trial.names))]

    def inputs(i: int) -> tuple:
        part = slice(events.at[i], events.at[i + 1])
        seen = known[part]
        column, moments, values = (getattr(events, name)[part] for name in ("column", "time", "value"))

        def past(c: int) -> tuple[np.ndarray, np.ndarray]:
            mine = seen & (column == c)
            return moments[mine], values[mine]

        fixed = {"columns": columns, "power": power, "usual": lambda c, _: typical[c], "adherence": {}}
        return inputs_of(medications[i], past, day_zero=EPOCH_DAY, unit_days=trial.unit_days, **fixed)

    return replace(events, inputs=tuple(inputs(i) if medications[i] else () for i in range(len(events.ids))))


def _score(trial: Trial, made: Made, forecasts: Forecasts, mending: Mending) -> dict:
    """Score one variable's forecasts, the twin's and the naive ones."""
    events = trial.events
    value = events.value[made.event]
    found = {"twin": scores(value, forecasts.quantiles)}
    mine = events.column == made.column[0]
    person = events.person()[mine]
    years = events.age_at_epoch[person] + events.time[mine] * trial.unit_days / DAYS_PER_YEAR
    aged = ~np.isnan(years)  # the regression takes the others for people of the mean age
    years = np.where(aged, years, years[aged].mean() if aged.any() else 0.0)
    covariates = np.column_stack([years, events.static[person, 1]])
    hidden = trial.hidden[mine]
    naive = naive_forecasts(person, events.time[mine], events.value[mine], covariates, hidden, trial.horizon)
    judged = np.isin(np.flatnonzero(mine)[hidden], made.event)
    for method in METHODS:
        found[method] = naive_scores(value, naive[method][0][judged], naive[method][1])
    rmse = {method: score.rmse for method, score in found.items()}
    crps = {method: float(score.crps.mean()) for method, score in found.items()}
    inside = forecasts.band_of(value)
    quarter = quarter_of(forecasts.centre)
    held = [share(inside[part] <= 80, made.person[part]) for part in (quarter < 4, *(quarter == q for q in range(4)))]
    result = {
        "n": len(value),
        "patients": len(np.unique(made.person)),
        "rmse": rmse,
        "crps": crps,
        "coverage": {str(band): float(np.mean(inside <= band)) for band in BANDS},
        "coverage_80_by_quarter": [None if part is None else part.share for part in held[1:]],
        "better_than_naive": {
            name: score["twin"] < min(score[method] for method in METHODS)
            for name, score in (("rmse", rmse), ("crps", crps))
        },
        "scale": {0.0: "logarithm", 0.5: "square root", 1.0: "identity"}[forecasts.power],
        "leans_on": dict(zip(SIMPLE, mending.leans.tolist(), strict=True)),
    }
    return result | {"kept": kept(result), "notes": notes_on(result, held, mending)}
