"""Five people as a FHIR R4 bundle: one known well, one too old, one with a gap, one child, one after a heart attack."""

import json
from datetime import date, timedelta
from pathlib import Path

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
MEASURES = {
    "8480-6": ("Systolic blood pressure", "mm[Hg]"),
    "8462-4": ("Diastolic blood pressure", "mm[Hg]"),
    "2093-3": ("Cholesterol", "mg/dL"),
    "2085-9": ("HDL cholesterol", "mg/dL"),
    "13457-7": ("LDL cholesterol", "mg/dL"),
    "4548-4": ("Hemoglobin A1c", "%"),
    "33914-3": ("Glomerular filtration rate", "mL/min/{1.73_m2}"),
    "39156-5": ("Body mass index", "kg/m2"),
    "2160-0": ("Creatinine", "mg/dL"),
}
COMPLETE = {
    "8480-6": 152.0,
    "8462-4": 88.0,
    "2093-3": 210.0,
    "2085-9": 45.0,
    "13457-7": 140.0,
    "4548-4": 6.9,
    "33914-3": 78.0,
    "39156-5": 29.0,
}


def patient(patient_id: str, family: str, given: str, birth: str, sex: str, *, test_data: bool = True) -> dict:
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "meta": {"tag": [tag] if test_data else []},
        "identifier": [{"system": "urn:test", "value": f"00011122{patient_id[-2:]}"}],
        "name": [
            {"use": "official", "family": family, "given": [given], "prefix": ["Ms" if sex == "female" else "Mr"]}
        ],
        "gender": sex,
        "birthDate": birth,
    }


def observation(patient_id: str, code: str, value: float, day: date) -> dict:
    display, unit = MEASURES[code]
    return {
        "resourceType": "Observation",
        "id": f"{patient_id}-{code}-{day.isoformat()}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code, "display": display}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": f"{day.isoformat()}T09:00:00Z",
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    }


def never_smoked(patient_id: str, day: date) -> dict:
    return {
        "resourceType": "Observation",
        "id": f"{patient_id}-smoking",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "72166-2", "display": "Tobacco smoking status"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": f"{day.isoformat()}T09:00:00Z",
        "valueCodeableConcept": {
            "coding": [{"system": SNOMED, "code": "266919005", "display": "Never smoked tobacco"}]
        },
    }


def diabetes(patient_id: str, onset: str) -> dict:
    return {
        "resourceType": "Condition",
        "id": f"{patient_id}-diabetes",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": SNOMED, "code": "44054006", "display": "Diabetes mellitus type 2 (disorder)"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "onsetDateTime": onset,
    }


def heart_attack(patient_id: str, onset: str) -> dict:
    return diabetes(patient_id, onset) | {
        "id": f"{patient_id}-heart-attack",
        "code": {"coding": [{"system": SNOMED, "code": "22298006", "display": "Myocardial infarction (disorder)"}]},
    }


def visits(patient_id: str, values: dict[str, float], *, today: date, count: int = 6) -> list[dict]:
    """Return the values at visits half a year apart, the newest three weeks ago."""
    days = [today - timedelta(days=21 + 182 * back) for back in range(count)]
    return [
        observation(patient_id, code, round(value * (1 + 0.01 * place), 1), day)
        for code, value in values.items()
        for place, day in enumerate(days)
    ]


def bundle(today: date) -> dict:
    """Return the bundle as of a day."""
    recent = today - timedelta(days=21)
    without_cholesterol = {code: value for code, value in COMPLETE.items() if code != "2093-3"}
    resources = [
        patient("person-22", "Doe", "Jane", "1966-03-14", "female"),
        diabetes("person-22", "2018-05-01"),
        never_smoked("person-22", recent),
        *visits("person-22", COMPLETE, today=today),
        patient("person-33", "Roe", "Richard", "1938-01-02", "male"),
        never_smoked("person-33", recent),
        *visits("person-33", COMPLETE, today=today),
        patient("person-44", "Poe", "Paula", "1970-07-07", "female"),
        never_smoked("person-44", recent),
        *visits("person-44", without_cholesterol, today=today),
        patient("person-55", "Noe", "Nora", f"{today.year - 12}-01-01", "female"),
        *visits("person-55", {"8480-6": 104.0, "8462-4": 64.0}, today=today),
        patient("person-66", "Moe", "Martin", "1960-05-05", "male"),
        heart_attack("person-66", "2021-02-03"),
        never_smoked("person-66", recent),
        *visits("person-66", {**COMPLETE, "2160-0": 1.0}, today=today),
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def write_bundle(path: Path, today: date) -> Path:
    """Write the bundle to a file and return its path."""
    path.write_text(json.dumps(bundle(today)), encoding="utf-8")
    return path
