"""Do the code tables contradict themselves, the therapies or the sources anywhere?"""

import re
from collections import Counter, defaultdict

import pytest

from twin.data_files import read_table
from twin.evidence.sources import source
from twin.evidence.therapies import therapies
from twin.record.fhir import codes
from twin.units import conversions

CONDITIONS, DRUGS, VALUES = (read_table(f"codes/{name}.csv") for name in ("conditions", "medications", "values"))
TOP_CONCEPTS = {
    *("diabetes", "prediabetes", "hypertension", "dyslipidemia", "kidney", "cardiovascular", "atrial_fibrillation"),
    *("obesity", "pregnancy", "liver", "gout", "copd", "asthma", "dementia", "cancer", "angioedema"),
    *("medullary_thyroid_cancer", "pancreatitis", "ketoacidosis", "metabolic_syndrome"),
}


@pytest.mark.parametrize("table", [CONDITIONS, DRUGS, VALUES], ids=["conditions", "medications", "values"])
def test_every_row_has_its_system_code_name_and_source(table):
    for row in table:
        assert row["system"] in set(codes.SYSTEMS.values())
        assert row["code"] and row["display"]
        assert source(row["source"])


def test_no_meaning_is_given_twice():
    for table, meaning in ((CONDITIONS, "concept"), (DRUGS, "ingredient"), (VALUES, "question")):
        repeated = [k for k, n in Counter((r["system"], r["code"], r[meaning]) for r in table).items() if n > 1]
        assert repeated == []


def test_concepts_are_paths_of_known_tops():
    for row in CONDITIONS:
        assert re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)*", row["concept"])
        assert row["concept"].split("/")[0] in TOP_CONCEPTS
    assert {row["concept"].split("/")[0] for row in CONDITIONS} == TOP_CONCEPTS


def test_an_ingredient_has_one_class():
    classes = defaultdict(set)
    for row in DRUGS:
        classes[row["ingredient"]].add(row["drug_class"])
    assert {name: found for name, found in classes.items() if len(found) > 1} == {}


def test_strengths_are_positive():
    assert all(float(row["dose_mg"]) > 0 for row in DRUGS if row["dose_mg"])


@pytest.mark.parametrize(
    "therapy",
    [therapy for therapy in therapies().values() if therapy.daily_dose_mg > 0],
    ids=lambda therapy: therapy.name,
)
def test_every_drug_of_a_plan_has_codes_of_its_class(therapy):
    own = [row for row in DRUGS if row["ingredient"] == therapy.ingredient]
    assert {row["drug_class"] for row in own} == {therapy.drug_class}
    assert "atc" in {row["system"] for row in own}


@pytest.mark.parametrize("code", sorted({row["code"] for row in DRUGS if row["system"] == "atc"}))
def test_an_atc_code_has_its_form(code):
    assert re.fullmatch(r"[A-Z]\d\d[A-Z]{2}\d\d", code)


def verhoeff(digits):
    """Return whether the last digit is the check digit of the others, as SNOMED CT has it."""
    product = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ]
    turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = turn[value]
        check = product[check][value]
    return check == 0


SNOMED_CODES = sorted({row["code"] for row in (*CONDITIONS, *VALUES) if row["system"] == "snomed"})


@pytest.mark.parametrize("code", SNOMED_CODES)
def test_a_snomed_code_has_its_check_digit(code):
    assert verhoeff(code)


@pytest.mark.parametrize(
    ("system", "code", "name"),
    [
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "314077", "lisinopril"),
        ("http://www.whocc.no/atc", "C10AA05", "atorvastatin"),
    ],
)
def test_a_drug_code_means_its_ingredient(system, code, name):
    read = codes.drug({"coding": [{"system": system, "code": code}]})
    assert [ingredient.name for ingredient in read.meaning] == [name]


@pytest.mark.parametrize(
    "codeable",
    [
        None,
        5,
        "x",
        [],
        {},
        {"coding": []},
        {"coding": {}},
        {"coding": [None, 5, {}]},
        {"coding": [{"code": 5}]},
        {"text": " "},
    ],
)
def test_what_says_nothing_is_empty(codeable):
    assert codes.observation(codeable).is_empty


def test_a_text_alone_is_kept():
    read = codes.condition({"text": "Sugar"})
    assert (read.code, read.display, read.meaning, read.is_empty) == (None, "Sugar", None, False)


def test_the_longest_part_of_an_icd_code_counts():
    def concepts(code):
        return codes.condition({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]}).meaning

    assert concepts("E10.10") == ("ketoacidosis", "diabetes/type_1")
    assert concepts("E10.9") == ("diabetes/type_1",)
    assert concepts("e11") == ("diabetes/type_2",)
    assert concepts("Z00.0") is None


@pytest.mark.parametrize(
    ("code", "concepts"),
    [
        ("G45.9", ("cardiovascular/transient_ischemic_attack",)),
        ("G45.4", None),  # transient global amnesia
        ("E66.9", ("obesity",)),
        ("E66.3", None),  # overweight
        ("I13.2", ("hypertension", "kidney/chronic_kidney_disease", "cardiovascular/heart_failure")),
        ("E78.01", ("dyslipidemia/familial_hypercholesterolemia",)),
        ("E78.00", ("dyslipidemia",)),
        ("I69.354", ("cardiovascular/stroke",)),
        ("I69.2", None),  # sequelae of other bleeding within the skull
        ("E11.65", ("diabetes/type_2",)),
        ("E11.51", ("diabetes/type_2", "cardiovascular/peripheral_artery_disease")),
        ("C44.311", None),  # basal cell carcinoma
        ("C4A.9", ("cancer",)),
        ("M1A.9XX0", ("gout",)),
        ("Z68.25", None),  # body mass index 25
    ],
)
def test_an_icd_code_beside_another_meaning_is_told_apart(code, concepts):
    read = codes.condition({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]})
    assert read.meaning == concepts


@pytest.mark.parametrize(
    ("system", "code", "classes"),
    [
        ("http://www.whocc.no/atc", "C09DA01", {"arb", "thiazide"}),
        ("http://www.whocc.no/atc", "C09BX01", {"ace_inhibitor", "calcium_channel_blocker", "thiazide"}),
        ("http://www.whocc.no/atc", "A10BD27", {"metformin", "dpp4_inhibitor", "sglt2_inhibitor"}),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "1037042", {"anticoagulant"}),
    ],
)
def test_a_combination_is_all_its_drugs(system, code, classes):
    read = codes.drug({"coding": [{"system": system, "code": code}]})
    assert {ingredient.drug_class for ingredient in read.meaning} == classes


def test_a_code_that_some_records_write_for_another_drug_is_not_used():
    """RxNorm 833036 is acetaminophen with hydrocodone, whatever name stands beside it."""
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "833036", "display": "Captopril"}
    assert codes.drug({"coding": [coding]}).meaning is None


def test_every_drug_of_a_rxnorm_name_has_its_row():
    rows = defaultdict(list)
    for row in DRUGS:
        if row["system"] == "rxnorm":
            rows[row["code"]].append(row)
    assert {code for code, own in rows.items() if len(own[0]["display"].split(" / ")) != len(own)} == set()


def test_a_strength_stands_in_the_name():
    for row in DRUGS:
        if row["system"] == "rxnorm" and row["dose_mg"]:
            strengths = {float(number) for number in re.findall(r"([\d.]+) MG", row["display"])}
            assert float(row["dose_mg"]) in strengths, row["code"]


def test_units_without_dimension_need_no_unit():
    assert ("inr", "1") in conversions()
    assert ("gcs", "{score}") in conversions()


@pytest.mark.parametrize("odd", [[], ["x"], {}, 5, None, True])
def test_a_system_that_is_no_text_is_none(odd):
    read = codes.plain({"coding": [{"system": odd, "code": "140"}]})
    assert (read.system, read.code) == (None, "140")


@pytest.mark.parametrize("odd", [[], ["active"], {}, 5, None])
def test_a_status_that_is_no_text_is_none(odd):
    assert codes.status({"coding": [{"code": odd}]}) is None
