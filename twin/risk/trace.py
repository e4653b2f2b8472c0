"""Which numbers of which table make up one person's risk?

An equation that can be traced answers for one person and one output with the sums it builds, each term with its
coefficient and the row it stands in, the other numbers that turn the sums into the risk, and, where it goes on
from year to year, a line a year. `twin.risk.receipt` puts words and inputs beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from twin.data_files import read_table

Link = Literal["logistic", "survival", "rescaled survival", "yearly", "life table"]
NOT_KEYS = ("equation", "version", "coefficient", "source_id")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a coefficient table: the file, and the columns that find it."""

    file: str
    key: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.file}: " + ", ".join(f"{column} {value}" for column, value in self.key.items() if value)


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of a table that is no coefficient of a term, such as a baseline survival."""

    name: str
    value: float
    row: Row


@dataclass(frozen=True, slots=True)
class TracedTerm:
    """One term: `contribution` is `coefficient` times `value`; `uses` holds numbers of the table within the value."""

    term: str
    value: float
    coefficient: float
    contribution: float
    row: Row
    uses: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedSum:
    """A sum of terms; `name` tells it from others of the same equation."""

    name: str
    terms: tuple[TracedTerm, ...]

    @property
    def total(self) -> float:
        """Return the sum, term after term."""
        return sum(term.contribution for term in self.terms)


@dataclass(frozen=True, slots=True)
class Year:
    """One year: the share alive and free of the event at its start, and the chance of the event within it."""

    year: int
    free: float
    chance: float


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that makes up one risk; `how` says what a year's chance is made of, where there are years."""

    link: Link
    sums: tuple[TracedSum, ...]
    constants: tuple[Constant, ...] = ()
    years: tuple[Year, ...] = ()
    how: str = ""


@cache
def key_columns(table: str) -> tuple[str, ...]:
    """Return the columns that find a row of a coefficient table."""
    return tuple(column for column in read_table(f"coefficients/{table}.csv")[0] if column not in NOT_KEYS)


def row(table: str, key: Sequence[str]) -> Row:
    """Name a row by its key, as `equation_coefficients` has it."""
    return Row(f"data/coefficients/{table}.csv", dict(zip(key_columns(table), key, strict=True)))
