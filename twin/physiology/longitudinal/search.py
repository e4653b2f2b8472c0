"""What does a panel teach about one variable: what is usual, how it moves, how differently persons move?"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from twin.physiology.longitudinal.engine import Layout, lay_out, run, surprise_of, volatility_of
from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.parameters import Parameters
from twin.physiology.longitudinal.scale import forward, log_slope

POWERS = (0.0, 0.5, 1.0)  # logarithm, square root, as it is
TAILS = np.array([3.0, 4, 6, 8, 12, 20, 40, 100, 1000])
USUAL_TAIL = 12.0
MOST_VALUES = 12_000  # of one variable that the search looks at
LEAST_VALUES = 200  # of a source that gets its own noise
ROUNDS = 2
# Prior of the search: log of level sd, level rate, level noise, slope sd, slope rate, deviation sd, deviation
# rate, noise sd; rates per time unit (see `learn.time_unit`), sds in units of the panel's spread. They hold a
# small panel to sensible shapes: a level that stays the person's own (one that reverts to the population's mean
# forecast worse on every panel tried), a slope that fades over about the length of a record.
CENTRE = np.log([0.8, 0.005, 0.15, 0.03, 0.25, 0.3, 1.5, 0.35])
SPREAD = np.array([0.5, 0.5, 1.0, 1.0, 0.7, 1.0, 1.5, 1.0])
SOURCE_SPREAD = 0.5
RIDGE = 4.0  # weight of the prior that a term of the usual level is zero
TIMES = np.array([0.0, 1.0, 0.5, 1.0, 1.0, 0.0, 1.0, 0.0])  # power of one over time in each
DEVIATION_RATE = 6  # place in the vector
DEVIATION_SPREAD = 0.3  # where the deviation's life is given rather than looked for
LINEAR_FROM = 3.0  # a larger surprise counts linearly, as the filter's down-weighting asks


@dataclass(frozen=True, slots=True, eq=False)
class One:
    """One variable of the panel in standard units (`centre`, `scale`), as the search sees it."""

    events: Events
    persons: np.ndarray
    layout: Layout
    design: np.ndarray
    value: np.ndarray
    treated: np.ndarray
    centre: float
    scale: float
    power: float


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What one variable taught, in its standard units."""

    one: One
    coefficients: np.ndarray
    theta: np.ndarray
    tail: float
    belief: np.ndarray  # (persons, 2): level and slope at each person's end
    reliability: np.ndarray  # (persons, 2): standard deviation of that belief over persons like this one

    def dynamics(self) -> np.ndarray:
        """Return the kernel's rows on the variable's scale."""
        rows = np.exp(self.theta[:7])
        rows[[0, 2, 3, 5]] *= self.one.scale
        return rows

    def usual(self) -> np.ndarray:
        """Return the coefficients of the usual level on the variable's scale."""
        coefficients = self.coefficients * self.one.scale
        coefficients[0] += self.one.centre
        return coefficients

    def noise(self, source: int | None) -> float:
        """Return the variance of a measurement from a source on the variable's scale."""
        extra = 0.0 if source is None else self.theta[8 + source]
        return float(np.exp(2.0 * (self.theta[7] + extra)) * self.one.scale**2)


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
        within = np.sum((y - mean[code]) ** 2) / max(len(y) - len(count), 1) + 1e-12
        between = np.var(mean) + 1e-12
        likelihood = -0.5 * (len(y) - len(count)) * np.log(within) - 0.5 * len(count) * np.log(between)
        score[power] = likelihood + np.sum(log_slope(value, power))
    return max(score, key=score.get)


def one_variable(events: Events, column: int, design: np.ndarray, treated: np.ndarray, power: float | None) -> One:
    """Take one variable out of the panel and bring it to standard units."""
    used = events.column == column
    mine, persons = events.part(used)
    power = choose_power(mine.value, mine.person()) if power is None else power
    scaled = forward(mine.value, power)
    low, mid, high = np.quantile(scaled - treated[used], [0.16, 0.5, 0.84])
    scale = float(max((high - low) / 2.0, 1e-6 * max(abs(mid), 1e-6)))
    inputs = tuple(
        tuple(replace(i, column=0, sizes=tuple(s / scale for s in i.sizes)) for i in inputs if i.column == column)
        for inputs in mine.inputs
    )
    mine = replace(mine, column=np.zeros_like(mine.column), inputs=inputs)
    return One(
        events=mine,
        persons=persons,
        layout=lay_out(mine, 1),
        design=design[used],
        value=(scaled - mid) / scale,
        treated=treated[used] / scale,
        centre=float(mid),
        scale=scale,
        power=power,
    )


def fewer(one: One, rng: np.random.Generator) -> One:
    """Return at most about `MOST_VALUES` values of the variable, whole persons drawn at random."""
    if len(one.value) <= MOST_VALUES:
        return one
    order = rng.permutation(len(one.events.ids))
    length = np.diff(one.events.at)[order]
    chosen = np.zeros(len(order), dtype=bool)
    chosen[order[: max(int(np.searchsorted(np.cumsum(length), MOST_VALUES)), 1)]] = True
    used = chosen[one.events.person()]
    mine, _ = one.events.part(used)
    return replace(
        one,
        events=mine,
        persons=one.persons[chosen],
        layout=lay_out(mine, 1),
        **{name: getattr(one, name)[used] for name in ("design", "value", "treated")},
    )


def regress(one: One, *, between: float, within: float) -> np.ndarray:
    """Return the coefficients of the usual level by generalised least squares with a person's own level."""
    count = np.diff(one.events.at).astype(float)
    person = one.events.person()
    shrink = between**2 / (within**2 + count * between**2)
    x, y = one.design, one.value - one.treated
    sums = np.zeros((len(count), x.shape[1]))
    np.add.at(sums, person, x)
    total = np.bincount(person, y, minlength=len(count))
    gram = (x.T @ x - (sums * shrink[:, None]).T @ sums) / within**2
    moment = (x.T @ y - (sums * shrink[:, None]).T @ total) / within**2
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 1e-6
    return np.linalg.solve(gram + np.diag(ridge), moment)


def _parameters(theta: np.ndarray, tail: float = USUAL_TAIL) -> Parameters:
    """Read the search's vector as parameters of a one-variable twin."""
    return Parameters(
        variables=("",),
        unit_days=1.0,
        power=np.ones(1),
        low=np.full(1, -np.inf),
        high=np.full(1, np.inf),
        coefficients=np.zeros((1, 1)),
        dynamics=np.exp(theta[:7]).reshape(7, 1),
        noise={},
        tail=np.array([tail]),
        drift=np.zeros(1),
        stretch=np.ones(1),
        freedom=np.full(1, np.inf),
        prior_corr=np.eye(2),
        level_corr=np.eye(1),
        deviation_corr=np.eye(1),
        basis="search",
    )


def _noise(theta: np.ndarray, one: One) -> np.ndarray:
    return np.exp(2.0 * (theta[7] + theta[8:][one.events.source]))


def _loss(
    theta: np.ndarray, one: One, departure: np.ndarray, volatility: np.ndarray, centre: np.ndarray, spread: np.ndarray
) -> float:
    """Return minus the penalised log-likelihood of each value given the earlier ones."""
    done = run(
        one.events,
        _parameters(theta),
        until=np.zeros(len(one.events.ids)),
        layout=one.layout,
        volatility=volatility,
        noise=_noise(theta, one),
        departure=departure,
        watch=False,
    )
    z = np.abs(done.innovation) / np.sqrt(done.variance)
    misfit = np.where(z < LINEAR_FROM, z * z, LINEAR_FROM * (2.0 * z - LINEAR_FROM)) + np.log(done.variance)
    penalty = np.sum(((theta[:8] - centre) / spread) ** 2) + np.sum((theta[8:] / SOURCE_SPREAD) ** 2)
    return float(0.5 * (misfit.sum() + penalty))


def _prior(natural: float, deviation_time: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and spread of the prior, brought to a time unit of which `natural` make one of `CENTRE`'s.

    A deviation lives about as long as `deviation_time`, if that is given.
    """
    centre, spread = CENTRE.copy(), SPREAD.copy()
    centre -= TIMES * np.log(natural)
    if deviation_time is not None:
        centre[DEVIATION_RATE], spread[DEVIATION_RATE] = -np.log(deviation_time), DEVIATION_SPREAD
    return centre, spread


def _search(
    one: One, departure: np.ndarray, volatility: np.ndarray, start: np.ndarray, prior: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Find the penalised maximum of the likelihood from a start."""
    values = np.bincount(one.events.source, minlength=len(one.events.sources))
    enough = values >= LEAST_VALUES
    bounds = [(c - 4 * s, c + 4 * s) for c, s in zip(*prior, strict=True)]
    bounds += [(-1.5, 1.5) if several else (0.0, 0.0) for several in enough & (enough.sum() > 1)]
    options = {"maxiter": 30, "eps": 1e-3, "ftol": 1e-5}
    fixed = (one, departure, volatility, *prior)
    return minimize(_loss, start, args=fixed, method="L-BFGS-B", bounds=bounds, options=options).x


def tail_of(total: np.ndarray, count: np.ndarray) -> float:
    """Return the weight of the prior on volatility that makes the persons' squared surprises likeliest.

    A person's sum of squares over n values is a chi-square times a volatility whose inverse is gamma with
    mean 1 and `tail` degrees of freedom.
    """
    total, count = total[count > 1], count[count > 1]
    if len(total) < 20 or total.sum() == 0.0:  # nobody moves: nothing tells persons apart
        return USUAL_TAIL
    total = total * (count.sum() / total.sum())
    nu = TAILS[:, None]
    score = gammaln((nu + count) / 2) - gammaln(nu / 2) + nu / 2 * np.log(nu) - (nu + count) / 2 * np.log(nu + total)
    return float(TAILS[score.sum(axis=1).argmax()])


def learn_one(one: One, *, natural: float, deviation_time: float | None, seed: int) -> Learned:
    """Learn one variable: alternate the usual level, its movement, and each person's volatility.

    `natural` [units] is a fifth of a median record. `deviation_time` [units] says how long a deviation lives where
    only a short-lived one shall stand apart from the level; ``None`` looks for it.
    """
    prior = _prior(natural, deviation_time)
    small = fewer(one, np.random.default_rng(seed))
    theta = np.concatenate([prior[0], np.zeros(len(one.events.sources))])
    coefficients = regress(small, between=0.8, within=0.6)
    volatility, tail = np.ones(len(small.layout.variable)), USUAL_TAIL
    for _ in range(ROUNDS):
        departure = small.value - small.design @ coefficients
        theta = _search(small, departure, volatility, theta, prior)
        done = run(
            small.events,
            _parameters(theta),
            until=np.zeros(len(small.events.ids)),
            layout=small.layout,
            noise=_noise(theta, small),
            departure=departure,
            watch=False,
        )
        total, count = surprise_of(small.events, done)
        tail = tail_of(total, count)
        volatility = volatility_of(_parameters(theta, tail), small.layout, total, count)
        level_sd, _, _, _, _, deviation_sd, _, noise_sd = np.exp(theta[:8])
        coefficients = regress(small, between=level_sd, within=np.hypot(deviation_sd, noise_sd))
    return Learned(one, coefficients, theta, tail, *_beliefs(one, coefficients, theta))


def _beliefs(one: One, coefficients: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's level and slope at the end, and how far the values can tell them."""
    common = {
        "until": one.events.time[one.events.at[1:] - 1],
        "layout": one.layout,
        "noise": _noise(theta, one),
        "departure": one.value - one.design @ coefficients,
        "watch": False,
    }
    seen = run(one.events, _parameters(theta), **common)
    blind = run(one.events, _parameters(theta), **common, cut=np.full(len(one.events.ids), -np.inf))
    size = np.diff(one.layout.state_at)[:, None]
    diagonal = one.layout.covariance_at[:-1, None] + np.arange(2) * (size + 1)
    variance = blind.covariance[diagonal]
    known = np.maximum(1.0 - seen.covariance[diagonal] / variance, 0.0)
    return seen.state[one.layout.state_at[:-1, None] + np.arange(2)], known * np.sqrt(variance)
