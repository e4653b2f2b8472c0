"""How is a value in any unit of the trade brought to the variable's canonical unit, and back?"""

import re
from functools import cache

from twin.data_files import read_table
from twin.errors import UnknownUnit
from twin.variables import variable

_LITRE = re.compile(r"(?<=\b[mudf])L\b|\bL\b")
_HEADER = re.compile(r"^\s*(?P<name>[a-z0-9_]+)\s*(?:\[(?P<unit>.+)\])?\s*$")


@cache
def conversions() -> dict[tuple[str, str], tuple[float, float]]:
    """Return ``(variable, unit) -> (factor, offset)``; canonical value = value x factor + offset.

    UCUM writes the litre ``L`` or ``l``: whichever the table has, both are known.
    """
    table = _written()
    return table | {(name, _LITRE.sub("l", unit)): pair for (name, unit), pair in table.items()}


@cache
def _written() -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (row["variable"], row["unit"]): (float(row["factor"]), float(row["offset"]))
        for row in read_table("conversions.csv")
    }


def factors(name: str, unit: str) -> tuple[float, float]:
    """Return factor and offset from a unit to the variable's own; any of the signs for micro will do.

    Raises
    ------
    UnknownUnit
        If the table has no such pair.
    """
    known = variable(name)
    table = conversions()
    found = table.get((name, unit)) or table.get((name, unit.replace("µ", "u").replace("μ", "u")))
    if found is None:
        accepted = ", ".join(sorted({u for n, u in _written() if n == name}))
        raise UnknownUnit(
            f"{name}: unit {unit!r} is not in conversions.csv (accepted: {accepted})",
            clinical=f"{known.label} cannot be read in “{unit}”. Use one of: {accepted}.",
        )
    return found


def to_canonical(name: str, value, unit: str):
    """Convert a value, or an array of values, to the variable's canonical unit.

    Parameters
    ----------
    name
        Canonical variable name.
    value
        Number or array in `unit`.
    unit
        UCUM code, or a common spelling listed in ``data/conversions.csv``. Case-sensitive.

    Raises
    ------
    UnknownUnit
        If the table has no such pair.
    """
    factor, offset = factors(name, unit)
    return value * factor + offset


def from_canonical(name: str, value, unit: str):
    """Convert a canonical value, or an array of values, to another unit; inverse of `to_canonical`."""
    factor, offset = factors(name, unit)
    return (value - offset) / factor


def difference_to_canonical(name: str, difference, unit: str):
    """Convert a difference between two values, which no offset of the scale touches."""
    factor, _ = factors(name, unit)
    return difference * factor


def parse_header(header: str) -> tuple[str, str | None]:
    """Split a CSV header such as ``total_cholesterol [mmol/L]`` into name and unit.

    Returns
    -------
        Name and unit; the unit is ``None`` where the header gives none.

    Raises
    ------
    UnknownUnit
        If the header has another shape.
    """
    match = _HEADER.match(header)
    if match is None:
        raise UnknownUnit(
            f"column header {header!r} is not 'name' or 'name [unit]'",
            clinical=f"The column “{header}” is not a variable name, with its unit in square brackets if it has one.",
        )
    return match["name"], match["unit"]
