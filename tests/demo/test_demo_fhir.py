"""Is what is written well-formed FHIR R4 that hangs together?"""

import re
from collections import Counter

import pytest

from twin.data_files import read_table
from twin.demo.drugs import drugs
from twin.units import conversions
from twin.variables import registry

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")
REQUIRED = {
    "Patient": ("identifier", "name", "gender", "birthDate"),
    "Observation": ("status", "category", "code", "subject"),
    "Condition": ("clinicalStatus", "verificationStatus", "code", "subject", "onsetDateTime", "recordedDate"),
    "MedicationRequest": (
        "status",
        "intent",
        "medicationCodeableConcept",
        "subject",
        "authoredOn",
        "dosageInstruction",
    ),
    "AllergyIntolerance": ("clinicalStatus", "verificationStatus", "code", "patient"),
    "Procedure": ("status", "code", "subject", "performedDateTime"),
    "Encounter": ("status", "class", "type", "subject", "period"),
    "DiagnosticReport": ("status", "code", "subject", "effectiveDateTime", "result"),
    "Immunization": ("status", "vaccineCode", "patient", "occurrenceDateTime"),
    "Device": ("deviceName",),
}


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def codings(value):
    if isinstance(value, dict):
        if "system" in value and "code" in value and "value" not in value:
            yield value
        for part in value.values():
            yield from codings(part)
    elif isinstance(value, list):
        for part in value:
            yield from codings(part)


def test_every_resource_type_is_there_with_what_it_needs(written):
    assert set(written.resources) == set(REQUIRED)
    for kind, fields in REQUIRED.items():
        for resource in written.resources[kind]:
            assert resource["resourceType"] == kind
            assert all(resource.get(field) for field in fields), (kind, resource["id"])


def test_ids_are_unique_and_shaped_like_a_uuid(written):
    ids = Counter(r["id"] for resources in written.resources.values() for r in resources)
    assert max(ids.values()) == 1
    assert all(ID.fullmatch(found) for found in ids)


def test_every_reference_leads_somewhere(written):
    there = {f"{kind}/{r['id']}" for kind, resources in written.resources.items() for r in resources}
    assert all(found in there for resources in written.resources.values() for found in references(resources))


def test_everything_is_marked_as_test_data(written):
    for resources in written.resources.values():
        assert all(r["meta"]["security"][0]["code"] == "HTEST" for r in resources)
    assert all(p["meta"]["tag"][0]["code"] == "synthetic" for p in written.resources["Patient"])


def test_codings_have_a_known_system_a_code_and_words(written):
    allowed = re.compile(
        r"http://(loinc\.org|snomed\.info/sct|terminology\.hl7\.org/CodeSystem/[\w-]+|www\.nlm\.nih\.gov"
        r"/research/umls/rxnorm|www\.whocc\.no/atc|hl7\.org/fhir/sid/(icd-10-cm|cvx))|urn:counterpart:data-kind"
    )
    for resources in written.resources.values():
        for coding in codings(resources[:400]):
            assert allowed.fullmatch(coding["system"]) and coding["code"] and coding.get("display")


def test_observations_are_variables_in_convertible_units(written):
    code_to_name = {code: v.name for v in registry().values() for code in v.loinc}
    seen = set()
    for resource in written.resources["Observation"]:
        for part in (resource, *resource.get("component", ())):
            if "valueQuantity" in part:
                name = code_to_name[part["code"]["coding"][0]["code"]]
                assert (name, part["valueQuantity"]["code"]) in conversions()
                seen.add(name)
    assert len(seen) >= 29


def test_home_pressures_are_the_patients_own_and_cover_a_week(written):
    weeks = [o for o in written.resources["Observation"] if "effectivePeriod" in o]
    assert len(weeks) > 50
    for week in weeks:
        assert week["performer"] == [week["subject"]]
        assert len(week["component"]) == 2


def test_dosage_says_how_much_a_day(written):
    per_day = {"d": 1.0, "wk": 1.0 / 7.0}
    truth = {row["medication_id"]: row["therapy"] for row in written.truth("therapies")}
    for request in written.resources["MedicationRequest"]:
        (instruction,) = request["dosageInstruction"]
        repeat = instruction["timing"]["repeat"]
        each = instruction["doseAndRate"][0]["doseQuantity"]["value"]
        daily = each * repeat["frequency"] * per_day[repeat["periodUnit"]]
        assert daily == pytest.approx(drugs()[truth[request["id"]]].daily_dose, rel=0.01)


def test_a_course_that_ended_says_when_and_why(written):
    ended = [m for m in written.resources["MedicationRequest"] if m["status"] != "active"]
    assert {m["status"] for m in ended} == {"stopped", "completed"}
    for request in ended:
        bounds = request["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]
        assert bounds["start"] <= bounds["end"] == request["dispenseRequest"]["validityPeriod"]["end"]
        assert request["statusReason"]["text"]


def test_allergies_are_known_none_or_not_asked(written):
    answers = Counter(a["code"]["coding"][0]["display"] for a in written.resources["AllergyIntolerance"])
    assert 0.4 < answers["No known allergy"] / 300 < 0.7
    assert 0.1 < 1 - sum(answers.values()) / 300 < 0.3
    assert len(answers) == 5


def test_stages_of_kidney_disease_follow_each_other(written):
    stages = {}
    for resource in written.resources["Condition"]:
        if resource["code"]["coding"][1]["code"].startswith("N18"):
            stages.setdefault(written.patient_of(resource), []).append(resource)
    assert len(stages) > 20
    for found in stages.values():
        assert sum(s["clinicalStatus"]["coding"][0]["code"] == "active" for s in found) == 1


def test_the_demo_orders_no_drug_without_codes():
    assert all(drug.rxnorm.isdigit() and re.fullmatch(r"[A-Z]\d\d[A-Z]{2}\d\d", drug.atc) for drug in drugs().values())


def test_conditions_have_both_codes():
    for row in read_table("demo/conditions.csv"):
        assert row["snomed"].isdigit() and re.fullmatch(r"[A-Z]\d\d(\.\d+)?", row["icd10"])
