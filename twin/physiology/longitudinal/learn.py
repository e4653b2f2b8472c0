"""What does a panel of patients teach about what is usual, and how far can its forecasts be trusted?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from twin.physiology.longitudinal.engine import fit_events
from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.mending import FREEDOMS
from twin.physiology.longitudinal.panel import moving_terms
from twin.physiology.longitudinal.parameters import (
    AGE,
    AGE_SQUARED,
    ELAPSED,
    PACE,
    Parameters,
    nearest_correlation,
)
from twin.physiology.longitudinal.rehearsal import some
from twin.physiology.longitudinal.search import Learned, learn_one, one_variable

SPAN = 5.0  # time units that a median record is long
LEAST_SERIES = 10  # of three or more values
SHRINK = 10.0  # persons, or pairs of persons, that a prior of "nothing special" is worth
STRETCH_TRUST = 0.75  # share of the log of a stretch that is taken over: the hidden part may differ from the rehearsal


def time_unit(time: np.ndarray, series: np.ndarray) -> float:
    """Return a span of time, in the unit of `time`, of which the median series of three or more values has `SPAN`.

    Where hardly any series has three values, those of two serve.
    """
    order = np.argsort(series, kind="stable")
    _, first, count = np.unique(series[order], return_index=True, return_counts=True)
    span = np.maximum.reduceat(time[order], first) - np.minimum.reduceat(time[order], first)
    long = (count >= 3) & (span > 0)
    spans = span[long if long.sum() >= LEAST_SERIES else (count >= 2) & (span > 0)]
    return float(np.median(spans)) / SPAN if len(spans) else 1.0


def terms_of(events: Events, unit_days: float, *, common_drift: bool) -> np.ndarray:
    """Return every term of the usual level for each event; what is not looked for is zero.

    Persons who come together, as by an admission, may drift alike from then on (`common_drift`); persons of a
    long record move at a pace that depends on their conditions.
    """
    person = events.person()
    design = events.static[person]
    age, years, elapsed = moving_terms(events.age_at_epoch[person], events.time, events.start()[person], unit_days)
    design[:, AGE], design[:, AGE_SQUARED] = age, age**2
    design[:, ELAPSED] = elapsed if common_drift else 0.0
    design[:, PACE] *= 0.0 if common_drift else years[:, None]
    return design


def treated_shift(events: Events) -> np.ndarray:
    """Return what the trials' average effect of each person's medicines adds to each value, on its scale."""
    shift = np.zeros(len(events.time))
    for person, inputs in enumerate(events.inputs):
        part = slice(events.at[person], events.at[person + 1])
        for one in inputs:
            mine = events.column[part] == one.column
            since = np.maximum(events.time[part][mine, None] - np.array(one.times), 0.0)
            shift[part][mine] += -np.expm1(-since / one.onset) @ np.array(one.sizes)
    return shift


def correlations_of(learned: list[Learned], persons: int) -> np.ndarray:
    """Return how the levels and slopes of the variables go together.

    A belief is the truth shrunk by its reliability, so that the mean product of two beliefs over the mean
    product of their reliabilities estimates the correlation of the truths.
    """
    count = len(learned)
    belief, weight = np.zeros((persons, 2 * count)), np.zeros((persons, 2 * count))
    for c, found in enumerate(learned):
        belief[found.one.persons[:, None], [c, count + c]] = found.belief
        weight[found.one.persons[:, None], [c, count + c]] = found.reliability
    belief = np.clip(belief, -3.0 * weight, 3.0 * weight)
    scale = weight.T @ weight
    both = (weight > 0).astype(float).T @ (weight > 0)
    corr = np.divide(belief.T @ belief, scale, out=np.zeros_like(scale), where=scale > 0)
    own = np.sqrt(np.maximum(np.diag(corr), 0.1))
    corr = corr / np.outer(own, own) * (both / (both + SHRINK))
    np.fill_diagonal(corr, 1.0)
    return nearest_correlation(np.clip(corr, -0.95, 0.95))


def learn(
    events: Events,
    names: tuple[str, ...],
    *,
    unit_days: float,
    low: np.ndarray,
    high: np.ndarray,
    horizon: float | None,
    powers: np.ndarray | None = None,
    deviation_time: float | None = None,
    common_drift: bool = True,
    basis: str = "panel",
    seed: int = 0,
) -> Parameters:
    """Learn the hyperparameters of every variable of a panel, and how the variables go together.

    Parameters
    ----------
    events
        Values of the panel; columns point into `names`, each measured at least once.
    unit_days
        Length of the events' time unit. [d]
    low, high
        Natural limits of each variable.
    horizon
        How far the forecasts shall reach whose bands are checked in a rehearsal; none if ``None``. [units]
    powers
        Scale of each variable; chosen by likelihood unless given.
    deviation_time
        How long a deviation lives that shall stand apart from the level; looked for unless given. [units]
    common_drift
        Whether persons may drift alike since their first value, as after an admission, in place of a pace of
        change by condition.
    basis
        Where the panel is from, for display.
    """
    natural = time_unit(events.time, events.person() * len(names) + events.column)
    design, treated = terms_of(events, unit_days, common_drift=common_drift), treated_shift(events)

    def one(c: int) -> Learned:
        part = one_variable(events, c, design, treated, None if powers is None else float(powers[c]))
        return learn_one(part, natural=natural, deviation_time=deviation_time, seed=seed + c)

    # Threads of its own: a large panel's filter waits for the engine's.
    with ThreadPoolExecutor(cpu_count() or 1) as threads:
        learned = list(threads.map(one, range(len(names))))
    count = len(names)
    prior = correlations_of(learned, len(events.ids))
    noise = {s: np.array([found.noise(i) for found in learned]) for i, s in enumerate(events.sources)}
    noise[""] = np.array([found.noise(None) for found in learned])
    parameters = Parameters(
        variables=names,
        unit_days=unit_days,
        power=np.array([found.one.power for found in learned]),
        low=np.asarray(low, dtype=float),
        high=np.asarray(high, dtype=float),
        coefficients=np.array([found.usual() for found in learned]),
        dynamics=np.ascontiguousarray(np.array([found.dynamics() for found in learned]).T),
        noise=noise,
        tail=np.array([found.tail for found in learned]),
        drift=np.zeros(count),
        stretch=np.ones(count),
        freedom=np.full(count, np.inf),
        prior_corr=prior,
        level_corr=nearest_correlation(prior[:count, :count]),
        deviation_corr=np.eye(count),
        basis=basis,
    )
    return parameters if horizon is None else rehearsed(parameters, events, horizon=horizon, seed=seed)


def rehearsed(parameters: Parameters, events: Events, *, horizon: float, seed: int = 0) -> Parameters:
    """Hide the panel's own last part, forecast it, and mend what the forecasts get wrong on average.

    Per variable a drift (in standard deviations), a stretch of the standard deviation and the degrees of
    freedom of a t distribution, each drawn towards nothing with few persons.
    """
    events = some(events, seed)
    person = events.person()
    last = events.last()
    cut = last - horizon
    done = fit_events(events, parameters, until=last, cut=cut)
    cell = done.layout.variable_at[person] + done.layout.slot
    seen = np.bincount(cell[events.time <= cut[person]], minlength=len(done.layout.variable)) > 0
    hidden = (events.time > cut[person]) & seen[cell]
    z = done.innovation / np.sqrt(done.variance)
    freedom = parameters.tail[events.column] + done.count[cell]
    drift, stretch, free = (np.copy(getattr(parameters, name)) for name in ("drift", "stretch", "freedom"))
    for c in range(len(parameters.variables)):
        used = hidden & (events.column == c)
        persons = len(np.unique(person[used]))
        if persons >= 10:
            trust = persons / (persons + SHRINK)
            nu, shift, scale = _likeliest_t(z[used], freedom[used])
            drift[c], stretch[c], free[c] = trust * shift, scale ** (STRETCH_TRUST * trust), nu
    return replace(parameters, drift=drift, stretch=stretch, freedom=free)


def _likeliest_t(z: np.ndarray, most: np.ndarray) -> tuple[float, float, float]:
    """Return degrees of freedom (at most those each value has anyway), centre and scale of standardised errors."""
    found = []
    for nu in FREEDOMS:
        free = np.minimum(nu, most)
        constant = np.sum(gammaln((free + 1) / 2) - gammaln(free / 2) - 0.5 * np.log(free))

        def loss(at: np.ndarray, free: np.ndarray = free, constant: float = constant) -> float:
            x = (z - at[0]) / np.exp(at[1])
            return float(np.sum((free + 1) / 2 * np.log1p(x * x / free) + at[1]) - constant)

        best = minimize(loss, [np.median(z), 0.0], method="Nelder-Mead", options={"maxiter": 200})
        found.append((best.fun, nu, float(best.x[0]), float(np.exp(best.x[1]))))
    return min(found)[1:]
