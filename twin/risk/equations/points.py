"""How many points does a value give in a score that is a table of bands?

A coefficient table of such a score has the key columns ``input`` and ``band``, the term ``points``, and a row a
band. A band of numbers is written by its lower end, ``>=22`` or ``>38.0``, and reaches to the next; ``lowest``
is the band below all others. A band of a word is that word; a yes has the band ``true``.
"""

from functools import cache, reduce

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import equation_coefficients


@cache
def _bands(equation_id: str, name: str) -> dict[str, float]:
    return {
        band: value for (input_, band, _term), value in equation_coefficients(equation_id).items() if input_ == name
    }


@cache
def _steps(equation_id: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower ends in rising order, each included, and the points from there on."""
    ends = []
    for band, value in _bands(equation_id, name).items():
        if band == "lowest":
            ends.append((-np.inf, value))
        elif band.startswith(">="):
            ends.append((float(band[2:]), value))
        else:
            ends.append((np.nextafter(float(band.removeprefix(">")), np.inf), value))
    lower, points = zip(*sorted(ends), strict=True)
    return np.array(lower), np.array(points)


def number_points(equation_id: str, name: str, values: np.ndarray) -> np.ndarray:
    """Return the points of numbers by the bands of one input; NaN for an unknown value."""
    lower, points = _steps(equation_id, name)
    place = np.maximum(np.searchsorted(lower, values, side="right") - 1, 0)
    return np.where(np.isnan(values), np.nan, points[place])


def word_points(equation_id: str, columns: Columns, name: str) -> np.ndarray:
    """Return the points of words; NaN for an unknown word."""
    bands = _bands(equation_id, name)
    points = np.array([*(bands.get(word, np.nan) for word in columns.words(name)), np.nan])
    return points[columns.code(name)]


def yes_points(equation_id: str, columns: Columns, name: str) -> np.ndarray:
    """Return the points of a yes; NaN for unknown."""
    return columns[name] * _bands(equation_id, name)["true"]


def total(terms: dict[str, np.ndarray]) -> np.ndarray:
    """Return the sum of all terms, one after another, so that a person alone reads as in a table."""
    return reduce(np.add, terms.values())
