"""Which tests are done at a visit, and what does each read?"""

import numpy as np

from twin.data_files import read_table
from twin.demo.kidney import creatinine_at, filtration
from twin.demo.people import People
from twin.demo.settings import biomarkers, noise_of
from twin.variables import variable

LOST = 0.03  # of ordered tests that give no result
PRESSURES_ALIKE = 0.6  # correlation of the errors of systolic and diastolic in one reading
STATES = ("diabetes", "kidney", "heart_or_lung", "watched")
VLDL_PER_TRIGLYCERIDES = 5.0  # Friedewald, mg/dL
FRIEDEWALD_LIMIT = 400.0  # triglycerides above it make the formula invalid [mg/dL]
VLDL_PER_HIGH_TRIGLYCERIDES = 8.0


class Measuring:
    """How the clinic measures: which tests, with which error, rounded as reported."""

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        self.people, self.rng, self.settings = people, rng, biomarkers()
        rows = {row["variable"]: row for row in read_table("demo/tests.csv")}
        ordered = [rows[name] for name in self.settings.names]
        panels = sorted({row["panel"] for row in ordered})
        self._panel = np.array([panels.index(row["panel"]) for row in ordered])
        self._at_visits = np.array([row["occasion"] == "visit" for row in ordered])
        self._shares = np.array([[float(row[c] or 0.0) for row in ordered] for c in ("everybody", *STATES)])
        self._decimals = [variable(name).decimals for name in self.settings.names]
        self._creatinine_cv = noise_of("creatinine", "laboratory")[0]

    def order(self, here: np.ndarray, at_laboratory: np.ndarray, states: dict[str, np.ndarray]) -> np.ndarray:
        """Return which tests give a result, (people, variables).

        Parameters
        ----------
        here
            Who is at the clinic.
        at_laboratory
            Who gives blood and urine.
        states
            Of `STATES`, who is in each.
        """
        n = len(here)
        share = np.broadcast_to(self._shares[0], (n, len(self._panel)))
        for row, state in enumerate(STATES, start=1):
            share = np.where(states[state][:, None], np.maximum(share, self._shares[row]), share)
        wish = self.rng.random((n, self._panel.max() + 1))[:, self._panel] < share
        done = wish & (self._at_visits | at_laboratory[:, None]) & here[:, None]
        return done & (self._at_visits | (self.rng.random(done.shape) >= LOST))

    def read(self, felt: np.ndarray, day: np.ndarray, done: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the results, natural units as reported, (people, variables), and creatinine.

        Parameters
        ----------
        felt
            Levels with their short-lived deviation, (people, variables).
        done
            As `order` returns it; the rest is NaN.
        """
        s = self.settings
        error = self.rng.standard_normal(felt.shape)
        systolic, diastolic = s.column("systolic_bp"), s.column("diastolic_bp")
        error[:, diastolic] *= np.sqrt(1.0 - PRESSURES_ALIKE**2)
        error[:, diastolic] += PRESSURES_ALIKE * error[:, systolic]
        sd = np.where(s.is_log, s.noise_cv, np.hypot(s.noise_cv * np.abs(felt), s.noise_sd))
        values = s.natural(felt + sd * error)
        creatinine = self._kidneys(values, felt, error, day)
        values[:, s.column("spo2")] = np.minimum(values[:, s.column("spo2")], 100.0)
        for column, decimals in enumerate(self._decimals):
            values[:, column] = np.round(values[:, column], decimals)
        values[:, diastolic] = np.minimum(values[:, diastolic], values[:, systolic] - 15.0)
        values[:, s.column("uacr")] = np.maximum(values[:, s.column("uacr")], 1.0)
        values[~done] = np.nan
        return values, np.where(done[:, s.column("egfr")], creatinine, np.nan)

    def _kidneys(self, values: np.ndarray, felt: np.ndarray, error: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Measure creatinine and put the filtration rate it gives into `values`."""
        column = self.settings.column("egfr")
        person = {"age": np.floor(self.people.age(day)), "is_male": self.people.is_male}
        true = creatinine_at(egfr=np.exp(felt[:, column]), **person)
        creatinine = np.round(true * np.exp(-self._creatinine_cv * error[:, column]), 2)
        values[:, column] = filtration(creatinine=creatinine, **person)
        return creatinine


def total_cholesterol(*, ldl: np.ndarray, hdl: np.ndarray, triglycerides: np.ndarray) -> np.ndarray:
    """Return the total whose parts Friedewald's formula takes apart again, in mg/dL."""
    per = np.where(triglycerides < FRIEDEWALD_LIMIT, VLDL_PER_TRIGLYCERIDES, VLDL_PER_HIGH_TRIGLYCERIDES)
    return np.round(ldl + hdl + triglycerides / per)
