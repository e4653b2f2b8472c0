"""How are people, their problems, tablets, allergies and procedures written as FHIR?"""

import numpy as np

from twin.data_files import read_table
from twin.demo.course import Course
from twin.demo.fhir_text import (
    ATC,
    HL7,
    ICD10,
    RXNORM,
    SNOMED,
    TEST_DATA,
    Ids,
    code_of,
    coding,
    concept,
    iso_day,
    number,
    quantity,
    resource,
    text,
)
from twin.demo.illness import DEATH
from twin.demo.settings import DAYS_PER_YEAR, SEXES, codes
from twin.demo.treatment import Course as DrugCourse

SYNTHETIC_TAG = '{"system":"urn:counterpart:data-kind","code":"synthetic","display":"Synthetic patient"}'
IDENTIFIER_SYSTEM = "urn:counterpart:demo-panel"
ALLERGY_SHARES = {
    "not_asked": 0.2,
    "none": 0.55,
    "penicillin": 0.1,
    "sulfonamide": 0.06,
    "aspirin": 0.04,
    "peanut": 0.05,
}
VACCINES = {"influenza": 0.45, "pneumococcal": 0.05, "zoster": 0.03}  # share of years in which it is given
AUTUMN = 330.0  # day of the panel's first autumn round; the panel begins in any month, its vaccinations yearly
FOOT_SHARE = 0.6  # of years with diabetes in which the feet are examined
PROCEDURES_AFTER = {
    "infarction": (("angiography", 0.9), ("intervention", 0.65)),
    "coronary": (("angiography", 0.6),),
    "heart_failure": (("echocardiography", 0.9),),
    "fibrillation": (("electrocardiogram", 0.9),),
}
ACUTE = ("infarction", "stroke", "heart_failure")
STAY_DAYS = 4


def people_lines(course: Course, ids: Ids) -> list[str]:
    """Write the patients."""
    people = course.people
    meta = f'"meta":{{"security":[{TEST_DATA}],"tag":[{SYNTHETIC_TAG}]}}'
    kind = concept(coding(HL7 + "v2-0203", "MR", "Medical record number"))
    lines = []
    for person, (family, given) in enumerate(people.names):
        is_male = bool(people.is_male[person])
        died = course.illness.day[DEATH][person]
        value = f"{ids.panel.upper()}-{person + 1:05d}"
        prefix = "Mr" if is_male else "Ms"
        fields = [
            '"active":true',
            f'"identifier":[{{"type":{kind},"system":"{IDENTIFIER_SYSTEM}","value":"{value}"}}]',
            f'"name":[{{"use":"official","family":{text(family)},"given":[{text(given)}],"prefix":["{prefix}"]}}]',
            f'"gender":"{SEXES[is_male]}"',
            f'"birthDate":"{iso_day(people.start, people.birth_day[person])}"',
        ]
        if died <= people.end_day:
            fields.append(f'"deceasedDateTime":"{iso_day(people.start, died)}"')
        lines.append(resource("Patient", ids.id("Patient", person), *fields, meta=meta))
    return lines


def condition_lines(course: Course, ids: Ids) -> list[str]:
    """Write the problem list, each problem in SNOMED CT and ICD-10-CM."""
    whats = {
        row["key"]: concept(
            coding(SNOMED, row["snomed"], row["snomed_display"]), coding(ICD10, row["icd10"], row["icd10_display"])
        )
        for row in read_table("demo/conditions.csv")
    }
    verified = concept(coding(HL7 + "condition-ver-status", "confirmed", "Confirmed"))
    category = concept(coding(HL7 + "condition-category", "problem-list-item", "Problem List Item"))
    start, lines = course.people.start, []
    for counter, found in enumerate(course.clinic.diagnoses):
        state = "active" if found.end is None else "resolved"
        fields = [
            f'"clinicalStatus":{concept(coding(HL7 + "condition-clinical", state, state.capitalize()))}',
            f'"verificationStatus":{verified}',
            f'"category":[{category}]',
            f'"code":{whats[found.key]}',
            f'"subject":{ids.reference("Patient", found.person)}',
            f'"onsetDateTime":"{iso_day(start, found.onset)}"',
            f'"recordedDate":"{iso_day(start, found.recorded)}"',
        ]
        if found.end is not None:
            fields.append(f'"abatementDateTime":"{iso_day(start, found.end)}"')
        lines.append(resource("Condition", ids.id("Condition", found.person, counter), *fields))
    return lines


def _dosage(drawn: DrugCourse, begin: str, end: str) -> str:
    """Write how a drug is taken: how much at a time, how often, from when until when."""
    drug = drawn.drug
    is_weekly = drug.takings_per_day < 0.5
    frequency, period = (1, "wk") if is_weekly else (round(drug.takings_per_day), "d")
    each = number(round(drug.daily_dose * 7 if is_weekly else drug.daily_dose / frequency, 3))
    how_often = "once a week" if is_weekly else {1: "once a day", 2: "twice a day"}[frequency]
    unit = "units" if drug.unit == "[iU]" else drug.unit
    route = "under the skin" if drug.form == "injection" else "by mouth"
    bounds = f'{{"start":"{begin}"' + (f',"end":"{end}"}}' if end else "}")
    return (
        f'{{"text":{text(f"{each} {unit} {route} {how_often}")},'
        f'"timing":{{"repeat":{{"boundsPeriod":{bounds},"frequency":{frequency},"period":1,"periodUnit":"{period}"}}}},'
        f'"doseAndRate":[{{"doseQuantity":{quantity(each, unit=unit, code=drug.unit)}}}]}}'
    )


def medication_lines(course: Course, ids: Ids) -> list[str]:
    """Write the courses of drugs; a change of dose ends one and begins another."""
    start, lines = course.people.start, []
    for counter, drawn in enumerate(course.treatment.courses):
        drug, is_over = drawn.drug, drawn.stop is not None
        begin, end = iso_day(start, drawn.start), iso_day(start, drawn.stop) if is_over else ""
        status = "active" if not is_over else "completed" if drawn.is_dose_change else "stopped"
        what = concept(
            coding(RXNORM, drug.rxnorm, drug.ingredient),
            coding(ATC, drug.atc, drug.ingredient),
            words=f"{drug.ingredient.capitalize()} {drug.form}",
        )
        fields = [
            f'"status":"{status}"',
            '"intent":"order"',
            f'"medicationCodeableConcept":{what}',
            f'"subject":{ids.reference("Patient", drawn.person)}',
            f'"authoredOn":"{begin}"',
            f'"reasonCode":[{{"text":{text(drawn.reason_text)}}}]',
            f'"dosageInstruction":[{_dosage(drawn, begin, end)}]',
        ]
        if is_over:
            fields.append(f'"statusReason":{{"text":{text(drawn.stop_text)}}}')
            fields.append(f'"dispenseRequest":{{"validityPeriod":{{"start":"{begin}","end":"{end}"}}}}')
        lines.append(resource("MedicationRequest", ids.id("MedicationRequest", drawn.person, counter), *fields))
    return lines


def allergy_lines(course: Course, ids: Ids, rng: np.random.Generator) -> list[str]:
    """Write who has which allergy, who has none, and nothing for those who were not asked."""
    people = course.people
    answers = rng.choice(list(ALLERGY_SHARES), len(people), p=list(ALLERGY_SHARES.values())).tolist()
    known, reactions = codes("allergy"), list(codes("reaction").values())
    drawn = rng.integers(0, len(reactions), len(answers)).tolist()
    clinical = concept(coding(HL7 + "allergyintolerance-clinical", "active", "Active"))
    verified = concept(coding(HL7 + "allergyintolerance-verification", "confirmed", "Confirmed"))
    lines = []
    for person, answer in enumerate(answers):
        if answer == "not_asked":
            continue
        fields = [
            f'"clinicalStatus":{clinical}',
            f'"verificationStatus":{verified}',
            f'"code":{code_of(known[answer])}',
            f'"patient":{ids.reference("Patient", person)}',
            f'"recordedDate":"{iso_day(people.start, people.entry_day[person])}"',
        ]
        if answer != "none":
            reaction = reactions[drawn[person]]
            fields.append(f'"criticality":"{"high" if reaction["key"] == "anaphylaxis" else "low"}"')
            fields.append(f'"reaction":[{{"manifestation":[{code_of(reaction)}]}}]')
        lines.append(resource("AllergyIntolerance", ids.id("AllergyIntolerance", person), *fields))
    return lines


def _planned_procedures(course: Course, rng: np.random.Generator) -> list[tuple[int, str, float]]:
    """Draw who has what done and when: after events, and every year in diabetes."""
    planned: list[tuple[int, str, float]] = []
    for found in course.clinic.diagnoses:
        for key, share in PROCEDURES_AFTER.get(found.key, ()):
            if rng.random() < share:
                planned.append((found.person, key, found.onset))
        if found.key in ("type_1", "type_2"):
            last = min(course.people.end_day, course.illness.day[DEATH][found.person])
            days = np.arange(max(found.recorded, 0.0) + 60.0, last, DAYS_PER_YEAR)
            planned += [(found.person, "foot", float(day)) for day in days[rng.random(len(days)) < FOOT_SHARE]]
    return planned


def procedure_lines(course: Course, ids: Ids, rng: np.random.Generator) -> list[str]:
    """Write the procedures."""
    whats = {key: code_of(row) for key, row in codes("procedure").items()}
    return [
        resource(
            "Procedure",
            ids.id("Procedure", person, counter),
            '"status":"completed"',
            f'"code":{whats[key]}',
            f'"subject":{ids.reference("Patient", person)}',
            f'"performedDateTime":"{iso_day(course.people.start, day)}"',
        )
        for counter, (person, key, day) in enumerate(_planned_procedures(course, rng))
    ]


def immunization_lines(course: Course, ids: Ids, rng: np.random.Generator) -> list[str]:
    """Write the vaccinations, one round a year."""
    people, lines = course.people, []
    last = np.minimum(people.end_day, course.illness.day[DEATH])
    for key, share in VACCINES.items():
        what = code_of(codes("immunization")[key])
        for autumn in np.arange(AUTUMN, people.end_day, DAYS_PER_YEAR):
            days = autumn + rng.integers(-40, 20, len(people))
            given = (rng.random(len(people)) < share) & (days > people.entry_day) & (days < last)
            lines += [
                resource(
                    "Immunization",
                    ids.id("Immunization", person, counter),
                    '"status":"completed"',
                    f'"vaccineCode":{what}',
                    f'"patient":{ids.reference("Patient", person)}',
                    f'"occurrenceDateTime":"{iso_day(people.start, days[person])}"',
                )
                for counter, person in enumerate(np.flatnonzero(given).tolist(), start=len(lines))
            ]
    return lines


def hospital_lines(course: Course, ids: Ids, *, first_counter: int) -> list[str]:
    """Write an emergency admission for each acute event inside the panel's years."""
    start = course.people.start
    acute = [found for found in course.clinic.diagnoses if found.key in ACUTE and found.onset > 0]
    return [
        resource(
            "Encounter",
            ids.id("Encounter", found.person, counter),
            '"status":"finished"',
            f'"class":{coding(HL7 + "v3-ActCode", "EMER", "emergency")}',
            f'"type":[{code_of(codes("encounter")["emergency"])}]',
            f'"subject":{ids.reference("Patient", found.person)}',
            f'"period":{{"start":"{iso_day(start, found.onset)}","end":"{iso_day(start, found.onset + STAY_DAYS)}"}}',
        )
        for counter, found in enumerate(acute, start=first_counter)
    ]
