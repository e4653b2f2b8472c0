"""How long does it take to bring the kept twins up to date, beside fitting them all again?"""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from twin.demo.panel import write_panel
from twin.governance.session import command_line_session
from twin.physiology.longitudinal import warm_up
from twin.proof.bench_row import BenchRow, Wanted, everything
from twin.proof.twin_speed import ON
from twin.proof.upkeep import refresh_panel
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.record.store import Store

SHARE = 0.01  # of the patients with a new value
PEER = "fitting every twin and counting"


def kept_rows(wanted: Wanted = everything, *, patients: int = 500) -> Iterator[BenchRow]:
    """Fit a demo panel, then bring it up to date with nothing new and with a new value of one patient in a hundred."""
    what, few = f"{patients:,} kept twins", max(1, round(SHARE * patients))
    works = (
        f"fit {what} for the first time",
        f"look whether {what} still hold",
        f"refresh {what} after new values of {few:,}",
    )
    if not any(map(wanted, works)):  # each is measured on what the one before has left
        return
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        write_panel(Path(folder) / "panel", patients=patients, seed=1, today=ON)
        with Database.open(Path(folder) / "home") as database:
            store = database.session(command_line_session())
            import_paths(store, [Path(folder) / "panel" / "fhir"])
            whole = _seconds(store)
            nothing = _seconds(store)
            new = store.patient_ids()[:few]
            import_paths(store, [_new_values(Path(folder) / "new.ndjson", new)])
            some = _seconds(store)
    yield BenchRow(works[0], whole, "s", "", None, "the kernel, then levels one by one in Python")
    yield BenchRow(
        *(works[1], nothing, "s", "", None),
        *("a digest of every value in the database", PEER, whole / nothing),
    )
    yield BenchRow(
        *(works[2], some, "s", "", None),
        *("scoring the whole panel's forecasts again", PEER, whole / some),
    )


def _seconds(store: Store) -> float:
    started = time.perf_counter()
    refresh_panel(store, on=ON)
    return time.perf_counter() - started


def _new_values(path: Path, patients: Sequence[str]) -> Path:
    """Write one new pressure a patient as FHIR."""
    unit = {"unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    lines = (
        {
            "resourceType": "Observation",
            "id": f"new-{number}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": f"{ON.isoformat()}T08:00:00Z",
            "valueQuantity": {"value": 140, **unit},
        }
        for number, patient in enumerate(patients)
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
