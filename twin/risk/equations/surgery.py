"""Gupta MICA and P-POSSUM: how likely are a cardiac event, a complication or death after an operation?

Notes
-----
Both are logistic. Gupta MICA adds age, ASA class, functional status, creatinine from 1.5 mg/dL (an unknown
value has a coefficient of its own) and one of 21 kinds of operation, hernia being the reference. P-POSSUM
takes the physiological and the operative score of POSSUM; its mortality is the Portsmouth equation, its
morbidity the original one.

References
----------
.. [1] SRC-GUPTA-MICA
.. [2] SRC-P-POSSUM
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import number_points, total, word_points

SCORES = ("physiological_score", "operative_score")


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


def possum_terms(columns: Columns) -> Terms:
    """Return what both scores add to each logit."""
    table = equation_coefficients("p_possum")
    return {
        output: {
            **{name: table[output, name] * columns[name] for name in SCORES},
            "constant": np.full(columns.size, table[output, "constant"]),
        }
        for output in ("risk_death", "risk_morbidity")
    }


def _logistic(terms: Terms) -> dict[str, np.ndarray]:
    return {output: 1.0 / (1.0 + np.exp(-total(parts))) for output, parts in terms.items()}


def equations() -> Mapping[str, Equation]:
    """Return both by id."""
    return {
        "gupta_mica": published(
            "gupta_mica", scale="logistic", compute=lambda columns: _logistic(mica_terms(columns)), terms=mica_terms
        ),
        "p_possum": published(
            "p_possum", scale="logistic", compute=lambda columns: _logistic(possum_terms(columns)), terms=possum_terms
        ),
    }
