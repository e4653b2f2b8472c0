"""eAG and GMI: which average glucose does an HbA1c stand for, and the other way round?

Notes
-----
Both are straight lines: ``eAG = 28.7 x HbA1c - 46.7`` [mg/dL] and ``GMI = 3.31 + 0.02392 x mean glucose`` [%].
They come from different studies and are not each other's inverse.

References
----------
.. [1] SRC-EAG
.. [2] SRC-GMI
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import total

INPUTS = {"eag": "hba1c", "gmi": "mean_glucose"}


def line_terms(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return slope times input, and the constant."""
    table = equation_coefficients(equation_id)
    name = INPUTS[equation_id]
    return {name: table[(name,)] * columns[name], "constant": np.full(columns.size, table[("constant",)])}


def _compute(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    return {equation_id: total(line_terms(equation_id, columns))}


def _terms(equation_id: str, columns: Columns) -> Terms:
    return {equation_id: line_terms(equation_id, columns)}


def equations() -> Mapping[str, Equation]:
    """Return both by id."""
    return {
        name: published(name, scale="sum", compute=partial(_compute, name), terms=partial(_terms, name))
        for name in INPUTS
    }
