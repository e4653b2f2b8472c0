"""What is in a set of FHIR files, as rows ready to be merged into the record?"""

import os
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from twin.errors import BadFile
from twin.record.fhir import columns
from twin.record.fhir.clinical import read_allergies, read_conditions
from twin.record.fhir.documents import resources
from twin.record.fhir.events import read_encounters, read_images, read_immunizations, read_procedures, read_reports
from twin.record.fhir.fields import PATHS, Rows
from twin.record.fhir.grammar import NotJson
from twin.record.fhir.medications import Pending, read_drugs, read_medications
from twin.record.fhir.observations import read_observations
from twin.record.fhir.patients import read_patients
from twin.record.fhir.sources import BLOCK, Block, File, Part, blocks, refuse
from twin.record.fhir.staging import BlockResult, Context, Names

READERS: dict[bytes, Callable[[Rows, np.ndarray, Context], list[pa.RecordBatch]]] = {
    b"Patient": read_patients,
    b"Observation": read_observations,
    b"Condition": read_conditions,
    b"MedicationRequest": read_medications("request"),
    b"MedicationStatement": read_medications("statement"),
    b"MedicationAdministration": read_medications("administration"),
    b"AllergyIntolerance": read_allergies,
    b"Procedure": read_procedures,
    b"Encounter": read_encounters,
    b"DiagnosticReport": read_reports,
    b"ImagingStudy": read_images,
    b"Immunization": read_immunizations,
}
"""What stages the rows of each resource type; other types are counted only."""

_SINGLE_REFERENCES = ("encounter.reference", "requester.reference", "serviceProvider.reference")
_LISTED_REFERENCES = ("participant", "performer", "result", "reasonReference")
MAX_INNER = 8
"""How many Bundles may stand inside one another below the first; a folder of a patient needs one or two."""

_BUNDLE = b"Bundle"
_ROWS_AT_ONCE = 1 << 15
_SMALL = 1 << 18  # bytes of a part that is read together with others
_FEW = 24  # fields that the resources of one type have
_NO_URL = np.full((1, 2), -1, np.int32)


@dataclass(slots=True)
class Contents:
    """Everything read from a set of files. `batches` are staged rows by resource type; see `staging.common`."""

    read: Counter[str] = field(default_factory=Counter)
    batches: dict[str, list[pa.RecordBatch]] = field(default_factory=lambda: defaultdict(list))
    subjects: list[bytes] = field(default_factory=list)  # by number, as in the rows
    codes: list[tuple[str | None, str | None, str | None]] = field(default_factory=list)  # likewise
    parts: list[list[Part]] = field(default_factory=list)  # what each block holds
    spans: list[list[tuple[np.ndarray, np.ndarray]]] = field(default_factory=list)  # of its resources, in groups
    drugs: dict[bytes, bytes] = field(default_factory=dict)  # what each Medication is, by the last part of its name
    aliases: dict[bytes, str] = field(default_factory=dict)
    present: list[np.ndarray] = field(default_factory=list)
    wanted: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    without_resource: int = 0
    repeated_ids: set[str] = field(default_factory=set)  # types in which an id may come more than once

    def span(self, occurrence: int) -> tuple[int, tuple[int, int]]:
        """Return the block of a resource, and its first byte there and the byte after its last."""
        block, row = occurrence >> 32, occurrence & 0xFFFFFFFF
        for starts, ends in self.spans[block]:
            if row < len(starts):
                return block, (int(starts[row]), int(ends[row]))
            row -= len(starts)
        raise IndexError(occurrence)


def read_files(
    found: list[File], *, on_block: Callable[[int], None] = lambda _: None, block_size: int = BLOCK
) -> Contents:
    """Read every file into staged rows, two blocks at a time.

    Parameters
    ----------
    on_block
        Called with the bytes read so far after each block; what it raises ends the reading.

    Raises
    ------
    BadFile
        At the first file that is no FHIR, with its line and field.
    """
    contents, names = Contents(), Names()
    pending: list[Pending] = []
    id_marks: dict[str, list[np.ndarray]] = defaultdict(list)
    size = 0
    for block, result in _in_threads(blocks(found, block_size=block_size), names):
        size += len(block.data)
        on_block(size)
        contents.parts.append(block.parts)
        contents.read.update(result.read)
        contents.without_resource += result.without_resource
        contents.aliases.update(result.aliases)
        contents.present += result.present
        pending += result.pending
        contents.spans.append(result.spans)
        contents.drugs.update(result.drugs)
        _extend(contents.batches, result.batches)
        _extend(contents.wanted, result.wanted)
        _extend(id_marks, result.id_marks)
    for item in pending:
        contents.batches["Medication" + item.kind.capitalize()].append(item.finish(contents.drugs, names))
    contents.subjects, contents.codes = names.subjects.things(), names.codes.things()
    contents.repeated_ids = {name for name, marks in id_marks.items() if _may_repeat(np.concatenate(marks))}
    return contents


def _may_repeat(marks: np.ndarray) -> bool:
    """Say whether an id may come more than once; resources without one may be the same text."""
    return bool((marks == 0).any()) or columns.has_repeats(marks)


def _extend(mine: dict[str, list], theirs: dict[str, list]) -> None:
    for name, arrays in theirs.items():
        mine[name] += arrays


def _in_threads(source: Iterator[Block], names: Names) -> Iterator[tuple[Block, BlockResult]]:
    """Yield each block with what it gave, in order, while the next ones are being read."""
    workers = min(4, os.cpu_count() or 1)
    waiting: deque[tuple[Block, Future[BlockResult]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="import") as pool:
        try:
            for block in source:
                waiting.append((block, pool.submit(read_block, block, names)))
                if len(waiting) > workers:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def read_block(block: Block, names: Names) -> BlockResult:
    """Read the resources of one block."""
    _check_text(block)
    result = BlockResult()
    try:
        groups = list(_resources(block, result))
    except NotJson as error:
        raise _not_json(block, error.place) from None
    first_row = 0
    for rows, urls in groups:
        lines = _lines(block, rows.starts)
        result.spans.append((rows.starts, rows.ends))
        _read_rows(block, rows, Context(block.number, first_row, lines, urls, names, result))
        first_row += len(rows)
    return result


def _check_text(block: Block) -> None:
    if columns.is_ascii(block.data):
        return
    try:
        block.data.tobytes().decode("utf-8")
    except UnicodeDecodeError as error:
        part, line = _place(block, error.start)
        raise refuse(part.name, "not UTF-8", "the text is not UTF-8.", line=line) from None


def _resources(block: Block, result: BlockResult) -> Iterator[tuple[Rows, np.ndarray]]:
    """Yield the resources of a block in groups, with their full URLs."""
    others = []
    for part in block.parts:
        rows = _plain_resources(block, part)
        if rows is None:
            others.append(part)
        else:
            yield rows, np.repeat(_NO_URL, len(rows), axis=0)
    spans = np.array([(part.first, part.limit) for part in others], np.int64).reshape(-1, 2)
    depth = 0
    while len(spans):
        inner = []
        for rows, urls in _unfolded(block, spans, result):
            types = rows.coded("resourceType")
            is_bundle = types.each(_BUNDLE.__eq__, "bool", False)
            if is_bundle.any():
                inner.append(np.stack([rows.starts, rows.ends], axis=1)[is_bundle])
                rows, urls = rows.pick(np.flatnonzero(~is_bundle)), urls[~is_bundle]
            yield rows, urls
        depth += 1
        spans = np.concatenate(inner) if inner else spans[:0]
        if len(spans) and depth > MAX_INNER:
            part, line = _place(block, int(spans[0, 0]))
            told = f"there are more than {MAX_INNER} Bundles inside one another."
            raise refuse(part.name, "Bundles too deep", told, line=line, fhir_field="resource")


def _unfolded(block: Block, spans: np.ndarray, result: BlockResult) -> Iterator[tuple[Rows, np.ndarray]]:
    """Yield the documents in some spans of a block in groups, the entries of a Bundle in its place."""
    size = int((spans[:, 1] - spans[:, 0]).sum()) // 2 + len(spans)
    starts, urls = np.empty(size, np.int64), np.empty((size, 2), np.int32)
    documents, missing = np.empty(size, np.int64), np.zeros(1, np.int64)
    firsts, limits = np.ascontiguousarray(spans.T)
    count = resources(block.data, firsts, limits, starts, urls, documents, missing)
    if count < 0:
        raise NotJson(-1 - count)
    result.without_resource += int(missing[0])
    for first in range(0, count, _ROWS_AT_ONCE):
        last = min(count, first + _ROWS_AT_ONCE)
        yield Rows(PATHS.read(block.data, starts[first:last].copy())), urls[first:last].copy()


def _plain_resources(block: Block, part: Part) -> Rows | None:
    """Return the resources of a part that holds one a line; ``None`` for one that is small or has Bundles."""
    head = block.data[part.first : min(part.limit, part.first + (1 << 12))].tobytes()
    if part.limit - part.first < _SMALL or b'"Bundle"' in head or part.lines >= 8 * _ROWS_AT_ONCE:
        return None
    most = part.lines + 1
    rows = Rows(PATHS.read(block.data, np.full(most + 1, part.first), limit=part.limit, width=_FEW))
    return None if len(rows) > most or _BUNDLE in rows.coded("resourceType").values else rows


def _read_rows(block: Block, rows: Rows, context: Context) -> None:
    """Send each resource to the reader of its type."""
    types = rows.coded("resourceType")
    nameless = np.flatnonzero(types.numbers < 0)
    if len(nameless):
        part, line = _place(block, int(rows.starts[nameless[0]]))
        problem = "no resourceType"
        raise refuse(part.name, problem, "this is no FHIR resource.", line=line, fhir_field="resourceType")
    result = context.result
    result.present.append(rows.marks("id"))
    if (context.urls >= 0).any():
        result.present.append(columns.hashes(rows.data, context.urls, tails=True))
    for number, name in enumerate(types.values):
        chosen = np.flatnonzero(types.numbers == number)
        result.read[name.decode()] += len(chosen)
        if name == b"Medication":
            read_drugs(rows.pick(chosen), chosen, context)
        if name not in READERS:
            continue
        part = rows if len(chosen) == len(rows) else rows.pick(chosen)
        result.id_marks[name.decode()].append(part.marks("id"))
        _note_references(name.decode(), part, result)
        result.batches[name.decode()] += READERS[name](part, chosen, context)


def _note_references(type_name: str, rows: Rows, result: BlockResult) -> None:
    """Note the hashes of what the resources refer to, patients apart."""
    for path in _SINGLE_REFERENCES:
        if rows.has(path).any():
            name = f"{type_name}.{path.removesuffix('.reference')}"
            result.wanted[name].append(rows.marks(path))
    for path in _LISTED_REFERENCES:
        if rows.has(path).any():
            items = rows.elements(path)
            for leaf in ("reference", "individual.reference", "actor.reference"):
                if items.has(leaf).any():
                    result.wanted[f"{type_name}.{path}"].append(items.marks(leaf))


def _lines(block: Block, starts: np.ndarray) -> np.ndarray:
    """Return the line of its file at which each resource starts."""
    lines = columns.line_numbers(block.data, starts)
    firsts = np.array([part.first for part in block.parts])
    breaks = np.cumsum([0, *(part.lines for part in block.parts)])[:-1]
    shift = np.array([part.lines_before for part in block.parts]) - breaks + 1
    return lines + shift[np.searchsorted(firsts, starts, side="right") - 1]


def _place(block: Block, position: int) -> tuple[Part, int]:
    """Return the file and the line at a place of a block."""
    part = next((p for p in reversed(block.parts) if p.first <= position), block.parts[0])
    return part, part.lines_before + columns.line_breaks(block.data, part.first, position) + 1


def _not_json(block: Block, position: int) -> BadFile:
    """Return the error for text that is no JSON, with the last field named before the place."""
    part, line = _place(block, position)
    before = block.data[max(part.first, position - 4000) : position].tobytes().decode("utf-8", "replace")
    near = before.rsplit('":', 1)[0].rsplit('"', 1)[-1] if '":' in before else ""
    if position >= part.limit:
        return refuse(part.name, "cut off", "the file ends in the middle.", line=line, fhir_field=near)
    return refuse(part.name, "not JSON", "this is not well-formed JSON.", line=line, fhir_field=near)
