"""Where was each number read?"""

from dataclasses import dataclass
from functools import cache

from twin.data_files import read_table
from twin.errors import BadEvidence


@dataclass(frozen=True, slots=True)
class Source:
    """One row of ``data/sources.csv``.

    `read_in` says where the number itself was seen; `second_source` is an independent place that
    agrees, or empty, and then the screen says "single source".
    """

    id: str
    citation: str
    doi: str
    read_in: str
    read_on: str
    second_source: str
    note: str


@cache
def sources() -> dict[str, Source]:
    """Return every source by its id."""
    return {row["id"]: Source(**row) for row in read_table("sources.csv")}


def source(source_id: str) -> Source:
    """Return one source.

    Raises
    ------
    BadEvidence
        If no row of ``data/sources.csv`` has that id.
    """
    try:
        return sources()[source_id]
    except KeyError:
        raise BadEvidence(
            f"source {source_id!r} is not in data/sources.csv",
            clinical="A number has no source on file and is not shown.",
        ) from None
