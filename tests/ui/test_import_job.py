"""Is an upload imported, refused or cancelled without a trace of its files?"""

import io
import json

import pytest

from tests.ui.conftest import TODAY
from tests.ui.people import bundle
from twin.errors import BadFile
from twin.record.imports import ImportReport
from twin.ui import access, import_job, proof_job


@pytest.fixture
def home(record):
    yield record
    assert list(record.glob("upload-*")) == []


def finished(job):
    assert job.is_over.wait(60)
    return job


def upload(name, content):
    return name, io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())


def test_the_same_bundle_changes_nothing(home):
    job = finished(import_job.start([upload("people.json", bundle(TODAY))]))
    assert job.failure is None
    assert (job.report.stored, job.report.unchanged) == (0, len(bundle(TODAY)["entry"]))
    assert access.new_store().patients_of_import(job.report.import_id) == []


def test_the_kept_twins_follow_what_was_stored(home, monkeypatch):
    started = []
    monkeypatch.setattr(proof_job, "start", started.append)
    entries = bundle(TODAY)
    finished(import_job.start([upload("same.json", entries)]))
    assert started == []
    weight = next(e["resource"] for e in entries["entry"] if e["resource"]["resourceType"] == "Observation")
    newer = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": weight | {"id": "another"}}]}
    job = finished(import_job.start([upload("newer.json", newer)]))
    assert (job.report.stored, started) == (1, [access.today()])


def test_the_kept_twins_follow_what_was_taken_in_late(home, monkeypatch):
    started = []
    monkeypatch.setattr(proof_job, "start", started.append)
    monkeypatch.setattr(import_job, "import_paths", lambda *_, **__: ImportReport(1, 1, 1, unchanged=1, released=2))
    finished(import_job.start([upload("people.json", {})]))
    assert started == [access.today()]


def test_a_broken_file_is_a_failure(home):
    job = finished(import_job.start([upload("broken.json", b"{")]))
    assert isinstance(job.failure, BadFile)
    assert job.report is None


def test_two_uploads_may_have_one_name_and_no_name_leaves_the_folder(home, monkeypatch):
    seen = []
    monkeypatch.setattr(import_job, "import_paths", lambda store, paths, **_: seen.extend(paths))
    finished(
        import_job.start([upload("../../a.json", {}), upload("..\\a.json", {}), upload("a.json", {}), upload("", {})])
    )
    assert [path.name for path in seen] == ["a.json", "a.json", "a.json", "upload"]
    assert len(set(seen)) == 4
    assert all(path.is_relative_to(home) for path in seen)


def test_cancelling_is_told_to_the_importer(home, monkeypatch):
    asked = []

    def importer(store, paths, *, progress, cancelled):
        progress(2.0, "Reading")
        asked.append(cancelled())
        job_box[0].is_cancelled.set()
        asked.append(cancelled())

    job_box = [import_job.ImportJob()]
    monkeypatch.setattr(import_job, "import_paths", importer)
    monkeypatch.setattr(import_job, "ImportJob", lambda: job_box[0])
    job = finished(import_job.start([upload("a.json", {})]))
    assert asked == [False, True]
    assert (job.fraction, job.text) == (1.0, "Reading")
