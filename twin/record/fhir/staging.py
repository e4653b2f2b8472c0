"""What does every row that is read carry until it is in the record?"""

import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from twin.record.fhir import text
from twin.record.fhir.fields import Coded, Rows, unescape
from twin.record.quality import Flag, flag_text

NO_TIME = np.iinfo(np.int64).min
"""What stands for no time in arrays of microseconds; numpy's NaT."""


class Numbers:
    """Numbers different things over a whole import; safe with several threads."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._lock = threading.Lock()

    def of(self, things: Iterable[Hashable]) -> list[int]:
        """Return the number of each thing, the next one for what is new."""
        with self._lock:
            return [self._numbers.setdefault(thing, len(self._numbers)) for thing in things]

    def things(self) -> list:
        """Return the things in the order of their numbers."""
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class Names:
    """What an import numbers: references to patients, and codes as (system, code, display)."""

    subjects: Numbers = field(default_factory=Numbers)
    codes: Numbers = field(default_factory=Numbers)


@dataclass(slots=True)
class BlockResult:
    """What one block gave."""

    read: Counter[str] = field(default_factory=Counter)
    batches: dict[str, list[pa.RecordBatch]] = field(default_factory=lambda: defaultdict(list))
    pending: list = field(default_factory=list)  # medications, whose drug may be in another block
    drugs: dict[bytes, bytes] = field(default_factory=dict)  # Medication resources: key to coded concept
    aliases: dict[bytes, str] = field(default_factory=dict)  # other names of patients: full URLs, identifiers
    present: list[np.ndarray] = field(default_factory=list)  # hashes of all ids
    wanted: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))  # of references
    id_marks: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    spans: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)  # of all resources, in groups
    without_resource: int = 0


@dataclass(slots=True)
class Context:
    """Where the rows of a block stand in the import."""

    block: int
    first_row: int
    lines: np.ndarray
    urls: np.ndarray
    names: "Names"
    result: BlockResult


def resource_ids(rows: Rows, urls: np.ndarray) -> pa.StringArray:
    """Return the id of each resource.

    Without an ``id``, the last part of its full URL stands for it, and without that a digest of its text, so
    that the same text is the same resource.
    """
    ids, empty = rows.ids()
    if not empty.any():
        return ids
    texts = ids.to_pylist()
    for row in np.flatnonzero(empty):
        if urls[row, 0] >= 0:
            url = unescape(rows.text(urls[row]))
            texts[row] = url.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        else:
            content = rows.text((rows.starts[row], rows.ends[row]))
            texts[row] = "sha256-" + hashlib.sha256(content).hexdigest()[:40]
    return pa.array(texts, pa.string())


def common(rows: Rows, context: Context, rows_of_block: np.ndarray) -> dict[str, pa.Array | np.ndarray]:
    """Return the columns that every table's rows have before they are merged.

    ``subject`` numbers the patient reference; ``occurrence`` tells two versions of a resource in one import
    apart and leads back to its block; ``first`` and ``last`` are its place there, ``line`` its line in the file.
    """
    subjects = rows.coded("subject.reference", "patient.reference")
    subject = Coded(subjects.numbers, context.names.subjects.of(subjects.values)).each(int, "int32", -1)
    updated, kinds = rows.times("meta.lastUpdated")
    occurrence = (np.int64(context.block) << 32) + context.first_row + rows_of_block
    return {
        "resource_id": resource_ids(rows, context.urls[rows_of_block]),
        "part": np.zeros(len(rows), np.int16),
        "subject": subject,
        "occurrence": occurrence,
        "first": rows.starts,
        "last": rows.ends,
        "line": context.lines[rows_of_block],
        "updated": np.where(kinds > text.BAD, updated, NO_TIME).view("M8[us]"),
        "version": rows.words("meta.versionId").arrow(),
    }


def take(base: dict[str, pa.Array | np.ndarray], rows: np.ndarray) -> dict[str, pa.Array | np.ndarray]:
    """Return some rows of the columns, also more than once each."""
    return {
        name: column[rows] if isinstance(column, np.ndarray) else column.take(pa.array(rows))
        for name, column in base.items()
    }


def code_numbers(code: Coded, names: Names) -> np.ndarray:
    """Return the number of each row's code in the import; -1 without one."""
    numbers = names.codes.of((c.system, c.code, c.display) for c in code.values)
    return Coded(code.numbers, numbers).each(int, "int32", -1)


def spread(code: Coded) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that codes with several meanings become: the row each comes from, and its part."""
    count = code.each(lambda c: len(c.meaning or ()) or 1, "int64", 1)
    rows = np.repeat(np.arange(len(count)), count)
    return rows, (np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)).astype(np.int16)


def meanings(code: Coded, part: np.ndarray, pick: Callable[[Any], str]) -> pa.DictionaryArray:
    """Return what is picked of the meaning that each spread row stands for."""
    width = max((len(value.meaning or ()) for value in code.values), default=0) + 1
    texts = [
        pick(value.meaning[place]) if place < len(value.meaning or ()) else None
        for value in code.values
        for place in range(width)
    ]
    return Coded(np.where(code.numbers < 0, -1, code.numbers * width + part), texts).arrow()


def batch(columns_: dict[str, pa.Array | np.ndarray]) -> pa.RecordBatch:
    """Return the columns as one Arrow batch; NaN and NaT become NULL."""
    arrays = [
        pa.array(column, from_pandas=True) if isinstance(column, np.ndarray) else column for column in columns_.values()
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns_))


def flag_column(flags: np.ndarray) -> pa.DictionaryArray:
    """Return the flags of each row as text for DuckDB."""
    different = np.flatnonzero(np.bincount(flags))
    number_of = np.zeros(int(different[-1]) + 1 if len(different) else 1, np.int32)
    number_of[different] = np.arange(len(different))
    return Coded(number_of[flags], [flag_text(int(value)) for value in different]).arrow()


def time_flags(kinds: np.ndarray) -> np.ndarray:
    """Return the flags that a time's precision gives a row."""
    partial = (kinds == text.YEAR) | (kinds == text.MONTH)
    return np.where(partial, Flag.PARTIAL_DATE, 0) | np.where(kinds == text.LOCAL, Flag.LOCAL_TIME, 0)


def moments(micros: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return times for DuckDB; NaT where there is none."""
    return np.where(kinds > text.BAD, micros, NO_TIME).view("M8[us]")


def days(micros: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Return days for DuckDB; NaT where there is none."""
    return moments(micros, kinds).astype("M8[D]")
