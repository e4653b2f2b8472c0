"""What FHIR text can an import be timed on, of every resource type and of any size?"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

TESTS = (
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 128.0, 18.0),
    ("8867-4", "Heart rate", "/min", 72.0, 11.0),
    ("39156-5", "Body mass index", "kg/m2", 28.0, 4.0),
    ("2339-0", "Glucose [Mass/volume] in Blood", "mg/dL", 110.0, 25.0),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 6.2, 0.9),
    ("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", 190.0, 33.0),
    ("38483-4", "Creatinine [Mass/volume] in Blood", "mg/dL", 1.1, 0.2),
    ("33914-3", "Glomerular filtration rate", "mL/min/{1.73_m2}", 80.0, 18.0),
)
PROBLEMS = (("59621000", "Essential hypertension"), ("44054006", "Diabetes mellitus type 2"), ("90560007", "Gout"))
DRUGS = (("314076", "lisinopril 10 MG Oral Tablet"), ("314231", "simvastatin 10 MG Oral Tablet"))
SHARES = {"Observation": 80, "Encounter": 10, "Condition": 8, "MedicationRequest": 8, "Procedure": 6}
SHARES |= {"DiagnosticReport": 4, "Immunization": 3, "AllergyIntolerance": 1}
"""Resources of each type for every patient."""


class Corpus:
    """Writes resources of invented patients, the same for the same seed."""

    def __init__(self, *, patients: int, seed: int = 1) -> None:
        self._draw = random.Random(seed)
        self.people = [self._id() for _ in range(patients)]

    def _id(self) -> str:
        return str(UUID(int=self._draw.getrandbits(128), version=4))

    def _time(self) -> str:
        draw = self._draw.randrange
        return f"{draw(2006, 2026)}-{draw(1, 13):02}-{draw(1, 29):02}T{draw(24):02}:{draw(60):02}:{draw(60):02}-05:00"

    def _head(self, kind: str) -> str:
        profile = f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{kind.lower()}"
        return f'{{"resourceType":"{kind}","id":"{self._id()}","meta":{{"profile":["{profile}"]}},'

    def _of(self, person: str, kind: str = "subject") -> str:
        return f'"{kind}":{{"reference":"Patient/{person}"}},"encounter":{{"reference":"Encounter/{self._id()}"}},'

    def patient(self, person: str) -> str:
        """Return a Patient."""
        draw = self._draw
        born = f"{draw.randrange(1930, 2000)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        family, given = f"Family{draw.randrange(999)}", f"Given{draw.randrange(99)}"
        return (
            f'{{"resourceType":"Patient","id":"{person}",'
            f'"identifier":[{{"system":"urn:example:mrn","value":"{person}"}}],'
            f'"name":[{{"use":"official","family":"{family}","given":["{given}"]}}],'
            f'"gender":"{draw.choice(("female", "male"))}","birthDate":"{born}",'
            '"address":[{"line":["1 Main St"],"city":"Springfield","country":"US"}]}'
        )

    def observation(self, person: str) -> str:
        """Return an Observation with a quantity."""
        code, name, unit, mean, spread = self._draw.choice(TESTS)
        value, time = round(self._draw.gauss(mean, spread), 4), self._time()
        return (
            f'{self._head("Observation")}"status":"final","category":[{_coded(_CATEGORY, "laboratory", "laboratory")}],'
            f'"code":{_coded("http://loinc.org", code, name)},{self._of(person)}"effectiveDateTime":"{time}",'
            f'"issued":"{time}","valueQuantity":{{"value":{value},"unit":"{unit}",'
            f'"system":"http://unitsofmeasure.org","code":"{unit}"}}}}'
        )

    def condition(self, person: str) -> str:
        """Return a Condition."""
        clinical, verified = f"{_TERMS}/condition-clinical", f"{_TERMS}/condition-ver-status"
        return (
            f'{self._head("Condition")}"clinicalStatus":{_coded(clinical, "active")},'
            f'"verificationStatus":{_coded(verified, "confirmed")},'
            f'"code":{_coded(_SNOMED, *self._draw.choice(PROBLEMS))},{self._of(person)}'
            f'"onsetDateTime":"{self._time()}","recordedDate":"{self._time()}"}}'
        )

    def medication_request(self, person: str) -> str:
        """Return a MedicationRequest with a dosage."""
        drug = _coded("http://www.nlm.nih.gov/research/umls/rxnorm", *self._draw.choice(DRUGS))
        status = self._draw.choice(("active", "stopped"))
        timing = '{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}'
        return (
            f'{self._head("MedicationRequest")}"status":"{status}","intent":"order","medicationCodeableConcept":{drug},'
            f'{self._of(person)}"authoredOn":"{self._time()}","requester":{{"reference":"Practitioner/{self._id()}"}},'
            f'"dosageInstruction":[{{"timing":{timing},"doseAndRate":[{{"doseQuantity":{{"value":1}}}}]}}]}}'
        )

    def event(self, person: str, kind: str) -> str:
        """Return an Encounter, Procedure, DiagnosticReport, Immunization or AllergyIntolerance."""
        time = self._time()
        code = _coded(_SNOMED, str(self._draw.randrange(10**6, 10**6 + 40)), "Something that was done")
        told = {
            "Encounter": f'"status":"finished","class":{{"code":"AMB"}},"type":[{code}],"period":{{"start":"{time}"}}',
            "Procedure": f'"status":"completed","code":{code},"performedDateTime":"{time}"',
            "DiagnosticReport": f'"status":"final","code":{code},"effectiveDateTime":"{time}"',
            "Immunization": f'"status":"completed","vaccineCode":{code},"occurrenceDateTime":"{time}"',
            "AllergyIntolerance": f'"criticality":"low","code":{code},"recordedDate":"{time}"',
        }[kind]
        if kind == "Encounter":
            return f'{self._head(kind)}"subject":{{"reference":"Patient/{person}"}},{told}}}'
        who = "patient" if kind in ("Immunization", "AllergyIntolerance") else "subject"
        return f"{self._head(kind)}{self._of(person, who)}{told}}}"

    def lines(self, kind: str, *, number: int, people: list[str] | None = None) -> Iterator[str]:
        """Yield a number of resources of one type, of patients drawn at random from all or from `people`."""
        makers: dict[str, Callable[[str], str]] = {
            "Observation": self.observation,
            "Condition": self.condition,
            "MedicationRequest": self.medication_request,
        }
        make = makers.get(kind) or (lambda person: self.event(person, kind))
        for _ in range(number):
            yield make(self._draw.choice(people or self.people))


_SNOMED = "http://snomed.info/sct"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_CATEGORY = f"{_TERMS}/observation-category"


def _coded(system: str, code: str, display: str = "") -> str:
    name = f',"display":"{display}"' if display else ""
    text = f',"text":"{display}"' if display else ""
    return f'{{"coding":[{{"system":"{system}","code":"{code}"{name}}}]{text}}}'


def write_ndjson(folder: Path, *, patients: int, seed: int = 1) -> dict[str, int]:
    """Write one NDJSON file a resource type and return how many resources each holds.

    Parameters
    ----------
    patients
        Patients; each brings about 120 resources.
    """
    corpus = Corpus(patients=patients, seed=seed)
    counts = {"Patient": patients}
    (folder / "Patient.ndjson").write_text("".join(f"{corpus.patient(person)}\n" for person in corpus.people))
    for kind, share in SHARES.items():
        counts[kind] = share * patients
        with open(folder / f"{kind}.ndjson", "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in corpus.lines(kind, number=counts[kind]))
    return counts


def write_bundles(folder: Path, *, bundles: int, seed: int = 2) -> int:
    """Write one transaction Bundle a patient and return how many resources they hold."""
    corpus = Corpus(patients=bundles, seed=seed)
    resources = 0
    for person in corpus.people:
        lines = [corpus.patient(person)]
        for kind, share in SHARES.items():
            lines += corpus.lines(kind, number=share, people=[person])
        entries = ",".join(f'{{"resource":{line},"request":{{"method":"POST","url":"X"}}}}' for line in lines)
        text = f'{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}'
        (folder / f"{person}.json").write_text(text)
        resources += len(lines)
    return resources
