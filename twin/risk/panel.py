"""How likely is an event for everyone on a panel, in one call?

The inputs are chosen by the rules of `twin.risk.inputs`, over columns instead of one record.
"""

from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from twin.risk.catalogue import equation, score
from twin.risk.equation import Equation
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES, EVER, NORTH_AMERICAN
from twin.risk.results import HAS_DIED

DAY = "datetime64[D]"


def estimate_panel(panel: pd.DataFrame, equation_id: str, *, on: date, horizon_years: int) -> pd.DataFrame:
    """Estimate the outcomes of an equation for every row of a panel.

    Parameters
    ----------
    panel
        As `Store.panel` gives it: birth date, sex, smoking, each variable's latest value and time,
        ``takes_<class>``, ``has_<concept>`` of what is active and ``had_<concept>`` of what ever was. A
        panel without any ``had_`` column leaves what asks for the past unknown.
    equation_id
        Of the catalogue.
    on
        The day the panel was taken.
    horizon_years
        One of the equation's published horizons. [years]

    Returns
    -------
        The panel's index; a column an outcome with its risk, NaN where it is withheld, and ``problems``.
    """
    known = equation(equation_id)
    given = {i.name: _column(panel, i.name, on) for i in known.inputs if i.name != "horizon_years"}
    given = {name: column for name, column in given.items() if column is not None}
    if len(given) < len(known.inputs):
        given["horizon_years"] = np.full(len(panel), horizon_years)
    given = {name: column for name, column in given.items() if name in {i.name for i in known.inputs}}
    scored = score(equation_id, given)
    dead, excluded = has_died(panel, on=on), _excluded(known, panel)
    problems = np.where(excluded, f"{known.short} is not for this patient’s known conditions", scored.problems)
    problems = np.where(dead, HAS_DIED, problems)
    risks = {
        name.removeprefix("risk_"): np.where(excluded | dead, np.nan, values) for name, values in scored.outputs.items()
    }
    return pd.DataFrame({**risks, "problems": problems}, index=panel.index)


def has_died(panel: pd.DataFrame, *, on: date) -> np.ndarray:
    """Say who is known to have died by a day, as `Patient.has_died` does."""
    day = pd.to_datetime(panel["deceased"])
    return np.where(day.isna(), panel["is_deceased"].to_numpy(dtype=bool), day <= pd.Timestamp(on))


def _excluded(known: Equation, panel: pd.DataFrame) -> np.ndarray:
    knows_past = _knows_past(panel)
    excluded = with_concept(panel, "has", *known.excludes_now)
    excluded |= with_concept(panel, "had" if knows_past else "has", *known.excludes_ever)
    if known.requires_any and knows_past:
        excluded |= ~with_concept(panel, "had", *known.requires_any)
    return excluded


def _knows_past(panel: pd.DataFrame) -> bool:
    return any(column.startswith("had_") for column in panel)


def with_concept(panel: pd.DataFrame, when: Literal["has", "had"], *concepts: str) -> np.ndarray:
    """Say who has, or ever had, a problem of one of some concepts or of a kind of it."""
    found = np.zeros(len(panel), dtype=bool)
    for concept in concepts:
        name = f"{when}_{concept.replace('/', '_')}"
        for column in panel:
            if column == name or column.startswith(f"{name}_"):
                found |= _flag(panel, column)
    return found


def _flag(panel: pd.DataFrame, name: str) -> np.ndarray:
    if name not in panel:
        return np.zeros(len(panel), dtype=bool)
    return panel[name].fillna(False).to_numpy(dtype=bool)


def _column(panel: pd.DataFrame, name: str, on: date) -> np.ndarray | None:
    if name == "age":
        return ages(panel["birth_date"], np.datetime64(on, "D"))
    if name == "sex":
        return panel["sex"].astype(object).where(panel["sex"].notna(), None).to_numpy()
    if name == "bp_treated":
        return np.logical_or.reduce([_flag(panel, f"takes_{drug_class}") for drug_class in BLOOD_PRESSURE_CLASSES])
    if name == "on_statin":
        return _flag(panel, "takes_statin")
    if name in ("has_diabetes", "has_hypertension"):
        return _flag(panel, name)
    if name in EVER:
        return with_concept(panel, "had", *EVER[name][1:]) if _knows_past(panel) else None
    if name == "current_smoker":
        smoking = panel["smoking"].astype(object).to_numpy()
        known = np.isin(smoking, ["never", "former", "current"])
        return np.where(known, (smoking == "current").astype(float), np.nan)
    if name == "north_american":
        return np.full(len(panel), NORTH_AMERICAN)
    if name == "egfr":
        return _egfr(panel)
    if name == "bmi":
        return _bmi(panel)
    if name == "total_cholesterol":
        return _total_cholesterol(panel)
    return _values(panel, name) if name in panel else None


def ages(birth_dates: pd.Series, on: np.datetime64 | np.ndarray) -> np.ndarray:
    """Return completed years of age on a day, NaN for an unknown birth date."""
    births = pd.to_datetime(birth_dates).to_numpy().astype(DAY)
    years = on.astype("datetime64[Y]").astype(int) - births.astype("datetime64[Y]").astype(int)
    before_birthday = _month_and_day(on) < _month_and_day(births)
    unknown = np.isnat(births) | np.isnat(on)
    return np.where(unknown, np.nan, (years - before_birthday).astype(float))


def _month_and_day(days: np.datetime64 | np.ndarray) -> np.ndarray:
    months = days.astype("datetime64[M]")
    return (months.astype(int) % 12) * 32 + (days - months.astype(DAY)).astype(int)


def _values(panel: pd.DataFrame, name: str) -> np.ndarray:
    return panel[name].to_numpy(dtype=float) if name in panel else np.full(len(panel), np.nan)


def _times(panel: pd.DataFrame, name: str) -> np.ndarray:
    column = f"{name}_time"
    if column not in panel:
        return np.full(len(panel), np.datetime64("NaT"), dtype="datetime64[s]")
    return pd.to_datetime(panel[column]).to_numpy().astype("datetime64[s]")


def _newer(derived: np.ndarray, derived_time: np.ndarray, stored: np.ndarray, stored_time: np.ndarray) -> np.ndarray:
    """Take the derived value where there is one and no stored value is as new."""
    take = ~np.isnan(derived) & (np.isnan(stored) | (derived_time > stored_time))
    return np.where(take, derived, stored)


def _egfr(panel: pd.DataFrame) -> np.ndarray:
    times = _times(panel, "creatinine")
    people = {
        "creatinine": _values(panel, "creatinine"),
        "age": ages(panel["birth_date"], times.astype(DAY)),
        "sex": _column(panel, "sex", date.min),
    }
    derived = score("ckd_epi_2021", people).outputs["egfr"]
    return _newer(derived, times, _values(panel, "egfr"), _times(panel, "egfr"))


def _bmi(panel: pd.DataFrame) -> np.ndarray:
    derived = _values(panel, "weight") / (_values(panel, "height") / 100) ** 2
    return _newer(derived, _times(panel, "weight"), _values(panel, "bmi"), _times(panel, "bmi"))


def _total_cholesterol(panel: pd.DataFrame) -> np.ndarray:
    times = _times(panel, "non_hdl_cholesterol")
    one_sample = times == _times(panel, "hdl_cholesterol")
    summed = _values(panel, "non_hdl_cholesterol") + _values(panel, "hdl_cholesterol")
    stored = _values(panel, "total_cholesterol"), _times(panel, "total_cholesterol")
    return _newer(np.where(one_sample, summed, np.nan), times, *stored)
