"""What is kept of the rows that are set aside?

Of every row its text; of a resource that only lacks its patient the whole, to be taken in when the patient comes.
"""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from twin.record.fhir.again import Place, read_again
from twin.record.fhir.fields import parse
from twin.record.fhir.medications import drug_key
from twin.record.fhir.reader import Contents
from twin.record.fhir.sources import File
from twin.record.quality import Reason

_CONTENT = 4000
"""Characters of a row's text that the quarantine keeps."""

_WHOLE = 1 << 20
"""Bytes of a resource that waits for its patient; a larger one has to be imported again. [B]"""

_Texts = dict[tuple[int, int], tuple[str, str]]


def held_rows(name: str, rows: pa.Table, *, contents: Contents, found: list[File], block_size: int) -> pa.Table:
    """Return the quarantine's rows of one resource type, with their text as sent and its file."""

    def read(places: list[tuple[int, Place]], most: int) -> _Texts:
        wanted: dict[int, list[Place]] = defaultdict(list)
        for number, place in places:
            wanted[number].append(place)
        return read_again(wanted, contents.parts, found, most=most, block_size=block_size)

    numbers = (rows.column("occurrence").to_numpy() >> 32).tolist()
    spans = list(zip(rows.column("first").to_pylist(), rows.column("last").to_pylist(), strict=True))
    seen = read(list(zip(numbers, spans, strict=True)), _CONTENT)
    told = [seen[number, first] for number, (first, _) in zip(numbers, spans, strict=True)]
    return pa.table(
        {
            "resource_type": pa.array([name] * len(rows), pa.string()),
            "resource_id": rows.column("resource_id"),
            "part": rows.column("part"),
            "reason": pa.array([Reason(code).word for code in rows.column("reason").to_pylist()], pa.string()),
            "file": pa.array([file for file, _ in told], pa.string()),
            "line": rows.column("line"),
            "content": pa.array([content for _, content in told], pa.string()),
            "updated": rows.column("updated"),
            "version": pc.cast(rows.column("version"), pa.string()),
            **_waiting(rows, [content for _, content in told], contents, read),
            "occurrence": rows.column("occurrence"),
        }
    )


def _waiting(
    rows: pa.Table, texts: list[str], contents: Contents, read: Callable[[list[tuple[int, Place]], int], _Texts]
) -> dict[str, pa.Array]:
    """Return the columns of what waits for its patient, on the first such row of each resource."""
    subject: list[str | None] = [None] * len(rows)
    resource, drug = list(subject), list(subject)
    occurrences, subjects = rows.column("occurrence").to_numpy(), rows.column("subject").to_numpy()
    lost = np.flatnonzero(rows.column("reason").to_numpy() == Reason.UNKNOWN_PATIENT)
    _, leads = np.unique(occurrences[lost], return_index=True)
    spans = list(zip(rows.column("first").to_pylist(), rows.column("last").to_pylist(), strict=True))
    whole = {row: contents.span(int(occurrences[row])) for row in lost[leads].tolist()}
    whole = {row: (number, span) for row, (number, span) in whole.items() if span[1] - span[0] <= _WHOLE}
    partly = [row for row, (_, span) in whole.items() if span != spans[row] or len(texts[row]) == _CONTENT]
    seen = read([whole[row] for row in partly], _WHOLE) if partly else {}
    for row in partly:
        number, (first, _) = whole[row]
        resource[row] = seen[number, first][1]
    for row in whole:
        subject[row] = contents.subjects[subjects[row]].decode()
        drug[row] = _drug(resource[row] or texts[row], contents.drugs)
    columns = {"subject": subject, "resource": resource, "drug": drug}
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}


def _drug(resource: str, drugs: dict[bytes, bytes]) -> str | None:
    """Return what the Medication that a resource refers to was in this import."""
    told = parse(resource.encode()) if drugs and '"medicationReference"' in resource else None
    reference = told.get("medicationReference") if isinstance(told, dict) else None
    name = reference.get("reference") if isinstance(reference, dict) else None
    known = drugs.get(drug_key(name.encode())) if isinstance(name, str) else None
    return known.decode() if known is not None else None
