"""Which settings is the demo panel made from?"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.data_files import read_table

DAYS_PER_YEAR = 365.25
QUARTILES_APART = 1.349  # standard deviations between the quartiles of a normal distribution
SEXES = ("female", "male")


@dataclass(frozen=True, slots=True, eq=False)
class Biomarkers:
    """The variables that the panel's bodies have, one entry or row each, on the scale they move on.

    `usual` and `between_sd` are what people without treatment have, by sex and by the ages `ages`.
    `noise_cv` and `noise_sd` are the variation within a person and of the method, of one measurement.
    """

    names: tuple[str, ...]
    is_log: np.ndarray
    ages: np.ndarray
    usual: np.ndarray  # (sexes, ages, variables)
    between_sd: np.ndarray  # (sexes, ages, variables)
    slope_sd: np.ndarray  # per year
    slope_wander: np.ndarray  # of the slope, per square root of a year
    deviation_sd: np.ndarray
    deviation_days: np.ndarray
    noise_cv: np.ndarray
    noise_sd: np.ndarray
    correlation_root: np.ndarray

    def column(self, name: str) -> int:
        """Return the place of a variable."""
        return self.names.index(name)

    def natural(self, levels: np.ndarray) -> np.ndarray:
        """Bring levels, one column a variable, to natural units."""
        return np.where(self.is_log, np.exp(np.where(self.is_log, levels, 0.0)), levels)


def _number(text: str) -> float:
    return float(text) if text else 0.0


@cache
def _norms() -> dict[tuple[str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in read_table("demo/nhanes.csv"):
        found.setdefault((row["variable"], row["sex"]), []).append(row)
    return found


def norm_ages() -> np.ndarray:
    """Return the middle of each age group of ``nhanes.csv``, in years."""
    rows = _norms()["systolic_bp", "female"]
    return np.array([(float(r["age_low"]) + float(r["age_high"] or 82) + 1) / 2 for r in rows])


def _usual(row: dict[str, str], sex: str) -> tuple[np.ndarray, np.ndarray]:
    """Return centre and spread by age on the scale of the variable, as the survey found them."""
    is_log = row["scale"] == "log"
    if row["usual"]:
        centre, spread = np.full(5, float(row["usual"])), np.full(5, float(row["usual_sd"]))
        return (np.log(centre), spread / centre) if is_log else (centre, spread)

    def by_age(column: str) -> np.ndarray:
        return np.array([float(group[column]) for group in _norms()[row["norm"], sex]])

    if row["norm_by"] == "mean":
        return by_age("mean"), by_age("sd")
    low, middle, high = (np.log(by_age(c)) if is_log else by_age(c) for c in ("p25", "p50", "p75"))
    return middle, (high - low) / QUARTILES_APART


def _noise() -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (row["variable"], row["source_kind"]): (
            float(np.hypot(_number(row["within_person_cv"]), _number(row["analytical_cv"]))),
            float(np.hypot(_number(row["within_person_sd"]), _number(row["analytical_sd"]))),
        )
        for row in read_table("variation.csv")
    }


def noise_of(variable: str, source: str) -> tuple[float, float]:
    """Return the coefficient of variation and the standard deviation of one measurement."""
    return _noise()[variable, source]


def _correlation_root(names: tuple[str, ...]) -> np.ndarray:
    matrix = np.eye(len(names))
    for row in read_table("demo/correlations.csv"):
        i, k = names.index(row["a"]), names.index(row["b"])
        matrix[i, k] = matrix[k, i] = float(row["correlation"])
    return np.linalg.cholesky(matrix)


def _untreated(rows: tuple[dict[str, str], ...]) -> np.ndarray:
    """Return by age and variable how far people without treatment stand from the survey's, who are partly treated."""
    shift, per_decade = (np.array([float(row[c]) for row in rows]) for c in ("untreated_shift", "untreated_per_decade"))
    return shift + per_decade * (norm_ages()[:, None] - 50.0) / 10.0


@cache
def biomarkers() -> Biomarkers:
    """Return the settings of every variable, from ``data/demo/biomarkers.csv`` and the survey's levels."""
    rows = read_table("demo/biomarkers.csv")
    names = tuple(row["variable"] for row in rows)
    is_log = np.array([row["scale"] == "log" for row in rows])
    by_sex = [[_usual(row, sex) for row in rows] for sex in SEXES]
    usual = np.array([[centre for centre, _ in variables] for variables in by_sex]).transpose(0, 2, 1)
    surveyed_sd = np.array([[spread for _, spread in variables] for variables in by_sex]).transpose(0, 2, 1)
    noise = np.array([_noise()[row["variable"], row["source_kind"]] for row in rows])
    deviation_sd = np.array([float(row["deviation_sd"]) for row in rows])
    per_measurement = np.where(is_log, noise[:, 0], np.hypot(noise[:, 0] * np.abs(usual), noise[:, 1]))
    # One value of one person holds noise and deviation too; what is left is between people, at least a third.
    between = np.maximum(surveyed_sd**2 - per_measurement**2 - deviation_sd**2, surveyed_sd**2 / 3.0)
    return Biomarkers(
        names=names,
        is_log=is_log,
        ages=norm_ages(),
        usual=usual + _untreated(rows),
        between_sd=np.sqrt(between),
        slope_sd=np.array([float(row["slope_sd"]) for row in rows]),
        slope_wander=np.array([float(row["slope_wander"]) for row in rows]),
        deviation_sd=deviation_sd,
        deviation_days=np.array([float(row["deviation_days"]) for row in rows]),
        noise_cv=noise[:, 0],
        noise_sd=noise[:, 1],
        correlation_root=_correlation_root(names),
    )


def codes(kind: str) -> dict[str, dict[str, str]]:
    """Return the codes of one kind of ``data/demo/codes.csv`` by key."""
    return {row["key"]: row for row in read_table("demo/codes.csv") if row["kind"] == kind}
