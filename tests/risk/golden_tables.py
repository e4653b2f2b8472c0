"""Reads the tables of other implementations' answers that stand in ``tests/risk/golden``."""

import csv
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).resolve().parent / "golden"


def golden(name: str) -> dict[str, np.ndarray]:
    """Return a table by column: numbers as floats, empty cells NaN, words as text; comment lines are skipped."""
    with open(GOLDEN / name, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {column: _column([row[column] for row in rows]) for column in rows[0]}


def _column(cells: list[str]) -> np.ndarray:
    if set(cells) <= {"true", "false", ""}:
        return np.array([{"true": 1.0, "false": 0.0, "": np.nan}[cell] for cell in cells])
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return np.array(cells, dtype=object)


def pick(table: dict[str, np.ndarray], *names: str, where: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return some columns, of some rows."""
    return {name: table[name] if where is None else table[name][where] for name in names}
