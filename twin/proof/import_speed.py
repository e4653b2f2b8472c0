"""How fast does FHIR text become the record's tables, beside the tools that only read it?"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import duckdb
import orjson

from twin.governance.session import command_line_session
from twin.proof.bench_row import BenchRow, Wanted, everything
from twin.proof.fhir_corpus import write_bundles, write_ndjson
from twin.record.database import Database
from twin.record.imports import import_paths

PATIENTS = 2_000
BUNDLES = 2_000
REPEATS = 5
FHIR_RESOURCES_PER_S = 12.5e3  # fhir.resources 8.3.0 on two quiet cores of this kind
NDJSON, BUNDLED = "NDJSON resources to the record's tables", f"{BUNDLES:,} Bundles of resources to the record's tables"
_SAMPLE = 3_000  # lines of a file that fhir.resources reads

_CODE = "STRUCT(coding STRUCT(code VARCHAR, display VARCHAR)[])"
_WHO = "STRUCT(reference VARCHAR)"
_QUANTITY = "STRUCT(value DOUBLE, unit VARCHAR)"
_FLAT = {
    "Patient": ({"gender": "VARCHAR", "birthDate": "VARCHAR"}, "id, gender, birthDate"),
    "Observation": (
        {"subject": _WHO, "code": _CODE, "effectiveDateTime": "VARCHAR", "valueQuantity": _QUANTITY},
        "id, subject.reference, code.coding[1].code, code.coding[1].display, effectiveDateTime, "
        "valueQuantity.value, valueQuantity.unit",
    ),
    "Condition": (
        {"subject": _WHO, "code": _CODE, "onsetDateTime": "VARCHAR", "recordedDate": "VARCHAR"},
        "id, subject.reference, code.coding[1].code, code.coding[1].display, onsetDateTime, recordedDate",
    ),
    "MedicationRequest": (
        {"subject": _WHO, "medicationCodeableConcept": _CODE, "status": "VARCHAR", "authoredOn": "VARCHAR"},
        "id, subject.reference, medicationCodeableConcept.coding[1].code, "
        "medicationCodeableConcept.coding[1].display, status, authoredOn",
    ),
    "Encounter": (
        {"subject": _WHO, "type": f"{_CODE}[]", "period": "STRUCT(start VARCHAR)", "status": "VARCHAR"},
        "id, subject.reference, type[1].coding[1].code, type[1].coding[1].display, period.start, status",
    ),
    "Procedure": (
        {"subject": _WHO, "code": _CODE, "performedDateTime": "VARCHAR", "status": "VARCHAR"},
        "id, subject.reference, code.coding[1].code, code.coding[1].display, performedDateTime, status",
    ),
    "DiagnosticReport": (
        {"subject": _WHO, "code": _CODE, "effectiveDateTime": "VARCHAR", "status": "VARCHAR"},
        "id, subject.reference, code.coding[1].code, code.coding[1].display, effectiveDateTime, status",
    ),
    "Immunization": (
        {"patient": _WHO, "vaccineCode": _CODE, "occurrenceDateTime": "VARCHAR", "status": "VARCHAR"},
        "id, patient.reference, vaccineCode.coding[1].code, vaccineCode.coding[1].display, occurrenceDateTime, status",
    ),
    "AllergyIntolerance": (
        {"patient": _WHO, "code": _CODE, "criticality": "VARCHAR"},
        "id, patient.reference, code.coding[1].code, code.coding[1].display, criticality",
    ),
}
"""What the bare reader is told of each type: the fields with their shapes, and the flat columns."""


def import_rows(wanted: Wanted = everything) -> Iterator[BenchRow]:
    """Yield NDJSON beside DuckDB and fhir.resources, then Bundles beside orjson, each pair in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if wanted(NDJSON):
            (folder / "ndjson").mkdir()
            counts = write_ndjson(folder / "ndjson", patients=PATIENTS)
            yield from _ndjson_rows(folder / "ndjson", counts)
        if wanted(BUNDLED):
            (folder / "bundles").mkdir()
            resources = write_bundles(folder / "bundles", bundles=BUNDLES)
            yield _bundle_row(folder / "bundles", resources)


def _ndjson_rows(folder: Path, counts: dict[str, int]) -> Iterator[BenchRow]:
    resources = sum(counts.values())
    work = f"{resources:,} NDJSON resources of {len(counts)} types to the record's tables"
    ours, memory, disk = _in_turn(
        lambda: _import(folder, resources),
        lambda: _bare_read(folder, counts),
        lambda: _bare_read(folder, counts, on_disk=True),
    )
    limit = "half reads and checks every byte on two threads, half sorts and writes durable rows on one"
    for peer, seconds in (("into memory", memory), ("into a file, as the record is", disk)):
        yield BenchRow(
            work=work,
            value=resources / ours,
            unit="resources/s",
            aim=">= 0.7 x DuckDB's bare read_json with explicit schema",
            met=seconds / ours >= 0.7,
            limit=limit,
            peer=f"duckdb read_json {peer}, same run",
            ratio=seconds / ours,
        )
    theirs, peer = _fhir_resources(folder, counts)
    yield BenchRow(
        work=work,
        value=resources / ours,
        unit="resources/s",
        aim=">= 50 x fhir.resources",
        met=resources / ours >= 50 * theirs,
        limit=limit,
        peer=peer,
        ratio=resources / ours / theirs,
    )


def _bundle_row(folder: Path, resources: int) -> BenchRow:
    ours, theirs = _in_turn(lambda: _import(folder, resources), lambda: _loop(folder, resources))
    return BenchRow(
        work=f"{BUNDLES:,} Bundles of {resources // BUNDLES} resources to the record's tables",
        value=resources / ours,
        unit="resources/s",
        aim=">= 1 x orjson and a Python loop to tuples",
        met=theirs / ours >= 1,
        limit="two passes over the text: one finds the resources, one reads them",
        peer="orjson, same run",
        ratio=theirs / ours,
    )


def _in_turn(*works: Callable[[], float]) -> list[float]:
    """Run each work once to warm up, then all in turn, and return the median seconds of each."""
    for work in works:
        work()
    turns = [[work() for work in works] for _ in range(REPEATS)]
    return [statistics.median(seconds) for seconds in zip(*turns, strict=True)]


def _import(folder: Path, resources: int) -> float:
    """Return the seconds of one import into a new record on disk."""
    with tempfile.TemporaryDirectory() as home, Database.open(Path(home)) as database:
        store = database.session(command_line_session())
        start = time.perf_counter()
        report = import_paths(store, [folder])
        seconds = time.perf_counter() - start
    if report.read != resources:
        raise RuntimeError(f"{report.read} of {resources} resources were read")
    return seconds


def _bare_read(folder: Path, counts: dict[str, int], *, on_disk: bool = False) -> float:
    """Return the seconds in which DuckDB reads the same files into flat tables, checking nothing."""
    with tempfile.TemporaryDirectory() as home:
        connection = duckdb.connect(str(Path(home) / "flat.duckdb") if on_disk else ":memory:")
        connection.execute("SET preserve_insertion_order = false")
        start = time.perf_counter()
        for kind, (fields, columns) in _FLAT.items():
            shapes = ", ".join(f"{name}: '{shape}'" for name, shape in {"id": "VARCHAR", **fields}.items())
            connection.execute(
                f"CREATE TABLE {kind} AS SELECT {columns} FROM read_json('{folder / kind}.ndjson', "
                f"format = 'newline_delimited', columns = {{{shapes}}})"
            )
        seconds = time.perf_counter() - start
        read = sum(connection.execute(f"SELECT count(*) FROM {kind}").fetchone()[0] for kind in _FLAT)
        connection.close()
    if read != sum(counts.values()):
        raise RuntimeError(f"{read} of {sum(counts.values())} resources were read")
    return seconds


def _loop(folder: Path, resources: int) -> float:
    """Return the seconds in which orjson and a Python loop turn the Bundles' Observations into tuples."""
    start = time.perf_counter()
    read, rows = 0, []
    for path in folder.iterdir():
        for entry in orjson.loads(path.read_bytes())["entry"]:
            resource = entry["resource"]
            read += 1
            if resource["resourceType"] == "Observation":
                coding, quantity = resource["code"]["coding"][0], resource["valueQuantity"]
                told = resource["id"], resource["subject"]["reference"], coding["code"], coding["display"]
                rows.append((*told, resource["effectiveDateTime"], quantity["value"], quantity["unit"]))
    list(zip(*rows, strict=True))
    seconds = time.perf_counter() - start
    if read != resources:
        raise RuntimeError(f"{read} of {resources} resources were read")
    return seconds


def _fhir_resources(folder: Path, counts: dict[str, int]) -> tuple[float, str]:
    """Return resources per second of fhir.resources on the start of each file, or its reference figure."""
    if find_spec("fhir") is None or find_spec("fhir.resources") is None:
        return FHIR_RESOURCES_PER_S, "fhir.resources 8.3.0, reference figure, not run here"
    seconds = 0.0
    for kind, number in counts.items():
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        with open(folder / f"{kind}.ndjson", encoding="utf-8") as file:
            lines = [line for line, _ in zip(file, range(_SAMPLE), strict=False)]
        model.model_validate_json(lines[0])
        start = time.perf_counter()
        for line in lines:
            model.model_validate_json(line)
        seconds += (time.perf_counter() - start) / len(lines) * number
    return sum(counts.values()) / seconds, "fhir.resources, the start of each file, same run"
