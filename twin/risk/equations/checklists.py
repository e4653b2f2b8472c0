"""CHA2DS2-VASc, HAS-BLED and RCRI: how many of the published items does the patient have?

Notes
-----
Each is a sum of points over yes-or-no items, named as in the papers. In CHA2DS2-VASc an age of 75 or more
gives 2 points and excludes the item for 65 to 74.

References
----------
.. [1] SRC-CHA2DS2-VASC
.. [2] SRC-HAS-BLED
.. [3] SRC-RCRI
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import total, yes_points


def item_terms(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return the points of each item."""
    items = dict.fromkeys(name for name, _band, _term in equation_coefficients(equation_id))
    terms = {name: yes_points(equation_id, columns, name) for name in items}
    if equation_id == "cha2ds2_vasc":
        older = columns["age_75_or_older"] == 1
        terms["age_65_to_74"] = np.where(older, 0.0, terms["age_65_to_74"])
    return terms


def _compute(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    return {equation_id: total(item_terms(equation_id, columns))}


def _terms(equation_id: str, columns: Columns) -> Terms:
    return {equation_id: item_terms(equation_id, columns)}


def equations() -> Mapping[str, Equation]:
    """Return the three scores by id."""
    return {
        name: published(name, scale="sum", compute=partial(_compute, name), terms=partial(_terms, name))
        for name in ("cha2ds2_vasc", "has_bled", "rcri")
    }
