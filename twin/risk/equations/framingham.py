"""Framingham 2008: how likely is a first cardiovascular event of any kind within 10 years?

Notes
-----
Proportional hazards models for women and men in natural logarithms of age, cholesterol, HDL and systolic
pressure, with pressure under treatment weighing more. ``mean`` is the reference group's average sum.

References
----------
.. [1] SRC-FRAMINGHAM-2008
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, published
from twin.risk.equations.survival import SurvivalModel


def terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms by the names of the coefficient table."""
    pressure, treated = np.log(columns["systolic_bp"]), columns["bp_treated"]
    return {
        "ln_age": np.log(columns["age"]),
        "ln_total_cholesterol": np.log(columns["total_cholesterol"]),
        "ln_hdl": np.log(columns["hdl_cholesterol"]),
        "ln_untreated_sbp": (1 - treated) * pressure,
        "ln_treated_sbp": treated * pressure,
        "smoking": columns["current_smoker"],
        "diabetes": columns["has_diabetes"],
        "mean": np.full(columns.size, -1.0),
    }


def equations() -> Mapping[str, Equation]:
    """Return the equation by id."""
    model = SurvivalModel(
        "framingham_2008",
        "risk_cvd",
        prepare=terms,
        group_of=lambda columns: columns.code("sex"),
        groups=(("female",), ("male",)),
    )
    return {
        "framingham_2008": published(
            "framingham_2008", scale="survival", compute=model.compute, terms=model.terms, trace=model.trace
        )
    }
