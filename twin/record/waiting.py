"""Whose patient has come since their resources were set aside?

A resource that was whole and good but for its patient waits in the quarantine. When an import makes the patient
known, it is read again as it was sent and merged like any other, so that versions count and nothing is there twice.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import duckdb
import orjson
import pyarrow as pa

from twin.record.fhir.fields import parse
from twin.record.fhir.medications import drug_key
from twin.record.fhir.prepare import People
from twin.record.fhir.reader import Contents, read_files
from twin.record.fhir.sources import File

_AT_ONCE = 50_000  # resources that are read again together
_CALLED = "waiting resources"


@dataclass(frozen=True, slots=True)
class Released:
    """Some resources that waited, read again; `places` are the file and line they came in, by type and id."""

    contents: Contents
    found: list[File]
    places: dict[tuple[str, str], tuple[str, int]]

    def placed(self, held: pa.Table) -> pa.Table:
        """Return rows of the quarantine with the file and line that they came in at first."""
        keys = zip(held.column("resource_type").to_pylist(), held.column("resource_id").to_pylist(), strict=True)
        places = [self.places[key] for key in keys]
        for name, kind, column in (("file", pa.string(), 0), ("line", pa.int64(), 1)):
            values = pa.array([place[column] for place in places], kind)
            held = held.set_column(held.column_names.index(name), name, values)
        return held


def note_patients(cursor: duckdb.DuckDBPyConnection, people: People) -> list[str]:
    """Note in a table of the transaction whom waiting resources are of, -1 for nobody known.

    Returns
    -------
        The references that lead to a patient.
    """
    rows = cursor.execute("SELECT DISTINCT subject FROM quarantine WHERE subject IS NOT NULL ORDER BY 1").fetchall()
    subjects = [subject for (subject,) in rows]
    numbers = people.numbers([subject.encode() for subject in subjects])[: len(subjects)].tolist()
    cursor.execute("CREATE OR REPLACE TEMP TABLE waiting_for (subject VARCHAR, patient INTEGER)")
    if subjects:
        cursor.execute("INSERT INTO waiting_for SELECT unnest(?), unnest(?)", [subjects, numbers])
    return [subject for subject, number in zip(subjects, numbers, strict=True) if number >= 0]


def released(cursor: duckdb.DuckDBPyConnection, aliases: dict[bytes, str]) -> Iterator[Released]:
    """Yield, read again, the resources in the quarantine whose patient is known now.

    Parameters
    ----------
    aliases
        What references of the import may call its patients.
    """
    if not cursor.execute("SELECT EXISTS (FROM quarantine WHERE subject IS NOT NULL)").fetchone()[0]:
        return
    known = note_patients(cursor, People(cursor, aliases))
    query = "SELECT resource_type, resource_id FROM quarantine WHERE subject IN (SELECT unnest(?)) ORDER BY ALL"
    keys = cursor.execute(query, [known]).fetchall() if known else []
    for first in range(0, len(keys), _AT_ONCE):
        yield _read_again(cursor, keys[first : first + _AT_ONCE], aliases)


def _read_again(cursor: duckdb.DuckDBPyConnection, keys: list[tuple[str, str]], aliases: dict[bytes, str]) -> Released:
    rows = cursor.execute(
        "SELECT resource_type, resource_id, file, line, coalesce(resource, content), drug FROM quarantine "
        "JOIN (SELECT unnest(?) AS resource_type, unnest(?) AS resource_id) USING (resource_type, resource_id) "
        "WHERE subject IS NOT NULL ORDER BY ALL",
        [list(column) for column in zip(*keys, strict=True)],
    ).fetchall()
    text = b"".join(_bundle(identity, told, drug) for _, identity, _, _, told, drug in rows)
    found = [File(_CALLED, len(text), False, partial(io.BytesIO, text))]
    contents = read_files(found)
    contents.aliases = aliases
    return Released(contents, found, {row[:2]: row[2:4] for row in rows})


def _bundle(identity: str, told: str, drug: str | None) -> bytes:
    """Return a line with a Bundle of a resource, under its id, and of its drug."""
    resource = told.replace("\r", " ").replace("\n", " ").encode()  # between fields: no string of JSON has them
    entries = [b'{"fullUrl":%b,"resource":%b}' % (orjson.dumps(f"urn:uuid:{identity}"), resource)]
    if drug is not None:
        name = orjson.dumps(drug_key(parse(resource)["medicationReference"]["reference"].encode()).decode())
        entries.append(b'{"resource":{"resourceType":"Medication","id":%b,"code":%b}}' % (name, drug.encode()))
    return b'{"resourceType":"Bundle","entry":[%b]}\n' % b",".join(entries)
