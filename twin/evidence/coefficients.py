"""What are the published coefficients of an equation?"""

from functools import cache

from twin.data_files import read_table
from twin.errors import BadEvidence
from twin.evidence.sources import source


@cache
def coefficients(equation: str) -> dict[tuple[str, ...], float]:
    """Read ``data/coefficients/<equation>.csv``.

    Parameters
    ----------
    equation
        Equation id, for example ``prevent_base``. Columns of the table: any number of key columns, then
        ``term``, ``coefficient``, ``source_id``.

    Returns
    -------
        Key columns and term, in table order, to the coefficient as published.

    Raises
    ------
    BadEvidence
        If two rows have one key, or a source is unknown.
    """
    table: dict[tuple[str, ...], float] = {}
    for row in read_table(f"coefficients/{equation}.csv"):
        source(row["source_id"])
        key = tuple(value for column, value in row.items() if column not in ("coefficient", "source_id"))
        if key in table:
            raise BadEvidence(
                f"{equation}.csv holds {key} twice",
                clinical=f"The coefficients of {equation} contradict each other; it is not used.",
            )
        table[key] = float(row["coefficient"])
    return table
