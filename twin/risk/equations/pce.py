"""Pooled Cohort Equations 2013: how likely is a first heart attack or stroke within 10 years?

Notes
-----
Separate proportional hazards models for women and men, Black and White, in natural logarithms of age,
cholesterol, HDL and systolic pressure. ``mean`` is the reference group's average sum, taken off. People of
another race are given the coefficients for White people, as the guideline does, with the same caveat.

References
----------
.. [1] SRC-PCE-2013
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, published
from twin.risk.equations.survival import SurvivalModel

GROUPS = (("female", "white"), ("female", "black"), ("male", "white"), ("male", "black"))


def group_of(columns: Columns) -> np.ndarray:
    """Return each person's place in `GROUPS`; -1 where sex or race is not known."""
    sex = columns.code("sex")
    known = (sex >= 0) & (columns.code("race") >= 0)
    return np.where(known, 2 * sex + columns.equals("race", "black"), -1)


def terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms by the names of the coefficient table."""
    age = np.log(columns["age"])
    total, hdl = np.log(columns["total_cholesterol"]), np.log(columns["hdl_cholesterol"])
    pressure, treated, smoking = np.log(columns["systolic_bp"]), columns["bp_treated"], columns["current_smoker"]
    return {
        "ln_age": age,
        "ln_age_squared": age * age,
        "ln_total_cholesterol": total,
        "ln_age_x_ln_total_cholesterol": age * total,
        "ln_hdl": hdl,
        "ln_age_x_ln_hdl": age * hdl,
        "ln_treated_sbp": treated * pressure,
        "ln_age_x_ln_treated_sbp": age * treated * pressure,
        "ln_untreated_sbp": (1 - treated) * pressure,
        "ln_age_x_ln_untreated_sbp": age * (1 - treated) * pressure,
        "smoking": smoking,
        "ln_age_x_smoking": age * smoking,
        "diabetes": columns["has_diabetes"],
        "mean": np.full(columns.size, -1.0),
    }


def equations() -> Mapping[str, Equation]:
    """Return the equation by id."""
    model = SurvivalModel("pce_2013", "risk_ascvd", prepare=terms, group_of=group_of, groups=GROUPS)
    return {
        "pce_2013": published("pce_2013", scale="survival", compute=model.compute, terms=model.terms, trace=model.trace)
    }
