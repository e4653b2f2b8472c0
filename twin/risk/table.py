"""What does an equation say about the people of a CSV file?"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import BadFile, TwinError, UnknownUnit
from twin.risk.catalogue import Scored, equation, equations, score
from twin.risk.columns import FALSE, TRUE
from twin.risk.equation import Equation, Input
from twin.units import parse_header, to_canonical
from twin.variables import registry

if TYPE_CHECKING:
    import pandas as pd

BATCH = 10_000  # rows held as text at a time
LARGE = 1_000_000  # bytes
_BOOLEANS = {**dict.fromkeys(TRUE, 1.0), **dict.fromkeys(FALSE, 0.0), "": np.nan}
_WANTED = {
    "boolean": "not true, false or empty",
    "number": "not a number (decimal point, no unit, no sign such as <) or empty",
    "choice": "not a number or empty",
}

Field = tuple[Input | None, str | None]  # the input of a column, none where it is read past, and the column's unit


def score_file(equation_id: str, path: Path) -> Scored:
    """Apply an equation to the rows of a CSV file.

    Parameters
    ----------
    equation_id
        Of the catalogue.
    path
        UTF-8 with a header of input names, in canonical units or with a unit in brackets:
        ``total_cholesterol [mmol/L]``. ``true`` and ``false``; an empty cell is not known. A column that
        another equation or the registry knows is read past and named in the result's `unused`.

    Raises
    ------
    UnknownName
        If the equation does not exist.
    BadFile
        If the file cannot be read, a column is unknown, or a cell is not of its column's kind; the
        message names file, row and field, never what stands in a cell.
    """
    known = equation(equation_id)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            fields, unused = _fields(known, path.name, next(reader, None))
            columns = _read_plain(path, fields) if path.stat().st_size > LARGE else None
            columns = columns or _read(path.name, fields, reader)
    except OSError as error:
        raise _bad(path.name, f"cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _bad(path.name, "is not UTF-8 text") from error
    except csv.Error as error:
        raise _bad(path.name, f"row {reader.line_num}: {error}") from error
    return replace(score(equation_id, columns), unused=tuple(unused))


def _bad(file: str, why: str) -> BadFile:
    return BadFile(f"{file}: {why}", clinical=f"The file {file} cannot be scored: {why}. Nothing was changed.")


@cache
def _known_elsewhere() -> frozenset[str]:
    """Return the names that a table of people may well hold, whichever equation reads it."""
    inputs = {known.name for other in equations().values() for known in other.inputs}
    return frozenset({"id", "patient_id", *registry(), *inputs})


def _fields(known: Equation, file: str, header: list[str] | None) -> tuple[list[Field], list[str]]:
    """Return input and unit of each column, and the names of the columns read past."""
    if not header:
        raise _bad(file, "is empty; the first row must name the columns")
    inputs = {i.name: i for i in known.inputs}
    fields: list[Field] = []
    names: list[str] = []
    for place, text in enumerate(header, 1):
        name, unit = _name_and_unit(known, file, place, text, alone=len(header) == 1)
        if name not in inputs and name not in _known_elsewhere():
            raise _bad(file, f"row 1, field “{name}”: {known.id} has no such input (it has {', '.join(inputs)})")
        if name in names:
            raise _bad(file, f"row 1, field “{name}”: the column is there twice")
        names.append(name)
        fields.append((inputs[name], _checked_unit(file, inputs[name], unit)) if name in inputs else (None, None))
    unused = [name for name in names if name not in inputs]
    if len(unused) == len(names):
        raise _bad(file, f"row 1: no column is an input of {known.id} (it has {', '.join(inputs)})")
    return fields, unused


def _name_and_unit(known: Equation, file: str, place: int, text: str, *, alone: bool) -> tuple[str, str | None]:
    """Take a header apart; a file without one may hold a patient's data here, so that only the place is said."""
    try:
        return parse_header(text)
    except TwinError:
        pass
    written = text.partition("[")[0].strip().lower()
    if alone and (";" in text or "\t" in text):
        raise _bad(file, "row 1 has one column; columns must be separated by commas")
    if written in {column.name for column in known.inputs}:
        raise _bad(file, f"row 1, column {place}: write “{written}”, or “{written} [unit]”")
    raise _bad(file, f"row 1, column {place}: is not the name of an input, alone or as “name [unit]”")


def _checked_unit(file: str, column: Input, unit: str | None) -> str | None:
    if unit is None or unit == column.unit:
        return None
    try:
        to_canonical(column.name, 1.0, unit)
    except TwinError as error:
        why = (
            error.clinical
            if isinstance(error, UnknownUnit)
            else f"is in {column.unit}"
            if column.unit
            else "has no unit"
        )
        raise _bad(file, f"row 1, field “{column.name}”: unit “{unit}” is not known for it; {why}") from error
    return unit


def _read_plain(path: Path, fields: list[Field]) -> dict[str, np.ndarray] | None:
    """Read a large file without a quote, a gap or a word among the numbers; ``None`` if it has any of them.

    Those are left to the reader that looks at each cell and can say where the trouble is.
    """
    import pandas as pd

    _, _, body = path.read_bytes().rstrip(b"\r\n").partition(b"\n")
    if len(fields) == 1 or b'"' in body or b"nan" in body.lower() or b"inf" in body.lower():
        return None
    kinds = {
        place: float if column.kind in ("number", "choice") else object
        for place, (column, _) in enumerate(fields)
        if column
    }
    try:
        frame = pd.read_csv(
            io.BytesIO(body),
            header=None,
            names=range(len(fields)),
            usecols=list(kinds),
            dtype=kinds,
            keep_default_na=False,
            na_values=[""],
        )
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError):
        return None
    whole = body.count(b",") == (len(fields) - 1) * len(frame) and body.count(b"\n") == len(frame) - 1
    columns = {
        column.name: _plain_column(frame[place], column, unit) for place, (column, unit) in enumerate(fields) if column
    }
    settled = whole and isinstance(frame.index, pd.RangeIndex) and all(v is not None for v in columns.values())
    return columns if settled else None


def _plain_column(values: "pd.Series", column: Input, unit: str | None) -> np.ndarray | None:
    if column.kind == "word":
        return values.str.strip().where(values.notna(), None).to_numpy(dtype=object)
    if column.kind == "boolean":
        found = values.map(_BOOLEANS)
        return None if (found.isna() & values.notna()).any() else found.to_numpy(dtype=float)
    numbers = values.to_numpy(dtype=float)
    return numbers if unit is None else to_canonical(column.name, numbers, unit)


def _read(file: str, fields: list[Field], reader: Iterator[list[str]]) -> dict[str, np.ndarray]:
    parts: dict[str, list[np.ndarray]] = {column.name: [np.empty(0)] for column, _ in fields if column}
    row_number = 2
    for batch in _batches(reader, alone=len(fields) == 1):
        for offset, row in enumerate(batch):
            if len(row) != len(fields):
                raise _bad(file, f"row {row_number + offset}: {len(row)} cells under {len(fields)} columns")
        for (column, unit), cells in zip(fields, zip(*batch, strict=True), strict=True):
            if column:
                parts[column.name].append(_convert(file, column, unit, cells, row_number))
        row_number += len(batch)
    return {name: np.concatenate(part[1:] or part) for name, part in parts.items()}


def _batches(reader: Iterator[list[str]], *, alone: bool) -> Iterator[list[list[str]]]:
    """Yield rows in runs; an empty line is an empty cell under a single column, and nothing at the end of a file."""
    blank = 0
    while batch := list(islice(reader, BATCH)):
        rows = [[]] * blank + batch
        while rows and not rows[-1] and not alone:
            rows.pop()
        blank = len(batch) + blank - len(rows)
        if rows:
            yield [row or [""] for row in rows] if alone else rows


def _convert(file: str, column: Input, unit: str | None, cells: tuple[str, ...], first_row: int) -> np.ndarray:
    if column.kind == "word":
        return np.array([cell.strip() for cell in cells], dtype=object)
    parse = _boolean if column.kind == "boolean" else _number
    values = _at_once(column, cells)
    if values is None:
        values = np.empty(len(cells))
        for place, cell in enumerate(cells):
            try:
                values[place] = parse(cell)
            except ValueError:
                raise _bad(file, f"row {first_row + place}, field “{column.name}”: {_WANTED[column.kind]}") from None
    return values if unit is None else to_canonical(column.name, values, unit)


def _at_once(column: Input, cells: tuple[str, ...]) -> np.ndarray | None:
    """Return the values of ordinary cells; ``None`` if one of them needs a closer look."""
    try:
        if column.kind == "boolean":
            return np.array([_BOOLEANS[cell] for cell in cells])
        values = np.array([float(cell) if cell else np.nan for cell in cells])
    except (KeyError, ValueError):
        return None
    strange = np.count_nonzero(~np.isfinite(values)) > cells.count("") or any("_" in cell for cell in cells)
    return None if strange else values


def _number(cell: str) -> float:
    text = cell.strip()
    if not text:
        return np.nan
    if (not text[-1].isdigit() and text[-1] != ".") or "_" in text:  # nan, inf and 1_000 are no cells of a table
        raise ValueError(cell)
    return float(text)


def _boolean(cell: str) -> float:
    try:
        return _BOOLEANS[cell.strip()]
    except KeyError:
        raise ValueError(cell) from None
