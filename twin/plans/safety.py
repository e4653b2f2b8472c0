"""Does anything in the record speak against a drug of the plan?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from twin.evidence.checks import CheckRule, check_rules
from twin.plans.regimen import Course, Regimen, current_therapies
from twin.plans.results import Check
from twin.record.patient import Patient
from twin.variables import variable
from twin.words import day

Verdict = tuple[Literal["found", "clear", "unknown"], str]  # and the words for it


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at: the person, the drugs in question and the classes taken beside them."""

    patient: Patient
    on: date
    checked: tuple[Course, ...]
    beside: tuple[tuple[str, str], ...]  # class and name of every other drug


def checks_of_plan(patient: Patient, drugs: Regimen, *, on: date) -> tuple[Check, ...]:
    """Return every check for the drugs a plan starts."""
    beside = tuple((m.drug_class or "", m.ingredient or m.display) for m in drugs.kept)
    return _all(Case(patient, on, drugs.started, beside), may_stop=True)


def checks_of_current_care(patient: Patient, *, on: date) -> tuple[Check, ...]:
    """Return every check for the drugs of today; they warn and withhold nothing."""
    taken = current_therapies(patient, on=on)
    others = tuple(
        (m.drug_class or "", m.ingredient or m.display)
        for m in patient.current_medications(on)
        if m.ingredient not in taken
    )
    courses = tuple(Course(therapy, 1.0, 0.0, None, False) for therapy in taken.values())
    return _all(Case(patient, on, courses, others), may_stop=False)


def _all(case: Case, *, may_stop: bool) -> tuple[Check, ...]:
    return tuple(_check(rule, case, may_stop) for rule in check_rules())


def _check(rule: CheckRule, case: Case, may_stop: bool) -> Check:
    drugs = tuple(c for c in case.checked if c.therapy.drug_class in rule.drug_classes or rule.drug_classes == ("*",))
    source = f"{rule.source_id}, {rule.locator}" + (" (unverified)" if rule.status == "unverified" else "")
    if not drugs:
        return Check(rule.code, rule.title, "not_applicable", "No drug of this kind is started.", source)
    verdict, text = _KINDS[rule.kind](rule, drugs, case)
    if verdict == "unknown":
        return Check(rule.code, rule.title, "found" if rule.ask_if_missing else "not_applicable", text, source)
    if verdict == "found":
        return Check(rule.code, rule.title, "found", f"{text} {rule.action}", source, rule.is_stop and may_stop)
    return Check(rule.code, rule.title, "clear", text, source)


def _labels(drugs: tuple[Course, ...]) -> str:
    return " and ".join(dict.fromkeys(drug.therapy.label for drug in drugs))


def _condition(rule: CheckRule, drugs: tuple[Course, ...], case: Case) -> Verdict:
    for concept in rule.subject.split("|"):
        # What happened once speaks against the drug for good; a pregnancy does so while it lasts.
        has = case.patient.has if concept == "pregnancy" else case.patient.ever_had
        if has(concept, case.on):
            return "found", f"{rule.finding} ({_labels(drugs)})."
    return "clear", "Not in the problem list."


def _measured(rule: CheckRule, drugs: tuple[Course, ...], case: Case) -> Verdict:
    known, latest = variable(rule.subject), case.patient.latest(rule.subject, case.on)
    if latest is None:
        return "unknown", f"Not checked: no {known.short_label} on record. Measure it before {_labels(drugs)}."
    value = f"{known.label} {known.format(latest.value)} {known.unit} on {day(latest.time.date())}"
    beyond = latest.value < rule.limit if rule.kind == "below" else latest.value > rule.limit
    return ("found", f"{rule.finding}: {value} ({_labels(drugs)}).") if beyond else ("clear", f"{value}.")


def _class(rule: CheckRule, drugs: tuple[Course, ...], case: Case) -> Verdict:
    others = [name for drug_class, name in case.beside if drug_class == rule.subject]
    others += [course.therapy.label for course in case.checked if course.therapy.drug_class == rule.subject]
    if others:
        return "found", f"{rule.finding} ({_labels(drugs)} with {', '.join(others)})."
    return "clear", "Not taken together."


def _duplicate(rule: CheckRule, drugs: tuple[Course, ...], case: Case) -> Verdict:
    for index, drug in enumerate(drugs):
        twice = [name for drug_class, name in case.beside if drug_class == drug.therapy.drug_class]
        later = (c for c in drugs[index + 1 :] if c.therapy.drug_class == drug.therapy.drug_class)
        twice += [course.therapy.label for course in later if course.overlaps(drug)]
        if twice:
            return "found", f"{rule.finding} ({drug.therapy.label} with {', '.join(twice)})."
    return "clear", "No class is taken twice."


def _allergy(rule: CheckRule, drugs: tuple[Course, ...], case: Case) -> Verdict:
    if case.patient.allergies is None:
        return "unknown", "Not checked: no one has asked about allergies."
    for drug in drugs:
        names = (drug.therapy.ingredient, drug.therapy.drug_class.replace("_", " "))
        for allergy in case.patient.allergies:
            if any(name in allergy.display.lower() for name in names):
                return "found", f"{rule.finding}: {allergy.display} ({drug.therapy.label})."
    return "clear", "No allergy to these drugs is recorded."


_KINDS: dict[str, Callable[[CheckRule, tuple[Course, ...], Case], Verdict]] = {
    "condition": _condition,
    "below": _measured,
    "above": _measured,
    "class": _class,
    "duplicate": _duplicate,
    "allergy": _allergy,
}
