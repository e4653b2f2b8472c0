"""Gupta MICA: how likely is a heart attack or cardiac arrest within 30 days of an operation?

Notes
-----
A logistic equation adds age, ASA class, functional status, creatinine from 1.5 mg/dL (an unknown value has a
coefficient of its own) and one of 21 kinds of operation, hernia being the reference.

References
----------
.. [1] SRC-GUPTA-MICA
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import number_points, total, word_points


def mica_terms(columns: Columns) -> Terms:
    """Return what each of the five predictors adds, and the constant."""
    table = equation_coefficients("gupta_mica")
    creatinine = columns["creatinine"]
    elevated = number_points("gupta_mica", "creatinine", creatinine)
    return {
        "risk_mica": {
            "age": table["age", "", "per_year"] * columns["age"],
            "asa_class": number_points("gupta_mica", "asa_class", columns["asa_class"]),
            "functional_status": word_points("gupta_mica", columns, "functional_status"),
            "creatinine": np.where(np.isnan(creatinine), table["creatinine_unknown", "", "points"], elevated),
            "procedure": word_points("gupta_mica", columns, "procedure"),
            "constant": np.full(columns.size, table["constant", "", "points"]),
        }
    }


def compute(columns: Columns) -> dict[str, np.ndarray]:
    """Return the risk."""
    return {output: 1.0 / (1.0 + np.exp(-total(parts))) for output, parts in mica_terms(columns).items()}


def equations() -> Mapping[str, Equation]:
    """Return the equation by id."""
    return {"gupta_mica": published("gupta_mica", scale="logistic", compute=compute, terms=mica_terms)}
