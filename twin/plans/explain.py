"""What would the equation itself say if a change were simply typed into it, and why is that another answer?

An equation's coefficients say how people differ, not what a treatment does: "on a blood-pressure drug" marks people
whose pressure was high for years, and raises the risk. This answer is for display beside the causal one, never for use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from twin.evidence.cards import effects
from twin.evidence.therapies import Therapy, biomarker_effects, therapy
from twin.plans.habits import linked
from twin.plans.next_event import compared_as
from twin.plans.people import suited_for
from twin.plans.plan import Change, ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.record.patient import Patient
from twin.risk.choose import event_equation
from twin.risk.estimate import estimate
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES, inputs_of
from twin.risk.results import RiskEstimate
from twin.units import difference_to_canonical

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
    return naive_of_plan(patient, Plan("", (change,)), on=on, horizon_years=horizon_years)


def naive_of_plan(patient: Patient, plan: Plan, *, on: date, horizon_years: int) -> tuple[Naive, ...]:
    """Answer a whole plan by the equation alone, its changes typed in one after the other."""
    equation_id = event_equation(patient, on=on)
    used: dict[str, Value] = {name: one.value for name, one in inputs_of(patient, equation_id, on=on).used.items()}
    levels = {name: latest.value for name in patient.series if (latest := patient.latest(name, on)) is not None}
    replaced: dict[str, Value] = {}
    reasons = []
    for change in plan.changes:
        typed, reason = _typed_in(patient, change, {**used, **replaced}, levels, on)
        if typed:
            replaced |= typed
            reasons.append(reason)
    if not replaced:
        return ()
    now = estimate(patient, equation_id, on=on, horizon_years=horizon_years)
    then = estimate(patient, equation_id, on=on, horizon_years=horizon_years, replace=replaced)
    return tuple(
        Naive(compared_as(before), horizon_years, before.risk, after.risk, replaced, " ".join(dict.fromkeys(reasons)))
        for before, after in zip(now, then, strict=True)
        if isinstance(before, RiskEstimate) and isinstance(after, RiskEstimate)
    )


Levels = dict[str, float]
_BETWEEN_PEOPLE = "The equation compares people who have had these values for years; it does not follow a change."
_TREATED = "The equation reads a blood-pressure drug as a sign of long high pressure, which raises the risk."
_ON_STATIN = "The equation reads a statin as a mark of the people who were given one."
_QUIT = "The equation takes a person who stopped today for one who never smoked."


def _typed_in(
    patient: Patient, change: Change, used: Mapping[str, Value], levels: Levels, on: date
) -> tuple[dict[str, Value], str]:
    if isinstance(change, StartTherapy):
        return _started(therapy(change.therapy), change.adherence, used, levels)
    if isinstance(change, StopTherapy):
        return _stopped(patient, change, used, levels, on)
    if isinstance(change, ChangeVariable):
        return _moved(used, levels, change.variable, change.change), _BETWEEN_PEOPLE
    if change.habit == "smoking":
        return ({"current_smoker": False}, _QUIT) if used.get("current_smoker") else ({}, "")
    if change.habit == "weight":
        return _moved(used, levels, "weight", change.amount), _BETWEEN_PEOPLE
    return _of_habit(patient, change, used, levels, on), _BETWEEN_PEOPLE


def _started(
    known: Therapy, adherence: float, used: Mapping[str, Value], levels: Levels
) -> tuple[dict[str, Value], str]:
    replaced = _by_drug(known, adherence, used, levels)
    if known.drug_class in BLOOD_PRESSURE_CLASSES and "bp_treated" in used:
        return replaced | {"bp_treated": True}, _TREATED
    if known.drug_class == "statin" and "on_statin" in used:
        return replaced | {"on_statin": True}, _ON_STATIN
    return replaced, _BETWEEN_PEOPLE


def _stopped(
    patient: Patient, change: StopTherapy, used: Mapping[str, Value], levels: Levels, on: date
) -> tuple[dict[str, Value], str]:
    """Untick the drug; its values are left as they are, since the equation knows none without it."""
    taken = {m.ingredient: m.drug_class for m in patient.current_medications(on)}
    drug_class = taken.pop(change.ingredient, None)
    if drug_class in BLOOD_PRESSURE_CLASSES and not set(taken.values()) & set(BLOOD_PRESSURE_CLASSES):
        return ({"bp_treated": False} if "bp_treated" in used else {}), _TREATED
    if drug_class == "statin" and "statin" not in taken.values():
        return ({"on_statin": False} if "on_statin" in used else {}), _ON_STATIN
    return {}, ""


def _by_drug(known: Therapy, adherence: float, used: Mapping[str, Value], levels: Levels) -> dict[str, Value]:
    replaced: dict[str, Value] = {}
    for effect in biomarker_effects(known.name):
        if effect.variable in levels:
            shift = effect.change_at(levels[effect.variable]) * adherence
            replaced |= _moved({**used, **replaced}, levels, effect.variable, shift)
    return replaced


def _of_habit(
    patient: Patient, change: Lifestyle, used: Mapping[str, Value], levels: Levels, on: date
) -> dict[str, Value]:
    agent, amount, _ = linked(change)
    suited, replaced, seen = suited_for(patient, on=on), {}, set()
    for effect in effects("link"):
        if effect.agent == agent and effect.variable not in seen and suited(effect.card):
            seen.add(effect.variable)
            size = difference_to_canonical(effect.variable, effect.estimate, effect.unit) * amount / effect.per
            replaced |= _moved({**used, **replaced}, levels, effect.variable, size)
    return replaced


def _moved(used: Mapping[str, Value], levels: Levels, name: str, change: float) -> dict[str, Value]:
    """Return the input that a change of a variable is typed into, and remember the variable's new value."""
    if name in levels:
        levels[name] += change
    if name == "weight" and "bmi" in used:
        return _bmi_of(used["bmi"], levels, change)
    name = "total_cholesterol" if name == "ldl_cholesterol" else name
    return {name: used[name] + change} if name in used else {}


def _bmi_of(bmi: float, levels: Levels, change: float) -> dict[str, Value]:
    """Return the body mass index after a change of weight, which needs the weight or the height."""
    before = levels["weight"] - change if "weight" in levels else bmi * (levels.get("height", 0.0) / 100.0) ** 2
    return {"bmi": bmi * (before + change) / before} if before > 0 else {}
