"""What came in, what was refused, and is the record the same whatever the order?"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from twin.errors import BadFile
from twin.record.fhir import prepare
from twin.record.fhir.reader import READERS, Contents, read_files
from twin.record.fhir.sources import BLOCK, File, files
from twin.record.merge import TABLES, Outcome, merge
from twin.record.repeats import flag_repeats
from twin.record.store import Store

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class UnusedCode:
    """A code that is kept in the record but not used here, and how often it came."""

    table: str
    system: str
    code: str
    display: str
    count: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Every resource read is counted once: ``read = stored + replaced + unchanged + superseded + set_aside +
    not used``. `quarantined` counts rows by reason, and a row is a value or a component: of a resource with
    one bad component the others are stored.
    """

    import_id: int | None
    files: int
    read: int
    stored: int = 0
    replaced: int = 0
    unchanged: int = 0
    superseded: int = 0  # an older version than the record or the import itself holds
    set_aside: int = 0  # resources of which every row is in quarantine
    quarantined: dict[str, int] = field(default_factory=dict)
    flagged: dict[str, int] = field(default_factory=dict)
    not_used: dict[str, int] = field(default_factory=dict)
    by_type: dict[str, dict[str, int]] = field(default_factory=dict)
    unused_codes: tuple[UnusedCode, ...] = ()
    dangling: dict[str, int] = field(default_factory=dict)
    patients: int = 0
    seconds: float = 0.0
    cancelled: bool = False

    def to_json(self) -> dict:
        """Return the report as plain data."""
        return asdict(self)


class _Cancelled(Exception):
    """The caller asked to stop."""


def import_paths(
    store: Store,
    paths: Iterable[Path],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    now: datetime | None = None,
    block_size: int = BLOCK,
) -> ImportReport:
    """Bring files, folders and archives of FHIR R4 into the record, all or nothing.

    Parameters
    ----------
    progress
        Called with the share done, 0 to 1, and what is being done.
    cancelled
        Asked often; once true, nothing is changed and the report says so.
    now
        The time of the import, UTC without zone; the clock's by default.
    block_size
        Bytes of text read at a time. [B]

    Raises
    ------
    BadFile
        If any file is no FHIR, is damaged or exceeds a bound; nothing was changed.
    NotAllowed
        If the session's role may not import.
    """
    store.require_import()
    run = _Run(store, [Path(path) for path in paths], progress, cancelled, now, block_size)
    try:
        return run.report()
    except BadFile:
        store.audit("refuse", "import", {"files": len(run.found)})
        raise
    except _Cancelled:
        store.audit("refuse", "import", {"cancelled": True, "files": len(run.found)})
        return ImportReport(None, len(run.found), 0, seconds=run.seconds(), cancelled=True)


class _Run:
    """One import on its way."""

    def __init__(
        self,
        store: Store,
        paths: list[Path],
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        now: datetime | None,
        block_size: int,
    ) -> None:
        self.store, self.paths, self.block_size = store, paths, block_size
        self.progress = progress or (lambda share, text: None)
        self.cancelled = cancelled or (lambda: False)
        self.started = now or datetime.now(UTC).replace(tzinfo=None)
        self.clock = time.perf_counter()
        self.found: list[File] = []

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return round(time.perf_counter() - self.clock, 3)

    def report(self) -> ImportReport:
        """Read, merge, count and commit."""
        self._step(0.0, "Looking at the files")
        self.found = files(self.paths)
        contents = self._read()
        with self.store.database.writing() as cursor, ThreadPoolExecutor(2, "import") as helper:
            import_id = cursor.execute("SELECT coalesce(max(import_id), 0) + 1 FROM imports").fetchone()[0]
            lost = helper.submit(prepare.lost_references, contents)
            outcomes = self._merge(cursor, contents, import_id, helper)
            report = self._counted(cursor, contents, outcomes, import_id, lost.result())
            self._step(0.97, "Saving")
            finished = datetime.now(UTC).replace(tzinfo=None)
            user = self.store.session.user
            rows = sum(report.quarantined.values())
            counts = [report.files, report.read, report.stored, report.unchanged, report.replaced, rows]
            cursor.execute(
                "INSERT INTO imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [import_id, self.started, finished, user, *counts, json.dumps(report.to_json(), ensure_ascii=False)],
            )
            detail = {"files": report.files, "read": report.read, "stored": report.stored, "replaced": report.replaced}
            self.store.audit("import", str(import_id), detail, inside=cursor)
        self.progress(1.0, "Done")
        return report

    def _step(self, share: float, text: str) -> None:
        if self.cancelled():
            raise _Cancelled
        self.progress(share, text)

    def _read(self) -> Contents:
        expected = max(1, sum(file.size * (12 if file.is_packed else 1) for file in self.found))

        def on_block(done: int) -> None:
            self._step(0.6 * min(1.0, done / expected), "Reading")

        return read_files(self.found, on_block=on_block, block_size=self.block_size)

    def _merge(
        self, cursor: duckdb.DuckDBPyConnection, contents: Contents, import_id: int, helper: ThreadPoolExecutor
    ) -> dict[str, Outcome]:
        """Merge the patients, then all that belongs to them, each type while the next is being made ready."""
        staged = {name: pa.Table.from_batches(batches) for name, batches in sorted(contents.batches.items()) if batches}
        outcomes: dict[str, Outcome] = {}

        def merge_one(name: str, good: pa.Table, bad: pa.Table) -> None:
            told = partial(prepare.held_rows, name, contents=contents, found=self.found, block_size=self.block_size)
            counts = {"resources": contents.read[name], "has_repeated_ids": name in contents.repeated_ids}
            outcomes[name] = merge(cursor, name, good, bad, told=told, import_id=import_id, **counts)

        now = int(self.started.replace(tzinfo=UTC).timestamp() * 1_000_000)
        if "Patient" in staged:
            dated = prepare.dated_patients(staged.pop("Patient"), now=now)
            patients = prepare.numbered_patients(cursor, prepare.told_apart(cursor, dated))
            merge_one("Patient", patients, patients[:0])
        people = prepare.People(cursor, contents.aliases)
        numbers = people.numbers(contents.subjects), prepare.code_ids(cursor, contents)
        ready = {name: helper.submit(prepare.judged, rows, people, *numbers, now=now) for name, rows in staged.items()}
        for place, name in enumerate(ready):
            self._step(0.65 + 0.3 * place / len(ready), "Storing")
            good, bad = ready[name].result()
            merge_one(name, good, bad)
            if name == "Observation":
                flag_repeats(cursor, import_id, keys=prepare.series_keys(good))
        return outcomes

    def _counted(
        self,
        cursor: duckdb.DuckDBPyConnection,
        contents: Contents,
        outcomes: dict[str, Outcome],
        import_id: int,
        lost: dict[str, np.ndarray],
    ) -> ImportReport:
        """Add up what was done."""
        total: Counter[str] = Counter()
        quarantined: Counter[str] = Counter()
        by_type = {}
        for name, outcome in sorted(outcomes.items()):
            counts = {key: getattr(outcome, key) for key in _VERDICTS}
            total.update(counts)
            quarantined.update(outcome.held_rows)
            by_type[name] = {"read": contents.read[name], **{key: count for key, count in counts.items() if count}}
        not_used = {name: count for name, count in contents.read.items() if name.encode() not in READERS}
        if contents.without_resource:
            not_used["entry without a resource"] = contents.without_resource
        return ImportReport(
            import_id=import_id,
            files=len(self.found),
            read=contents.read.total() + contents.without_resource,
            **{key: total[key] for key in _VERDICTS},
            quarantined=dict(sorted(quarantined.items())),
            flagged=_flagged(cursor, import_id),
            not_used=dict(sorted(not_used.items())),
            by_type=by_type,
            unused_codes=_unused_codes(cursor, import_id),
            dangling=prepare.dangling(cursor, lost),
            patients=by_type.get("Patient", {}).get("stored", 0),
            seconds=self.seconds(),
        )


_VERDICTS = ("stored", "replaced", "unchanged", "superseded", "set_aside")


def _flagged(cursor: duckdb.DuckDBPyConnection, import_id: int) -> dict[str, int]:
    """Count the flags of the rows that this import brought."""
    query = " UNION ALL ".join(
        f"SELECT flags, count(*) FROM {table} WHERE import_id = {import_id} AND flags IS NOT NULL GROUP BY flags"
        for table in sorted(set(TABLES.values()))
    )
    counts: Counter[str] = Counter()
    for flags, rows in cursor.execute(query).fetchall():
        counts.update(dict.fromkeys(flags.split(","), rows))
    return dict(sorted(counts.items()))


def _unused_codes(cursor: duckdb.DuckDBPyConnection, import_id: int) -> tuple[UnusedCode, ...]:
    """Count the codes that this import brought and that are not used, the most frequent first."""
    rows = cursor.execute(
        "SELECT table_name, coalesce(system, ''), coalesce(code, ''), coalesce(display, ''), rows "
        "FROM unused_codes WHERE import_id = ? ORDER BY rows DESC, 1, 2, 3, 4",
        [import_id],
    ).fetchall()
    return tuple(UnusedCode(*row) for row in rows)
