"""Which equations speak about this patient, which do not, and why?"""

from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Literal

import numpy as np

from twin.record.patient import Patient
from twin.risk.catalogue import equation, equations
from twin.risk.check import Finding, findings, in_sentence, to_columns
from twin.risk.equation import Equation
from twin.risk.estimate import estimate, exclusion
from twin.risk.inputs import Gathered, inputs_of
from twin.risk.results import RiskEstimate

ADDITIONS = ("uacr", "hba1c", "sdi_decile")
FIRST_EVENT, NEXT_EVENT = "prevent_base", "smart_reach"
"""The equation for people without cardiovascular disease, and the one for people who have it."""
BY_ADDITIONS = {
    (): "prevent_base",
    ("uacr",): "prevent_uacr",
    ("hba1c",): "prevent_hba1c",
    ("sdi_decile",): "prevent_sdi",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What an equation can say about one patient.

    `applies` to all its outputs, to ``some``, or to ``none``; `reasons` are sentences for the screen and
    `missing` the inputs that are not in the record.
    """

    equation: Equation
    applies: Literal["all", "some", "none"]
    withheld: tuple[str, ...]
    reasons: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Several models' answers to one question about one patient, and the lowest and highest of them."""

    estimates: tuple[RiskEstimate, ...]
    low: float
    high: float


def event_equation(patient: Patient, *, on: date) -> str:
    """Return the equation of cardiovascular events that is made for a patient, whatever its inputs."""
    return FIRST_EVENT if exclusion(equation(NEXT_EVENT), patient, on=on) else NEXT_EVENT


def choices(patient: Patient, *, on: date) -> tuple[Choice, ...]:
    """Return, for every equation that gives a risk over time, whether it applies to a patient, and why not.

    Parameters
    ----------
    patient
        The frozen view of the record.
    on
        The day the question is asked.
    """
    return tuple(_choice(known, patient, on) for known in equations().values() if known.horizons)


def fullest_prevent(patient: Patient, *, on: date) -> tuple[str, str]:
    """Return the PREVENT variant that uses most of what is known, and the sentence that says so.

    With none of UACR, HbA1c and social deprivation it is the base equation, with one of them the variant
    made for it, with more the full equation, which has terms of its own for what is missing. A value
    outside the range of its variant counts as not known.
    """
    gathered = inputs_of(patient, "prevent_full", on=on)
    usable = tuple(name for name in ADDITIONS if _is_covered(gathered, name))
    chosen = BY_ADDITIONS.get(usable, "prevent_full")
    labels = [in_sentence(equation("prevent_full").input(name).label) for name in usable]
    missing = [in_sentence(equation("prevent_full").input(n).label) for n in ADDITIONS if n not in usable]
    used = f"uses {' and '.join(labels)}" if labels else "the base equation"
    without = f"; no usable {', '.join(missing)}" if missing else ""
    return chosen, f"{equation(chosen).short}: {used}{without}."


def side_by_side(patient: Patient, outcome: str, *, on: date, horizon_years: int) -> SideBySide | None:
    """Return what every equation that applies says of one outcome; ``None`` if none does.

    Of PREVENT only the fullest variant speaks. The spread is that of different models for one person, not a
    range of uncertainty of any of them.

    Parameters
    ----------
    patient
        The frozen view of the record.
    outcome
        ``cvd``, ``ascvd``, ``kidney_failure`` or another outcome without ``risk_``.
    on
        The day the question is asked.
    horizon_years
        [years]
    """
    prevent, _ = fullest_prevent(patient, on=on)
    speak = [
        known
        for known in equations().values()
        if horizon_years in known.horizons
        and f"risk_{outcome}" in known.outputs
        and (known.id == prevent or not known.id.startswith("prevent_"))
    ]
    found = [
        single
        for known in speak
        for single in estimate(patient, known.id, on=on, horizon_years=horizon_years)
        if single.outcome == outcome and isinstance(single, RiskEstimate)
    ]
    if not found:
        return None
    risks = [single.risk for single in found]
    return SideBySide(tuple(found), min(risks), max(risks))


def _is_covered(gathered: Gathered, name: str) -> bool:
    if name not in gathered.used:
        return False
    value = np.array([float(gathered.used[name].value)])
    return not any(limit.outside(value)[0] for limit in equation("prevent_full").input(name).limits)


def _choice(known: Equation, patient: Patient, on: date) -> Choice:
    reason = exclusion(known, patient, on=on)
    gathered = inputs_of(patient, known.id, on=on)
    needed = tuple(name for name in gathered.missing if known.input(name).required)
    if reason is not None:
        return Choice(known, "none", tuple(known.outputs), (reason,), needed)
    given = {name: [used.value] for name, used in gathered.used.items()}
    if "horizon_years" in {i.name for i in known.inputs}:
        given["horizon_years"] = [known.horizons[0]]
    columns = to_columns(known, given)
    found = [finding for finding in findings(known, columns) if finding.outputs]
    withheld = tuple(dict.fromkeys(chain.from_iterable(finding.outputs for finding in found)))
    applies = "all" if not withheld else "some" if len(withheld) < len(known.outputs) else "none"
    reasons = tuple(_sentence(finding, columns[finding.input.name][0], given) for finding in found)
    return Choice(known, applies, withheld, reasons, needed)


def _sentence(finding: Finding, value: float, given: dict[str, list]) -> str:
    if finding.kind == "missing":
        return f"Needs {in_sentence(finding.input.label)}."
    return finding.clinical(float(value), given[finding.input.name][0])
