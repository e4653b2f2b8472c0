"""How wrong are forecasts of a panel's own last part, made without it, and what mends the forecasts to come?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from twin.physiology.longitudinal.engine import fit_events
from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.parameters import Parameters
from twin.physiology.longitudinal.scale import forward

REHEARSAL_VALUES = 150_000
ORIGINS = 3  # ends from which a window is hidden: the panel's, and each earlier by one window
WINDOWS = (1.0, 0.5, 0.25)  # of the horizon: shorter ones serve where records are too short for the whole
ENOUGH, AT_MOST = 0.5, 500  # share of the persons, and number of them, from which no shorter window is asked
LEAST = 10  # forecasts of a variable below which nothing is mended
FREEDOMS = (3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 60.0)
HELD, BENT = 30.0, 20.0  # persons that a prior of "nothing to mend" is worth: overall, and along each feature
SURPRISE_CAP = 2.5
# Between one window and the next, forecasts may go wrong alike for all: variance of that shift, in variances of a
# forecast, and the windows that this prior is worth.
SHIFT_VARIANCE, SHIFT_WINDOWS = 0.25, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Forecasts of hidden values, one entry a value."""

    event: np.ndarray  # place among the events
    column: np.ndarray
    person: np.ndarray
    value: np.ndarray  # on the variable's scale
    centre: np.ndarray
    variance: np.ndarray
    freedom: np.ndarray
    known: np.ndarray  # log of the number of own values before
    elapsed: np.ndarray  # log of 1 + the horizons that the record had lasted
    alike: np.ndarray  # values of the same person and variable in the window

    def where(self, used: np.ndarray) -> "Made":
        """Return some of them."""
        return Made(*(getattr(self, name)[used] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Mending:
    """What a rehearsal taught about the forecasts of one variable.

    Centre and log of the scale bend along the forecast itself, in four straight pieces between the quartiles
    (`knots`); the scale also with the values known and the length of the record.
    """

    knots: np.ndarray
    middle: np.ndarray  # of the features
    centre: np.ndarray
    scale: np.ndarray
    freedom: float
    widened: float  # for what changes from one window to the next, and for what few persons cannot teach
    persons: int  # that were rehearsed with
    window: float  # shortest window used, of the horizon

    def mended(self, made: Made) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return centre, scale and degrees of freedom of the mended forecasts."""
        features = _features(made, self.knots) - self.middle
        sd = np.sqrt(made.variance)
        centre = made.centre + sd * (self.centre[0] + features[:, :4] @ self.centre[1:])
        scale = sd * self.widened * np.exp(self.scale[0] + features @ self.scale[1:])
        return centre, scale, np.minimum(made.freedom, self.freedom)


UNMENDED = Mending(np.zeros(3), np.zeros(6), np.zeros(5), np.zeros(7), np.inf, 1.0, 0, 0.0)


def forecasts_of(events: Events, parameters: Parameters, *, cut: np.ndarray, horizon: float) -> Made:
    """Forecast what comes after each person's `cut`, where there is an earlier value of the same variable."""
    done = fit_events(events, parameters, until=events.last(), cut=cut)
    person = events.person()
    cell = done.layout.variable_at[person] + done.layout.slot
    past = events.time <= cut[person]
    seen = np.bincount(cell[past], minlength=len(done.layout.variable))
    event = np.flatnonzero(~past & (seen[cell] > 0))
    column, mine, owner = events.column[event], cell[event], person[event]
    value = forward(events.value[event], parameters.power[column])
    return Made(
        event=event,
        column=column,
        person=owner,
        value=value,
        centre=value - done.innovation[event],
        variance=done.variance[event],
        freedom=parameters.tail[column] + done.count[mine],
        known=np.log(seen[mine]),
        elapsed=np.log1p((cut - events.start())[owner] / horizon),
        alike=np.bincount(mine, minlength=len(seen))[mine].astype(float),
    )


def rehearse(parameters: Parameters, events: Events, *, horizon: float, seed: int = 0) -> tuple[Mending, ...]:
    """Hide the last window of each record, and of each record cut shorter, forecast it, and learn from the errors.

    Parameters
    ----------
    parameters
        As learned from `events`.
    horizon
        Length of the window. [units]

    Returns
    -------
        What mends the forecasts of each variable; `UNMENDED` where nothing could be rehearsed.
    """
    events = some(events, seed)
    count = len(parameters.variables)
    persons = [len(np.unique(events.person()[events.column == c])) for c in range(count)]
    windows: list[list[tuple[float, Made]]] = [[] for _ in range(count)]
    who: list[set[int]] = [set() for _ in range(count)]
    for share in WINDOWS:
        lacking = [c for c in range(count) if len(who[c]) < min(ENOUGH * persons[c], AT_MOST)]
        for made in _windows(parameters, events, share * horizon, horizon) if lacking else ():
            for c in lacking:
                mine = made.where(made.column == c)
                if len(mine.value):
                    windows[c].append((share, mine))
                    who[c].update(mine.person.tolist())
    ends = _ends(events, horizon, count)
    return tuple(_learned(windows[c], len(who[c]), ends[c]) for c in range(count))


def _windows(parameters: Parameters, events: Events, length: float, horizon: float) -> Iterator[Made]:
    """Forecast a window at the end of each record, then of each record cut shorter by one, two.. windows."""
    for origin in range(ORIGINS):
        part, persons = events.part(events.time <= (events.last() - origin * length)[events.person()])
        made = forecasts_of(part, parameters, cut=part.last() - length, horizon=horizon)
        if not len(made.value):
            return
        made.person[:] = persons[made.person]
        yield made


def some(events: Events, seed: int) -> Events:
    """Return at most about `REHEARSAL_VALUES` values, whole persons drawn at random."""
    if len(events.time) <= REHEARSAL_VALUES:
        return events
    share = REHEARSAL_VALUES / len(events.time)
    chosen = np.random.default_rng(seed).random(len(events.ids)) < share
    return events.part(chosen[events.person()])[0]


def _ends(events: Events, horizon: float, count: int) -> np.ndarray:
    """Return the mean of what is known and elapsed when the forecasts to come begin; one row a variable."""
    person = events.person()
    cell, values = np.unique(person * count + events.column, return_counts=True)
    elapsed = np.log1p((events.last() - events.start())[cell // count] / horizon)
    cells = np.maximum(np.bincount(cell % count, minlength=count), 1)
    sums = [np.bincount(cell % count, weights, minlength=count) for weights in (np.log(values), elapsed)]
    return np.column_stack(sums) / cells[:, None]


def _features(made: Made, knots: np.ndarray) -> np.ndarray:
    """Return what a mending may depend on: four pieces of the forecast, values known, length of the record."""
    low, middle, high = knots
    x, unit = made.centre, max((high - low) / 2.0, 1e-9)
    pieces = (
        np.clip((x - low) / unit, -1.5, 0.0),
        np.clip((x - middle) / unit, -1.2, 0.0),
        np.clip((x - middle) / unit, 0.0, 1.2),
        np.clip((x - high) / unit, 0.0, 1.5),
    )
    return np.column_stack([*pieces, made.known, made.elapsed])


def _learned(windows: list[tuple[float, Made]], persons: int, end: np.ndarray) -> Mending:
    """Learn the mending of one variable from its windows; values of one person in a window count as one."""
    if sum(len(made.value) for _, made in windows) < LEAST:
        return UNMENDED
    made = Made(*(np.concatenate([getattr(part, name) for _, part in windows]) for name in Made.__slots__))
    window = np.repeat(np.arange(len(windows)), [len(part.value) for _, part in windows])
    knots = np.quantile(made.centre, [0.25, 0.5, 0.75])
    features, weight = _features(made, knots), 1.0 / made.alike
    middle = np.concatenate([np.average(features[:, :4], axis=0, weights=weight), end])
    terms = np.column_stack([np.ones(len(weight)), features - middle])
    z = (made.value - made.centre) / np.sqrt(made.variance)
    freedom, centre, scale = _likeliest(z, made.freedom, weight, terms)
    left = np.clip((z - terms[:, :5] @ centre) * np.exp(-terms @ scale), -SURPRISE_CAP, SURPRISE_CAP)
    widened = np.sqrt(1.0 + _shift_variance(left, weight, window))
    widened *= 1.0 + terms.shape[1] / (2.0 * max(weight.sum(), 3.0))
    shortest = min(share for share, _ in windows)
    return Mending(knots, middle, centre, scale, freedom, float(widened), persons, shortest)


def _shift_variance(left: np.ndarray, weight: np.ndarray, window: np.ndarray) -> float:
    """Return how much the mean error varies between windows beyond chance, drawn towards the prior."""
    total = np.bincount(window, weight)
    mean = np.bincount(window, weight * left) / total
    beyond = np.maximum(mean**2 - 1.2 / total, -0.02)
    known = np.bincount(window) >= 5
    prior = SHIFT_WINDOWS * SHIFT_VARIANCE
    return max(float((beyond[known].sum() + prior) / (known.sum() + SHIFT_WINDOWS)), 0.0)


def _likeliest(
    z: np.ndarray, most: np.ndarray, weight: np.ndarray, terms: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the likeliest degrees of freedom (at most what each value has anyway), and how centre and log scale of
    standardised errors hang on the terms; the centre on the first five.
    """
    first = terms[:, :5]
    ridge = np.full(5 + terms.shape[1], BENT)
    ridge[[0, 5]] = HELD
    found, start = [], np.zeros(len(ridge))
    for nu in FREEDOMS:
        free = np.minimum(nu, most)
        constant = np.sum(weight * (gammaln((free + 1) / 2) - gammaln(free / 2) - 0.5 * np.log(free)))

        def loss(at: np.ndarray, free: np.ndarray = free, constant: float = constant) -> tuple[float, np.ndarray]:
            log_scale = terms @ at[5:]
            shrunk = np.exp(-log_scale)
            x = (z - first @ at[:5]) * shrunk
            square = x * x / free
            pull = weight * (free + 1) / free * x / (1.0 + square)
            value = np.sum(weight * ((free + 1) / 2 * np.log1p(square) + log_scale)) - constant
            slope = np.concatenate([-first.T @ (pull * shrunk), terms.T @ (weight - pull * x)])
            return float(value + 0.5 * np.sum(ridge * at**2)), slope + ridge * at

        best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
        found.append((float(best.fun), nu, best.x))
        start = best.x
    _, nu, at = min(found, key=lambda one: one[0])
    return nu, at[:5], at[5:]
