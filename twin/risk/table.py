"""What does an equation say about the people of a CSV file?"""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import BadFile, TwinError
from twin.risk.catalogue import Scored, equation, score
from twin.risk.columns import FALSE, TRUE
from twin.risk.equation import Equation, Input
from twin.units import parse_header, to_canonical

if TYPE_CHECKING:
    import pandas as pd

BATCH = 10_000  # rows held as text at a time
LARGE = 1_000_000  # bytes
_BOOLEANS = {**dict.fromkeys(TRUE, 1.0), **dict.fromkeys(FALSE, 0.0), "": np.nan}


def score_file(equation_id: str, path: Path) -> Scored:
    """Apply an equation to the rows of a CSV file.

    Parameters
    ----------
    equation_id
        Of the catalogue.
    path
        UTF-8 with a header of input names, in canonical units or with a unit in brackets:
        ``total_cholesterol [mmol/L]``. ``true`` and ``false``; an empty cell is not known.

    Raises
    ------
    UnknownName
        If the equation does not exist.
    BadFile
        If the file cannot be read, a column is unknown, or a cell is not of its column's kind; the
        message names file, row and field.
    """
    known = equation(equation_id)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            fields = _fields(known, path.name, next(reader, None))
            columns = _read_plain(path, fields) if path.stat().st_size > LARGE else None
            columns = columns or _read(path.name, fields, reader)
    except OSError as error:
        raise _bad(path.name, f"cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _bad(path.name, "is not UTF-8 text") from error
    except csv.Error as error:
        raise _bad(path.name, f"row {reader.line_num}: {error}") from error
    return score(equation_id, columns)


def _bad(file: str, why: str) -> BadFile:
    return BadFile(f"{file}: {why}", clinical=f"The file {file} cannot be scored: {why}. Nothing was changed.")


def _fields(known: Equation, file: str, header: list[str] | None) -> list[tuple[Input, str | None]]:
    """Return input and unit of each column."""
    if not header:
        raise _bad(file, "is empty; the first row must name the columns")
    inputs = {i.name: i for i in known.inputs}
    fields: list[tuple[Input, str | None]] = []
    for text in header:
        try:
            name, unit = parse_header(text)
        except TwinError as error:
            raise _bad(file, f"row 1, field “{text}”: {error}") from error
        if name not in inputs:
            raise _bad(file, f"row 1, field “{name}”: {known.id} has no such input (it has {', '.join(inputs)})")
        if any(name == other.name for other, _ in fields):
            raise _bad(file, f"row 1, field “{name}”: the column is there twice")
        fields.append((inputs[name], _checked_unit(file, inputs[name], unit)))
    return fields


def _checked_unit(file: str, column: Input, unit: str | None) -> str | None:
    if unit is None or unit == column.unit:
        return None
    try:
        to_canonical(column.name, 1.0, unit)
    except TwinError as error:
        raise _bad(file, f"row 1, field “{column.name}”: unit “{unit}” is not known for it") from error
    return unit


def _read_plain(path: Path, fields: list[tuple[Input, str | None]]) -> dict[str, np.ndarray] | None:
    """Read a large file without a quote, a gap or a word among the numbers; ``None`` if it has any of them.

    Those are left to the reader that looks at each cell and can say where the trouble is.
    """
    import pandas as pd

    _, _, body = path.read_bytes().partition(b"\n")
    if len(fields) == 1 or b'"' in body or b"nan" in body.lower() or b"inf" in body.lower():
        return None
    names = [column.name for column, _ in fields]
    kinds = {column.name: float if column.kind in ("number", "choice") else object for column, _ in fields}
    try:
        frame = pd.read_csv(
            io.BytesIO(body), header=None, names=names, dtype=kinds, keep_default_na=False, na_values=[""]
        )
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError):
        return None
    whole = body.count(b",") == (len(fields) - 1) * len(frame) and isinstance(frame.index, pd.RangeIndex)
    columns = {column.name: _plain_column(frame[column.name], column, unit) for column, unit in fields}
    return columns if whole and all(values is not None for values in columns.values()) else None


def _plain_column(values: "pd.Series", column: Input, unit: str | None) -> np.ndarray | None:
    if column.kind == "word":
        return values.str.strip().where(values.notna(), None).to_numpy(dtype=object)
    if column.kind == "boolean":
        found = values.map(_BOOLEANS)
        return None if (found.isna() & values.notna()).any() else found.to_numpy(dtype=float)
    numbers = values.to_numpy(dtype=float)
    return numbers if unit is None else to_canonical(column.name, numbers, unit)


def _read(file: str, fields: list[tuple[Input, str | None]], reader: Iterator[list[str]]) -> dict[str, np.ndarray]:
    parts: list[list[np.ndarray]] = [[] for _ in fields]
    row_number = 2
    while batch := list(islice(reader, BATCH)):
        rows = [row or [""] * len(fields) for row in batch] if len(fields) == 1 else batch
        for offset, row in enumerate(rows):
            if len(row) != len(fields):
                raise _bad(file, f"row {row_number + offset}: {len(row)} cells under {len(fields)} columns")
        for part, (column, unit), cells in zip(parts, fields, zip(*rows, strict=True), strict=True):
            part.append(_convert(file, column, unit, cells, row_number))
        row_number += len(batch)
    return {
        column.name: np.concatenate(part) if part else np.empty(0)
        for part, (column, _) in zip(parts, fields, strict=True)
    }


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
                wanted = "true, false or empty" if column.kind == "boolean" else "a number or empty"
                raise _bad(file, f"row {first_row + place}, field “{column.name}”: “{cell}” is not {wanted}") from None
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
