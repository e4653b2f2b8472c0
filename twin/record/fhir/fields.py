"""What do the resources of one block say, field by field?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from twin.record.fhir import columns, scan

PATHS = scan.Paths(
    "resourceType",
    "id",
    "meta.lastUpdated",
    "meta.versionId",
    "status",
    "subject.reference",
    "patient.reference",
    "encounter.reference",
    "code",
    "category",
    "issued",
    "effectiveDateTime",
    "effectiveInstant",
    "effectivePeriod.start",
    "effectivePeriod.end",
    "valueQuantity.value",
    "valueQuantity.unit",
    "valueQuantity.code",
    "valueQuantity.comparator",
    "valueCodeableConcept",
    "valueString",
    "valueInteger",
    "valueBoolean",
    "dataAbsentReason",
    "component",
    "hasMember",
    "device.reference",
    "performer",
    "clinicalStatus",
    "verificationStatus",
    "onsetDateTime",
    "onsetPeriod.start",
    "abatementDateTime",
    "abatementPeriod.end",
    "recordedDate",
    "medicationCodeableConcept",
    "medicationReference.reference",
    "contained",
    "authoredOn",
    "dateAsserted",
    "intent",
    "dosageInstruction",
    "dosage",
    "dispenseRequest.validityPeriod.end",
    "requester.reference",
    "reasonReference",
    "criticality",
    "reaction",
    "performedDateTime",
    "performedPeriod.start",
    "performedPeriod.end",
    "class.code",
    "type",
    "period.start",
    "period.end",
    "participant",
    "serviceProvider.reference",
    "result",
    "conclusion",
    "started",
    "modality",
    "series",
    "description",
    "vaccineCode",
    "occurrenceDateTime",
    "reference",
    "individual.reference",
    "actor.reference",
)
"""The fields that any importer reads, of every resource type together."""

_COLUMN = {name: number for number, name in enumerate(PATHS.names)}


@dataclass(slots=True)
class Coded:
    """A column of few different values: `numbers` says which of `values` each row has; -1 is none."""

    numbers: np.ndarray
    values: list

    def map(self, meaning: Callable[[Any], Any]) -> "Coded":
        """Replace each different value by its meaning; rows that share a value share the work."""
        return Coded(self.numbers, [meaning(value) for value in self.values])

    def each(self, pick: Callable[[Any], Any], dtype: str, nothing: Any) -> np.ndarray:
        """Return one attribute of each row's value as a plain array."""
        table = np.array([pick(value) for value in self.values] + [nothing], dtype)
        return table[self.numbers]

    def arrow(self, pick: Callable[[Any], str | None] = lambda value: value) -> pa.DictionaryArray:
        """Return the column for DuckDB, as text; a picked ``None`` becomes NULL."""
        texts = [pick(value) for value in self.values]
        numbers = self.numbers
        if None in texts:
            gone = np.array([text is None for text in texts] + [True])
            numbers = np.where(gone[numbers], -1, numbers)
            texts = ["" if text is None else text for text in texts]
        return pa.DictionaryArray.from_arrays(
            pa.array(numbers, pa.int32(), mask=numbers < 0), pa.array(texts, pa.string())
        )

    def __getitem__(self, rows: np.ndarray) -> "Coded":
        return Coded(self.numbers[rows], self.values)


@dataclass(slots=True)
class Rows:
    """Resources of one type, or parts of them, in one block.

    `owners` gives, for parts, the row of the resource that each belongs to.
    """

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    spans: np.ndarray
    owners: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def pick(self, rows: np.ndarray) -> "Rows":
        """Return some of the rows."""
        return Rows(self.data, self.starts[rows], self.ends[rows], self.spans.take(rows, axis=1))

    def span(self, path: str) -> np.ndarray:
        """Return where a field stands in each row; -1 where it does not."""
        return self.spans[_COLUMN[path]]

    def first_span(self, *paths: str) -> np.ndarray:
        """Return where the first of several fields that a row has stands."""
        chosen = self.span(paths[0])
        for path in paths[1:]:
            chosen = np.where(chosen[:, :1] < 0, self.span(path), chosen)
        return chosen

    def has(self, path: str) -> np.ndarray:
        """Say which rows have a field."""
        return self.span(path)[:, 0] >= 0

    def text(self, span: np.ndarray) -> bytes:
        """Return the text of one span."""
        return self.data[span[0] : span[1]].tobytes()

    def coded(self, *paths: str) -> Coded:
        """Return a column of text (the first of the fields that a row has) with each different text once."""
        return self.coded_spans(self.first_span(*paths))

    def coded_spans(self, spans: np.ndarray) -> Coded:
        """Return a column of texts with each different one once."""
        numbers, firsts = columns.distinct(self.data, spans)
        return Coded(numbers, [self.text(span) for span in spans[firsts]])

    def words(self, *paths: str) -> Coded:
        """Return a column of strings."""
        return self.coded(*paths).map(unescape)

    def objects(self, *paths: str) -> Coded:
        """Return a column of parsed objects or arrays, each different one parsed once; ``None`` if it cannot be."""
        return self.coded(*paths).map(parse)

    def numbers(self, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return numbers (NaN where there is none), and which texts are no finite number."""
        values, unread = columns.numbers(self.data, spans)
        for row in np.flatnonzero(unread):
            values[row] = _long_number(self.text(spans[row]))
        return values, unread & ~np.isfinite(values)

    def times(self, *paths: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the first of several times that each row has: microseconds in UTC, and what it was."""
        return columns.times(self.data, self.first_span(*paths))

    def strings(self, spans: np.ndarray) -> pa.StringArray:
        """Return a column of strings that are mostly different, such as ids."""
        text, offsets = columns.gather(self.data, spans)
        return pa.StringArray.from_buffers(len(spans), pa.py_buffer(offsets), pa.py_buffer(text))

    def elements(self, path: str) -> "Rows":
        """Return the objects of an array field as rows of their own, with the same fields."""
        spans = self.span(path)
        size = spans[:, 1] - spans[:, 0]
        most = int(size.sum()) // 2 + 1
        owners, starts = np.empty(most, np.int32), np.empty(most, np.int64)
        count = scan.elements(self.data, spans, owners, starts)
        return read(self.data, starts[:count].copy(), owners[:count].copy())


def parse(text: bytes) -> Any:
    """Return what well-formed JSON text says; ``None`` for what no program can hold, such as half a character."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def unescape(text: bytes) -> str:
    """Return the string that the text of a JSON string stands for."""
    said = parse(b'"' + text + b'"') if b"\\" in text else None
    return said if said is not None else text.decode()


def _long_number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read(data: np.ndarray, starts: np.ndarray, owners: np.ndarray | None = None) -> Rows:
    """Note the fields of the resources that start at the given places of a block that was checked before."""
    ends = np.empty(len(starts), np.int64)
    spans = np.full((len(PATHS.names), len(starts), 2), -1, np.int32)
    result = scan.fields(data, starts, 0, *PATHS.tables, ends, spans)
    if result < 0:
        raise scan.NotJson(-1 - result)
    return Rows(data, starts, ends, spans, owners)


def read_text(data: np.ndarray, first: int, limit: int, most: int) -> Rows | None:
    """Note the fields of the resources that follow one another from `first` to `limit`.

    Returns
    -------
        ``None`` if there are more than `most`.
    """
    starts, ends = np.empty(most + 1, np.int64), np.empty(most + 1, np.int64)
    starts[0] = first
    spans = np.full((len(PATHS.names), most + 1, 2), -1, np.int32)
    count = scan.fields(data, starts, limit, *PATHS.tables, ends, spans)
    if count < 0:
        raise scan.NotJson(-1 - count)
    return Rows(data, starts[:count], ends[:count], spans[:, :count]) if count <= most else None
