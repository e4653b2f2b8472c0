"""Does an import bring in what is there, refuse what is broken, and change nothing twice?"""

import itertools
import json
import subprocess
import sys
import time
from datetime import date, datetime

import pytest
from fhir_builders import (
    NOW,
    bundle,
    coded,
    condition,
    ndjson,
    observation,
    patient,
    prescription,
)

from twin.errors import BadFile, NotAllowed
from twin.governance.session import Purpose, Role, Session
from twin.record.database import Database
from twin.record.imports import import_paths


def total(report):
    """Return the sum that must be the number of resources read."""
    parts = report.stored + report.replaced + report.unchanged + report.superseded + report.set_aside
    return parts + sum(report.not_used.values())


def test_a_record_of_each_kind_arrives(bring_in, store):
    report = bring_in(patient(), observation(), condition(), prescription())
    assert (report.read, report.stored, report.set_aside) == (4, 4, 0)
    seen = store.patient("p1")
    assert (seen.family, seen.given, seen.prefix, seen.sex) == ("Doe", "Jane Ann", "Ms", "female")
    assert seen.birth_date == date(1966, 3, 14)
    assert seen.latest("hba1c", date(2026, 11, 24)).value == 6.5
    assert seen.has("diabetes", date(2026, 1, 1))
    assert seen.takes_class("statin", date(2026, 1, 1))
    assert seen.medications[0].dose_mg == 40


def test_the_same_file_twice_changes_nothing(bring_in, store):
    everything = patient(), observation(), observation("o2", value=700), condition(), prescription()
    first = bring_in(*everything)
    before = store.counts()
    second = bring_in(*everything)
    assert (first.stored, first.set_aside) == (4, 1)
    assert (second.stored, second.replaced, second.unchanged, second.quarantined) == (0, 0, 5, {})
    after = store.counts()
    assert {name: after[name] for name in before if name not in ("imports", "audit")} == {
        name: before[name] for name in before if name not in ("imports", "audit")
    }


def test_every_resource_is_counted_once(bring_in):
    report = bring_in(
        patient(),
        observation(),
        observation(),
        observation("o2", value=700),
        {"resourceType": "Claim", "id": "x"},
        bundle(),
    )
    assert report.read == total(report) == 6 - 1  # the empty Bundle holds none
    assert report.not_used == {"Claim": 1}
    assert report.to_json()["superseded"] == 1


def test_the_order_of_files_does_not_matter(tmp_path, write):
    files = [
        write(ndjson(patient()), "a.ndjson"),
        write(ndjson(observation(meta={"lastUpdated": "2026-02-01T00:00:00Z"}, value=7.0)), "b.ndjson"),
        write(ndjson(observation(meta={"lastUpdated": "2026-03-01T00:00:00Z"}, value=8.0)), "c.ndjson"),
        # Nothing says which of these is newer: the choice depends on their content alone.
        write(ndjson(observation("o2", value=6.1), observation("o2", value=6.2)), "d.ndjson"),
    ]
    kept = set()
    for number, order in enumerate(itertools.permutations(files)):
        if number % 5:
            continue
        with Database.open(tmp_path / f"home{number}") as database:
            store = database.session(Session("t", Role.ADMIN, Purpose.OPERATIONS))
            import_paths(store, order, now=NOW)
            with store.cursor() as cursor:
                rows = cursor.execute("SELECT resource_id, value FROM observations ORDER BY ALL").fetchall()
        assert dict(rows)["o1"] == 8.0
        kept.add(tuple(rows))
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ({"lastUpdated": "2026-01-01T00:00:00Z"}, {"lastUpdated": "2026-02-01T00:00:00Z"}, 8.0),
        ({"lastUpdated": "2026-02-01T00:00:00Z"}, {"lastUpdated": "2026-01-01T00:00:00Z"}, 7.0),
        ({"versionId": "9"}, {"versionId": "10"}, 8.0),
        ({"versionId": "10"}, {"versionId": "9"}, 7.0),
        ({}, {}, 8.0),
    ],
)
def test_a_newer_version_replaces_and_an_older_one_does_not(bring_in, store, old, new, value):
    bring_in(patient(), observation(value=7.0, meta=old))
    report = bring_in(observation(value=8.0, meta=new))
    assert (report.replaced, report.superseded) == ((1, 0) if value == 8.0 else (0, 1))
    assert store.patient("p1").series["hba1c"].values.tolist() == [value]


def test_a_version_entered_in_error_takes_the_value_out(bring_in, store):
    bring_in(patient(), observation())
    report = bring_in(observation(status="entered-in-error"))
    assert report.quarantined == {"entered_in_error": 1}
    assert "hba1c" not in store.patient("p1").series
    again = bring_in(observation(status="amended"))
    assert again.replaced == 1
    assert store.patient("p1").series["hba1c"].values.tolist() == [6.5]
    assert store.counts()["quarantine"] == 0


def test_a_bad_component_is_set_aside_and_the_other_kept(bring_in, store, rows):
    pressure = observation(
        code="85354-9",
        valueQuantity=None,
        component=[
            {"code": coded("http://loinc.org", "8480-6"), "valueQuantity": {"value": 2300, "unit": "mmHg"}},
            {"code": coded("http://loinc.org", "8462-4"), "valueQuantity": {"value": 82, "unit": "mmHg"}},
        ],
    )
    report = bring_in(patient(), pressure)
    assert (report.stored, report.set_aside, report.quarantined) == (2, 0, {"impossible": 1})
    assert set(store.patient("p1").series) == {"diastolic_bp"}
    held = rows("SELECT resource_id, part, reason, file, line, content FROM quarantine")[0]
    assert (held["resource_id"], held["part"], held["reason"]) == ("o1", 1, "impossible")
    assert (held["file"], held["line"]) == ("data.ndjson", 2)
    assert json.loads(held["content"])["valueQuantity"]["value"] == 2300


def test_a_replaced_component_count_leaves_no_old_part(bring_in, rows):
    part = {"code": coded("http://loinc.org", "8480-6"), "valueQuantity": {"value": 130, "unit": "mmHg"}}
    other = {"code": coded("http://loinc.org", "8462-4"), "valueQuantity": {"value": 82, "unit": "mmHg"}}
    bring_in(patient(), observation(code="85354-9", valueQuantity=None, component=[part, other]))
    bring_in(observation(code="85354-9", valueQuantity=None, component=[part]))
    assert [row["variable"] for row in rows("SELECT variable FROM observations")] == ["systolic_bp"]


def test_a_patient_who_comes_later_in_the_import_is_found(store, write):
    late = write(ndjson(patient()), "z.ndjson")
    early = write(ndjson(observation(), condition()), "a.ndjson")
    report = import_paths(store, [early, late], now=NOW)
    assert (report.stored, report.quarantined) == (3, {})


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "Patient/p1/_history/3",
        "urn:uuid:p1",
        "https://clinic.example/fhir/Patient/p1",
        "Patient?identifier=urn:mrn|12345",
        "Patient?identifier=urn:mrn%7C12345",
    ],
)
def test_references_of_every_form_lead_to_the_patient(bring_in, reference):
    person = patient(identifier=[{"system": "urn:mrn", "value": "12345"}])
    report = bring_in(person, observation(subject={"reference": reference}))
    assert (report.stored, report.quarantined) == (2, {})


def test_a_full_url_that_is_not_the_id_leads_to_the_patient(store, write):
    person, value = patient("server-77"), observation(subject={"reference": "urn:uuid:a1b2"})
    content = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"fullUrl": "urn:uuid:a1b2", "resource": person}, {"resource": value}],
    }
    import_paths(store, [write(json.dumps(content), "b.json")], now=NOW)
    assert store.patient("server-77").latest("hba1c", NOW.date()).value == 6.5


def test_a_conditional_reference_finds_a_patient_of_an_earlier_import(bring_in):
    bring_in(patient(identifier=[{"system": "urn:mrn", "value": "12345"}]))
    report = bring_in(observation(subject={"reference": "Patient?identifier=urn:mrn|12345"}))
    assert report.stored == 1


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        (None, "no_patient"),
        ({"reference": "Patient/nobody"}, "unknown_patient"),
        ({"reference": "Group/p1"}, "unknown_patient"),
        ({"reference": "#p1"}, "unknown_patient"),
        ({"display": "Jane"}, "no_patient"),
    ],
)
def test_a_row_without_its_patient_is_set_aside(bring_in, subject, reason):
    assert bring_in(patient(), observation(subject=subject)).quarantined == {reason: 1}


def test_dangling_references_are_kept_and_counted(bring_in):
    visit = {"reference": "Encounter/gone"}
    report = bring_in(patient(), observation(encounter=visit), condition(encounter=visit))
    assert report.stored == 3
    assert report.dangling == {"Condition.encounter": 1, "Observation.encounter": 1}


def test_references_to_the_record_do_not_dangle(bring_in):
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p1"},
        "period": {"start": "2026-01-02"},
    }
    bring_in(patient(), visit)
    assert bring_in(observation(encounter={"reference": "Encounter/e1"})).dangling == {}


BROKEN = {
    "truncated": (ndjson(patient()) + '{"resourceType":"Observation","id":"x"', 2, "id"),
    "not json": (ndjson(patient()) + '{"resourceType":"Observation","id":tru}\n' + ndjson(patient()), 2, "id"),
    "no fhir": (ndjson(patient()) + '{"status":"final"}\n', 2, "resourceType"),
    "an array": ("[1,2]", 1, ""),
    "plain text": ("name,age\nJane,60\n", 1, ""),
    "latin-1": (ndjson(patient()).encode() + '{"resourceType":"Patient","id":"é"}\n'.encode("latin-1"), 2, ""),
    "too deep": (ndjson(patient()) + '{"resourceType":"Basic","x":' + "[" * 99 + "]" * 99 + "}", 2, "x"),
    "a comma too many": ('{"resourceType":"Patient","id":"a",}', 1, "id"),
}


@pytest.mark.parametrize(("content", "line", "field"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_whole_with_its_place(store, write, content, line, field):
    good = write(ndjson(patient("p2"), observation("o9", subject={"reference": "Patient/p2"})), "good.ndjson")
    with pytest.raises(BadFile) as caught:
        import_paths(store, [good, write(content, "bad.ndjson")], now=NOW)
    assert str(caught.value).startswith(f"bad.ndjson, line {line}" + (f", field {field}" if field else ""))
    assert "Nothing was imported" in caught.value.clinical
    counts = store.counts()
    assert sum(counts[name] for name in ("patients", "observations", "quarantine", "imports")) == 0
    assert [row.action for row in store.audit_rows(2)] == ["refuse", "open"]


def test_a_missing_file_is_refused(store, tmp_path):
    with pytest.raises(BadFile, match="no such file"):
        import_paths(store, [tmp_path / "nothing.json"])


def test_a_role_that_may_not_import_is_refused_and_written_down(home, write):
    with Database.open(home) as database:
        store = database.session(Session("r", Role.RESEARCHER, Purpose.RESEARCH))
        with pytest.raises(NotAllowed):
            import_paths(store, [write(ndjson(patient()))])
        assert [row.action for row in store.audit_rows()] == ["refuse", "open"]


def test_progress_rises_to_one(bring_in):
    steps = []
    bring_in(patient(), observation(), progress=lambda share, text: steps.append((share, text)))
    shares = [share for share, _ in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(text for _, text in steps)


@pytest.mark.parametrize("after", range(4))
def test_cancelling_changes_nothing(bring_in, store, after):
    asked = itertools.count()
    report = bring_in(patient(), observation(), cancelled=lambda: next(asked) >= after)
    assert report.cancelled
    counts = store.counts()
    assert (report.read, report.stored, report.import_id) == (0, 0, None)
    assert sum(counts[name] for name in ("patients", "observations", "imports", "codes")) == 0
    assert bring_in(patient(), observation()).stored == 2


def test_an_import_is_audited_without_names_or_values(bring_in, store):
    report = bring_in(patient(), observation())
    row = store.audit_rows(1)[0]
    assert (row.action, row.subject) == ("import", str(report.import_id))
    assert json.loads(row.detail) == {"files": 1, "read": 2, "replaced": 0, "stored": 2}
    assert store.verify_audit() == 2


def test_the_report_is_kept_with_the_import(bring_in, store):
    report = bring_in(patient(), observation(code="99999-9"))
    kept = store.imports()[0]
    assert json.loads(kept["report"])["unused_codes"] == [
        {"table": "observations", "system": "http://loinc.org", "code": "99999-9", "display": "", "count": 1}
    ]
    assert (kept["resources"], kept["stored"], kept["user_name"]) == (2, 2, "demo")
    assert report.unused_codes[0].code == "99999-9"


def test_small_blocks_give_the_same_record(home, write, tmp_path):
    content = ndjson(
        patient(), *(observation(f"o{n}", value=5 + n / 100, note=[{"text": "x" * n}]) for n in range(200)), condition()
    )
    path = write(content)
    kept = []
    for size in (1 << 12, 1 << 24):
        with Database.open(tmp_path / f"home{size}") as database:
            store = database.session(Session("t", Role.ADMIN, Purpose.OPERATIONS))
            report = import_paths(store, [path], now=NOW, block_size=size)
            with store.cursor() as cursor:
                kept.append(cursor.execute("SELECT * FROM observations ORDER BY resource_id").fetchall())
            assert report.stored == 202
    assert kept[0] == kept[1]


def test_lines_are_counted_across_blocks(store, write):
    lines = [
        ndjson(patient()),
        *(ndjson(observation(f"o{n}")) for n in range(300)),
        ndjson(observation("bad", value=99)),
    ]
    import_paths(store, [write("\n".join(lines))], now=NOW, block_size=1 << 12)
    assert store.quarantine()["line"].tolist() == [2 * 301 + 1]


KILLED = """
import sys, time
from pathlib import Path
from twin.governance.session import command_line_session
from twin.record import imports
from twin.record.database import Database
home, kept, rest = map(Path, sys.argv[1:])
database = Database.open(home)
store = database.session(command_line_session())
imports.import_paths(store, [kept])
def wait(*_, **__):
    print("writing", flush=True)
    time.sleep(60)
imports.flag_repeats = wait  # rows are written, nothing is committed
imports.import_paths(store, [rest])
"""


def test_a_killed_import_loses_nothing_committed(home, write):
    kept = write(ndjson(patient(), observation()), "kept.ndjson")
    rest = write(ndjson(*(observation(f"x{n}") for n in range(50))), "rest.ndjson")
    command = [sys.executable, "-c", KILLED, str(home), str(kept), str(rest)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "writing\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    with Database.open(home) as database:
        store = database.session(Session("t", Role.ADMIN, Purpose.OPERATIONS))
        counts = store.counts()
        assert (counts["patients"], counts["observations"], counts["imports"]) == (1, 1, 1)
        assert store.verify_audit() == 3  # open, import, open
        assert import_paths(store, [kept, rest], now=NOW).stored == 50


def test_an_import_waits_for_no_reader(bring_in, store):
    bring_in(patient(), observation())
    with store.cursor() as reader:
        reader.execute("SELECT * FROM observations")
        started = time.perf_counter()
        bring_in(observation("o2", value=7))
        assert time.perf_counter() - started < 30
    assert store.patient("p1").latest("hba1c", datetime(2026, 11, 24).date()) is not None
