"""How is a table of any patients' values, or of their treatments, read from CSV?"""

import re
from pathlib import Path

import pandas as pd

from twin.errors import BadFile, TwinError
from twin.units import parse_header, to_canonical
from twin.variables import registry

_SEXES = {"female": "female", "male": "male", "f": "female", "m": "male", "": ""}
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def read_observations(path: Path) -> pd.DataFrame:
    """Read a long table of values.

    Parameters
    ----------
    path
        CSV with the columns ``patient_id``, ``sex``, ``birth_date`` or ``age_at_start``, ``time``, ``variable``,
        ``value`` and optionally ``source``. A variable may carry its unit, ``bilirubin [umol/L]``; a name that is
        not in the registry is read as it stands. Rows without a value are left out.

    Returns
    -------
        Columns ``patient_id``, ``sex`` (female, male or empty), ``birth_date`` or ``age_at_start``, ``time``
        (datetime64), ``variable``, ``value`` (canonical unit), ``source``.

    Raises
    ------
    BadFile
        With file, row and column, never what stands in a cell, if the table is not as above.
    """
    table = _read(path, {"patient_id", "sex", "time", "variable", "value"})
    if "birth_date" not in table and "age_at_start" not in table:
        raise _bad(path, "has neither a column birth_date nor age_at_start", "Add one of them.")
    table = table[table["value"].str.strip() != ""].copy()
    if table.empty:
        raise _bad(path, "holds no values", "Give at least one row with a value.")
    table["value"] = _numbers(path, table, "value")
    table["time"] = _times(path, table, "time")
    if "birth_date" in table:
        table["birth_date"] = _times(path, table, "birth_date", empty=True)
    else:
        table["age_at_start"] = _numbers(path, table, "age_at_start", empty=True)
    sex = table["sex"].str.strip().str.lower()
    _refuse(path, table, "sex", ~sex.isin(_SEXES), "Use female, male or nothing.")
    table["sex"] = sex.map(_SEXES)
    table["source"] = table["source"].str.strip() if "source" in table else ""
    return _canonical(path, table)


def read_treatments(path: Path) -> pd.DataFrame:
    """Read a table of treatments.

    Parameters
    ----------
    path
        CSV with the columns ``patient_id``, ``therapy`` (a name of ``data/therapies.csv``, an ingredient or a
        drug class that cards give an effect), ``start``, ``stop`` (empty: not known, still taken) and
        ``dose`` [mg/d] (may be empty).

    Raises
    ------
    BadFile
        With file, row and column, never what stands in a cell, if the table is not as above.
    """
    table = _read(path, {"patient_id", "therapy", "start", "stop", "dose"})
    for column in ("start", "stop"):
        table[column] = _times(path, table, column, empty=True)
    table["dose"] = _numbers(path, table, "dose", empty=True)
    table["therapy"] = table["therapy"].str.strip().str.lower()
    return table


def _bad(path: Path, problem: str, remedy: str) -> BadFile:
    return BadFile(f"{path}: {problem}", clinical=f"The file {path.name} {problem}. {remedy}")


def _read(path: Path, needed: set[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise _bad(path, "does not exist", "Check the path.") from None
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError, IsADirectoryError) as error:
        raise _bad(path, f"is not a readable CSV table ({type(error).__name__})", "Save it as UTF-8 CSV.") from None
    if not isinstance(table.index, pd.RangeIndex):  # the first column was taken for the names of the rows
        raise _bad(path, "has more cells in a row than columns", "Give each column a name in the first row.")
    missing = sorted(needed - set(table.columns))
    if missing:
        raise _bad(path, f"lacks the column {', '.join(missing)}", f"Needed are {', '.join(sorted(needed))}.")
    return table


def _refuse(path: Path, table: pd.DataFrame, column: str, wrong: pd.Series, remedy: str) -> None:
    """Raise on the first wrong cell; the row is counted as a spreadsheet does, the header being row 1."""
    if wrong.any():
        row = wrong.idxmax()
        raise _bad(path, f"cannot be read in row {row + 2}, column {column}", remedy)


def _numbers(path: Path, table: pd.DataFrame, column: str, *, empty: bool = False) -> pd.Series:
    numbers = pd.to_numeric(table[column], errors="coerce").astype(float)
    given = (table[column].str.strip() != "") if empty else True
    _refuse(path, table, column, ~numbers.abs().lt(float("inf")) & given, "Give a plain number with a point.")
    return numbers


def _times(path: Path, table: pd.DataFrame, column: str, *, empty: bool = False) -> pd.Series:
    times = pd.to_datetime(table[column], format="ISO8601", errors="coerce", utc=True)
    given = (table[column].str.strip() != "") if empty else True
    _refuse(path, table, column, times.isna() & given, "Give an ISO date or date-time, such as 2024-05-31T08:30:00.")
    return times.dt.tz_localize(None).astype("datetime64[s]")


def _canonical(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Split units off the variables' names and convert the values."""
    for written in table["variable"].unique():
        rows = table["variable"] == written
        try:
            name, unit = parse_header(str(written))
            known = name in registry()
            if not known and (unit is not None or not _NAME.match(name)):
                raise ValueError
            if unit is not None:
                table.loc[rows, "value"] = to_canonical(name, table.loc[rows, "value"], unit)
        except (TwinError, ValueError):
            remedy = "Use a canonical name, with its unit in square brackets if it is another one."
            _refuse(path, table, "variable", rows, remedy)
        table.loc[rows, "variable"] = name
    return table
