"""How likely is death from any cause, on average, for a person of this age and sex?

The table is the US population's, not the patient's: nothing else about the person enters, and every use of
it says so. Within a year of age the hazard is constant. The table of 2023 closes with "100 and older"; its rows
from 100 on are those of the table of 2021, which stays on file beside it.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from twin.errors import OutOfValidityRange
from twin.evidence.coefficients import coefficients
from twin.record.patient import Patient
from twin.risk.results import HAS_DIED, Estimate, InputUsed, RiskEstimate, Withheld
from twin.risk.trace import Constant, row
from twin.words import day

TABLE = "life_table_us_2023"
VERSIONED = f"{TABLE}@2023"
SOURCE_ID = "SRC-LIFE-TABLE-2023"
CAVEAT = "Average of the US population of this age and sex in 2023; not individualised."
SEXES = ("female", "male")


@cache
def hazard_to_birthday() -> np.ndarray:
    """Return the cumulative hazard of death from birth to each birthday, shape (2, 121): women, men."""
    rows = coefficients(TABLE)
    table = np.zeros((2, 121))
    for (_table, _version, sex, age, _term), q in rows.items():
        table[SEXES.index(sex), int(age) + 1] = -np.log1p(-q)
    return table.cumsum(axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class DeathCurve:
    """Cumulative hazard of death from any cause from an age on; the methods are those of `HazardCurve`."""

    sex: str
    age_years: float

    outcome = "death"

    def cumulative(self, years: np.ndarray) -> np.ndarray:
        """Return the cumulative hazard, shape (1, len(years)).

        Raises
        ------
        OutOfValidityRange
            If a year lies beyond the end of the table, age 120.
        """
        ages = self.age_years + np.atleast_1d(np.asarray(years, dtype=float))
        if ages.max() > 120:
            raise OutOfValidityRange(
                f"age {ages.max():g} is beyond {TABLE}",
                clinical="The life table ends at age 120. No estimate shown.",
            )
        table = hazard_to_birthday()[SEXES.index(self.sex)]
        birthdays = np.arange(121)
        return (np.interp(ages, birthdays, table) - np.interp(self.age_years, birthdays, table))[None, :]

    def risk(self, years: np.ndarray) -> np.ndarray:
        """Return the probability of death by each year, shape (1, len(years))."""
        return -np.expm1(-self.cumulative(years))


def estimate_death(patient: Patient, *, on: date, horizon_years: int) -> Estimate:
    """Return the population's risk of death for a patient's age and sex.

    Parameters
    ----------
    patient
        The frozen view of the record; only birth date, sex and death are read.
    on
        The day the question is asked.
    horizon_years
        [years], to age 120 at most.
    """
    if patient.has_died(on):
        return Withheld("death", horizon_years, VERSIONED, HAS_DIED)
    age = patient.age_years(on)
    missing = tuple(name for name, value in (("age", age), ("sex", patient.sex)) if value is None)
    if missing:
        needs = f"Risk of death over {horizon_years} years needs: {', '.join(missing)}."
        return Withheld("death", horizon_years, VERSIONED, needs, missing=missing)
    risk = float(DeathCurve(patient.sex, float(age)).risk(np.array([horizon_years]))[0, 0])
    inputs = (
        InputUsed("age", "Age", age, "years", None, None, "record", f"born {day(patient.birth_date)}"),
        InputUsed("sex", "Sex", patient.sex, "", None, None, "record", "patient"),
    )
    return RiskEstimate("death", horizon_years, risk, VERSIONED, SOURCE_ID, inputs, problems=(CAVEAT,))


def rows_of(estimate: RiskEstimate) -> tuple[Constant, ...]:
    """Return the chances of death, year by year of age, that make up an estimate of `estimate_death`."""
    given = {used.name: used.value for used in estimate.inputs}
    keys = [
        (TABLE, VERSIONED.partition("@")[2], given["sex"], str(age), "probability_of_death")
        for age in range(given["age"], given["age"] + estimate.horizon_years)
    ]
    return tuple(
        Constant(f"chance of death at {key[3]}", coefficients(TABLE)[key], row(TABLE, key[2:])) for key in keys
    )
