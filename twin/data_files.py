"""Where does the data that ships with Counterpart live, and how is a table of it read?"""

import csv
import os
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def home() -> Path:
    """Return the folder a site's own database and models go to.

    Returns
    -------
        ``COUNTERPART_HOME`` if it is set, else ``data/local`` of this checkout.
    """
    return Path(os.environ.get("COUNTERPART_HOME") or DATA / "local")


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Read a shipped CSV table as one mapping a row.

    Parameters
    ----------
    name
        Path below ``data/``, for example ``variables.csv``.

    Returns
    -------
        One ``dict`` a row, column name to text; treat the rows as read-only.
    """
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
