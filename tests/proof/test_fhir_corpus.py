"""Is the text that the import is timed on FHIR that the importer takes whole?"""

from datetime import datetime

from twin.governance.session import command_line_session
from twin.proof.fhir_corpus import SHARES, write_bundles, write_ndjson
from twin.record.database import Database
from twin.record.imports import import_paths


def bring(folder, home):
    """Import a folder into a new record and return the report."""
    with Database.open(home) as database:
        return import_paths(database.session(command_line_session()), [folder], now=datetime(2026, 11, 24))


def test_every_resource_of_the_corpus_is_read(tmp_path):
    (tmp_path / "in").mkdir()
    counts = write_ndjson(tmp_path / "in", patients=20)
    report = bring(tmp_path / "in", tmp_path / "home")
    assert report.read == sum(counts.values()) == 20 * (1 + sum(SHARES.values()))
    assert {name: told["read"] for name, told in report.by_type.items()} == counts
    assert report.stored > 0.99 * report.read
    assert set(report.quarantined) <= {"impossible", "before_birth"}


def test_bundles_hold_one_patient_each(tmp_path):
    (tmp_path / "in").mkdir()
    resources = write_bundles(tmp_path / "in", bundles=5)
    report = bring(tmp_path / "in", tmp_path / "home")
    assert (report.files, report.patients, report.read) == (5, 5, resources)


def test_the_same_seed_writes_the_same_text(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_ndjson(tmp_path / name, patients=3, seed=7)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
