"""Where do a person's levels stand, and how do they move?"""

import numpy as np

from twin.data_files import read_table
from twin.demo.people import People
from twin.demo.settings import DAYS_PER_YEAR, Biomarkers, biomarkers

DIASTOLIC_SHARE = 0.55  # of a fall or rise of systolic pressure that treatment or regime brings; a demo setting

SOFT_FLOORS = {"systolic_bp": 104.0, "diastolic_bp": 58.0, "heart_rate": 52.0}  # below them the body resists
THIN_BMI = 19.0  # below it too [kg/m2]


class Body:
    """The levels of everybody, moved forward in time together.

    A level is the usual one for sex and age, the person's own distance from it, a wandering slope, what
    diseases add, and what treatment and a change of regime add. The deviation around it is short-lived.
    """

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        self.people, self.rng, self.settings = people, rng, biomarkers()
        shape = people.offsets.shape
        self.drift = np.zeros(shape)
        self.slope = people.slopes.copy()
        self.deviation = self.settings.deviation_sd * rng.standard_normal(shape)
        self.kidney_loss = people.kidney_loss.copy()
        self._weight = self.settings.column("weight")
        self._height_term = 2.0 * np.log(people.height / 100.0)
        self._shifts = _shift_table(self.settings)
        self._couplings = _coupling_table(self.settings)

    def advance(self, days: np.ndarray, day: np.ndarray) -> None:
        """Move drift, slope and deviation on by `days`, to `day`; zero days change nothing."""
        s, years = self.settings, (days / DAYS_PER_YEAR)[:, None]
        first, second, third = self.rng.standard_normal((3, *self.drift.shape))
        # Exact for an integrated random walk: the two increments correlate with sqrt(3)/2.
        slope_step = s.slope_wander * np.sqrt(years) * first
        area = s.slope_wander * years**1.5 * (first / 2.0 + second / np.sqrt(12.0))
        self.drift += self.slope * years + area
        self.slope += slope_step
        keep = np.exp(-days[:, None] / s.deviation_days)
        self.deviation = keep * self.deviation + s.deviation_sd * np.sqrt(1.0 - keep**2) * third
        fails = self.people.kidney_day <= day
        failing_days = np.minimum(days, day - self.people.kidney_day)
        self.kidney_loss += fails * self.people.kidney_rate * failing_days / DAYS_PER_YEAR

    def own(self, day: np.ndarray, states: dict[str, np.ndarray]) -> np.ndarray:
        """Return the levels without treatment, (people, variables).

        Parameters
        ----------
        day
            One day a person.
        states
            Cause of ``shifts.csv`` to who has it.
        """
        s, people = self.settings, self.people
        age = np.clip(people.age(day), s.ages[0], s.ages[-1])
        upper = np.clip(np.searchsorted(s.ages, age), 1, len(s.ages) - 1)
        share = ((age - s.ages[upper - 1]) / (s.ages[upper] - s.ages[upper - 1]))[:, None]
        sex = people.is_male.astype(int)
        between = (1.0 - share) * s.between_sd[sex, upper - 1] + share * s.between_sd[sex, upper]
        levels = (1.0 - share) * s.usual[sex, upper - 1] + share * s.usual[sex, upper]
        levels += people.offsets * between + self.drift
        levels[:, self._weight] += self._height_term
        for cause, shift in self._shifts.items():
            levels += states[cause][:, None] * shift
        levels[:, s.column("hba1c")] += self._glucose_shift(day)
        levels[:, s.column("egfr")] -= self.kidney_loss
        return levels

    def _glucose_shift(self, day: np.ndarray) -> np.ndarray:
        people = self.people
        years = (day - people.diabetes_day) / DAYS_PER_YEAR
        rise = people.diabetes_size / (1.0 + np.exp(-np.clip(1.5 * years, -30.0, 30.0)))
        return rise + people.diabetes_growth * np.clip(years, 0.0, 12.0)

    def combine(self, own: np.ndarray, treatment: np.ndarray, regime: np.ndarray) -> np.ndarray:
        """Add what treatment and a change of regime do, and what one variable does to another."""
        s = self.settings
        levels = own + treatment + regime
        fall = treatment[:, s.column("systolic_bp")] + regime[:, s.column("systolic_bp")]
        levels[:, s.column("diastolic_bp")] += DIASTOLIC_SHARE * fall
        natural = s.natural(levels)
        for driver, variable, below, slope in self._couplings:
            levels[:, variable] += slope * np.minimum(natural[:, driver] - below, 0.0)
        levels[:, s.column("hba1c")] = np.maximum(levels[:, s.column("hba1c")], 4.3)
        levels[:, s.column("egfr")] = np.clip(levels[:, s.column("egfr")], np.log(5.0), np.log(135.0))
        levels[:, s.column("ldl_cholesterol")] = np.maximum(levels[:, s.column("ldl_cholesterol")], np.log(20.0))
        thinness = np.minimum(levels[:, self._weight] - self._height_term - np.log(THIN_BMI), 0.0)
        levels[:, self._weight] -= 0.6 * thinness
        for name, floor in SOFT_FLOORS.items():
            low = np.minimum(levels[:, s.column(name)] - floor, 0.0)
            levels[:, s.column(name)] -= 0.75 * low
        return levels

    def felt(self, levels: np.ndarray) -> np.ndarray:
        """Return the levels with their short-lived deviation, which glucose in diabetes makes larger."""
        deviation = self.deviation.copy()
        hba1c = self.settings.column("hba1c")
        deviation[:, hba1c] *= 1.0 + 2.0 * (levels[:, hba1c] > 6.2)
        return levels + deviation


def _shift_table(settings: Biomarkers) -> dict[str, np.ndarray]:
    shifts: dict[str, np.ndarray] = {}
    for row in read_table("demo/shifts.csv"):
        vector = shifts.setdefault(row["cause"], np.zeros(len(settings.names)))
        vector[settings.column(row["variable"])] = float(row["shift"])
    return shifts


def _coupling_table(settings: Biomarkers) -> list[tuple[int, int, float, float]]:
    return [
        (settings.column(row["driver"]), settings.column(row["variable"]), float(row["below"]), float(row["slope"]))
        for row in read_table("demo/couplings.csv")
    ]
