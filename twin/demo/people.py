"""Who comes to the clinic?"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.data_files import read_table
from twin.demo.settings import DAYS_PER_YEAR, SEXES, biomarkers, norm_ages

YEARS = 12
YOUNGEST, OLDEST = 30.0, 90.0
NEVER, FORMER, CURRENT = 0, 1, 2
# Outcomes of ``hazards.csv`` that people may have behind them when they come.
HISTORY_YEARS = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody of the panel, one entry a person; days count from the first day of the panel."""

    start: np.datetime64
    end_day: float
    is_male: np.ndarray
    birth_day: np.ndarray  # negative
    entry_day: np.ndarray
    height: np.ndarray  # cm
    offsets: np.ndarray  # (people, variables), in standard deviations between people
    slopes: np.ndarray  # (people, variables), per year
    adherence: np.ndarray  # share of doses taken
    smoking: np.ndarray
    quit_day: np.ndarray
    diabetes_day: np.ndarray  # when glucose begins to rise for good; NaN for never
    is_type_1: np.ndarray
    diabetes_size: np.ndarray  # rise of HbA1c [%]
    diabetes_growth: np.ndarray  # further rise [% per year]
    kidney_day: np.ndarray  # when the kidneys begin to fail; NaN for never
    kidney_loss: np.ndarray  # of ln eGFR before the panel
    kidney_rate: np.ndarray  # of ln eGFR per year
    names: tuple[tuple[str, str], ...]  # family, given

    def __len__(self) -> int:
        return len(self.is_male)

    def age(self, day: np.ndarray) -> np.ndarray:
        """Return the age on a day, in years."""
        return (day - self.birth_day) / DAYS_PER_YEAR

    def dates(self, day: np.ndarray) -> np.ndarray:
        """Return days as calendar days."""
        return self.start + np.floor(day).astype("timedelta64[D]")

    def smokes(self, day: np.ndarray) -> np.ndarray:
        """Say who smokes on a day."""
        return (self.smoking == CURRENT) & ~(self.quit_day <= day)


def first_day(today: date) -> np.datetime64:
    """Return the panel's first day: the same day `YEARS` earlier, 28 February for a leap day."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return np.datetime64(date(today.year - YEARS, today.month, day))


def _ages(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw ages on the last day, mean about 63, inside the panel's limits."""
    ages = rng.normal(63.0, 13.5, n)
    outside = (ages < YOUNGEST + 1) | (ages > OLDEST)
    ages[outside] = rng.uniform(YOUNGEST + 1, OLDEST, outside.sum())
    return ages


def _names(rng: np.random.Generator, is_male: np.ndarray) -> tuple[tuple[str, str], ...]:
    rows = read_table("demo/names.csv")
    family = [row["name"] for row in rows if row["part"] == "family"]
    given = [[row["name"] for row in rows if row["part"] == f"given_{sex}"] for sex in SEXES]
    # A walk with a step coprime to the number of pairs meets every pair before it repeats one.
    pairs = len(family) * len(given[0])
    order = (np.arange(len(is_male)) * 677 + rng.integers(pairs)) % pairs
    drawn = zip(order.tolist(), is_male.astype(int).tolist(), strict=True)
    return tuple((family[k % len(family)], given[sex][k // len(family)]) for k, sex in drawn)


def _heights(rng: np.random.Generator, is_male: np.ndarray, age: np.ndarray) -> np.ndarray:
    rows = {(r["sex"], r["age_low"]): r for r in read_table("demo/nhanes.csv") if r["variable"] == "height"}
    lows = sorted({low for _, low in rows}, key=int)
    group = np.abs(age[:, None] - norm_ages()).argmin(axis=1)
    table = np.array([[(float(rows[s, low]["mean"]), float(rows[s, low]["sd"])) for low in lows] for s in SEXES])
    mean, sd = table[is_male.astype(int), group].T
    return np.clip(mean + sd * rng.standard_normal(len(age)), 145.0, 205.0)


def _diabetes(
    rng: np.random.Generator, age: np.ndarray, entry: np.ndarray, bmi_offset: np.ndarray
) -> dict[str, np.ndarray]:
    n = len(age)
    odds = np.exp(-0.95 + 0.035 * (age - 58.0) + 0.8 * bmi_offset)
    had = rng.random(n) < odds / (1.0 + odds)
    before = rng.gamma(1.5, 4.0, n)
    wait = rng.exponential(1.0, n) / (0.013 * np.exp(0.02 * (age - 58.0) + 0.7 * bmi_offset))
    day = entry + DAYS_PER_YEAR * np.where(had, -np.minimum(before, age - 25.0), wait)
    is_type_1 = had & (rng.random(n) < 0.05)
    return {
        "diabetes_day": day,
        "is_type_1": is_type_1,
        "diabetes_size": np.clip(rng.normal(1.9, 0.6, n), 1.0, 3.6) + 1.5 * is_type_1,
        "diabetes_growth": np.clip(rng.normal(0.09, 0.06, n), 0.0, 0.25),
    }


def _kidneys(
    rng: np.random.Generator, age: np.ndarray, entry: np.ndarray, has_diabetes: np.ndarray
) -> dict[str, np.ndarray]:
    n = len(age)
    odds = np.exp(-2.35 + 0.05 * (age - 58.0) + 0.9 * has_diabetes)
    had = rng.random(n) < odds / (1.0 + odds)
    wait = rng.exponential(1.0, n) / (0.009 * np.exp(0.04 * (age - 58.0) + 0.8 * has_diabetes))
    return {
        "kidney_day": entry + DAYS_PER_YEAR * np.where(had, -rng.uniform(0.5, 8.0, n), wait),
        "kidney_loss": had * rng.uniform(0.2, 0.6, n),
        "kidney_rate": np.clip(rng.lognormal(np.log(0.035), 0.6, n), 0.01, 0.16),
    }


def make_people(rng: np.random.Generator, n: int, today: date) -> People:
    """Draw the people of the panel.

    Parameters
    ----------
    rng
        Source of randomness; equal states give equal people.
    n
        How many.
    today
        The panel's last day.
    """
    settings = biomarkers()
    variables = len(settings.names)
    start = first_day(today)
    end = float((np.datetime64(today) - start).astype(int))
    is_male = rng.random(n) < 0.52
    age_at_end = _ages(rng, n)
    # Most come in the first year, the rest later; nobody comes before the age of 30.
    entry = np.where(rng.random(n) < 0.65, rng.uniform(0.0, 365.0, n), end * rng.beta(1.2, 2.5, n))
    entry = np.floor(np.clip(np.maximum(entry, end - DAYS_PER_YEAR * (age_at_end - YOUNGEST)), 0.0, end - 300.0))
    age = age_at_end - (end - entry) / DAYS_PER_YEAR
    offsets = np.clip(rng.standard_normal((n, variables)) @ settings.correlation_root.T, -2.8, 2.8)
    smoking = rng.choice([NEVER, FORMER, CURRENT], n, p=[0.54, 0.28, 0.18])
    diabetes = _diabetes(rng, age, entry, offsets[:, settings.column("weight")])
    return People(
        start=start,
        end_day=end,
        is_male=is_male,
        birth_day=np.floor(end - DAYS_PER_YEAR * age_at_end),
        entry_day=entry,
        height=_heights(rng, is_male, age),
        offsets=offsets,
        slopes=rng.standard_normal((n, variables)) * settings.slope_sd,
        adherence=rng.beta(9.0, 1.6, n),
        smoking=smoking,
        quit_day=np.where(smoking == CURRENT, entry + DAYS_PER_YEAR * rng.exponential(14.0, n), np.nan),
        **diabetes,
        **_kidneys(rng, age, entry, diabetes["diabetes_day"] <= entry),
        names=_names(rng, is_male),
    )
