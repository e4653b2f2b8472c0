"""Is the database of this version of the code, and how does an older one become so?"""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from twin.errors import StoreUnavailable

_FILES = ("schema.sql", "corrections.sql", "plans.sql", "twins.sql", "meetings.sql", "seals.sql", "waiting.sql")

STEPS: tuple[str, ...] = tuple(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _FILES)
"""SQL of each step, in the order in which they were added; a new file goes through all of them."""


def file_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the newest step the file has been through; 0 for an empty file."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = current_database() AND table_name = 'schema_version'"
    ).fetchone()
    if not known[0]:
        return 0
    return connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0]


def migrate(connection: duckdb.DuckDBPyConnection, steps: tuple[str, ...] = STEPS) -> None:
    """Bring the file to the newest version, all steps or none.

    Raises
    ------
    StoreUnavailable
        If the file is of a newer version than the code.
    """
    version = file_version(connection)
    if version > len(steps):
        raise StoreUnavailable(
            f"database is of version {version}, the code knows {len(steps)}",
            clinical="The record was written by a newer version of Counterpart. Start that version, or another record.",
        )
    if version == len(steps):
        return
    connection.execute("BEGIN")
    try:
        for number, step in enumerate(steps[version:], start=version + 1):
            connection.execute(step)
            now = datetime.now(UTC).replace(tzinfo=None)
            connection.execute("INSERT INTO schema_version VALUES (?, ?)", [number, now])
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
