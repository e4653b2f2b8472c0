"""Which quantities does Counterpart know, in which unit and within which limits?"""

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from twin.data_files import read_table
from twin.errors import OutOfValidityRange, UnknownName


@dataclass(frozen=True, slots=True)
class Variable:
    """One row of ``data/variables.csv``.

    Values inside the plausible limits pass; outside them they are kept and flagged; outside the hard
    limits they are refused, since a wrong unit or a typing error is likelier than a patient.
    """

    name: str
    label: str
    short_label: str
    kind: Literal["quantity", "category"]
    unit: str
    ucum: str
    decimals: int
    si_unit: str
    si_decimals: int
    plausible_low: float
    plausible_high: float
    hard_low: float
    hard_high: float
    loinc: tuple[str, ...]

    def is_possible(self, value: float) -> bool:
        """Say whether a value in the canonical unit lies within the hard limits."""
        return self.hard_low <= value <= self.hard_high

    def is_plausible(self, value: float) -> bool:
        """Say whether a value in the canonical unit lies within the plausible limits."""
        return self.plausible_low <= value <= self.plausible_high

    def format(self, value: float) -> str:
        """Write a value in the canonical unit as the screen shows it, without the unit."""
        return f"{value:,.{self.decimals}f}"


def _from_row(row: dict[str, str]) -> Variable:
    def number(column: str) -> float:
        return float(row[column]) if row[column] else float("nan")

    return Variable(
        name=row["name"],
        label=row["label"],
        short_label=row["short_label"],
        kind=row["kind"],
        unit=row["unit"],
        ucum=row["ucum"],
        decimals=int(row["decimals"] or 0),
        si_unit=row["si_unit"],
        si_decimals=int(row["si_decimals"] or 0),
        plausible_low=number("plausible_low"),
        plausible_high=number("plausible_high"),
        hard_low=number("hard_low"),
        hard_high=number("hard_high"),
        loinc=tuple(row["loinc"].split(";")),
    )


@cache
def registry() -> MappingProxyType[str, Variable]:
    """Return every variable by its canonical name, in the order of the table."""
    return MappingProxyType({row["name"]: _from_row(row) for row in read_table("variables.csv")})


def variable(name: str) -> Variable:
    """Return one variable by its canonical name.

    Raises
    ------
    UnknownName
        If ``data/variables.csv`` has no such row.
    """
    try:
        return registry()[name]
    except KeyError:
        raise UnknownName(
            f"variable {name!r} is not in variables.csv",
            clinical=f"The measurement “{name}” is not known here.",
        ) from None


def require_possible(name: str, value: float) -> float:
    """Return the value if it lies within the variable's hard limits.

    Raises
    ------
    OutOfValidityRange
        If it does not, or is not a number.
    """
    known = variable(name)
    if not known.is_possible(value):
        raise OutOfValidityRange(
            f"{name}={value!r} outside hard range {known.hard_low:g}..{known.hard_high:g} (variables.csv)",
            clinical=(
                f"{known.label} must be between {known.hard_low:,g} and {known.hard_high:,g} {known.unit}. "
                f"The value given is {value:,g}. Check the value or the unit."
            ),
        )
    return value
