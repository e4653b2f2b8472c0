"""Does a value stay with its patient when its id comes again for another?"""

import itertools

import pytest
from fhir_builders import NOW, condition, ndjson, observation, patient, prescription

from twin.governance.session import demo_session
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.record.subjects import Claim, Verdict

PEOPLE = patient("p1"), patient("p2", name=[{"family": "Roe"}], birthDate="1950-01-01", gender="male")
OLD, NEW = {"lastUpdated": "2026-02-01T00:00:00Z"}, {"lastUpdated": "2026-03-01T00:00:00Z"}


def of(person, make=observation, **fields):
    """Return a resource of one patient."""
    return make(subject={"reference": f"Patient/{person}"}, **fields)


def held(store):
    """Return who has the value, by patient."""
    return {one.id: one.series["hba1c"].values.tolist() for one in store.patients() if "hba1c" in one.series}


@pytest.fixture
def kept(bring_in):
    """Return a function that imports both patients and a value of the first, then more, and returns its report."""

    def bring(*resources, meta=None):
        bring_in(*PEOPLE, of("p1", meta=meta))
        return bring_in(*resources)

    return bring


@pytest.mark.parametrize(
    ("meta", "fields"),
    [
        ({}, {}),  # nothing says that it is newer
        (OLD, {}),  # the record's version does not say when it is of
        (None, {"value": 8.0}),
        (None, {"status": "entered-in-error"}),
    ],
)
def test_a_value_of_another_patient_is_refused_and_the_old_one_kept(kept, store, rows, meta, fields):
    report = kept(of("p2", meta=meta, **fields))
    assert held(store) == {"p1": [6.5]}
    assert (report.stored, report.replaced, report.set_aside, report.quarantined) == (0, 0, 1, {"other_patient": 1})
    aside = rows("SELECT resource_id, reason, line, content FROM quarantine")
    assert [(row["resource_id"], row["reason"], row["line"]) for row in aside] == [("o1", "other_patient", 1)]
    assert "Patient/p2" in aside[0]["content"]


@pytest.mark.parametrize(
    ("make", "table"), [(condition, "conditions"), (prescription, "medications"), (observation, "observations")]
)
def test_every_kind_of_resource_is_guarded(bring_in, rows, make, table):
    bring_in(*PEOPLE, of("p1", make))
    assert bring_in(of("p2", make)).quarantined == {"other_patient": 1}
    query = f"SELECT p.resource_id AS id FROM {table} JOIN patients AS p USING (patient)"
    assert [row["id"] for row in rows(query)] == ["p1"]


def test_two_sources_that_number_alike_are_not_mixed_though_one_is_newer(kept, store):
    other = of("p2", meta=NEW, value=9.0, effectiveDateTime="2026-02-02T08:00:00Z")
    assert kept(other, meta=OLD).quarantined == {"other_patient": 1}
    assert held(store) == {"p1": [6.5]}


def test_a_newer_version_of_the_same_value_moves_it_and_says_so(kept, store, rows):
    report = kept(of("p2", meta=NEW, value=6.6), meta=OLD)
    assert (report.replaced, report.quarantined, report.flagged) == (1, {}, {"moved": 1})
    assert held(store) == {"p2": [6.6]}
    assert [row["flags"] for row in rows("SELECT flags FROM observations")] == ["moved"]


def test_a_version_number_alone_tells_the_newer_too(kept, store):
    assert kept(of("p2", meta={"versionId": "10"}), meta={"versionId": "9"}).flagged == {"moved": 1}
    assert held(store) == {"p2": [6.5]}


def test_an_older_version_for_the_patient_before_changes_nothing(bring_in, store):
    bring_in(*PEOPLE, of("p2", meta=NEW))
    report = bring_in(of("p1", meta=OLD))
    assert (report.superseded, report.quarantined) == (1, {})
    assert held(store) == {"p2": [6.5]}


def test_the_same_again_changes_nothing(kept, store):
    kept(of("p2"))
    before = store.counts()
    again = kept(of("p2"))
    assert (again.stored, again.replaced, again.unchanged, again.quarantined) == (0, 0, 1, {})
    after = store.counts()
    assert [after[name] for name in ("observations", "quarantine")] == [
        before[name] for name in ("observations", "quarantine")
    ]


def test_a_moved_value_that_comes_again_is_unchanged(kept, store):
    kept(of("p2", meta=NEW), meta=OLD)
    again = kept(of("p2", meta=NEW), meta=OLD)  # the first version, then the second
    assert (again.unchanged, again.replaced, again.quarantined) == (1, 0, {})
    assert held(store) == {"p2": [6.5]}


def test_what_was_refused_goes_when_its_move_is_told(kept, bring_in, store):
    kept(of("p2"), meta=OLD)
    assert store.quarantine()["reason"].tolist() == ["other_patient"]
    assert bring_in(of("p2", meta=NEW)).flagged == {"moved": 1}
    assert (held(store), len(store.quarantine())) == ({"p2": [6.5]}, 0)


def test_a_newer_version_for_the_same_patient_still_replaces(kept, bring_in, store):
    kept(of("p2"), meta=OLD)
    assert bring_in(of("p1", meta=NEW, value=7.0)).replaced == 1
    assert held(store) == {"p1": [7.0]}
    assert store.quarantine()["reason"].tolist() == ["other_patient"]


def test_a_version_entered_in_error_that_names_nobody_takes_the_value_out(kept, store):
    report = kept(observation(subject=None, status="entered-in-error"))
    assert (held(store), report.quarantined) == ({}, {"entered_in_error": 1})


def test_a_version_for_somebody_unknown_does_not_take_the_value_out(kept, store):
    assert kept(of("nobody")).quarantined == {"other_patient": 1}
    assert held(store) == {"p1": [6.5]}


def test_within_one_import_neither_of_two_owners_is_believed(bring_in, store):
    first = bring_in(*PEOPLE, of("p1"), of("p2"), observation("o2", value=7))
    assert (first.read, first.stored, first.set_aside) == (5, 3, 2)
    assert first.quarantined == {"other_patient": 2}
    assert held(store) == {"p1": [7]}
    again = bring_in(*PEOPLE, of("p1"), of("p2"), observation("o2", value=7))
    assert (again.unchanged, again.quarantined) == (5, {})


def test_every_component_of_a_refused_resource_is_set_aside(bring_in, rows):
    part = {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}}
    parts = [{**part, "valueQuantity": {"value": value, "unit": "mmHg"}} for value in (130, 2300)]
    pressure = {"code": "85354-9", "valueQuantity": None}
    bring_in(*PEOPLE, of("p1", **pressure, component=parts[:1]))
    report = bring_in(of("p2", **pressure, component=parts))
    assert (report.set_aside, report.quarantined) == (1, {"other_patient": 2})
    assert [row["value"] for row in rows("SELECT value FROM observations")] == [130]


def test_files_in_any_order_give_the_same_record(tmp_path, write):
    files = [
        write(ndjson(*PEOPLE), "a.ndjson"),
        write(ndjson(of("p1", meta=OLD), of("p1", make=condition)), "b.ndjson"),
        write(ndjson(of("p2", meta=NEW), of("p2", make=condition)), "c.ndjson"),
    ]
    found = set()
    for number, order in enumerate(itertools.permutations(files)):
        with Database.open(tmp_path / f"home{number}") as database:
            store = database.session(demo_session())
            report = import_paths(store, order, now=NOW)
            assert (held(store), report.flagged) == ({"p2": [6.5]}, {"moved": 1})
            found.add((report.stored, report.superseded, report.set_aside, store.counts()["conditions"]))
    assert found == {(3, 1, 2, 0)}


def claim(occurrence, patient, *, day=None, version=None, thing=1):
    return Claim(occurrence, patient, day and NOW.replace(day=day), version, thing)


@pytest.mark.parametrize(
    ("claims", "refused", "moved"),
    [
        ([claim(None, 1, day=1), claim(5, 2, day=2)], [], [5]),
        ([claim(None, 1, day=2), claim(5, 2, day=1)], [], []),
        ([claim(None, 1, day=1), claim(5, 2, day=1)], [5], []),
        ([claim(None, 1, day=1), claim(5, 2, day=2, thing=9)], [5], []),
        ([claim(None, 1, day=1), claim(5, 2, day=2, thing=None)], [5], []),
        ([claim(None, 1), claim(5, 2, day=2)], [5], []),
        ([claim(None, 1, day=1, version=1), claim(5, 2, day=1, version=2)], [], [5]),
        ([claim(5, 1, day=1), claim(6, 2, day=2), claim(7, 2, day=3)], [], [7]),
        ([claim(5, 1, day=1), claim(6, 2, day=2), claim(7, 3)], [5, 6, 7], []),
        ([claim(None, 1, day=1), claim(6, 2, day=2), claim(7, 1, day=3)], [], [7]),
    ],
)
def test_only_a_newer_version_of_the_same_thing_is_a_correction(claims, refused, moved):
    for order in itertools.permutations(claims):
        verdict = Verdict()
        verdict.add(list(order))
        assert (sorted(verdict.refused), verdict.moved) == (refused, moved)
