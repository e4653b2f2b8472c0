"""Are problems, drugs, allergies, events and patients read as their senders meant them?"""

from datetime import date

import pytest
from fhir_builders import RXNORM, SNOMED, bundle, coded, condition, ndjson, observation, patient, prescription

from twin.record.fhir.medications import dosage
from twin.record.imports import import_paths

TODAY = date(2026, 11, 24)


@pytest.fixture
def seen(bring_in, store):
    """Return a function that imports resources beside the patient and returns the patient."""

    def bring(*resources, **person):
        bring_in(patient(**person), *resources)
        return store.patient("p1")

    return bring


def test_a_condition_holds_from_onset_to_abatement(seen):
    person = seen(condition(abatementDateTime="2020-01-01"))
    assert [person.has("diabetes", date(year, 6, 1)) for year in (2014, 2015, 2019, 2020)] == [False, True, True, False]
    assert person.conditions[0].concept == "diabetes/type_2"


@pytest.mark.parametrize("status", ["resolved", "inactive", "remission"])
def test_an_ended_condition_without_a_date_counts_as_ended(seen, rows, status):
    person = seen(condition(clinicalStatus=coded("x", status), recordedDate="2018-02-03"))
    assert not person.has("diabetes", TODAY)
    assert person.conditions[0].abated == date(2018, 2, 3)
    assert rows("SELECT flags FROM conditions")[0]["flags"] == "end_unknown"


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        (SNOMED, "22298006", {"cardiovascular/coronary/myocardial_infarction"}),
        ("http://hl7.org/fhir/sid/icd-10-cm", "E11.9", {"diabetes/type_2"}),
        ("http://hl7.org/fhir/sid/icd-10-cm", "E11.22", {"diabetes/type_2", "kidney/chronic_kidney_disease"}),
        (
            "http://hl7.org/fhir/sid/icd-10",
            "I13.0",
            {"hypertension", "kidney/chronic_kidney_disease", "cardiovascular/heart_failure"},
        ),
        ("http://hl7.org/fhir/sid/icd-10", "C50.9", {"cancer"}),
        (SNOMED, "444814009", {None}),
    ],
)
def test_codes_mean_concepts(seen, system, code, concepts):
    person = seen(condition(code=None) | {"code": coded(system, code)})
    assert {known.concept for known in person.conditions} == concepts


@pytest.mark.parametrize(("status", "reason"), [("refuted", "refuted"), ("entered-in-error", "entered_in_error")])
def test_what_was_ruled_out_is_set_aside(bring_in, status, reason):
    assert bring_in(patient(), condition(verificationStatus=coded("x", status))).quarantined == {reason: 1}


def test_an_unknown_onset_is_the_day_of_recording_and_flagged(seen, rows):
    person = seen(condition(onsetDateTime=None, recordedDate="2019-01-01") | {"id": "c2"})
    assert person.conditions[0].onset == date(2019, 1, 1)
    assert rows("SELECT flags FROM conditions")[0]["flags"] == "recorded_date"


DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
TWICE = {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}
WEEKLY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}


def dose(value, unit=None, timing=DAILY, **fields):
    """Return a dosage instruction."""
    quantity = {"value": value, **({"unit": unit, "code": unit} if unit else {})}
    return {"timing": timing, "doseAndRate": [{"doseQuantity": quantity}], **fields}


@pytest.mark.parametrize(
    ("code", "instructions", "dose_mg", "flags"),
    [
        ("617311", [dose(1)], 40, None),
        ("617311", [dose(2)], 80, None),
        ("617311", [dose(20, "mg")], 20, None),
        ("617311", None, 40, "dose_assumed"),
        ("617311", [{"asNeededBoolean": True}], None, None),
        ("861004", [dose(1, timing=TWICE)], 2000, None),
        ("83367", [dose(40, "mg")], 40, None),
        ("83367", [dose(1)], None, None),
        ("83367", [dose(20, "mg"), dose(10, "mg")], 30, None),
        ("1991316", [dose(1, "mg", WEEKLY)], 1 / 7, None),
    ],
)
def test_the_daily_dose_comes_from_the_dosage(seen, rows, code, instructions, dose_mg, flags):
    person = seen(prescription(code=code, dosageInstruction=instructions))
    assert person.medications[0].dose_mg == (None if dose_mg is None else pytest.approx(dose_mg))
    assert rows("SELECT flags FROM medications")[0]["flags"] == flags


def test_a_drug_with_two_ingredients_is_two_courses(seen):
    person = seen(prescription(code="1656354"))
    assert {(m.ingredient, m.dose_mg) for m in person.medications} == {("sacubitril", 97), ("valsartan", 103)}
    assert {m.resource_id for m in person.medications} == {"m1"}


@pytest.mark.parametrize(
    ("fields", "taken_in"),
    [
        ({}, {2020, 2021, 2026}),
        ({"status": "stopped"}, set()),
        ({"dispenseRequest": {"validityPeriod": {"end": "2021-06-01"}}}, {2020, 2021}),
        (
            {
                "dosageInstruction": [
                    dose(1, timing={"repeat": {**DAILY["repeat"], "boundsPeriod": {"end": "2020-09-01"}}})
                ]
            },
            {2020},
        ),
    ],
)
def test_a_course_lasts_from_its_order_to_its_end(seen, fields, taken_in):
    person = seen(prescription(**fields))
    years = {year for year in (2019, 2020, 2021, 2026) if person.takes_class("statin", date(year, 5, 1))}
    assert years == taken_in


@pytest.mark.parametrize("fields", [{"status": "cancelled"}, {"status": "draft"}, {"intent": "proposal"}])
def test_what_was_never_taken_is_set_aside(bring_in, fields):
    assert bring_in(patient(), prescription(**fields)).quarantined == {"not_done": 1}


def test_statements_and_administrations_are_courses(seen):
    statement = prescription("s1", authoredOn=None, effectivePeriod={"start": "2019-01-01", "end": "2019-03-01"})
    given = prescription("a1", authoredOn=None, effectiveDateTime="2022-05-05T10:00:00Z", status="completed")
    person = seen(
        {**statement, "resourceType": "MedicationStatement"}, {**given, "resourceType": "MedicationAdministration"}
    )
    spans = {(m.resource_id, m.start, m.stop) for m in person.medications}
    assert spans == {
        ("s1", date(2019, 1, 1), date(2019, 3, 1)),
        ("a1", date(2022, 5, 5), date(2022, 5, 6)),
    }


def test_the_same_id_in_two_types_is_two_resources(bring_in, rows):
    other = {**prescription(), "resourceType": "MedicationStatement"}
    assert bring_in(patient(), prescription(), other).stored == 3
    assert bring_in(prescription(), other).unchanged == 2
    assert {row["kind"] for row in rows("SELECT kind FROM medications")} == {"request", "statement"}


MEDICATION = {
    "resourceType": "Medication",
    "id": "med1",
    "code": coded(RXNORM, "617311", "atorvastatin 40 MG Oral Tablet"),
}


@pytest.mark.parametrize("reference", ["Medication/med1", "urn:uuid:med1", "https://x.example/fhir/Medication/med1"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_drug_by_reference_is_found(store, write, reference, is_first):
    order = prescription(medicationCodeableConcept=None, medicationReference={"reference": reference})
    resources = (MEDICATION, order) if is_first else (order, MEDICATION)
    import_paths(store, [write(ndjson(bundle(patient(), *resources)))])
    assert store.patient("p1").medications[0].ingredient == "atorvastatin"


def test_a_contained_drug_is_found(seen):
    order = prescription(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#here"},
        contained=[{"resourceType": "Practitioner", "id": "x"}, {**MEDICATION, "id": "here"}],
    )
    assert seen(order).medications[0].ingredient == "atorvastatin"


def test_a_drug_whose_reference_leads_nowhere_is_kept_and_flagged(seen, rows):
    order = prescription(medicationCodeableConcept=None, medicationReference={"reference": "Medication/gone"})
    assert seen(order).medications[0].ingredient is None
    assert rows("SELECT flags FROM medications")[0]["flags"] == "drug_unknown"


@pytest.mark.parametrize("nonsense", [None, 5, "one a day", [], [None], [{"timing": "daily"}], [{"doseAndRate": {}}]])
def test_a_dosage_that_says_nothing_is_no_dosage(nonsense):
    told = dosage(nonsense)
    assert (told.mg, told.units, told.end) == (None, None, None)


def allergy(identity="a1", code=("x", "penicillin", "Penicillin"), **fields):
    """Return an AllergyIntolerance."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": identity,
        "clinicalStatus": coded("x", "active"),
        "verificationStatus": coded("x", "confirmed"),
        "code": coded(*code),
        "patient": {"reference": "Patient/p1"},
        **fields,
    }


def test_nobody_asked_is_not_no_allergy(seen):
    assert seen().allergies is None


@pytest.mark.parametrize("code", ["716186003", "409137002"])
def test_no_known_allergy_is_asked_and_none(seen, code):
    assert seen(allergy(code=(SNOMED, code))).allergies == ()


def test_an_allergy_comes_with_its_reaction(seen):
    reaction = [{"manifestation": [coded(SNOMED, "1", "Rash"), coded(SNOMED, "2", "Itching")]}]
    (known,) = seen(allergy(reaction=reaction, criticality="high")).allergies
    assert (known.display, known.reaction, known.criticality) == ("Penicillin", "Rash, Itching", "high")


def test_an_allergy_that_resolved_is_none_now(seen):
    assert seen(allergy(clinicalStatus=coded("x", "resolved"))).allergies == ()


def event(kind, **fields):
    """Return an event resource of the patient."""
    return {"resourceType": kind, "id": f"{kind}1", "subject": {"reference": "Patient/p1"}, **fields}


def test_events_come_in_order_with_their_names(seen):
    person = seen(
        event("Procedure", status="completed", code=coded("x", "1", "Echo"), performedDateTime="2021-01-01"),
        event(
            "Encounter",
            status="finished",
            period={"start": "2020-01-01", "end": "2020-01-03"},
            **{"class": {"code": "IMP"}},
        ),
        event("DiagnosticReport", status="final", code=coded("x", "2", "Lipid panel"), effectiveDateTime="2022-01-01"),
        event(
            "ImagingStudy",
            status="available",
            started="2023-01-01T10:00:00Z",
            series=[{"modality": {"code": "CT"}, "bodySite": {"code": "1", "display": "Liver"}}],
        ),
        {
            **event(
                "Immunization",
                status="completed",
                vaccineCode=coded("x", "140", "Influenza"),
                occurrenceDateTime="2024-10-01",
            ),
            "subject": None,
            "patient": {"reference": "Patient/p1"},
        },
    )
    assert [(e.kind, e.display, e.start, e.stop) for e in person.events] == [
        ("encounter", "IMP", date(2020, 1, 1), date(2020, 1, 3)),
        ("procedure", "Echo", date(2021, 1, 1), None),
        ("report", "Lipid panel", date(2022, 1, 1), None),
        ("image", "CT, Liver", date(2023, 1, 1), None),
        ("immunization", "Influenza", date(2024, 10, 1), None),
    ]


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_an_event_that_did_not_happen_is_set_aside(bring_in, status):
    told = event("Procedure", status=status, code=coded("x", "1"), performedDateTime="2021-01-01")
    assert bring_in(patient(), told).set_aside == 1


@pytest.mark.parametrize(
    ("fields", "is_synthetic"),
    [
        ({}, False),
        (
            {"meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}},
            True,
        ),
        ({"meta": {"tag": [{"code": "synthea-5-2019"}]}}, True),
        ({"identifier": [{"system": "https://github.com/synthetichealth/synthea", "value": "x"}]}, True),
        ({"text": {"status": "generated", "div": "<div>Generated by Synthea</div>"}}, True),
    ],
)
def test_test_patients_are_marked(seen, fields, is_synthetic):
    assert seen(**fields).is_synthetic is is_synthetic


@pytest.mark.parametrize(
    ("fields", "deceased", "is_deceased"),
    [
        ({}, None, False),
        ({"deceasedBoolean": False}, None, False),
        ({"deceasedBoolean": True}, None, True),
        ({"deceasedDateTime": "2020-02-03T10:00:00Z"}, date(2020, 2, 3), True),
    ],
)
def test_death_with_and_without_its_day(seen, fields, deceased, is_deceased):
    person = seen(**fields)
    assert (person.deceased, person.is_deceased) == (deceased, is_deceased)


def test_the_official_name_and_the_record_number_are_shown(seen):
    person = seen(
        name=[
            {"use": "old", "family": "Roe"},
            {"use": "usual", "family": "D."},
            {"use": "official", "family": "Doe-Smith"},
        ],
        identifier=[
            {"system": "urn:ssn", "value": "999"},
            {
                "type": coded("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"),
                "system": "urn:h",
                "value": "0001112222",
            },
        ],
    )
    assert (person.family, person.identifier) == ("Doe-Smith", "0001112222")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": None, "gender": None, "birthDate": None},
        {"name": "Jane", "gender": 5, "birthDate": "soon", "identifier": {"value": "x"}},
        {
            "name": [None],
            "identifier": [{"value": 5}],
            "meta": "x",
            "text": [],
            "gender": "other",
            "birthDate": "1950-02-30",
        },
    ],
)
def test_a_patient_of_whom_little_is_known_is_kept(seen, fields):
    person = seen(**fields)
    assert (person.sex, person.birth_date, person.identifier) == (None, None, "")


@pytest.mark.parametrize("born", ["03.02.1960", "1960-02-30", "2190-01-01", "1700-01-01"])
def test_a_day_of_birth_that_cannot_be_is_not_known_and_flagged(bring_in, store, rows, born):
    report = bring_in(patient(birthDate=born), observation())
    assert (report.stored, report.quarantined, report.flagged) == (2, {}, {"birth_unusable": 1})
    assert store.patient("p1").birth_date is None
    assert rows("SELECT flags FROM patients")[0]["flags"] == "birth_unusable"


@pytest.mark.parametrize(
    ("family", "kept", "flagged"),
    [
        ("Do\ud800e", "Do\ufffde", {"text_damaged": 1}),
        ("Doe\udc00", "Doe\ufffd", {"text_damaged": 1}),
        ("D\U0001f600e", "D\U0001f600e", {}),
        ("D\\ud800e", "D\\ud800e", {}),  # a backslash and five letters
    ],
)
def test_half_a_character_costs_neither_name_nor_sex(bring_in, store, family, kept, flagged):
    report = bring_in(patient(name=[{"family": family, "given": ["Jane"]}], gender="female"))
    assert report.flagged == flagged
    person = store.patient("p1")
    assert (person.family, person.given, person.sex) == (kept, "Jane", "female")


JOHN = {"name": [{"family": "Roe"}], "gender": "male", "birthDate": "1988-01-02"}


@pytest.mark.parametrize(
    ("changes", "flagged"),
    [
        (JOHN, {"another_person": 1}),
        ({"name": JOHN["name"]}, {}),  # a marriage
        ({"birthDate": "1966-03-15"}, {}),  # a slip put right
        ({"name": None, "gender": None, "birthDate": None}, {}),
        ({"name": JOHN["name"], "birthDate": "1966-03-15"}, {"another_person": 1}),
    ],
)
def test_an_id_that_another_source_gave_to_another_person_is_flagged(bring_in, changes, flagged):
    bring_in(patient(), name="here.ndjson")
    report = bring_in(patient(**changes), name="there.ndjson")
    assert (report.replaced, report.flagged) == (1, flagged)


def test_two_people_under_one_id_in_one_import_are_flagged(bring_in, rows, store):
    report = bring_in(patient(), patient(**JOHN), patient("p2"))
    assert report.flagged == {"another_person": 1}
    assert {row["resource_id"]: row["flags"] for row in rows("FROM patients")} == {"p1": "another_person", "p2": None}
    assert [one.doubts for one in store.patients()] == [("another_person",), ()]


def test_a_year_of_birth_is_its_first_day_and_flagged(seen, rows):
    assert seen(birthDate="1950").birth_date == date(1950, 1, 1)
    assert rows("SELECT flags FROM patients")[0]["flags"] == "partial_date"
