"""Has a person what the people of a trial had?"""

import re
from collections.abc import Callable
from datetime import date
from functools import cache

from twin.evidence.cards import cards
from twin.record.patient import Patient
from twin.variables import variable
from twin.words import concept_in_words

_LIMIT = re.compile(r"^(?P<name>\w+)\s*(?P<sign>>=|<=)\s*(?P<limit>[\d.]+)$")
_DIE_EARLIER = (
    "cardiovascular/heart_failure",
    "cardiovascular/coronary",
    "cardiovascular/stroke",
    "cancer",
    "copd",
    "dementia",
    "liver/cirrhosis",
    "kidney/dialysis",
)


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
    """Say whether a person has what participants had.

    Parameters
    ----------
    requirement
        A condition concept, ``smoking``, ``variable >= number`` or ``<=``; ``a|b`` is any of them, ``not a|b`` none.
    """
    if requirement.startswith("not "):
        return not meets(patient, requirement.removeprefix("not "), on=on)
    return any(_has(patient, part, on) for part in requirement.split("|"))


def _has(patient: Patient, part: str, on: date) -> bool:
    limit = _LIMIT.match(part)
    if limit is None:
        smokes = patient.smoking is not None and patient.smoking.status == "current"
        return smokes if part == "smoking" else patient.has(part, on)
    value = value_of(patient, limit["name"], on=on)
    if value is None:
        return False
    return value >= float(limit["limit"]) if limit["sign"] == ">=" else value <= float(limit["limit"])


def suited_for(patient: Patient, *, on: date) -> Callable[[str], bool]:
    """Return which cards' results can be carried over to a person at all, each card looked at once."""

    @cache
    def suited(card_id: str) -> bool:
        return all(meets(patient, requirement, on=on) for requirement in cards()[card_id].population.requires)

    return suited


def in_words(requirement: str) -> str:
    """Say a requirement in plain words: ``UACR of 300 mg/g or more``, ``no diabetes``."""
    if requirement.startswith("not "):
        return f"no {in_words(requirement.removeprefix('not '))}"
    return " or ".join(_part_in_words(part) for part in requirement.split("|"))


def lacking(requirement: str) -> str:
    """Say that a person does not meet a requirement: ``no diabetes``, or what is there that should not be."""
    return (
        in_words(requirement.removeprefix("not ")) if requirement.startswith("not ") else f"no {in_words(requirement)}"
    )


def average_death(patient: Patient, *, on: date) -> tuple[str, ...]:
    """Say whose deaths a life table counts, where a disease shortens life by much."""
    ill = [in_words(concept) for concept in _DIE_EARLIER if patient.has(concept, on)]
    if not ill:
        return ()
    return (
        f"The chance of death is the average of this age and sex. With {', '.join(ill)} more people die: it is "
        "too low here, and so is what a plan prevents of it.",
    )


def _part_in_words(part: str) -> str:
    limit = _LIMIT.match(part)
    if limit is not None:
        known = variable(limit["name"])
        return f"{known.short_label} of {limit['limit']} {known.unit} or {'more' if limit['sign'] == '>=' else 'less'}"
    return concept_in_words(part)
