"""Is what waited for its patient taken in when the patient comes, once and in its newest version?"""

import itertools
import json
import subprocess
import sys

import duckdb
import pytest
from fhir_builders import NOW, bundle, coded, condition, ndjson, observation, patient, prescription

from twin.governance.session import demo_session
from twin.record import waiting
from twin.record.database import FILE_NAME, Database
from twin.record.imports import import_paths
from twin.record.migrations import STEPS, migrate

OLD, NEW = {"lastUpdated": "2026-02-01T00:00:00Z"}, {"lastUpdated": "2026-03-01T00:00:00Z"}
PRESSURE = observation(
    "bp",
    code="85354-9",
    valueQuantity=None,
    component=[
        {"code": coded("http://loinc.org", "8480-6"), "valueQuantity": {"value": 130, "unit": "mmHg"}},
        {"code": coded("http://loinc.org", "8462-4"), "valueQuantity": {"value": 820, "unit": "mmHg"}},
    ],
)
ALL = observation(), PRESSURE, condition(), prescription()


def values(store, name="hba1c"):
    """Return the values of a variable of the first patient."""
    return store.patient("p1").series[name].values.tolist()


def test_what_waited_is_taken_in_when_its_patient_comes(bring_in, store):
    first = bring_in(*ALL)
    assert (first.stored, first.set_aside, first.released) == (0, 4, 0)
    assert first.quarantined == {"impossible": 1, "unknown_patient": 4}
    second = bring_in(patient(), name="patients.ndjson")
    assert (second.read, second.stored, second.released, second.quarantined) == (1, 1, 4, {"impossible": 1})
    assert json.loads(store.audit_rows(1)[0].detail)["released"] == 4
    assert (values(store), values(store, "systolic_bp")) == ([6.5], [130])
    seen = store.patient("p1")
    assert seen.has("diabetes", NOW.date())
    assert seen.medications[0].dose_mg == 40
    left = store.quarantine()
    assert left[["reason", "file", "line", "import_id"]].values.tolist() == [["impossible", "data.ndjson", 2, 2]]
    assert json.loads(store.imports()[0]["report"])["released"] == 4


def test_patients_last_in_a_file_of_their_own_give_the_record_that_patients_first_do(tmp_path, write):
    people, rest = write(ndjson(patient()), "people.ndjson"), write(ndjson(*ALL), "rest.ndjson")
    kept = []
    for number, order in enumerate(itertools.permutations([people, rest])):
        with Database.open(tmp_path / f"home{number}") as database:
            store = database.session(demo_session())
            for path in order:
                import_paths(store, [path], now=NOW)
            tables = []
            for table in ("observations", "conditions", "medications", "quarantine"):
                others = "import_id" if table == "quarantine" else "import_id, code_id"
                with store.cursor() as cursor:
                    query = f"SELECT * EXCLUDE ({others}) FROM {table} ORDER BY ALL"
                    tables.append(cursor.execute(query).fetchall())
            kept.append(tables)
    assert kept[0] == kept[1]


def test_nothing_is_taken_in_twice(bring_in, store):
    bring_in(*ALL)
    bring_in(patient())
    before = store.counts()
    again = bring_in(patient(), *ALL)
    assert (again.unchanged, again.stored, again.replaced, again.released) == (5, 0, 0, 0)
    after = store.counts()
    assert all(after[name] == before[name] for name in before if name not in ("audit", "imports"))


def test_what_comes_again_with_its_patient_is_stored_and_not_released_as_well(bring_in, store):
    bring_in(*ALL)
    report = bring_in(patient(), *ALL)
    assert (report.stored, report.replaced, report.released) == (1, 4, 0)
    assert (values(store), store.counts()["observations"]) == ([6.5], 2)


@pytest.mark.parametrize("order", list(itertools.permutations([OLD, NEW])))
def test_the_newest_version_that_waited_counts(bring_in, store, order):
    for meta in order:
        bring_in(observation(meta=meta, value=7.0 if meta is OLD else 8.0))
    assert bring_in(patient()).released == 1
    assert values(store) == [8.0]


def test_an_older_version_that_waited_does_not_replace_what_comes_with_the_patient(bring_in, store):
    bring_in(observation(meta=OLD, value=7.0))
    report = bring_in(patient(), observation(meta=NEW, value=8.0))
    assert (report.replaced, report.released, values(store)) == (1, 0, [8.0])
    assert store.counts()["quarantine"] == 0


def test_a_newer_version_that_waited_stays_when_an_older_one_comes_with_the_patient(bring_in, store):
    bring_in(observation(meta=NEW, value=8.0))
    report = bring_in(patient(), observation(meta=OLD, value=7.0))
    assert (report.superseded, report.released, values(store)) == (1, 1, [8.0])


def test_a_version_entered_in_error_ends_the_waiting(bring_in, store):
    bring_in(observation())
    bring_in(observation(status="entered-in-error"))
    assert bring_in(patient()).released == 0
    assert store.quarantine()["reason"].tolist() == ["entered_in_error"]


def test_only_what_belongs_to_who_came_is_released(bring_in, store):
    bring_in(observation(), observation("o2", subject={"reference": "Patient/p2"}))
    assert bring_in(patient()).released == 1
    assert store.quarantine()[["resource_id", "reason"]].values.tolist() == [["o2", "unknown_patient"]]
    assert bring_in(patient("p2")).released == 1


@pytest.mark.parametrize(
    "reference", ["Patient?identifier=urn:mrn|12345", "https://clinic.example/fhir/Patient/p1", "urn:uuid:a1b2"]
)
def test_every_form_of_reference_is_followed(store, write, reference):
    import_paths(store, [write(ndjson(observation(subject={"reference": reference})))], now=NOW)
    content = bundle(patient(identifier=[{"system": "urn:mrn", "value": "12345"}]))
    content["entry"][0]["fullUrl"] = "urn:uuid:a1b2"
    assert import_paths(store, [write(json.dumps(content), "b.json")], now=NOW).released == 1
    assert values(store) == [6.5]


def test_a_resource_named_by_its_url_or_by_nothing_keeps_its_name(store, write, rows):
    named, nameless = observation(), observation(value=7)
    del named["id"], nameless["id"]
    content = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:x-1", "resource": named}]}
    import_paths(store, [write(json.dumps(content, indent=1) + ndjson(nameless), "a.json")], now=NOW)
    waited = rows("SELECT resource_id FROM quarantine ORDER BY ALL")
    import_paths(store, [write(ndjson(patient()))], now=NOW)
    assert rows("SELECT resource_id FROM observations ORDER BY ALL") == waited
    assert len(waited) == 2


def test_a_drug_in_a_resource_of_its_own_is_remembered(bring_in, store):
    drug = {"resourceType": "Medication", "id": "d1", "code": prescription()["medicationCodeableConcept"]}
    referred = prescription(medicationCodeableConcept=None, medicationReference={"reference": "Medication/d1"})
    bring_in(drug, referred)
    report = bring_in(patient())
    assert (report.released, report.flagged) == (1, {"dose_assumed": 1})
    assert store.patient("p1").medications[0].ingredient == "atorvastatin"
    assert bring_in(drug, referred).unchanged == 1


def test_a_long_resource_is_kept_whole_and_one_beyond_the_bound_is_not_half_read(bring_in, store):
    long = observation(note=[{"text": "é" * 9_000}])
    huge = observation("o2", value=7, note=[{"text": "x" * (1 << 20)}])
    bring_in(long, huge)
    assert bring_in(patient()).released == 1
    assert values(store) == [6.5]
    assert store.quarantine()["resource_id"].tolist() == ["o2"]


def test_repeats_among_what_was_released_are_flagged(bring_in, rows):
    bring_in(observation("o1"))
    assert bring_in(patient(), observation("o2")).released == 1
    flags = rows("SELECT resource_id, flags FROM observations ORDER BY ALL")
    assert [(row["resource_id"], row["flags"]) for row in flags] == [("o1", None), ("o2", "repeated")]


def test_a_waiting_value_is_not_lost_to_another_patient_with_its_id(bring_in, store):
    bring_in(observation(meta=NEW))
    other = observation(meta=OLD, value=9.0, subject={"reference": "Patient/p2"})
    assert bring_in(patient("p2"), other).quarantined == {"other_patient": 1}
    assert bring_in(patient()).released == 1
    assert values(store) == [6.5]
    assert store.quarantine()["reason"].tolist() == ["other_patient"]


def test_many_are_taken_in_by_and_by(bring_in, store, monkeypatch):
    monkeypatch.setattr(waiting, "_AT_ONCE", 7)
    bring_in(*(observation(f"o{n}", value=5 + n / 100) for n in range(30)), condition())
    assert bring_in(patient()).released == 31
    assert (store.counts()["observations"], store.counts()["quarantine"]) == (30, 0)


def test_packed_files_and_folders_keep_whole_resources(store, write, write_zip):
    long = {**PRESSURE, "note": [{"text": "x" * 5_000}]}
    paths = [write(ndjson(observation(), long), "a.ndjson.gz"), write_zip({"b.ndjson": ndjson(condition())})]
    import_paths(store, paths, now=NOW)
    assert import_paths(store, [write(ndjson(patient()))], now=NOW).released == 3
    assert values(store, "systolic_bp") == [130]


def test_cancelling_while_releasing_changes_nothing(bring_in, store):
    bring_in(*ALL)
    texts = []
    report = bring_in(
        patient(),
        progress=lambda _, text: texts.append(text),
        cancelled=lambda: "Taking in what waited for its patient" in texts,
    )
    assert report.cancelled
    assert (store.counts()["patients"], store.counts()["quarantine"]) == (0, 5)
    assert bring_in(patient()).released == 4


def test_rows_of_an_older_record_wait_too_where_they_were_kept_whole(home, write):
    with Database.open(home) as database:
        store = database.session(demo_session())
        import_paths(store, [write(ndjson(*ALL))], now=NOW)
        with store.cursor() as cursor:
            waited = cursor.execute("SELECT * EXCLUDE (subject, resource, drug) FROM quarantine").to_arrow_table()
    without = STEPS.index(next(step for step in STEPS if "ADD COLUMN subject" in step))
    (home / FILE_NAME).unlink()
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        migrate(connection, STEPS[:without])
        connection.register("waited", waited)
        connection.execute("INSERT INTO quarantine BY NAME FROM waited")
    with Database.open(home) as database:
        store = database.session(demo_session())
        report = import_paths(store, [write(ndjson(patient()))], now=NOW)
        assert report.released == 3  # of the pressure only the components were kept
        assert set(store.quarantine()["resource_id"]) == {"bp"}


KILLED = """
import sys, time
from pathlib import Path
from twin.governance.session import command_line_session
from twin.record import imports
from twin.record.database import Database
home, values, people = map(Path, sys.argv[1:])
store = Database.open(home).session(command_line_session())
imports.import_paths(store, [values])
def wait(*_, **__):
    print("releasing", flush=True)
    time.sleep(60)
imports.flag_repeats = wait  # nothing was read of the second file that calls it
imports.import_paths(store, [people])
"""


def test_a_kill_while_releasing_leaves_everything_waiting(home, write):
    values_path, people = write(ndjson(*ALL), "values.ndjson"), write(ndjson(patient()), "people.ndjson")
    command = [sys.executable, "-c", KILLED, str(home), str(values_path), str(people)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "releasing\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    with Database.open(home) as database:
        store = database.session(demo_session())
        assert store.verify_audit() == 3  # open, import, open
        assert (store.counts()["patients"], store.counts()["quarantine"]) == (0, 5)
        assert import_paths(store, [people], now=NOW).released == 4
        assert values(store) == [6.5]
