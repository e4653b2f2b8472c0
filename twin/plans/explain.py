"""What would the equation itself say if a change were simply typed into it, and why is that another answer?

An equation's coefficients say how people differ, not what a treatment does: "on a blood-pressure drug" marks people
whose pressure was high for years, and raises the risk. This answer is for display beside the causal one, never for use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from twin.evidence.therapies import biomarker_effects, therapy
from twin.plans.plan import Change, ChangeVariable, Lifestyle, StartTherapy
from twin.record.patient import Patient
from twin.risk.estimate import estimate
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES, inputs_of
from twin.risk.results import RiskEstimate

EQUATION = "prevent_base"
Value = float | bool | str


@dataclass(frozen=True, slots=True)
class Naive:
    """An equation's answer with changed inputs, beside its answer now; `replaced` are the inputs typed in."""

    outcome: str
    horizon_years: int
    risk_now: float
    risk: float
    replaced: Mapping[str, Value]
    reason: str


def naive(patient: Patient, change: Change, *, on: date, horizon_years: int) -> tuple[Naive, ...]:
    """Answer one change of a plan by the equation alone.

    Returns
    -------
        One answer an outcome that the equation can give; empty if the change touches none of its inputs.
    """
    used = {name: found.value for name, found in inputs_of(patient, EQUATION, on=on).used.items()}
    replaced, reason = _typed_in(patient, change, used, on)
    if not replaced:
        return ()
    now = estimate(patient, EQUATION, on=on, horizon_years=horizon_years)
    then = estimate(patient, EQUATION, on=on, horizon_years=horizon_years, replace=replaced)
    return tuple(
        Naive(before.outcome, horizon_years, before.risk, after.risk, replaced, reason)
        for before, after in zip(now, then, strict=True)
        if isinstance(before, RiskEstimate) and isinstance(after, RiskEstimate)
    )


def _typed_in(patient: Patient, change: Change, used: Mapping[str, Value], on: date) -> tuple[dict[str, Value], str]:
    if isinstance(change, StartTherapy):
        return _of_therapy(patient, change, used, on)
    if isinstance(change, ChangeVariable):
        return _moved(patient, used, change.variable, change.change, on), _BETWEEN_PEOPLE
    if isinstance(change, Lifestyle) and change.habit == "weight":
        return _moved(patient, used, "weight", change.amount, on), _BETWEEN_PEOPLE
    if isinstance(change, Lifestyle) and used.get("current_smoker"):
        return {"current_smoker": False}, "The equation takes a person who stopped today for one who never smoked."
    return {}, ""


_BETWEEN_PEOPLE = "The equation compares people who have had these values for years; it does not follow a change."


def _of_therapy(
    patient: Patient, change: StartTherapy, used: Mapping[str, Value], on: date
) -> tuple[dict[str, Value], str]:
    known = therapy(change.therapy)
    replaced: dict[str, Value] = {}
    for effect in biomarker_effects(known.name):
        latest = patient.latest(effect.variable, on)
        if latest is not None:
            shift = effect.change_at(latest.value) * change.adherence
            replaced |= _moved(patient, used, effect.variable, shift, on)
    if known.drug_class in BLOOD_PRESSURE_CLASSES and "bp_treated" in used:
        replaced["bp_treated"] = True
        return (
            replaced,
            "The equation reads a blood-pressure drug as a sign of long high pressure, which raises the risk.",
        )
    if known.drug_class == "statin" and "on_statin" in used:
        replaced["on_statin"] = True
        return replaced, "The equation reads a statin as a mark of the people who were given one."
    return replaced, _BETWEEN_PEOPLE


def _moved(patient: Patient, used: Mapping[str, Value], name: str, change: float, on: date) -> dict[str, Value]:
    if name == "ldl_cholesterol":
        name = "total_cholesterol"
    if name == "weight" and "bmi" in used:
        weight = patient.latest("weight", on)
        return {} if weight is None else {"bmi": used["bmi"] * (1.0 + change / weight.value)}
    return {name: used[name] + change} if name in used else {}
