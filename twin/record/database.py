"""Who owns the one database file of this installation?"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import astuple
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import duckdb

from twin.errors import StoreUnavailable
from twin.governance.audit import Seal, next_row
from twin.governance.session import Session, program_session
from twin.record.migrations import migrate
from twin.record.seals import newest_row, read_seal
from twin.record.store import Store

FILE_NAME = "counterpart.duckdb"
KEY_VARIABLE = "COUNTERPART_KEY"
"""Environment variable with the key of an encrypted record."""

_CATALOG = "record"
_open_databases: dict[Path, "Database"] = {}
_opening = threading.Lock()


class Database:
    """The process-wide owner of the record's file; every store is a session on it.

    A file has one owning process. Within the process, opening it again returns the same owner, and the
    last `close` closes it. Threads share it: each takes its own cursor, and the audit has one lock.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._holders = 0
        self._audit_lock = threading.RLock()
        self._write_lock = threading.Lock()
        self._connection = _connect(path)
        try:
            migrate(self._connection)
            self._seal = read_seal(self._connection)
            self._last = self._seal or newest_row(self._connection)
            self._settle()
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    def open(cls, home: Path) -> Self:
        """Open the record of a folder, and make both where they do not exist.

        Raises
        ------
        StoreUnavailable
            If the folder cannot be made, if another process has the record, if it is of a newer version, or if
            the key does not fit.
        """
        path = Path(home).resolve() / FILE_NAME
        with _opening:
            database = _open_databases.get(path)
            if database is None:
                _make_folder(path.parent)
                database = _open_databases[path] = cls(path)
            database._holders += 1
            return database

    def session(self, session: Session) -> Store:
        """Return a store for one person's visit; writes an audit row."""
        store = Store(self, session)
        store.audit("open", "record", {})
        return store

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own: one a run, never shared between threads."""
        cursor = self._connection.cursor()
        cursor.execute(f"USE {_CATALOG}")
        return cursor

    def data_version(self) -> int:
        """Return how many imports, corrections and undoings there were: it grows whenever the record's data change."""
        with self.cursor() as cursor:
            return cursor.execute(
                "SELECT (SELECT coalesce(max(import_id), 0) FROM imports) "
                "+ (SELECT count(*) + count(undone) FROM corrections)"
            ).fetchone()[0]

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give the one writer a cursor in a transaction, which `append_audit` commits; else it is rolled back."""
        with self._write_lock, self._transaction() as cursor:
            yield cursor

    def append_audit(
        self,
        session: Session,
        action: str,
        subject: str,
        detail: dict,
        *,
        inside: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        """Write the next row of the audit and seal it as the end, both or neither.

        The row follows the sealed end, not the newest row that is left, so that what was cut off stays missing.
        A seal that was removed is not made anew.

        Parameters
        ----------
        inside
            A cursor in a transaction, which is committed here: what was done and that it was done become
            durable together. Without it the row is written on its own.
        """
        with self._audit_lock:
            now = datetime.now(UTC).replace(tzinfo=None)
            row = next_row(session, action, subject, detail, time=now, last=self._last)
            end = Seal(row.number, row.digest, self._last.adopted)
            with nullcontext(inside) if inside is not None else self._transaction() as cursor:
                cursor.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", list(astuple(row)))
                if self._seal is not None:
                    cursor.execute("INSERT INTO audit_seals VALUES (?, ?, ?)", list(astuple(end)))
                cursor.execute("COMMIT")
            self._last = end

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor in a transaction, which is rolled back unless it was committed."""
        cursor = self.cursor()
        cursor.execute("BEGIN")
        try:
            yield cursor
        finally:
            with suppress(duckdb.TransactionException):  # nothing left to roll back after a commit
                cursor.execute("ROLLBACK")
            cursor.close()

    def _settle(self) -> None:
        """Say in the chain that its present end was adopted, if nothing has since; clear away older seals."""
        if self._seal is None:
            return
        self._connection.execute("DELETE FROM audit_seals WHERE number < ?", [self._seal.number])
        if self._seal.number == self._seal.adopted > 0:
            self.append_audit(program_session(), "adopt", "audit", {"rows": self._seal.adopted})

    def close(self) -> None:
        """Give the file back; it is closed when every holder has."""
        with _opening:
            self._holders -= 1
            if self._holders == 0:
                _open_databases.pop(self.path, None)
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Attach the file to a connection that may touch no other file and load nothing by itself."""
    config = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(path.with_suffix(".spill")),
    }
    key = os.environ.get(KEY_VARIABLE)
    connection = duckdb.connect(config=config)
    try:
        if key:
            connection.load_extension(_encryption_extension())
            connection.execute("SET temp_file_encryption = true")
        option = f" (ENCRYPTION_KEY {_quoted(key)})" if key else ""
        connection.execute(f"ATTACH {_quoted(str(path))} AS {_CATALOG}{option}")
    except duckdb.Error as error:
        connection.close()
        raise _unavailable(error) from error
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    connection.execute(f"USE {_CATALOG}")
    return connection


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(
            f"{folder}: {error.strerror}",
            clinical="The folder of the record cannot be made. Choose one that this computer may write to.",
        ) from error


def _encryption_extension() -> str:
    """Return the file of the httpfs extension, whose cryptography DuckDB needs to write encrypted files."""
    package = find_spec("duckdb_extension_httpfs")
    files = sorted(Path(package.origin).parent.glob("extensions/*/httpfs.duckdb_extension")) if package else []
    if not files:
        raise StoreUnavailable(
            "COUNTERPART_KEY is set but duckdb-extension-httpfs is not installed",
            clinical="The record cannot be encrypted on this computer. Install the program again.",
        )
    return str(files[-1])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unavailable(error: duckdb.Error) -> StoreUnavailable:
    text = str(error)
    if "lock" in text.lower():
        clinical = "The record is in use by another Counterpart on this computer. Close it, then try again."
    elif "is not encrypted" in text:
        clinical = f"The record is not encrypted, but a key is given. Remove {KEY_VARIABLE}, or choose another folder."
    elif "encrypt" in text.lower() or "key" in text.lower():
        clinical = f"The record is encrypted and the key does not fit. Check {KEY_VARIABLE}."
    else:
        clinical = "The record cannot be opened: the file is damaged or is no record of Counterpart."
    # The text of the error names the path only.
    return StoreUnavailable(f"{type(error).__name__}: {text.splitlines()[0]}", clinical=clinical)
