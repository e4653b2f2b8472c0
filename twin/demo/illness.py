"""When does a new disease strike, and when does somebody die?"""

from dataclasses import dataclass

import numpy as np

from twin.data_files import read_table
from twin.demo.people import HISTORY_YEARS, People
from twin.demo.settings import DAYS_PER_YEAR

NEVER_DAY = np.inf
EVENTS = (
    "cardiovascular/coronary",
    "cardiovascular/coronary/myocardial_infarction",
    "cardiovascular/stroke",
    "cardiovascular/transient_ischemic_attack",
    "cardiovascular/peripheral_artery_disease",
    "cardiovascular/heart_failure",
)
ATHEROSCLEROTIC = EVENTS[:5]
DEATH = "death"


@dataclass(slots=True, eq=False)
class Illness:
    """What each person has had since when; `day` maps an outcome of ``hazards.csv`` to a day, infinite for never."""

    people: People
    day: dict[str, np.ndarray]

    def has(self, outcome: str, day: np.ndarray) -> np.ndarray:
        """Say who has had an outcome by a day."""
        return self.day[outcome] <= day

    def had_any(self, outcomes: tuple[str, ...], day: np.ndarray) -> np.ndarray:
        """Say who has had at least one of several outcomes by a day."""
        return np.any([self.day[outcome] <= day for outcome in outcomes], axis=0)

    def states(self, day: np.ndarray) -> dict[str, np.ndarray]:
        """Return who is in each state that ``shifts.csv`` names, on a day."""
        people = self.people
        return {
            "diabetes": people.diabetes_day <= day,
            "kidney/chronic_kidney_disease": people.kidney_day <= day,
            "smoking": people.smokes(day),
            **{outcome: self.has(outcome, day) for outcome in self.day},
        }

    def rates(
        self, day: np.ndarray, *, systolic: np.ndarray, ldl: np.ndarray, egfr: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return the rate of each outcome for each person, per year."""
        people = self.people
        states = self.states(day)
        terms = {
            "age_per_10": (people.age(day) - 60.0) / 10.0,
            "male": people.is_male.astype(float),
            "smoking": states["smoking"].astype(float),
            "diabetes": states["diabetes"].astype(float),
            "systolic_per_20": (systolic - 130.0) / 20.0,
            "ldl_per_39": (ldl - 120.0) / 39.0,
            "egfr_per_15_below_60": np.maximum(60.0 - egfr, 0.0) / 15.0,
            "prior_event": self.had_any(EVENTS, day).astype(float),
        }
        found = {}
        for row in read_table("demo/hazards.csv"):
            log_rate = np.log(float(row["per_year"])) + sum(float(row[term]) * value for term, value in terms.items())
            found[row["outcome"]] = np.exp(np.minimum(log_rate, np.log(0.6)))
        return found

    def strike(
        self,
        rng: np.random.Generator,
        day: np.ndarray,
        until: np.ndarray,
        rates: dict[str, np.ndarray],
        at_risk: np.ndarray,
    ) -> np.ndarray:
        """Draw what happens between two days, and return the day of the first event of each, infinite for none.

        Parameters
        ----------
        at_risk
            Who is followed at all.
        """
        first = np.full(len(day), NEVER_DAY)
        for outcome, rate in rates.items():
            when = day + DAYS_PER_YEAR * rng.exponential(1.0, len(day)) / rate
            happens = at_risk & (when < until) & (self.day[outcome] == NEVER_DAY) & (when < self.day[DEATH])
            self.day[outcome][happens] = when[happens]
            if outcome in EVENTS:
                first[happens] = np.minimum(first[happens], when[happens])
        return np.where(first < self.day[DEATH], first, NEVER_DAY)


def with_history(people: People, rng: np.random.Generator) -> Illness:
    """Return people with what they have behind them when they come to the clinic."""
    never = {row["outcome"]: np.full(len(people), NEVER_DAY) for row in read_table("demo/hazards.csv")}
    illness = Illness(people, never)
    usual = np.full(len(people), 1.0)
    rates = illness.rates(people.entry_day, systolic=136.0 * usual, ldl=130.0 * usual, egfr=85.0 * usual)
    for outcome, rate in rates.items():
        if outcome == DEATH:
            continue
        had = rng.random(len(people)) < -np.expm1(-rate * HISTORY_YEARS)
        before = np.minimum(rng.uniform(0.2, HISTORY_YEARS, len(people)), people.age(people.entry_day) - 20.0)
        illness.day[outcome][had] = (people.entry_day - DAYS_PER_YEAR * before)[had]
    return illness
