"""Does the record take the panel in as it was meant, and set aside the planted errors and nothing else?"""

from collections import Counter
from datetime import date, datetime

import pytest

from twin.data_files import read_table
from twin.demo.drugs import drugs
from twin.governance.session import command_line_session
from twin.record.database import Database
from twin.record.imports import import_paths

NOW = datetime(2026, 1, 16)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Database.open(tmp_path_factory.mktemp("home")) as database:
        yield database.session(command_line_session())


@pytest.fixture(scope="module")
def report(store, written):
    return import_paths(store, [written.folder / "fhir"], now=NOW)


@pytest.fixture(scope="module")
def patients(store, report):
    return {patient.id: patient for patient in store.patients()}


def test_everything_is_read_and_only_the_sensor_is_not_used(report, written):
    assert report.read == written.summary.resources
    assert report.not_used == {"Device": 1}
    assert report.dangling == {}
    assert report.unused_codes == () or {code.table for code in report.unused_codes} <= {"events"}


def test_exactly_the_planted_errors_are_set_aside(store, report, written):
    truth = written.truth("errors")
    expected = {row["resource_id"] for row in truth if row["expected"] == "quarantined"}
    assert set(store.quarantine(report.import_id)["resource_id"]) == expected
    kinds = Counter(row["kind"] for row in truth)
    assert report.quarantined == {
        "data_absent": kinds["absent"],
        "entered_in_error": kinds["entered_in_error"],
        "impossible": kinds["unit_slip"] + kinds["decimal_slip"] + kinds["impossible_value"],
    }
    assert report.flagged["repeated"] == kinds["duplicate"]
    assert report.flagged["censored"] == kinds["comparator"]
    assert set(report.flagged) <= {"repeated", "censored", "implausible"}


def test_the_same_panel_again_changes_nothing(store, report, written):
    again = import_paths(store, [written.folder / "fhir"], now=NOW)
    assert (again.stored, again.replaced) == (0, 0)


def test_patients_come_out_as_they_are(patients, people):
    assert set(patients) == set(people)
    for identity, person in people.items():
        patient = patients[identity]
        assert patient.is_synthetic
        assert patient.birth_date == date.fromisoformat(person["birthDate"])
        assert patient.sex == person["gender"]
        assert patient.identifier == person["identifier"][0]["value"]
        died = person.get("deceasedDateTime")
        assert patient.deceased == (date.fromisoformat(died) if died else None)


def test_every_problem_is_a_concept_of_the_project(patients, written):
    concepts = {row["snomed"]: row["concept"] for row in read_table("demo/conditions.csv")}
    found = [c for patient in patients.values() for c in patient.conditions]
    assert len(found) == len(written.resources["Condition"])
    for condition in found:
        assert condition.concept is not None and condition.is_a(concepts[condition.code]), condition.display


def test_every_course_is_a_drug_with_dose_and_time(patients, written):
    truth = {row["medication_id"]: row for row in written.truth("therapies")}
    found = {m.resource_id: m for patient in patients.values() for m in patient.medications}
    assert set(found) == set(truth)
    for identity, medication in found.items():
        row = truth[identity]
        assert (medication.ingredient, medication.drug_class) == (row["ingredient"], row["drug_class"])
        assert str(medication.start) == row["start"]
        assert str(medication.stop or "") == row["stop"]
        if drugs()[row["therapy"]].unit == "mg":
            assert medication.dose_mg == pytest.approx(drugs()[row["therapy"]].daily_dose, rel=0.01)


def test_values_come_out_in_canonical_units_with_their_source(patients, values, written):
    stored = Counter(name for patient in patients.values() for name, s in patient.series.items() for _ in s.values)
    kept = Counter(row["variable"] for row in written.truth("errors") if row["kind"] in ("comparator", "duplicate"))
    expected = Counter(values["variable"])
    for name, count in expected.items():
        assert count <= stored[name] <= count + kept[name]
    sources = Counter(source for p in patients.values() for s in p.series.values() for source in s.sources)
    assert set(sources) == {"office", "home", "laboratory", "device"}
    weights = [weight for p in patients.values() if "weight" in p.series for weight in p.series["weight"].values]
    assert min(weights) > 35 and max(weights) < 260


def test_smoking_and_allergies_are_known_where_they_were_asked(patients):
    assert Counter(p.smoking.status for p in patients.values()).keys() <= {"never", "former", "current", "unknown"}
    answers = Counter(None if p.allergies is None else bool(p.allergies) for p in patients.values())
    assert answers[None] > 30 and answers[False] > 100 and answers[True] > 30
