"""What does the twin hold to be usual, before it has seen this patient?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.data_files import read_table

DAYS_PER_YEAR = 365.25
FOREVER = 1e4  # years; stands for an empty time constant, "does not return"

# Conditions that shift the usual level, as matched by `Patient.ever_had`.
CONDITIONS = (
    "diabetes",
    "prediabetes",
    "hypertension",
    "dyslipidemia",
    "obesity",
    "kidney/chronic_kidney_disease",
    "cardiovascular",
)
PACED = ("diabetes", "hypertension", "kidney/chronic_kidney_disease")  # conditions that change the pace of change
TERMS = ("one", "male", *CONDITIONS, "age", "age_squared", "elapsed", "years", *(f"years x {name}" for name in PACED))
FIXED = slice(0, 2 + len(CONDITIONS))  # terms that do not move with time
AGE, AGE_SQUARED, ELAPSED = (TERMS.index(name) for name in ("age", "age_squared", "elapsed"))
PACE = slice(TERMS.index("years"), len(TERMS))  # terms that move with the years since the first value
AGE_CENTRE, AGE_SCALE = 60.0, 10.0  # years


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Hyperparameters of the twin, one entry or column a variable, on each variable's scale.

    `dynamics` holds the rows named in ``kernel.py``, rates per `unit_days`. `coefficients` is the usual
    level as a sum over `TERMS`: sex and conditions as of the day of the fit, age as it passes, a drift common to
    all that settles (`elapsed`), and the years since the first value, alone and with a condition. `noise` is the
    variance of a single measurement by source; ``""`` serves a source without its own entry. `tail` is the
    weight, in values, of the prior on how volatile a person is. `drift`, `stretch` and `freedom` mend forecasts
    as a rehearsal taught (`learn.rehearsed`).
    """

    variables: tuple[str, ...]
    unit_days: float
    power: np.ndarray
    low: np.ndarray  # natural limits a value is held inside
    high: np.ndarray
    coefficients: np.ndarray  # (variables, terms)
    dynamics: np.ndarray  # (7, variables)
    noise: Mapping[str, np.ndarray]
    tail: np.ndarray
    drift: np.ndarray
    stretch: np.ndarray
    freedom: np.ndarray
    prior_corr: np.ndarray  # of (levels, slopes)
    level_corr: np.ndarray
    deviation_corr: np.ndarray
    basis: str

    def predictive(self, column, centre: np.ndarray, variance: np.ndarray, count) -> tuple:
        """Return centre, scale and degrees of freedom of the t distribution a new value is forecast with.

        Parameters
        ----------
        column
            Variable(s).
        centre, variance
            Of the Gaussian forecast, on the variable's scale.
        count
            Values that informed the person's volatility.
        """
        sd = np.sqrt(variance)
        freedom = np.minimum(self.tail[column] + count, self.freedom[column])
        return centre + self.drift[column] * sd, self.stretch[column] * sd, freedom

    def index(self) -> dict[str, int]:
        """Return the column of each variable."""
        return {name: column for column, name in enumerate(self.variables)}

    def noise_table(self, sources: tuple[str, ...]) -> np.ndarray:
        """Return the variance of a measurement, one row a source of `sources`."""
        return np.array([self.noise.get(source, self.noise[""]) for source in sources])


def _number(text: str, default: float = np.nan) -> float:
    return float(text) if text else default


def _correlations(names: tuple[str, ...], block: str) -> np.ndarray:
    """Read one block of ``correlations.csv``; what is not listed is zero."""
    place = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(names))
    for row in read_table("longitudinal/correlations.csv"):
        if row["block"] == block:
            i, k = place[row["a"]], place[row["b"]]
            matrix[i, k] = matrix[k, i] = float(row["correlation"])
    return nearest_correlation(matrix)


def nearest_correlation(matrix: np.ndarray) -> np.ndarray:
    """Return a positive definite correlation matrix close to `matrix`."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    mended = (vectors * np.maximum(values, 0.02)) @ vectors.T
    scale = 1.0 / np.sqrt(np.diag(mended))
    return mended * np.outer(scale, scale)


def dynamics_of(rows) -> np.ndarray:
    """Lay out rows with the columns of ``dynamics.csv`` as the kernel's array, rates per year."""
    rate = [1.0 / _number(row["level_years"], FOREVER) for row in rows]
    return np.array(
        [
            [float(row["level_sd"]) for row in rows],
            rate,
            [float(row["drift_sd"]) for row in rows],
            [float(row["slope_sd"]) for row in rows],
            [1.0 / _number(row["slope_years"], FOREVER) for row in rows],
            [float(row["deviation_sd"]) for row in rows],
            [DAYS_PER_YEAR / float(row["deviation_days"]) for row in rows],
        ]
    )


@cache
def default_parameters() -> Parameters:
    """Return the shipped hyperparameters, from ``data/longitudinal``."""
    rows = read_table("longitudinal/dynamics.csv")
    names = tuple(row["variable"] for row in rows)
    place = {name: i for i, name in enumerate(names)}
    coefficients = np.zeros((len(names), len(TERMS)))
    for row in read_table("longitudinal/means.csv"):
        coefficients[place[row["variable"]], TERMS.index(row["term"])] = float(row["coefficient"])
    noise = {"": np.array([float(row["noise_sd"]) ** 2 for row in rows])}
    for row in read_table("longitudinal/noise.csv"):
        noise.setdefault(row["source"], noise[""].copy())[place[row["variable"]]] = float(row["noise_sd"]) ** 2
    return Parameters(
        variables=names,
        unit_days=DAYS_PER_YEAR,
        power=np.array([float(row["power"]) for row in rows]),
        low=np.array([float(row["low"]) for row in rows]),
        high=np.array([float(row["high"]) for row in rows]),
        coefficients=coefficients,
        dynamics=dynamics_of(rows),
        noise=noise,
        tail=np.array([float(row["tail_values"]) for row in rows]),
        drift=np.zeros(len(names)),
        stretch=np.array([float(row["stretch"]) for row in rows]),
        freedom=np.array([_number(row["freedom"], np.inf) for row in rows]),
        prior_corr=_correlations((*(f"{n} level" for n in names), *(f"{n} slope" for n in names)), "prior"),
        level_corr=_correlations(names, "level"),
        deviation_corr=_correlations(names, "deviation"),
        basis="shipped",
    )
