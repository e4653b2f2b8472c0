"""Is each check found where it must be, clear where it may be, and quiet where no such drug is started?"""

import pytest

from twin.evidence.checks import check_rules
from twin.plans.plan import Plan, StartTherapy, StopTherapy
from twin.plans.regimen import regimen
from twin.plans.safety import checks_of_current_care, checks_of_plan
from twin.variables import registry

DRUG_OF = {
    "statin": "atorvastatin 40 mg",
    "ezetimibe": "ezetimibe 10 mg",
    "ace_inhibitor": "lisinopril 10 mg",
    "arb": "losartan 50 mg",
    "calcium_channel_blocker": "amlodipine 5 mg",
    "thiazide": "hydrochlorothiazide 25 mg",
    "beta_blocker": "metoprolol 100 mg",
    "sglt2_inhibitor": "empagliflozin 10 mg",
    "glp1_agonist": "liraglutide 1.8 mg",
    "metformin": "metformin 2000 mg",
    "neprilysin_inhibitor": "sacubitril 194 mg",
    "mra": "finerenone 20 mg",
    "pcsk9_inhibitor": "evolocumab 140 mg every 2 weeks",
    "inclisiran": "inclisiran 284 mg every 6 months",
    "bempedoic_acid": "bempedoic acid 180 mg",
    "sulfonylurea": "gliclazide 60 mg",
    "dpp4_inhibitor": "sitagliptin 100 mg",
    "insulin": "insulin glargine 20 units",
    "antiplatelet": "aspirin 81 mg",
    "bariatric_surgery": "bariatric surgery",
}


def checks(patient, *changes, on):
    plan = Plan("A", changes)
    return {check.code: check for check in checks_of_plan(patient, regimen(patient, plan, on=on), on=on)}


def starting(*names):
    return tuple(StartTherapy(name) for name in names)


@pytest.mark.parametrize("rule", [r for r in check_rules() if r.kind == "condition"], ids=lambda r: r.code)
def test_a_condition_is_found_for_every_class_and_only_then(rule, person, on):
    for drug_class in rule.drug_classes:
        for concept in rule.subject.split("|"):
            found = checks(person(conditions=(concept,)), *starting(DRUG_OF[drug_class]), on=on)[rule.code]
            assert (found.result, found.is_stop) == ("found", rule.is_stop)
            assert rule.action in found.text
        assert checks(person(), *starting(DRUG_OF[drug_class]), on=on)[rule.code].result == "clear"
    other = next(drug for name, drug in DRUG_OF.items() if name not in rule.drug_classes)
    assert checks(person(conditions=(rule.subject,)), *starting(other), on=on)[rule.code].result == "not_applicable"


@pytest.mark.parametrize("rule", [r for r in check_rules() if r.kind in ("below", "above")], ids=lambda r: r.code)
def test_a_measured_limit_is_exact_and_a_missing_value_never_stops(rule, person, on):
    step = 10.0 ** -registry()[rule.subject].decimals
    beyond = rule.limit - step if rule.kind == "below" else rule.limit + step
    for drug_class in rule.drug_classes:
        start = starting(DRUG_OF[drug_class])
        found = checks(person(values={rule.subject: beyond}), *start, on=on)[rule.code]
        assert (found.result, found.is_stop) == ("found", rule.is_stop)
        assert checks(person(values={rule.subject: rule.limit}), *start, on=on)[rule.code].result == "clear"
        missing = checks(person(without=(rule.subject,)), *start, on=on)[rule.code]
        assert (missing.result, missing.is_stop) == ("found" if rule.ask_if_missing else "not_applicable", False)
        assert "Not checked" in missing.text


def test_ace_inhibitor_and_arb_together(person, on):
    taking = person(takes=("lisinopril 10 mg",))
    assert checks(taking, *starting("losartan 50 mg"), on=on)["TWN145"].is_stop
    switched = (StopTherapy("lisinopril"), *starting("losartan 50 mg"))
    assert checks(taking, *switched, on=on)["TWN145"].result == "clear"
    both = checks(person(), *starting("lisinopril 10 mg", "losartan 50 mg"), on=on)
    assert both["TWN144"].is_stop and both["TWN145"].is_stop


def test_one_class_twice(person, on):
    taking = person(takes=("atorvastatin 20 mg",))
    assert checks(taking, *starting("rosuvastatin 10 mg"), on=on)["TWN170"].is_stop
    assert checks(taking, *starting("atorvastatin 40 mg"), on=on)["TWN170"].result == "clear"
    steps = (StartTherapy("atorvastatin 20 mg", stop=1.0), StartTherapy("atorvastatin 40 mg", start=1.0))
    assert checks(person(), *steps, on=on)["TWN170"].result == "clear"
    at_once = (StartTherapy("atorvastatin 20 mg", stop=2.0), StartTherapy("atorvastatin 40 mg", start=1.0))
    assert checks(person(), *at_once, on=on)["TWN170"].is_stop


def test_allergies(person, on):
    start = starting("lisinopril 10 mg")
    assert checks(person(allergies=("Lisinopril",)), *start, on=on)["TWN171"].is_stop
    assert checks(person(allergies=("Allergy to ACE inhibitor",)), *start, on=on)["TWN171"].is_stop
    assert checks(person(allergies=("Penicillin",)), *start, on=on)["TWN171"].result == "clear"
    unknown = checks(person(allergies=None), *start, on=on)["TWN171"]
    assert (unknown.result, unknown.is_stop) == ("found", False)


def test_a_past_angioedema_counts_and_a_past_pregnancy_does_not(person, on):
    """Both conditions of these people began years ago; the pregnancy is over."""
    patient = person(conditions=("angioedema", "pregnancy"))
    ended = [
        type(c)(**{f: getattr(c, f) for f in c.__slots__} | {"abated": on.replace(year=2020)})
        for c in patient.conditions
    ]
    past = type(patient)(**{f: getattr(patient, f) for f in patient.__slots__} | {"conditions": tuple(ended)})
    found = checks(past, *starting("lisinopril 10 mg"), on=on)
    assert found["TWN140"].result == "found"
    assert found["TWN102"].result == "clear"


def test_current_care_warns_and_stops_nothing(person, on):
    patient = person(takes=("metformin 2000 mg",), values={"egfr": 25.0}, conditions=("diabetes/type_2",))
    found = {check.code: check for check in checks_of_current_care(patient, on=on)}
    assert (found["TWN110"].result, found["TWN110"].is_stop) == ("found", False)


def test_codes_are_unique_and_every_class_is_in_the_catalogue():
    codes = [rule.code for rule in check_rules()]
    assert len(codes) == len(set(codes))
    classes = {name for rule in check_rules() for name in rule.drug_classes} - {"*"}
    assert classes <= set(DRUG_OF)
