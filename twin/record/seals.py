"""Where does the audit end, whatever rows are left?"""

import duckdb

from twin.governance.audit import Seal


def read_seal(cursor: duckdb.DuckDBPyConnection) -> Seal | None:
    """Return the sealed end of the audit; ``None`` where it was removed."""
    row = cursor.execute("SELECT number, digest, adopted FROM audit_seals ORDER BY number DESC LIMIT 1").fetchone()
    return Seal(*row) if row else None


def newest_row(cursor: duckdb.DuckDBPyConnection) -> Seal:
    """Return the end of the rows that are there."""
    row = cursor.execute("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return Seal(*row) if row else Seal()
