"""What do rehearsed forecasts of one variable teach about its forecasts to come?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import beta, gammaln, stdtr

LEAST = 10  # forecasts of a variable below which nothing is mended
FREEDOMS = (3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 60.0)
# Persons that a prior of "nothing to mend" is worth: for how wide forecasts are on the whole, and for all else.
HELD, BENT = 8.0, 80.0
SCORE_WEIGHT = 4.0  # of one person's score against that prior
FADE = 0.6  # what a rehearsal one horizon further back counts
FURTHEST = 3.0  # standard deviations from the twin's forecast at which a simple one is held
SURPRISE_CAP = 2.5
# Between one window and the next, forecasts may go wrong alike for all: variance of that shift, in variances of a
# forecast, and the windows that this prior is worth.
SHIFT_VARIANCE, SHIFT_WINDOWS = 0.25, 0.5
UNTAUGHT = 3.0  # widening of the bands for what one person alone cannot teach; with n of them, an nth of it

Score = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


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
    simple: np.ndarray  # (values, 3): `simple.SIMPLE`, on the variable's scale
    known: np.ndarray  # log of the number of own values before
    elapsed: np.ndarray  # log of 1 + the horizons that the record had lasted
    back: np.ndarray  # horizons from the end of the window to the end of the record
    alike: np.ndarray  # values of the same person and variable in the window

    def where(self, used: np.ndarray) -> "Made":
        """Return some of them."""
        return Made(*(getattr(self, name)[used] for name in self.__slots__))


@dataclass(frozen=True, slots=True, eq=False)
class Mending:
    """What a rehearsal taught about the forecasts of one variable.

    The centre leans towards the simple forecasts of the person's own past as far as these did better. Centre and
    log of the scale bend along the forecast itself, in four straight pieces between the quartiles (`knots`); the
    scale also with the values known, the length of the record and how far back the window lies.
    """

    knots: np.ndarray
    middle: np.ndarray  # of the features of the scale
    centre: np.ndarray  # one, four pieces, `SIMPLE`
    scale: np.ndarray  # one, four pieces, values known, length of the record, distance from its end
    freedom: float
    widened: float  # for what changes from one window to the next, and for what few persons cannot teach
    persons: int  # that were rehearsed with
    window: float  # shortest window used, of the horizon

    @property
    def leans(self) -> np.ndarray:
        """Return the weight of each of `SIMPLE` in the centre; the twin's own forecast has what is left of one."""
        return self.centre[5:]

    def mended(self, made: Made) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return centre, scale and degrees of freedom of the mended forecasts."""
        first, second = _terms(made, self.knots, self.middle)
        sd = np.sqrt(made.variance)
        scale = sd * self.widened * np.exp(second @ self.scale)
        return made.centre + sd * (first @ self.centre), scale, np.minimum(made.freedom, self.freedom)


UNMENDED = Mending(np.zeros(3), np.zeros(7), np.zeros(8), np.zeros(8), np.inf, 1.0, 0, 0.0)


def _features(made: Made, knots: np.ndarray) -> np.ndarray:
    """Return what the scale may depend on: four pieces of the forecast, then what was known and when."""
    low, middle, high = knots
    x, unit = made.centre, max((high - low) / 2.0, 1e-9)
    pieces = (
        np.clip((x - low) / unit, -1.5, 0.0),
        np.clip((x - middle) / unit, -1.2, 0.0),
        np.clip((x - middle) / unit, 0.0, 1.2),
        np.clip((x - high) / unit, 0.0, 1.5),
    )
    return np.column_stack([*pieces, made.known, made.elapsed, made.back])


def _terms(made: Made, knots: np.ndarray, middle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the centre and of the log of the scale, in standard deviations of each forecast."""
    features = _features(made, knots) - middle
    off = (made.simple - made.centre[:, None]) / np.sqrt(made.variance)[:, None]
    one = np.ones(len(features))
    return (
        np.column_stack([one, features[:, :4], np.clip(off, -FURTHEST, FURTHEST)]),
        np.column_stack([one, features]),
    )


def mending_of(
    windows: list[tuple[float, Made]], persons: int, end: np.ndarray, shorter: Sequence[Made] = ()
) -> Mending:
    """Learn the mending of one variable from its windows; values of one person in a window count as one.

    Parameters
    ----------
    windows
        Length of each window, of the horizon, and the forecasts made in it.
    persons
        That were rehearsed with.
    end
        Mean of what is known and elapsed when the forecasts to come begin.
    shorter
        Forecasts made in shorter windows: they tell the centre where to lean, but err too little for the scale.
    """
    if sum(len(made.value) for _, made in windows) < LEAST:
        return UNMENDED
    made = _joined([part for _, part in windows])
    window = np.repeat(np.arange(len(windows)), [len(part.value) for _, part in windows])
    knots = np.quantile(made.centre, [0.25, 0.5, 0.75])
    weight = 1.0 / made.alike
    middle = np.append(np.average(_features(made, knots)[:, :4], axis=0, weights=weight), [*end, 0.0])
    first, second = _terms(made, knots, middle)
    freedom, centre, scale = _best(made, first, second)
    z = (made.value - made.centre) / np.sqrt(made.variance)
    left = np.clip((z - first @ centre) * np.exp(-second @ scale), -SURPRISE_CAP, SURPRISE_CAP)
    widened = np.sqrt(1.0 + _shift_variance(left, weight, window))
    widened *= 1.0 + UNTAUGHT / max(persons, LEAST)
    if len(shorter):
        every = _joined([made, *shorter])
        _, centre, _ = _best(every, *_terms(every, knots, middle))
    shortest = min(share for share, _ in windows)
    return Mending(knots, middle, centre, scale, freedom, float(widened), persons, shortest)


def _joined(parts: Sequence[Made]) -> Made:
    return Made(*(np.concatenate([getattr(part, name) for part in parts]) for name in Made.__slots__))


def _shift_variance(left: np.ndarray, weight: np.ndarray, window: np.ndarray) -> float:
    """Return how much the mean error varies between windows beyond chance, drawn towards the prior."""
    total = np.bincount(window, weight)
    mean = np.bincount(window, weight * left) / total
    beyond = np.maximum(mean**2 - 1.2 / total, -0.02)
    known = np.bincount(window) >= 5
    prior = SHIFT_WINDOWS * SHIFT_VARIANCE
    return max(float((beyond[known].sum() + prior) / (known.sum() + SHIFT_WINDOWS)), 0.0)


def _best(made: Made, first: np.ndarray, second: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Return degrees of freedom (at most what each value has anyway), and how centre and log scale of standardised
    errors hang on their terms.

    Terms are those of the least continuous ranked probability score: unlike the likelihood it is not swayed by
    values that repeat exactly, nor by a few far ones. The tail is the one that makes the errors likeliest then.
    """
    z = (made.value - made.centre) / np.sqrt(made.variance)
    weight = FADE ** (made.back - made.back.min()) / made.alike
    split = first.shape[1]
    ridge = np.full(split + second.shape[1], BENT)
    ridge[split] = HELD
    found, at = [], np.zeros(len(ridge))
    for nu in FREEDOMS:
        free = np.minimum(nu, made.freedom)
        score = t_score(free)

        def loss(at: np.ndarray, score: Score = score) -> tuple[float, np.ndarray]:
            scale = np.exp(second @ at[split:])
            x = (z - first @ at[:split]) / scale
            cost, slope = score(x)
            bent = second.T @ (weight * scale * (cost - x * slope))
            along = np.concatenate([-(first.T @ (weight * slope)), bent])
            return (
                float(SCORE_WEIGHT * (weight @ (scale * cost)) + 0.5 * np.sum(ridge * at**2)),
                SCORE_WEIGHT * along + ridge * at,
            )

        at = minimize(loss, at, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
        log_scale = second @ at[split:]
        x = (z - first @ at[:split]) * np.exp(-log_scale)
        found.append((float(weight @ (log_scale - t_log_density(x, free))), nu, at))
    _, nu, at = min(found, key=lambda one: one[0])
    return nu, at[:split], at[split:]


def t_log_density(x: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Return the log density of t distributions of unit scale."""
    shape = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(freedom * np.pi)
    return shape - (freedom + 1) / 2 * np.log1p(x * x / freedom)


def t_score(freedom: np.ndarray) -> Score:
    """Return a function of values: continuous ranked probability score of t distributions of unit scale (more than
    one degree of freedom), and its slope.
    """
    spread = 2.0 * np.sqrt(freedom) * beta(0.5, freedom - 0.5) / ((freedom - 1) * beta(0.5, freedom / 2) ** 2)

    def score(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        slope = 2.0 * stdtr(freedom, x) - 1.0
        density = np.exp(t_log_density(x, freedom))
        return x * slope + 2.0 * density * (freedom + x * x) / (freedom - 1) - spread, slope

    return score
