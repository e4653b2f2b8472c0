"""What does a panel of patients teach about what is usual?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from twin.physiology.longitudinal.engine import Layout, lay_out, run, surprise_of, volatility_of, workers
from twin.physiology.longitudinal.panel import Events
from twin.physiology.longitudinal.parameters import (
    AGE_CENTRE,
    AGE_SCALE,
    DAYS_PER_YEAR,
    Parameters,
    nearest_correlation,
)
from twin.physiology.longitudinal.scale import forward, log_slope

POWERS = (0.0, 0.5, 1.0)
TAILS = np.array([3.0, 4, 6, 8, 12, 20, 40, 100, 1000])
MOST_VALUES = 30_000  # of one variable that the search looks at
LEAST_VALUES = 200  # of a source that gets its own noise
# Prior of the search: log of level sd, level rate, level noise, slope sd, slope rate, deviation sd, deviation
# rate, noise sd; rates per time unit (a median record is SPAN units long), sds in units of the panel's.
SPAN = 5.0
CENTRE = np.log([0.8, 0.05, 0.15, 0.03, 0.25, 0.3, 4.0, 0.35])
SPREAD = np.array([0.5, 1.5, 1.0, 1.0, 0.7, 1.0, 1.2, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class One:
    """One variable of the panel in standard units, as the search sees it."""

    events: Events
    persons: np.ndarray
    layout: Layout
    design: np.ndarray
    value: np.ndarray
    treated: np.ndarray
    centre: float
    scale: float
    power: float


def time_unit(events_days: np.ndarray, person: np.ndarray) -> float:
    """Return a unit of time [d] in which the median record of three or more values spans SPAN units."""
    order = np.argsort(person, kind="stable")
    _, first, count = np.unique(person[order], return_index=True, return_counts=True)
    days = events_days[order]
    span = np.maximum.reduceat(days, first) - np.minimum.reduceat(days, first)
    spans = span[(count >= 3) & (span > 0)]
    return float(np.median(spans)) / SPAN if len(spans) else DAYS_PER_YEAR


def choose_power(value: np.ndarray, person: np.ndarray) -> float:
    """Return the scale on which the spread within and between persons makes the values likeliest."""
    if value.min() <= 0.0:
        return 1.0
    value = np.clip(value, *np.quantile(value, [0.002, 0.998]))
    _, code, count = np.unique(person, return_inverse=True, return_counts=True)
    score = {}
    for power in POWERS:
        y = forward(value, power)
        mean = np.bincount(code, y) / count
        within = np.sum((y - mean[code]) ** 2) / max(len(y) - len(count), 1)
        score[power] = (
            -0.5 * (len(y) - len(count)) * np.log(within)
            - 0.5 * len(count) * np.log(np.var(mean))
            + np.sum(log_slope(value, power))
        )
    return max(score, key=score.get)


def terms_of(events: Events, unit_days: float) -> np.ndarray:
    """Return every term of the usual level for each event."""
    person = events.person()
    design = events.static[person].copy()
    age = np.nan_to_num(
        (events.age_at_epoch[person] + events.time * (unit_days / DAYS_PER_YEAR) - AGE_CENTRE) / AGE_SCALE
    )
    design[:, 1], design[:, 2] = age, age**2
    design[:, 4] = events.time - events.start()[person]
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


def _part(events: Events, used: np.ndarray, rename: int | None = None) -> tuple[Events, np.ndarray]:
    """Return the used events alone, persons without any left out, and who is left."""
    person = events.person()[used]
    persons, count = np.unique(person, return_counts=True)
    column = events.column[used]
    inputs = tuple(events.inputs[p] for p in persons)
    if rename is not None:
        column = np.zeros_like(column)
        inputs = tuple(tuple(replace(i, column=0) for i in mine if i.column == rename) for mine in inputs)
    return (
        Events(
            ids=tuple(events.ids[p] for p in persons),
            at=np.concatenate([[0], np.cumsum(count)]),
            time=events.time[used],
            column=column,
            value=events.value[used],
            source=events.source[used],
            sources=events.sources,
            origin=events.origin[used],
            age_at_epoch=events.age_at_epoch[persons],
            static=events.static[persons],
            inputs=inputs,
        ),
        persons,
    )


def one_variable(events: Events, column: int, design: np.ndarray, treated: np.ndarray, power: float | None) -> One:
    """Take one variable out of the panel and bring it to standard units."""
    used = events.column == column
    mine, persons = _part(events, used, rename=column)
    if power is None:
        power = choose_power(mine.value, mine.person())
    scaled = forward(mine.value, power)
    low, mid, high = np.quantile(scaled - treated[used], [0.16, 0.5, 0.84])
    scale = max((high - low) / 2.0, 1e-6 * max(abs(mid), 1e-6))
    inputs = tuple(tuple(replace(i, sizes=tuple(s / scale for s in i.sizes)) for i in inputs) for inputs in mine.inputs)
    mine = replace(mine, inputs=inputs)
    value = (scaled - mid) / scale
    return One(
        mine, persons, lay_out(mine, 1), design[used], value, treated[used] / scale, float(mid), float(scale), power
    )


def fewer(one: One, most: int, rng: np.random.Generator) -> One:
    """Return about `most` values of the variable, whole persons drawn at random."""
    if len(one.value) <= most:
        return one
    order = rng.permutation(len(one.events.ids))
    length = np.diff(one.events.at)[order]
    chosen = np.zeros(len(order), dtype=bool)
    chosen[order[: max(int(np.searchsorted(np.cumsum(length), most)), 1)]] = True
    used = chosen[one.events.person()]
    mine, _ = _part(one.events, used)
    return replace(
        one,
        events=mine,
        persons=one.persons[chosen],
        layout=lay_out(mine, 1),
        design=one.design[used],
        value=one.value[used],
        treated=one.treated[used],
    )


def regress(one: One, between: float, within: float) -> np.ndarray:
    """Return the coefficients of the usual level by generalised least squares with a person's own level.

    A ridge worth a few persons keeps a term without information at zero.
    """
    count = np.diff(one.events.at).astype(float)
    person = one.events.person()
    shrink = between**2 / (within**2 + count * between**2)
    x, y = one.design, one.value - one.treated
    sums = np.zeros((len(count), x.shape[1]))
    np.add.at(sums, person, x)
    total = np.bincount(person, y, minlength=len(count))
    gram = (x.T @ x - (sums * shrink[:, None]).T @ sums) / within**2
    moment = (x.T @ y - (sums * shrink[:, None]).T @ total) / within**2
    ridge = np.full(x.shape[1], 4.0)
    ridge[0] = 1e-6
    return np.linalg.solve(gram + np.diag(ridge), moment)


def _parameters(theta: np.ndarray, one: One) -> Parameters:
    """Read the search's vector as parameters of a one-variable twin."""
    dynamics = np.exp(theta[:7]).reshape(7, 1)
    noise = {"": np.array([np.exp(2.0 * theta[7])])}
    return Parameters(
        variables=("",),
        unit_days=1.0,
        power=np.ones(1),
        low=np.full(1, -np.inf),
        high=np.full(1, np.inf),
        coefficients=np.zeros((1, one.design.shape[1])),
        dynamics=dynamics,
        noise=noise,
        tail=np.full(1, 12.0),
        prior_corr=np.eye(2),
        level_corr=np.eye(1),
        deviation_corr=np.eye(1),
        basis="search",
    )


def loss(theta: np.ndarray, one: One, departure: np.ndarray, ratio: np.ndarray, volatility, until, cuts) -> float:
    """Return minus the penalised log-likelihood of one step ahead, and of what comes after each of `cuts`."""
    parameters = _parameters(theta, one)
    noise = np.exp(2.0 * (theta[7] + theta[8:][one.events.source] * ratio))
    total = 0.0
    for cut in (None, *cuts):
        done = run(
            one.events,
            parameters,
            until=until,
            cut=cut,
            layout=one.layout,
            volatility=volatility,
            noise=noise,
            departure=departure,
            watch=False,
        )
        z = np.abs(done.innovation) / np.sqrt(done.variance)
        rho = np.where(z < 3.0, z * z, 6.0 * z - 9.0) + np.log(done.variance)
        if cut is not None:
            rho = rho[one.events.time > cut[one.events.person()]]
        total += 0.5 * rho.sum()
    penalty = np.sum(((theta[:8] - CENTRE) / SPREAD) ** 2) / 2.0 + np.sum((theta[8:] / 0.5) ** 2) / 2.0
    return float(total + penalty)


def search(one: One, departure: np.ndarray, volatility, theta: np.ndarray, cuts=()) -> np.ndarray:
    """Find the penalised maximum of the likelihood from a start."""
    persons = len(one.events.ids)
    until = np.zeros(persons)
    enough = np.bincount(one.events.source, minlength=len(one.events.sources)) >= LEAST_VALUES
    several = enough.sum() > 1
    ratio = np.array([1.0 if several and e else 0.0 for e in enough])[one.events.source]
    bounds = [(c - 4 * s, c + 4 * s) for c, s in zip(CENTRE, SPREAD, strict=True)] + [(-2.0, 2.0)] * (len(theta) - 8)
    found = minimize(
        loss,
        theta,
        args=(one, departure, ratio, volatility, until, cuts),
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 40, "eps": 1e-3, "ftol": 1e-7},
    )
    return found.x


def tail_of(total: np.ndarray, count: np.ndarray) -> float:
    """Return the weight of the prior on volatility that makes the persons' squared surprises likeliest."""
    total, count = total[count > 1], count[count > 1]
    if len(total) < 20:
        return 12.0
    mean = total.sum() / count.sum()
    total = total / mean
    nu = TAILS[:, None]
    score = (
        gammaln((nu + count) / 2) - gammaln(nu / 2) + nu / 2 * np.log(nu) - (nu + count) / 2 * np.log(nu + total)
    ).sum(axis=1)
    return float(TAILS[score.argmax()])


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What one variable taught, in its standard units."""

    one: One
    coefficients: np.ndarray
    theta: np.ndarray
    tail: float
    belief: np.ndarray  # (persons, 2): level and slope at each person's end
    reliability: np.ndarray  # (persons, 2): standard deviation of that belief over persons like this one
    surprise: np.ndarray  # standardised surprise of each value


def learn_one(one: One, *, seed: int, cuts_at=None) -> Learned:
    """Learn one variable: the usual level, how it moves, and how differently persons move."""
    rng = np.random.default_rng(seed)
    small = fewer(one, MOST_VALUES, rng)
    theta = np.concatenate([CENTRE, np.zeros(len(one.events.sources))])
    coefficients = regress(small, 0.8, 0.6)
    volatility = np.ones(len(small.layout.variable))
    tail = 12.0
    last = small.events.time[small.events.at[1:] - 1]
    cuts = () if cuts_at is None else tuple(last - d for d in cuts_at)
    for _ in range(2):
        departure = small.value - small.design @ coefficients
        theta = search(small, departure, volatility, theta, cuts)
        parameters = replace(_parameters(theta, small), tail=np.array([tail]))
        done = run(
            small.events,
            parameters,
            until=np.zeros(len(small.events.ids)),
            layout=small.layout,
            noise=_noise(theta, small),
            departure=departure,
            watch=False,
        )
        total, count = surprise_of(small.events, done)
        tail = tail_of(total, count)
        volatility = volatility_of(replace(parameters, tail=np.array([tail])), small.layout, total, count)
        level_sd, noise_sd = np.exp(theta[0]), np.hypot(np.exp(theta[5]), np.exp(theta[7]))
        coefficients = regress(small, level_sd, noise_sd)
    return Learned(one, coefficients, theta, tail, *_beliefs(one, coefficients, theta))


def _beliefs(one: One, coefficients: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each person's level and slope at the end, what share of it the values know, and the surprises."""
    persons = len(one.events.ids)
    last = one.events.time[one.events.at[1:] - 1]
    parameters = _parameters(theta, one)
    common = {
        "until": last,
        "layout": one.layout,
        "noise": _noise(theta, one),
        "departure": one.value - one.design @ coefficients,
        "watch": False,
    }
    seen = run(one.events, parameters, **common)
    blind = run(one.events, parameters, **common, cut=np.full(persons, -np.inf))
    place = one.layout.state_at[:-1, None] + np.arange(2)
    size = np.diff(one.layout.state_at)
    diagonal = one.layout.covariance_at[:-1, None] + np.arange(2) * (size[:, None] + 1)
    variance = blind.covariance[diagonal]
    known = np.maximum(1.0 - seen.covariance[diagonal] / variance, 0.0)
    return seen.state[place], known * np.sqrt(variance), seen.innovation / np.sqrt(seen.variance)


def correlations_of(learned: list["Learned"], persons: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how levels and slopes go together, and how departures of one moment do.

    A belief is the truth shrunk by its reliability, so that the mean product of two beliefs over the mean
    product of their reliabilities estimates the correlation of the truths.
    """
    count = len(learned)
    belief, weight = np.zeros((persons, 2 * count)), np.zeros((persons, 2 * count))
    for c, found in enumerate(learned):
        for part in (0, 1):
            belief[found.one.persons, part * count + c] = found.belief[:, part]
            weight[found.one.persons, part * count + c] = found.reliability[:, part]
    belief = np.clip(belief, -3.0 * weight, 3.0 * weight)
    scale = weight.T @ weight
    both = (weight > 0).astype(float).T @ (weight > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        corr = np.where(scale > 0, belief.T @ belief / scale, 0.0)
    own = np.sqrt(np.maximum(np.diag(corr), 0.1))
    corr = corr / np.outer(own, own) * (both / (both + 30.0))
    np.fill_diagonal(corr, 1.0)
    return nearest_correlation(np.clip(corr, -0.95, 0.95)), None


def _noise(theta: np.ndarray, one: One) -> np.ndarray:
    return np.exp(2.0 * (theta[7] + theta[8:][one.events.source]))


def learn(
    events: Events,
    names: tuple[str, ...],
    *,
    unit_days: float,
    low,
    high,
    powers=None,
    cuts_at=None,
    seed: int = 0,
    basis: str = "panel",
) -> Parameters:
    """Learn the hyperparameters of every variable of a panel and how the variables go together.

    Parameters
    ----------
    events
        Values of the panel; columns point into `names`.
    unit_days
        Length of the events' time unit. [d]
    low, high
        Natural limits of each variable.
    powers
        Scale of each variable; chosen by likelihood unless given.
    """
    design, treated = terms_of(events, unit_days), treated_shift(events)
    ones = [one_variable(events, c, design, treated, None if powers is None else powers[c]) for c in range(len(names))]
    learned = [*workers().map(lambda c: learn_one(ones[c], seed=seed + c, cuts_at=cuts_at), range(len(names)))]
    theta = np.array([found.theta for found in learned])
    scale = np.array([found.one.scale for found in learned])
    dynamics = np.exp(theta[:, :7]).T.copy()
    for row in (0, 2, 3, 5):
        dynamics[row] *= scale
    coefficients = np.array([found.coefficients * found.one.scale for found in learned])
    coefficients[:, 0] += [found.one.centre for found in learned]
    noise = {s: np.exp(2 * (theta[:, 7] + theta[:, 8 + i])) * scale**2 for i, s in enumerate(events.sources)}
    noise[""] = np.exp(2 * theta[:, 7]) * scale**2
    count = len(names)
    prior, _ = correlations_of(learned, len(events.ids))
    return Parameters(
        variables=names,
        unit_days=unit_days,
        power=np.array([found.one.power for found in learned]),
        low=np.asarray(low, dtype=float),
        high=np.asarray(high, dtype=float),
        coefficients=coefficients,
        dynamics=dynamics,
        noise=noise,
        tail=np.array([found.tail for found in learned]),
        prior_corr=prior,
        level_corr=nearest_correlation(prior[:count, :count]),
        deviation_corr=np.eye(count),
        basis=basis,
    )
