"""FHIR resources for the tests of the record."""

import json
from datetime import datetime

NOW = datetime(2026, 11, 24, 12)
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def coded(system, code, display=None):
    """Return a coded concept."""
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def patient(identity="p1", **fields):
    """Return a Patient resource."""
    return {
        "resourceType": "Patient",
        "id": identity,
        "name": [{"family": "Doe", "given": ["Jane", "Ann"], "prefix": ["Ms"]}],
        "gender": "female",
        "birthDate": "1966-03-14",
        **fields,
    }


def observation(identity="o1", code="4548-4", value=6.5, unit="%", **fields):
    """Return an Observation with a quantity; fields given as None are left out."""
    resource = {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "category": [coded("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")],
        "code": coded(LOINC, code) if isinstance(code, str) else code,
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-01-02T09:00:00Z",
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
        **fields,
    }
    return {name: content for name, content in resource.items() if content is not None}


def condition(identity="c1", code="44054006", **fields):
    """Return a Condition of the newest onset."""
    return {
        "resourceType": "Condition",
        "id": identity,
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        "code": coded(SNOMED, code),
        "subject": {"reference": "Patient/p1"},
        "onsetDateTime": "2015-06-01",
        **fields,
    }


def prescription(identity="m1", code="617311", **fields):
    """Return a MedicationRequest for atorvastatin 40 mg."""
    resource = {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": coded(RXNORM, code),
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2020-02-03",
        **fields,
    }
    return {name: content for name, content in resource.items() if content is not None}


def bundle(*resources, kind="transaction", urls=True):
    """Return a Bundle of the resources, each with a urn:uuid as full URL."""
    entries = [{**({"fullUrl": f"urn:uuid:{r['id']}"} if urls and "id" in r else {}), "resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def ndjson(*resources):
    """Return the resources as NDJSON text."""
    return "".join(json.dumps(resource) + "\n" for resource in resources)
