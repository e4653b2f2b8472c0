"""Has a person what the people of a trial had?"""

import re
from datetime import date

from twin.evidence.cards import Card
from twin.record.patient import Patient
from twin.variables import variable

_LIMIT = re.compile(r"^(?P<name>\w+)\s*(?P<sign>>=|<=)\s*(?P<limit>[\d.]+)$")


def value_of(patient: Patient, name: str, *, on: date) -> float | None:
    """Return the newest value of a variable; body mass index also from weight and height."""
    latest = patient.latest(name, on)
    if latest is not None:
        return latest.value
    if name == "bmi":
        weight, height = patient.latest("weight", on), patient.latest("height", on)
        if weight is not None and height is not None:
            return weight.value / (height.value / 100.0) ** 2
    return None


def meets(patient: Patient, requirement: str, *, on: date) -> bool:
    """Say whether a person has what participants had: ``a|b``, ``not a``, ``variable >= number`` or ``<=``."""
    limit = _LIMIT.match(requirement)
    if limit is not None:
        value = value_of(patient, limit["name"], on=on)
        if value is None:
            return False
        return value >= float(limit["limit"]) if limit["sign"] == ">=" else value <= float(limit["limit"])
    if requirement.startswith("not "):
        return not meets(patient, requirement.removeprefix("not "), on=on)
    if requirement == "smoking":
        return patient.smoking is not None and patient.smoking.status == "current"
    return any(patient.has(concept, on) for concept in requirement.split("|"))


def concerns(card: Card, patient: Patient, *, on: date) -> bool:
    """Say whether a card's result can be carried over to a person at all."""
    return all(meets(patient, requirement, on=on) for requirement in card.population.requires)


def in_words(requirement: str) -> str:
    """Say a requirement in plain words: ``UACR of 300 mg/g or more``, ``no diabetes``."""
    limit = _LIMIT.match(requirement)
    if limit is not None:
        known = variable(limit["name"])
        return f"{known.short_label} of {limit['limit']} {known.unit} or {'more' if limit['sign'] == '>=' else 'less'}"
    if requirement.startswith("not "):
        return f"no {in_words(requirement.removeprefix('not '))}"
    return " or ".join(_concept_in_words(part) for part in requirement.split("|"))


def lacking(requirement: str) -> str:
    """Say that a person does not meet a requirement: ``no diabetes``, or what is there that should not be."""
    return (
        in_words(requirement.removeprefix("not ")) if requirement.startswith("not ") else f"no {in_words(requirement)}"
    )


def _concept_in_words(concept: str) -> str:
    *general, last = concept.split("/")
    words = f"{last} {general[-1]}" if last.startswith("type_") else last
    return words.replace("_", " ")
