"""Which patients does each review rule ask about, and who meets it?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from twin.data_files import read_table
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES
from twin.risk.panel import with_concept

PRESSURES = ("systolic_bp", "diastolic_bp")
ATHEROSCLEROTIC = (
    "cardiovascular/coronary",
    "cardiovascular/stroke",
    "cardiovascular/transient_ischemic_attack",
    "cardiovascular/peripheral_artery_disease",
)
"""Concepts of clinical atherosclerotic disease."""
FRESH_DAYS = 365
"""A value older than this asks for a new value, not for a decision. [d]"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of ``data/review_rules.csv``; the rows stand in the order of urgency.

    `action` is the address of the page that helps.
    """

    code: str
    tier: Literal["decide", "note"]
    group: Literal["clinical", "data"]
    title: str
    limits: Mapping[str, float]
    action: str
    source_id: str
    locator: str


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, the most urgent first."""
    return tuple(
        Rule(
            **{
                **row,
                "limits": {k: float(v) for k, v in (pair.split("=") for pair in row["limits"].split(";") if pair)},
            }
        )
        for row in read_table("review_rules.csv")
    )


class Panel:
    """Columns of the panel as arrays, with absent columns as unknown.

    Parameters
    ----------
    frame
        One row a patient, as the record's ``panel`` gives it.
    risk
        Ten-year risk of cardiovascular disease by row; NaN where none is shown.
    on
        The day of the review.
    """

    def __init__(self, frame: pd.DataFrame, risk: np.ndarray, on: date) -> None:
        self.frame, self.risk, self.on = frame, risk, on
        self.size = len(frame)

    def value(self, name: str) -> np.ndarray:
        """Return the newest value of a variable where it is fresh enough to decide on, else NaN."""
        if name not in self.frame:
            return np.full(self.size, np.nan)
        return np.where(self.days_old(name) <= FRESH_DAYS, self.frame[name].to_numpy(float, na_value=np.nan), np.nan)

    def days_old(self, name: str) -> np.ndarray:
        """Return the age of the newest value of a variable in days; NaN for none."""
        times = pd.to_datetime(self.frame[f"{name}_time"]).to_numpy("datetime64[s]")
        age = (np.datetime64(self.on, "s") - times) / np.timedelta64(1, "D")
        return np.where(np.isnat(times), np.nan, age)

    def takes(self, *classes: str) -> np.ndarray:
        """Say who takes a drug of any of the classes."""
        return self._any(f"takes_{name}" for name in classes)

    def has(self, *concepts: str) -> np.ndarray:
        """Say who has a problem of any of the concepts."""
        return with_concept(self.frame, "has", *concepts)

    def had(self, *concepts: str) -> np.ndarray:
        """Say who ever had a problem of any of the concepts, over or not."""
        return with_concept(self.frame, "had", *concepts)

    def age(self) -> np.ndarray:
        """Return the age in completed years; NaN where the birth date is not known."""
        born = pd.to_datetime(self.frame["birth_date"])
        had_birthday = (born.dt.month * 100 + born.dt.day) <= self.on.month * 100 + self.on.day
        return (self.on.year - born.dt.year - ~had_birthday).to_numpy(float, na_value=np.nan)

    def months_without_data(self) -> np.ndarray:
        """Return the months since the newest value; infinite for a record without values."""
        until = pd.to_datetime(self.frame["data_until"])
        months = (self.on.year - until.dt.year) * 12 + self.on.month - until.dt.month - (until.dt.day > self.on.day)
        return months.fillna(np.inf).to_numpy(float)

    def _any(self, columns: Iterable[str]) -> np.ndarray:
        found = np.zeros(self.size, dtype=bool)
        for column in columns:
            if column in self.frame:
                found |= self.frame[column].to_numpy(bool, na_value=False)
        return found


Verdict = tuple[np.ndarray, np.ndarray]
"""Whom a rule asks about, and who meets it."""


def _reaches(panel: Panel, limits: Mapping[str, float], *names: str) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.any([panel.value(name) >= limits[name] for name in names], axis=0)


def _known(panel: Panel, *names: str) -> np.ndarray:
    return np.any([~np.isnan(panel.value(name)) for name in names], axis=0)


def _stage_2_untreated(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    asked = _known(panel, *PRESSURES) & ~panel.takes(*BLOOD_PRESSURE_CLASSES)
    return asked, _reaches(panel, limits, *PRESSURES)


def _stage_2_treated(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    asked = _known(panel, *PRESSURES) & panel.takes(*BLOOD_PRESSURE_CLASSES)
    return asked, _reaches(panel, limits, *PRESSURES)


def _raised_risk_untreated(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    """Below stage 2 only: stage 2 has its own rule, and the same fact twice is one alert."""
    stage_2 = next(rule.limits for rule in rules() if rule.code == "TWN051")
    at_risk = panel.has("cardiovascular", "diabetes", "kidney") | (np.nan_to_num(panel.risk) >= limits["risk"])
    asked = _known(panel, *PRESSURES) & ~panel.takes(*BLOOD_PRESSURE_CLASSES) & at_risk
    return asked, _reaches(panel, limits, *PRESSURES) & ~_reaches(panel, stage_2, *PRESSURES)


def _severe_ldl(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    return _known(panel, "ldl_cholesterol") & ~panel.takes("statin"), _reaches(panel, limits, "ldl_cholesterol")


def _disease_without_statin(panel: Panel, _limits: Mapping[str, float]) -> Verdict:
    diseased = panel.had(*ATHEROSCLEROTIC)
    return diseased, ~panel.takes("statin")


def _diabetes_without_statin(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    """Not where the disease itself, or the LDL alone, already asks for a statin."""
    severe = next(rule.limits for rule in rules() if rule.code == "TWN052")
    age = panel.age()
    asked = (
        panel.has("diabetes") & (age >= limits["age_from"]) & (age <= limits["age_to"]) & ~panel.had(*ATHEROSCLEROTIC)
    )
    met = _reaches(panel, limits, "ldl_cholesterol") & ~_reaches(panel, severe, "ldl_cholesterol")
    return asked & _known(panel, "ldl_cholesterol"), met & ~panel.takes("statin")


def _albuminuria(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    asked = panel.has("kidney") & _known(panel, "uacr") & _reaches(panel, limits, "egfr")
    return asked, _reaches(panel, limits, "uacr") & ~panel.takes("sglt2_inhibitor")


def _high_hba1c(panel: Panel, limits: Mapping[str, float]) -> Verdict:
    return panel.has("diabetes") & _known(panel, "hba1c"), _reaches(panel, limits, "hba1c")


CLINICAL: Mapping[str, Callable[[Panel, Mapping[str, float]], Verdict]] = {
    "TWN051": _stage_2_untreated,
    "TWN052": _severe_ldl,
    "TWN053": _disease_without_statin,
    "TWN054": _diabetes_without_statin,
    "TWN055": _albuminuria,
    "TWN056": _raised_risk_untreated,
    "TWN057": _stage_2_treated,
    "TWN058": _high_hba1c,
}
