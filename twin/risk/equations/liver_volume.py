"""Vauthey and Urata: how large is the liver of an average person of this size?

Notes
-----
Both are straight lines in body surface area: ``-794.41 + 1267.28 x BSA`` from Western, ``2.4 + 706.2 x BSA`` from
Japanese people [mL]. A surface area not given is worked out by Mosteller's formula, the square root of height
times weight over 3,600. Vauthey's line falls below zero at 0.63 m2, a small child's surface: that is no volume.

References
----------
.. [1] SRC-SLV
.. [2] SRC-BSA
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import total


def body_surface(columns: Columns) -> np.ndarray:
    """Return the body surface area given, or else by Mosteller, in m2."""
    divisor = equation_coefficients("liver_volume")["mosteller", "divisor"]
    return np.where(np.isnan(columns["bsa"]), np.sqrt(columns["height"] * columns["weight"] / divisor), columns["bsa"])


def terms(columns: Columns) -> Terms:
    """Return slope times surface area, and the constant, of each formula."""
    table, bsa = equation_coefficients("liver_volume"), body_surface(columns)
    return {
        output: {
            "bsa": table[output, "bsa"] * bsa,
            "constant": np.full(columns.size, table[output, "constant"]),
        }
        for output in ("slv_vauthey", "slv_urata")
    }


def equations() -> Mapping[str, Equation]:
    """Return the formulas by id."""

    def compute(columns: Columns) -> dict[str, np.ndarray]:
        volumes = {output: total(parts) for output, parts in terms(columns).items()}
        return {output: np.where(volume > 0, volume, np.nan) for output, volume in volumes.items()}

    return {"liver_volume": published("liver_volume", scale="sum", compute=compute, terms=terms)}
