"""What do the resources of one block say, field by field?"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from twin.record.fhir import columns
from twin.record.fhir.documents import elements
from twin.record.fhir.scan import IDENTITY, NUMBER, REFERENCE, SPAN, TIME, WORD, Notes, Paths
from twin.record.fhir.text import LONG, MISSING

_HALF = re.compile(rb"\\\\|\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(\\u[dD][89a-fA-F]\w\w)")
"""Half of a character in JSON text; a backslash of its own and a whole pair are passed over."""

PATHS = Paths(
    {
        "resourceType": WORD,
        "id": IDENTITY,
        "meta.lastUpdated": TIME,
        "meta.versionId": WORD,
        "status": WORD,
        "subject.reference": WORD,
        "patient.reference": WORD,
        "encounter.reference": REFERENCE,
        "requester.reference": REFERENCE,
        "serviceProvider.reference": REFERENCE,
        "reference": REFERENCE,
        "individual.reference": REFERENCE,
        "actor.reference": REFERENCE,
        "medicationReference.reference": SPAN,
        "code": WORD,
        "category": WORD,
        "type": WORD,
        "class.code": WORD,
        "description": WORD,
        "vaccineCode": WORD,
        "medicationCodeableConcept": WORD,
        "conclusion": WORD,
        "clinicalStatus": WORD,
        "verificationStatus": WORD,
        "intent": WORD,
        "criticality": WORD,
        "reaction": WORD,
        "dosageInstruction": WORD,
        "dosage": WORD,
        "valueQuantity.value": NUMBER,
        "valueInteger": NUMBER,
        "valueQuantity.unit": WORD,
        "valueQuantity.code": WORD,
        "valueQuantity.comparator": WORD,
        "valueCodeableConcept": WORD,
        "valueString": WORD,
        "valueBoolean": WORD,
        "dataAbsentReason": SPAN,
        "component": SPAN,
        "hasMember": SPAN,
        "contained": SPAN,
        "performer": WORD,
        "participant": SPAN,
        "result": SPAN,
        "reasonReference": SPAN,
        "series": WORD,
        "device.reference": SPAN,
        "issued": TIME,
        "effectiveDateTime": TIME,
        "effectiveInstant": TIME,
        "effectivePeriod.start": TIME,
        "effectivePeriod.end": TIME,
        "onsetDateTime": TIME,
        "onsetPeriod.start": TIME,
        "abatementDateTime": TIME,
        "abatementPeriod.end": TIME,
        "recordedDate": TIME,
        "authoredOn": TIME,
        "dateAsserted": TIME,
        "dispenseRequest.validityPeriod.end": TIME,
        "performedDateTime": TIME,
        "performedPeriod.start": TIME,
        "performedPeriod.end": TIME,
        "period.start": TIME,
        "period.end": TIME,
        "started": TIME,
        "occurrenceDateTime": TIME,
        "birthDate": TIME,
        "deceasedDateTime": TIME,
    }
)
"""The fields that any importer reads, of every resource type together."""


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

    def used(self) -> "Coded":
        """Return the column with only the values that a row has."""
        seen = np.flatnonzero(np.bincount(self.numbers + 1, minlength=len(self.values) + 1)[1:])
        again = np.full(len(self.values) + 1, -1, np.int32)
        again[seen] = np.arange(len(seen))
        return Coded(again[self.numbers], [self.values[number] for number in seen])

    def or_else(self, other: "Coded") -> "Coded":
        """Return the column with another's value where it has none."""
        if not other.values:
            return self
        shifted = np.where(other.numbers < 0, -1, other.numbers + len(self.values))
        return Coded(np.where(self.numbers < 0, shifted, self.numbers), [*self.values, *other.values])

    def __getitem__(self, rows: np.ndarray) -> "Coded":
        return Coded(self.numbers[rows], self.values)


class Rows:
    """Some of the resources of a block, or parts of them, with their fields.

    `owners` gives, for parts, the row of the resource that each belongs to.
    """

    def __init__(self, notes: Notes, chosen: np.ndarray | None = None, owners: np.ndarray | None = None) -> None:
        self.notes, self.chosen, self.owners = notes, chosen, owners
        self.data = notes.data
        self.starts = notes.starts if chosen is None else notes.starts[chosen]
        self.ends = notes.ends if chosen is None else notes.ends[chosen]

    def __len__(self) -> int:
        return len(self.starts)

    def pick(self, rows: np.ndarray) -> "Rows":
        """Return some of the rows."""
        return Rows(self.notes, rows if self.chosen is None else self.chosen[rows])

    def _column(self, array: np.ndarray, path: str) -> np.ndarray:
        place = self.notes.places[PATHS.column[path]]
        if place < 0:
            return np.zeros(len(self), array.dtype)
        column = array[:, place]
        return column if self.chosen is None else column[self.chosen]

    def states(self, path: str) -> np.ndarray:
        """Return what each row's field was; 0 where it is absent."""
        return self._column(self.notes.states, path)

    def values(self, path: str) -> np.ndarray:
        """Return what was noted of each row's field; anything where it is absent."""
        return self._column(self.notes.values, path)

    def has(self, path: str) -> np.ndarray:
        """Say which rows have a field."""
        return self.states(path) > 0

    def has_any(self, path: str) -> bool:
        """Say whether any row of the block has a field."""
        return self.notes.places[PATHS.column[path]] >= 0

    def span(self, path: str) -> np.ndarray:
        """Return where a field that is noted by its place stands in each row; -1 where it does not."""
        return _unpack(np.where(self.has(path), self.values(path), -1))

    def text(self, span: np.ndarray) -> bytes:
        """Return the text of one span."""
        return self.data[span[0] : span[1]].tobytes()

    def _texts(self, spans: np.ndarray) -> list[bytes]:
        view = memoryview(self.data)
        return [bytes(view[first:last]) for first, last in spans.tolist()]

    def coded(self, *paths: str) -> "Coded":
        """Return a column of text (the first of the fields that a row has) with each different text once."""
        column = self._coded(paths[0])
        for path in paths[1:]:
            column = column.or_else(self._coded(path))
        return column

    def _coded(self, path: str) -> "Coded":
        if not self.has_any(path):
            return Coded(np.full(len(self), -1, np.int32), [])
        column = PATHS.column[path]
        firsts = self.notes.firsts[column, : self.notes.counts[column]]
        numbers = np.where(self.has(path), self.values(path), -1)
        texts = self._texts(firsts)
        late = np.flatnonzero(numbers >= len(firsts))
        if len(late):  # more different words than were numbered: these rows have spans instead
            again, rows = columns.distinct(self.data, _unpack(numbers[late]))
            texts += self._texts(_unpack(numbers[late[rows]]))
            numbers[late] = again + len(firsts)
        column = Coded(numbers.astype(np.int32), texts)
        return column if self.chosen is None else column.used()

    def words(self, *paths: str) -> "Coded":
        """Return a column of strings."""
        return self.coded(*paths).map(unescape)

    def objects(self, *paths: str) -> "Coded":
        """Return a column of parsed objects or arrays, each different one parsed once; ``None`` if it cannot be."""
        return self.coded(*paths).map(parse)

    def numbers(self, *paths: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the first of several numbers (NaN where there is none), and which are no finite number."""
        values, unreadable = np.full(len(self), np.nan), np.zeros(len(self), bool)
        for path in reversed(paths):
            states = self.states(path)
            values = np.where(states > 0, self._column(self.notes.values.view(np.float64), path), values)
            for row in np.flatnonzero(states == LONG):
                values[row] = _long_number(self.text(self.span(path)[row]))
            unreadable = np.where(states > 0, ~np.isfinite(values), unreadable)
        return np.where(unreadable, np.nan, values), unreadable

    def times(self, *paths: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the first of several times that each row has: microseconds in UTC, and what it was."""
        micros, kinds = self.values(paths[0]), self.states(paths[0])
        for path in paths[1:]:
            if self.has_any(path):
                absent = kinds == MISSING
                micros = np.where(absent, self.values(path), micros)
                kinds = np.where(absent, self.states(path), kinds)
        return micros, kinds

    def marks(self, path: str) -> np.ndarray:
        """Return the hash of an id, or of what a reference leads to; 0 where there is none."""
        return np.where(self.has(path), self.values(path), 0).view(np.uint64)

    def ids(self) -> tuple[pa.StringArray, np.ndarray]:
        """Return the ids of the resources, empty where there is none, and which are empty."""
        spans = self.notes.id_spans if self.chosen is None else self.notes.id_spans.take(self.chosen, axis=0)
        text, offsets = columns.gather(self.notes.ids, spans)
        ids = pa.StringArray.from_buffers(len(spans), pa.py_buffer(offsets), pa.py_buffer(text))
        return ids, spans[:, 0] == spans[:, 1]

    def elements(self, path: str) -> "Rows":
        """Return the objects of an array field as rows of their own, with the same fields."""
        spans = self.span(path)
        size = spans[:, 1] - spans[:, 0]
        most = int(size.sum()) // 2 + 1
        owners, starts = np.empty(most, np.int32), np.empty(most, np.int64)
        count = elements(self.data, spans, owners, starts)
        return Rows(PATHS.read(self.data, starts[:count].copy()), owners=owners[:count].copy())


def _unpack(packed: np.ndarray) -> np.ndarray:
    """Return spans from their packed form; -1 stays -1."""
    return np.stack([packed >> 32, np.where(packed < 0, -1, packed & 0xFFFFFFFF)], axis=1).astype(np.int32)


def parse(text: bytes) -> Any:
    """Return what well-formed JSON text says; ``None`` for what no program can hold, such as half a character."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def parse_mended(text: bytes) -> Any:
    """Return what JSON text says, each half of a character as U+FFFD; ``None`` for what still cannot be held."""
    return parse(_HALF.sub(lambda found: rb"\ufffd" if found[1] else found[0], text))


def unescape(text: bytes) -> str:
    """Return the string that the text of a JSON string stands for."""
    said = parse(b'"' + text + b'"') if b"\\" in text else None
    return said if said is not None else text.decode()


def _long_number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
