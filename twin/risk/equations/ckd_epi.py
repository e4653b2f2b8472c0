"""CKD-EPI 2021: what is the filtration rate of the kidneys, from creatinine and cystatin C?

Notes
-----
Creatinine: ``142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age (x 1.012 in women)``. With cystatin C
the same form with two more powers. The coefficient tables hold factors as ``*_factor`` and powers as
``*_power``; each term is the logarithm of its factor, so that the terms add up to ln(eGFR).

References
----------
.. [1] SRC-CKD-EPI-2021
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published

OUTPUT = "egfr"


def _by_sex(equation_id: str, columns: Columns, term: str) -> np.ndarray:
    table = equation_coefficients(equation_id)
    values = np.array([table.get((sex, term), np.nan) for sex in columns.words("sex")] + [np.nan])
    return values[columns.code("sex")]


def creatinine_terms(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return the logarithm of each factor of the creatinine equation."""
    table = equation_coefficients(equation_id)
    relative = np.log(columns["creatinine"] / _by_sex(equation_id, columns, "creatinine_divisor"))
    return {
        "constant": np.full(columns.size, np.log(table["both", "constant_factor"])),
        "creatinine_low": _by_sex(equation_id, columns, "creatinine_low_power") * np.minimum(relative, 0.0),
        "creatinine_high": table["both", "creatinine_high_power"] * np.maximum(relative, 0.0),
        "age": columns["age"] * np.log(table["both", "age_factor"]),
        "sex": np.log(_by_sex(equation_id, columns, "sex_factor")),
    }


def cystatin_terms(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return the creatinine terms and those of cystatin C."""
    table = equation_coefficients(equation_id)
    relative = np.log(columns["cystatin_c"] / table["both", "cystatin_divisor"])
    return {
        **creatinine_terms(equation_id, columns),
        "cystatin_low": table["both", "cystatin_low_power"] * np.minimum(relative, 0.0),
        "cystatin_high": table["both", "cystatin_high_power"] * np.maximum(relative, 0.0),
    }


PARTS = {"ckd_epi_2021": creatinine_terms, "ckd_epi_2021_cystatin": cystatin_terms}


def _terms(equation_id: str, columns: Columns) -> Terms:
    return {OUTPUT: PARTS[equation_id](equation_id, columns)}


def _compute(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    return {OUTPUT: np.exp(sum(PARTS[equation_id](equation_id, columns).values()))}


def equations() -> Mapping[str, Equation]:
    """Return the creatinine equation and the one with cystatin C by id."""
    return {
        equation_id: published(
            equation_id, scale="exp", compute=partial(_compute, equation_id), terms=partial(_terms, equation_id)
        )
        for equation_id in PARTS
    }
