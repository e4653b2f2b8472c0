"""How are ids, codes, dates and references of the panel written in FHIR?"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

import numpy as np

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
HL7 = "http://terminology.hl7.org/CodeSystem/"
TEST_DATA = f'{{"system":"{HL7}v3-ActReason","code":"HTEST","display":"test health data"}}'
META = f'"meta":{{"security":[{TEST_DATA}]}}'
# Third group of the ids, so that two resources of one person never share one.
KINDS = {
    "Patient": "0000",
    "Encounter": "0001",
    "Observation": "0002",
    "Condition": "0003",
    "MedicationRequest": "0004",
    "AllergyIntolerance": "0005",
    "Procedure": "0006",
    "DiagnosticReport": "0007",
    "Immunization": "0008",
    "Device": "0009",
}


def text(value: str) -> str:
    """Write a string as JSON."""
    return json.dumps(value, ensure_ascii=False)


def coding(system: str, code: str, display: str) -> str:
    """Write one Coding."""
    return f'{{"system":"{system}","code":"{code}","display":{text(display)}}}'


def concept(*codings: str, words: str | None = None) -> str:
    """Write a CodeableConcept."""
    tail = f',"text":{text(words)}' if words else ""
    return f'{{"coding":[{",".join(codings)}]{tail}}}'


def code_of(row: dict[str, str]) -> str:
    """Write a row of ``codes.csv`` as a CodeableConcept."""
    return concept(coding(row["system"], row["code"], row["display"]))


def resource(kind: str, resource_id: str, *fields: str, meta: str = META) -> str:
    """Write one resource as a line; each field is its name and value."""
    return f'{{"resourceType":"{kind}","id":"{resource_id}",{meta},{",".join(fields)}}}\n'


def quantity(value: str, *, unit: str, code: str, comparator: str = "") -> str:
    """Write a Quantity; `value` is the number as text."""
    sign = f'"comparator":"{comparator}",' if comparator else ""
    return f'{{"value":{value},{sign}"unit":"{unit}","system":"{UCUM}","code":"{code}"}}'


def number(value: float) -> str:
    """Write a number without a trailing ``.0``."""
    return f"{value:.10g}"


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one panel: shaped like a UUID, from the panel, the person and a counter.

    Panels of another size, seed or day have other ids, so that they stand beside each other in one record.
    """

    panel: str

    @classmethod
    def of(cls, *, patients: int, seed: int, today: date) -> "Ids":
        """Return the ids of a panel."""
        recipe = f"{patients}|{seed}|{today.isoformat()}"
        return cls(hashlib.blake2b(recipe.encode(), digest_size=4).hexdigest())

    def stem(self, kind: str, person: int) -> str:
        """Return what all ids of one kind and person begin with; twelve hexadecimal digits follow."""
        return f"{self.panel}-{KINDS[kind]}-4{person >> 12:03x}-8{person & 0xFFF:03x}-"

    def id(self, kind: str, person: int, counter: int = 0) -> str:
        """Return one id."""
        return f"{self.stem(kind, person)}{counter:012x}"

    def reference(self, kind: str, person: int, counter: int = 0) -> str:
        """Write a reference to one resource."""
        return f'{{"reference":"{kind}/{self.id(kind, person, counter)}"}}'


def iso_days(start: np.datetime64, days: np.ndarray) -> list[str]:
    """Write days, counted from the panel's first, as calendar days."""
    return (start + np.floor(np.asarray(days)).astype("timedelta64[D]")).astype(str).tolist()


def iso_day(start: np.datetime64, day: float) -> str:
    """Write one day as a calendar day."""
    return str(start + np.timedelta64(int(np.floor(day)), "D"))
