"""What came in, what was refused, and is the record the same whatever the order?"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from twin.errors import BadFile
from twin.record.fhir import prepare
from twin.record.fhir.aside import held_rows
from twin.record.fhir.reader import READERS, Contents, read_files
from twin.record.fhir.sources import BLOCK, File, files
from twin.record.import_report import ImportReport, UnusedCode
from twin.record.merge import TABLES, Outcome, merge
from twin.record.repeats import flag_repeats
from twin.record.store import Store
from twin.record.waiting import note_patients, released

Progress = Callable[[float, str], None]


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
        self.now = int(self.started.replace(tzinfo=UTC).timestamp() * 1_000_000)
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
            freed = self._release(cursor, contents.aliases, import_id, helper)
            report = self._counted(cursor, contents, outcomes, freed, import_id, lost.result())
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
            detail |= {"released": report.released} if report.released else {}
            detail |= {"moved": report.flagged["moved"]} if "moved" in report.flagged else {}
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
        outcomes: dict[str, Outcome] = {}
        told = partial(held_rows, contents=contents, found=self.found, block_size=self.block_size)
        if patients := contents.batches.pop("Patient", None):
            dated = prepare.dated_patients(pa.Table.from_batches(patients), now=self.now)
            good = prepare.numbered_patients(cursor, prepare.told_apart(cursor, dated))
            outcomes["Patient"] = self._merge_one(cursor, "Patient", good, good[:0], contents, told, import_id)
        for place, (name, good, bad) in enumerate(self._judged(cursor, contents, helper)):
            self._step(0.65 + 0.3 * place / len(contents.batches), "Storing")
            outcomes[name] = self._merge_one(cursor, name, good, bad, contents, told, import_id)
            if name == "Observation":
                flag_repeats(cursor, import_id, keys=prepare.series_keys(good))
        return outcomes

    def _judged(
        self, cursor: duckdb.DuckDBPyConnection, contents: Contents, helper: ThreadPoolExecutor
    ) -> Iterator[tuple[str, pa.Table, pa.Table]]:
        """Yield the rows of each type but patients, those that passed and those that did not."""
        people = prepare.People(cursor, contents.aliases)
        note_patients(cursor, people)
        numbers = people.numbers(contents.subjects), prepare.code_ids(cursor, contents)
        staged = {name: pa.Table.from_batches(batches) for name, batches in sorted(contents.batches.items()) if batches}
        ready = [
            (name, helper.submit(prepare.judged, rows, people, *numbers, now=self.now)) for name, rows in staged.items()
        ]
        for name, future in ready:
            yield name, *future.result()

    def _merge_one(
        self,
        cursor: duckdb.DuckDBPyConnection,
        name: str,
        good: pa.Table,
        bad: pa.Table,
        contents: Contents,
        told: Callable[[str, pa.Table], pa.Table],
        import_id: int,
    ) -> Outcome:
        counts = {"resources": contents.read[name], "has_repeated_ids": name in contents.repeated_ids}
        return merge(cursor, name, good, bad, told=partial(told, name), import_id=import_id, **counts)

    def _release(
        self,
        cursor: duckdb.DuckDBPyConnection,
        aliases: dict[bytes, str],
        import_id: int,
        helper: ThreadPoolExecutor,
    ) -> Outcome:
        """Merge what waited for a patient who is known now; what was stored is counted as such."""
        freed = Outcome()
        for batch in released(cursor, aliases):
            self._step(0.96, "Taking in what waited for its patient")
            read_rows = partial(held_rows, contents=batch.contents, found=batch.found, block_size=BLOCK)
            for name, good, bad in self._judged(cursor, batch.contents, helper):
                told = lambda kind, rows, batch=batch, read=read_rows: batch.placed(read(kind, rows))  # noqa: E731
                outcome = self._merge_one(cursor, name, good, bad, batch.contents, told, import_id)
                freed.stored += len(good.column("occurrence").unique())
                freed.held_rows.update(Counter(freed.held_rows) + Counter(outcome.held_rows))
                if name == "Observation":
                    flag_repeats(cursor, import_id, keys=None)
        return freed

    def _counted(
        self,
        cursor: duckdb.DuckDBPyConnection,
        contents: Contents,
        outcomes: dict[str, Outcome],
        freed: Outcome,
        import_id: int,
        lost: dict[str, np.ndarray],
    ) -> ImportReport:
        """Add up what was done."""
        total: Counter[str] = Counter()
        quarantined = Counter(freed.held_rows)
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
            released=freed.stored,
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
