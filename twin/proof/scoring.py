"""How good was a forecast: how far off, how well as a whole, and did its bands hold?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from twin.physiology.longitudinal import Parameters
from twin.physiology.longitudinal.scale import forward, inverse

QUANTILES = np.arange(1, 100) / 100.0
BANDS = (50, 80, 95)
NORMAL_95 = 1.959963985
NEGLIGIBLE = 1e-6  # share of the twin's score from which a naive one is more than a rounding
_ROWS = 20_000  # forecasts scored at a time


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Forecasts of values of one variable: t distributions on the variable's scale, one a value."""

    centre: np.ndarray
    scale: np.ndarray
    freedom: np.ndarray
    power: float
    low: float
    high: float

    @classmethod
    def of(cls, parameters: Parameters, column: int, centre, scale, freedom) -> "Forecasts":
        """Return forecasts of the variable in a column of the parameters."""
        limits = (float(getattr(parameters, name)[column]) for name in ("power", "low", "high"))
        return cls(*(np.asarray(part, dtype=float) for part in (centre, scale, freedom)), *limits)

    def quantiles(self, part: slice) -> np.ndarray:
        """Return every percentile of some of the forecasts, in natural units."""
        freedom, which = np.unique(self.freedom[part], return_inverse=True)  # there are few
        spread = stdtrit(freedom[:, None], QUANTILES)[which] * self.scale[part, None]
        return inverse(self.centre[part, None] + spread, self.power, self.low, self.high)

    def band_of(self, value: np.ndarray) -> np.ndarray:
        """Return how wide a central band must be to hold each value: 80 if it lies at the edge of the 80 % band."""
        z = (forward(value, self.power) - self.centre) / self.scale
        return np.abs(stdtr(self.freedom, z) - 0.5) * 200.0


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What each forecast cost: its error, value minus point forecast, and its CRPS, both in natural units."""

    error: np.ndarray
    crps: np.ndarray

    @property
    def rmse(self) -> float:
        """Return the root mean square error."""
        return float(np.sqrt(np.mean(self.error**2)))

    @property
    def mean_error(self) -> float:
        """Return the mean error without its sign."""
        return float(np.mean(np.abs(self.error)))


def scores(value: np.ndarray, quantiles: Callable[[slice], np.ndarray], point: np.ndarray | None = None) -> Scores:
    """Score forecasts given by their percentiles.

    The continuous ranked probability score is twice the mean pinball loss over the percentiles; the point
    forecast is their mean unless given.
    """
    error, crps = np.empty(len(value)), np.empty(len(value))
    for start in range(0, len(value), _ROWS):
        part = slice(start, start + _ROWS)
        forecast = quantiles(part)
        off = value[part, None] - forecast
        crps[part] = 2.0 * np.maximum(QUANTILES * off, (QUANTILES - 1.0) * off).mean(axis=1)
        error[part] = value[part] - (forecast.mean(axis=1) if point is None else point[part])
    return Scores(error, crps)


def naive_scores(value: np.ndarray, point: np.ndarray, errors: np.ndarray) -> Scores:
    """Score a naive forecast that expects the errors of its rehearsal around each point."""
    expected = np.quantile(errors, QUANTILES)
    return scores(value, lambda part: point[part, None] + expected, point)


def beside_naive(measure: dict[str, float]) -> float:
    """Return the twin's score over that of the best naive forecast; below 1 it is better.

    Where a naive forecast makes no error, as of values that never change, infinite unless the twin makes none too.
    """
    twin, best = measure["twin"], min(value for who, value in measure.items() if who != "twin")
    if best > NEGLIGIBLE * twin:
        return twin / best
    return 1.0 if twin == best else float("inf")


def quarter_of(centre: np.ndarray) -> np.ndarray:
    """Return in which quarter of the range of some forecasts each lies, 0 the lowest."""
    return np.digitize(centre, np.quantile(centre, [0.25, 0.5, 0.75]))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some values of some patients met a condition, and the 95 % range of their share."""

    n: int
    patients: int
    hits: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Return the share itself."""
        return self.hits / self.n


def share(hits: np.ndarray, person: np.ndarray) -> Share | None:
    """Return the share of hits; ``None`` without values.

    The range is Wilson's for as many independent values as these are worth: values of one patient that hit and
    miss together tell less than as many of different patients.
    """
    n = len(hits)
    if n == 0:
        return None
    p = float(np.mean(hits))
    _, group = np.unique(person, return_inverse=True)
    patients = int(group.max()) + 1
    binomial = p * (1.0 - p) / n
    clustered = float(np.sum(np.bincount(group, hits - p) ** 2)) / n**2
    worth = n * binomial / max(clustered, binomial) if binomial > 0 else float(patients)
    z2 = NORMAL_95**2 / worth
    middle, half = (p + z2 / 2.0) / (1.0 + z2), np.sqrt(z2 * p * (1.0 - p) + z2**2 / 4.0) / (1.0 + z2)
    return Share(n, patients, int(np.sum(hits)), max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def mean_difference(a: np.ndarray, b: np.ndarray, person: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of `a` minus `b` with its 95 % range, the patients being what is drawn."""
    off = a - b
    mean = float(np.mean(off))
    _, group = np.unique(person, return_inverse=True)
    half = NORMAL_95 * float(np.sqrt(np.sum(np.bincount(group, off - mean) ** 2))) / len(off)
    return mean, mean - half, mean + half
