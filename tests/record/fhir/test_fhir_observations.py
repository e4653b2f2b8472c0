"""Is a value read with the right variable, unit, time, source and doubts, or set aside for the right reason?"""

from datetime import datetime

import pytest
from fhir_builders import LOINC, NOW, SNOMED, coded, ndjson, observation, patient

from twin.record.imports import import_paths


@pytest.fixture
def one(bring_in, rows):
    """Return a function that imports one observation and returns its row."""

    def bring(**fields):
        bring_in(patient(), observation(**fields))
        found = rows("SELECT * FROM observations LEFT JOIN codes USING (code_id)")
        assert len(found) == 1
        return found[0]

    return bring


@pytest.fixture
def reason(bring_in):
    """Return a function that imports one observation and returns why it is set aside."""

    def bring(**fields):
        report = bring_in(patient(), observation(**fields))
        assert report.stored == 1
        (told,) = report.quarantined
        return told

    return bring


@pytest.mark.parametrize(
    ("code", "value", "unit", "variable", "canonical"),
    [
        ("4548-4", 48, "mmol/mol", "hba1c", 48 * 0.09148 + 2.152),
        ("2093-3", 5.2, "mmol/L", "total_cholesterol", 5.2 / 0.02586),
        ("2160-0", 88.4, "umol/L", "creatinine", 1.0),
        ("8310-5", 98.6, "[degF]", "temperature", 37.0),
        ("29463-7", 180, "[lb_av]", "weight", 81.6466),
        ("8480-6", 16, "kPa", "systolic_bp", 120.0),
    ],
)
def test_units_are_converted_once(one, code, value, unit, variable, canonical):
    row = one(code=code, value=value, unit=unit)
    assert row["variable"] == variable
    assert row["value"] == pytest.approx(canonical, rel=1e-3)
    assert (row["sent_value"], row["sent_unit"]) == (value, unit)


def test_a_canonical_value_is_not_kept_twice(one):
    row = one(value=6.5)
    assert (row["value"], row["sent_value"], row["sent_unit"]) == (6.5, None, None)


def test_a_printed_unit_counts_where_the_code_is_not_known(one):
    quantity = {"value": 6.5, "unit": "%", "code": "percent"}
    assert one(valueQuantity=quantity)["value"] == 6.5


def test_a_code_that_is_not_used_is_kept_as_sent(one):
    row = one(code="99999-9", value=3, unit="furlong")
    assert (row["variable"], row["value"], row["code"]) == (None, None, "99999-9")
    assert (row["sent_value"], row["sent_unit"]) == (3, "furlong")


def test_the_coding_that_is_used_is_chosen_among_several(one):
    codings = [("urn:local", "A1C"), (LOINC, "99999-9"), (LOINC, "4548-4")]
    code = {"coding": [{"system": system, "code": value} for system, value in codings], "text": "HbA1c"}
    row = one(code=code)
    assert (row["variable"], row["code"], row["display"]) == ("hba1c", "4548-4", "HbA1c")


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("Never smoker", (SNOMED, "266919005"), "never"),
        ("Former", (SNOMED, "8517006"), "former"),
        ("Daily", (SNOMED, "449868002"), "current"),
        ("Unknown", (LOINC, "LA18980-5"), "unknown"),
    ],
)
def test_smoking_status_is_a_category(bring_in, store, text, code, status):
    told = observation(code="72166-2", valueQuantity=None, valueCodeableConcept=coded(*code, text))
    bring_in(patient(), told)
    assert store.patient("p1").smoking.status == status


def test_the_newest_smoking_status_counts(bring_in, store):
    def told(identity, day, code):
        answer = coded(SNOMED, code)
        return observation(identity, "72166-2", valueQuantity=None, valueCodeableConcept=answer, effectiveDateTime=day)

    bring_in(patient(), told("a", "2020-01-01", "449868002"), told("b", "2024-01-01", "8517006"))
    seen = store.patient("p1").smoking
    assert (seen.status, seen.time, seen.resource_id) == ("former", datetime(2024, 1, 1), "b")


def test_an_answer_in_words_is_kept(one):
    row = one(code="5778-6", valueQuantity=None, valueCodeableConcept=coded(SNOMED, "371254008", 'Brown "dark" ü'))
    assert row["text"] == 'Brown "dark" ü'


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"value": 700}, "impossible"),
        ({"value": -1}, "impossible"),
        ({"unit": "furlong"}, "unknown_unit"),
        ({"valueQuantity": {"value": 6.5}}, "no_unit"),
        ({"valueQuantity": {"unit": "%"}}, "no_value"),
        ({"valueQuantity": None}, "no_value"),
        ({"valueQuantity": "6.5 %"}, "no_value"),
        ({"valueQuantity": None, "valueString": "about six"}, "not_a_number"),
        ({"valueQuantity": {"value": "high", "unit": "%"}}, "not_a_number"),
        ({"valueQuantity": {"value": True, "unit": "%"}}, "not_a_number"),
        ({"valueQuantity": None, "dataAbsentReason": coded("x", "unknown")}, "data_absent"),
        ({"status": "entered-in-error"}, "entered_in_error"),
        ({"status": "cancelled"}, "not_done"),
        ({"effectiveDateTime": None}, "no_time"),
        ({"effectiveDateTime": "yesterday"}, "bad_time"),
        ({"effectiveDateTime": "2027-03-01"}, "in_the_future"),
        ({"effectiveDateTime": "1960-01-01"}, "before_birth"),
        ({"code": {}}, "no_code"),
        ({"code": None}, "no_code"),
        ({"code": {"coding": "4548-4"}}, "no_code"),
        ({"code": "72166-2", "valueQuantity": None, "valueCodeableConcept": coded("x", "sometimes")}, "unknown_answer"),
    ],
)
def test_a_row_that_cannot_be_taken_is_set_aside_with_its_reason(reason, fields, why):
    assert reason(**fields) == why


@pytest.mark.parametrize("text", ["1e999", "-1e999"])
def test_a_number_beyond_any_double_is_none(store, write, text):
    line = ndjson(observation()).replace("6.5", text)
    report = import_paths(store, [write(ndjson(patient()) + line)], now=NOW)
    assert report.quarantined == {"not_a_number": 1}


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({}, None),
        ({"value": 15}, "implausible"),
        ({"status": "preliminary"}, "preliminary"),
        ({"effectiveDateTime": "2019"}, "partial_date"),
        ({"effectiveDateTime": "2019-05"}, "partial_date"),
        ({"effectiveDateTime": "2019-05-06T07:08:09"}, "local_time"),
        ({"effectiveDateTime": None, "issued": "2019-05-06T07:08:09Z"}, "time_issued"),
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "%", "code": "%"}}, "censored"),
    ],
)
def test_a_doubtful_row_is_kept_and_flagged(one, fields, flags):
    assert one(**fields)["flags"] == flags


def test_a_value_after_death_is_flagged(bring_in, rows):
    bring_in(patient(deceasedDateTime="2025-06-01"), observation(), observation("o2", effectiveDateTime="2025-06-01"))
    assert {row["resource_id"]: row["flags"] for row in rows("FROM observations")} == {"o1": "after_death", "o2": None}


def test_equal_results_are_flagged_but_for_one(bring_in, store, rows):
    bring_in(patient(), observation("b"), observation("a"), observation("c", value=6.6))
    assert {row["resource_id"]: row["flags"] for row in rows("FROM observations")} == {
        "a": None,
        "b": "repeated",
        "c": None,
    }
    assert store.patient("p1").series["hba1c"].resource_ids.tolist() == ["a", "c"]


def test_equal_results_are_flagged_across_imports_and_freed_again(bring_in, rows):
    bring_in(patient(), observation("b"))
    bring_in(observation("a"))
    flags = "SELECT resource_id, flags FROM observations ORDER BY ALL"
    assert [(row["resource_id"], row["flags"]) for row in rows(flags)] == [("a", None), ("b", "repeated")]
    assert bring_in(observation("b")).unchanged == 1
    bring_in(observation("a", value=7.7))
    assert [(row["resource_id"], row["flags"]) for row in rows(flags)] == [("a", None), ("b", None)]


def test_times_are_utc(one):
    assert one(effectiveDateTime="2026-01-02T01:30:00+02:00")["time"] == datetime(2026, 1, 1, 23, 30)


@pytest.mark.parametrize("field", ["effectiveInstant", "effectivePeriod"])
def test_other_forms_of_time_are_read(one, field):
    time = "2026-01-02T09:00:00Z"
    told = {"start": time, "end": "2026-01-03"} if field == "effectivePeriod" else time
    assert one(effectiveDateTime=None, **{field: told})["time"] == datetime(2026, 1, 2, 9)


@pytest.mark.parametrize(
    ("category", "fields", "source"),
    [
        ("laboratory", {}, "laboratory"),
        ("vital-signs", {}, "office"),
        ("vital-signs", {"performer": [{"reference": "Patient/p1"}]}, "home"),
        ("vital-signs", {"performer": [{"reference": "Practitioner/x"}]}, "office"),
        ("survey", {}, "stated"),
        ("activity", {"device": {"reference": "Device/watch"}}, "device"),
        ("laboratory", {"device": {"reference": "Device/analyzer"}}, "laboratory"),
    ],
)
def test_the_source_tells_how_it_was_taken(one, category, fields, source):
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    assert one(category=[coded(system, category)], **fields)["source"] == source


def test_a_component_takes_patient_time_and_source_from_its_resource(bring_in, rows):
    parts = [
        {"code": coded(LOINC, "8480-6"), "valueQuantity": {"value": 131, "unit": "mmHg", "code": "mm[Hg]"}},
        {"code": coded(LOINC, "8462-4"), "valueQuantity": {"value": 82, "unit": "mmHg", "code": "mm[Hg]"}},
        {"code": coded(LOINC, "8478-0"), "dataAbsentReason": coded("x", "unknown")},
    ]
    report = bring_in(patient(), observation(code="85354-9", valueQuantity=None, component=parts))
    found = rows("SELECT resource_id, part, variable, value, time, source FROM observations ORDER BY part")
    assert [(row["part"], row["variable"], row["value"]) for row in found] == [
        (1, "systolic_bp", 131),
        (2, "diastolic_bp", 82),
    ]
    assert {row["time"] for row in found} == {datetime(2026, 1, 2, 9)}
    assert report.quarantined == {"data_absent": 1}


def test_a_panel_of_members_is_kept_without_a_value(one):
    row = one(code="57698-3", valueQuantity=None, hasMember=[{"reference": "Observation/x"}])
    assert (row["variable"], row["code"], row["sent_value"]) == (None, "57698-3", None)


def test_a_resource_without_id_is_the_same_when_it_comes_again(bring_in, store):
    bring_in(patient(), observation(identity=None))
    assert bring_in(observation(identity=None)).unchanged == 1
    assert store.counts()["observations"] == 1
