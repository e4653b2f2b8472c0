"""Does anything in the record speak against a drug of the plan?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from twin.evidence.checks import CheckRule, check_rules
from twin.evidence.therapies import Therapy
from twin.plans.regimen import Regimen, current_therapies
from twin.plans.results import Check
from twin.record.patient import Patient
from twin.variables import variable
from twin.words import day

Verdict = tuple[str, str]  # result, and the words for it


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule looks at: the person, the drugs in question and the classes taken beside them."""

    patient: Patient
    on: date
    checked: tuple[Therapy, ...]
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
    return _all(Case(patient, on, tuple(taken.values()), others), may_stop=False)


def _all(case: Case, *, may_stop: bool) -> tuple[Check, ...]:
    return tuple(_check(rule, case, may_stop) for rule in check_rules())


def _check(rule: CheckRule, case: Case, may_stop: bool) -> Check:
    drugs = tuple(t for t in case.checked if t.drug_class in rule.drug_classes or rule.drug_classes == ("*",))
    if drugs:
        result, text = _KINDS[rule.kind](rule, drugs, case)
    else:
        result, text = "not_applicable", "No drug of this kind is started."
    if result == "found":
        text = f"{text} {rule.action}"
    source = f"{rule.source_id}, {rule.locator}" + (" (unverified)" if rule.status == "unverified" else "")
    return Check(rule.code, rule.title, result, text, source, rule.is_stop and may_stop and result == "found")


def _labels(drugs: tuple[Therapy, ...]) -> str:
    return " and ".join(dict.fromkeys(drug.label for drug in drugs))


def _condition(rule: CheckRule, drugs: tuple[Therapy, ...], case: Case) -> Verdict:
    for concept in rule.subject.split("|"):
        # What happened once speaks against the drug for good; a pregnancy does so while it lasts.
        has = case.patient.has if concept == "pregnancy" else case.patient.ever_had
        if has(concept, case.on):
            return "found", f"{rule.finding} ({_labels(drugs)})."
    return "clear", "Not in the problem list."


def _measured(rule: CheckRule, drugs: tuple[Therapy, ...], case: Case) -> Verdict:
    known, latest = variable(rule.subject), case.patient.latest(rule.subject, case.on)
    if latest is None:
        # Not a finding of the disease, yet the limit was not looked at: silence would read as "clear".
        return "found", f"Not checked: no {known.label} on record ({_labels(drugs)}). Measure it first."
    value = f"{known.label} {known.format(latest.value)} {known.unit} on {day(latest.time.date())}"
    beyond = latest.value < rule.limit if rule.kind == "below" else latest.value > rule.limit
    return ("found", f"{rule.finding}: {value} ({_labels(drugs)}).") if beyond else ("clear", f"{value}.")


def _class(rule: CheckRule, drugs: tuple[Therapy, ...], case: Case) -> Verdict:
    others = [name for drug_class, name in case.beside if drug_class == rule.subject]
    others += [t.label for t in case.checked if t.drug_class == rule.subject]
    if others:
        return "found", f"{rule.finding} ({_labels(drugs)} with {', '.join(others)})."
    return "clear", "Not taken together."


def _duplicate(rule: CheckRule, drugs: tuple[Therapy, ...], case: Case) -> Verdict:
    for index, drug in enumerate(drugs):
        twice = [name for drug_class, name in case.beside if drug_class == drug.drug_class]
        twice += [other.label for other in drugs[index + 1 :] if other.drug_class == drug.drug_class]
        if twice:
            return "found", f"{rule.finding} ({drug.label} with {', '.join(twice)})."
    return "clear", "No class is taken twice."


def _allergy(rule: CheckRule, drugs: tuple[Therapy, ...], case: Case) -> Verdict:
    if case.patient.allergies is None:
        return "found", "Not checked: allergies were not asked."
    for drug in drugs:
        names = (drug.ingredient, drug.drug_class.replace("_", " "))
        for allergy in case.patient.allergies:
            if any(name in allergy.display.lower() for name in names):
                return "found", f"{rule.finding}: {allergy.display} ({drug.label})."
    return "clear", "No allergy to these drugs is recorded."


_KINDS: dict[str, Callable[[CheckRule, tuple[Therapy, ...], Case], Verdict]] = {
    "condition": _condition,
    "below": _measured,
    "above": _measured,
    "class": _class,
    "duplicate": _duplicate,
    "allergy": _allergy,
}
