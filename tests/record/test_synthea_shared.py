"""Do the shared Synthea files arrive whole, counted and read by hand beside the importer?"""

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fhir_builders import NOW

from twin.data_files import DATA
from twin.governance.session import demo_session
from twin.record.database import Database
from twin.record.fhir.reader import READERS
from twin.record.imports import import_paths

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "fhir_synthea_r4_smart"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.exists(), reason="the shared Synthea files are not beside the checkout"),
]
USED = {name.decode() for name in READERS}
TWO = ("1e503533-b8c2-42cb-a6d5-bbd7d70d07ad", "44ec4447-9e2c-4eb9-bd4f-0bdb416b806e")
"""The record numbers of two patients of the raw bundles: one with kidney disease, one with diabetes."""


def read_bundles():
    """Return every Bundle of the files, read with the standard library."""
    bundles = []
    for path in sorted(FOLDER.rglob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            text = file.read()
        bundles += [json.loads(line) for line in (text.splitlines() if ".ndjson" in path.name else [text])]
    return bundles


@pytest.fixture(scope="module")
def bundles():
    """Return every Bundle, read once."""
    return read_bundles()


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Return the record with all files imported, and the report."""
    with Database.open(tmp_path_factory.mktemp("synthea")) as database:
        store = database.session(demo_session())
        yield store, import_paths(store, [FOLDER], now=NOW)


def limits_by_code():
    """Return unit and hard limits of each LOINC code, from the registry's own table."""
    with open(DATA / "variables.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "quantity"]
    return {
        code: (row["name"], row["ucum"], float(row["hard_low"]), float(row["hard_high"]))
        for row in rows
        for code in row["loinc"].split(";")
    }


def measured(resource, limits):
    """Yield variable, time and value of each quantity of an Observation that is used and possible."""
    time = datetime.fromisoformat(resource["effectiveDateTime"]).astimezone(UTC).replace(tzinfo=None)
    for part in [resource, *resource.get("component", [])]:
        code = part["code"]["coding"][0]["code"]
        if code in limits and "valueQuantity" in part:
            name, _, low, high = limits[code]
            value = part["valueQuantity"]["value"]
            if low <= value <= high:
                yield name, time, value


def test_every_resource_is_read_and_stored_once(bundles, imported):
    _, report = imported
    read = Counter(entry["resource"]["resourceType"] for bundle in bundles for entry in bundle["entry"])
    once = {(e["resource"]["resourceType"], e["resource"]["id"]) for b in bundles for e in b["entry"]}
    assert report.read == read.total() == 36_218
    assert report.not_used == {name: count for name, count in read.items() if name not in USED}
    for name in USED & set(read):
        counts = report.by_type[name]
        assert counts["read"] == read[name]
        assert counts["stored"] + counts.get("set_aside", 0) == sum(kind == name for kind, _ in once)
    assert report.superseded == sum(read[name] for name in USED) - sum(kind in USED for kind, _ in once)
    assert report.quarantined == {"impossible": 261}  # protein in g/L called g/dL, and HbA1c below 3 %


def test_every_value_is_in_the_record(bundles, imported):
    store, _ = imported
    limits, expected, seen = limits_by_code(), Counter(), set()
    for bundle in bundles:
        for entry in bundle["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Observation" and resource["id"] not in seen:
                seen.add(resource["id"])
                expected.update(name for name, _, _ in measured(resource, limits))
    with store.cursor() as cursor:
        query = "SELECT variable, count(*) FROM observations WHERE value IS NOT NULL GROUP BY variable"
        kept = dict(cursor.execute(query).fetchall())
    assert kept == dict(expected)


@pytest.mark.parametrize("number", TWO)
def test_two_patients_are_as_read_by_hand(bundles, imported, number):
    store, _ = imported
    limits = limits_by_code()
    (own,) = [
        bundle
        for bundle in bundles
        if bundle["type"] == "transaction"
        and any(i["value"] == number for i in bundle["entry"][0]["resource"].get("identifier", []))
    ]
    resources = defaultdict(list)
    for entry in own["entry"]:
        resources[entry["resource"]["resourceType"]].append(entry["resource"])
    (person,) = resources["Patient"]
    seen = store.patient(person["id"])
    assert (seen.identifier, seen.sex) == (number, person["gender"])
    assert seen.birth_date == date.fromisoformat(person["birthDate"])
    assert (seen.family, seen.given) == (person["name"][0]["family"], " ".join(person["name"][0]["given"]))
    assert seen.is_synthetic
    assert seen.allergies is None
    series = defaultdict(set)
    for resource in resources["Observation"]:
        for name, time, value in measured(resource, limits):
            series[name].add((time.replace(microsecond=0), value))
    told = {
        name: set(zip(found.times.tolist(), found.values.tolist(), strict=True)) for name, found in seen.series.items()
    }
    assert told == dict(series)
    assert Counter(c.code for c in seen.conditions) == Counter(
        r["code"]["coding"][0]["code"] for r in resources["Condition"] for _ in range(_concepts(r))
    )
    assert {m.resource_id for m in seen.medications} == {r["id"] for r in resources["MedicationRequest"]}
    kinds = {"Procedure": "procedure", "Encounter": "encounter", "DiagnosticReport": "report"}
    kinds |= {"ImagingStudy": "image", "Immunization": "immunization"}
    assert Counter(e.kind for e in seen.events) == {
        kind: len(resources[name]) for name, kind in kinds.items() if resources[name]
    }


def _concepts(resource):
    """Return how many rows of the codes' table a condition has, at least one."""
    with open(DATA / "codes" / "conditions.csv", encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file) if row["system"] == "snomed"]
    return max(1, codes.count(resource["code"]["coding"][0]["code"]))


def test_dangling_references_are_counted(bundles, imported):
    _, report = imported
    names = {"participant": lambda r: [p["individual"] for p in r.get("participant", [])]}
    single = ("serviceProvider", "requester", "encounter")
    names |= {key: lambda r, key=key: [r[key]] if key in r else [] for key in single}
    names |= {key: lambda r, key=key: r.get(key, []) for key in ("result", "reasonReference", "performer")}
    present = {e["resource"]["id"] for b in bundles for e in b["entry"]}
    expected = Counter()
    for bundle in bundles:
        for entry in bundle["entry"]:
            resource = entry["resource"]
            for name, references in names.items():
                if resource["resourceType"] in USED:
                    lost = [r for r in references(resource) if r["reference"].rsplit(":", 1)[-1] not in present]
                    expected[f"{resource['resourceType']}.{name}"] += len(lost)
    assert report.dangling == {name: count for name, count in expected.items() if count}


def test_a_second_import_changes_nothing(imported):
    store, report = imported
    again = import_paths(store, [FOLDER], now=NOW)
    assert (again.stored, again.replaced, again.set_aside, again.quarantined) == (0, 0, 0, {})
    assert again.unchanged == report.stored + report.set_aside


def test_every_patient_opens(imported):
    store, report = imported
    people = store.patients()
    assert len(people) == report.patients == 128
    assert all(person.series for person in people)
    assert len(store.panel(date(2019, 6, 1))) == 128
