"""Which settings of the page mean a plan, and what of it can the page not set?

A stop that follows from a start, since a drug of the class is taken, is not a setting: the page works it out for the
patient at hand. That is how a template fits itself to another patient. What no widget can set is kept as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from twin.evidence.therapies import therapies, therapy
from twin.plans.plan import Change, ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.regimen import regimen
from twin.plans.safety import checks_of_plan
from twin.record.patient import Patient
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES
from twin.ui.compare.settings import (
    LIPID_CLASSES,
    SINGLE_CLASSES,
    STOP,
    PlanSettings,
    ingredient_of,
    kept_words,
    option_label,
    signed,
)

_SEVERAL = ("lipid", "blood_pressure", "other")


def settings_of(plan: Plan, *, taken: Mapping[str, str], smokes: bool) -> PlanSettings:
    """Return settings that mean the plan for a patient, under no name of their own.

    Parameters
    ----------
    taken
        Drug class of each ingredient that the patient takes today.
    smokes
        Whether the patient smokes, so that stopping has a widget.
    """
    shares = [change.adherence for change in plan.changes if _is_whole_course(change)]
    adherence = next((share for share in shares if _is_whole(share * 100.0)), 1.0)
    settings = PlanSettings(doses_taken=round(adherence * 100.0), delay=plan.start)
    for change in _without_implied(plan.changes, taken, adherence):
        settings = _with(settings, change, adherence, taken, smokes) or replace(settings, kept=(*settings.kept, change))
    return settings


def as_template(plan: Plan, settings: PlanSettings) -> Plan:
    """Return a plan without the stops that follow from what its patient takes."""
    return replace(plan, changes=settings.plan(taken={}).changes)


def contents(settings: PlanSettings) -> str:
    """Say all that settings change: ``Atorvastatin 40 mg, Systolic BP −10 mmHg``."""
    parts = [option_label(drug) for drug in settings.drugs()]
    parts += [f"Systolic BP {signed(settings.systolic_bp)} mmHg"] if settings.systolic_bp else []
    parts += ["Stops smoking"] if settings.stops_smoking else []
    parts += [f"Weight {signed(settings.weight)} kg"] if settings.weight else []
    parts += [kept_words(change) for change in settings.kept]
    parts += [f"{settings.doses_taken:g}% of doses taken"] if settings.doses_taken != 100.0 else []
    parts += [f"{settings.delay:g} years later than the others"] if settings.delay else []
    return ", ".join(parts) if parts else "No change"


def fitting(patient: Patient, plan: Plan, settings: PlanSettings, *, on: date) -> tuple[str, ...]:
    """Say what of a plan was fitted to this patient, and what does not fit."""
    drugs = regimen(patient, plan, on=on)
    own = as_template(plan, settings).changes
    replaced = [change.ingredient for change in plan.changes if change not in own]
    said = [f"Replaces what is taken now: {', '.join(replaced)}."] if replaced else []
    said += [f"{problem.rstrip('.')}." for problem in drugs.problems]
    stops = [check for check in checks_of_plan(patient, drugs, on=on) if check.is_stop]
    return (*said, *(f"Stop: {check.title} ({check.code}). {check.text}" for check in stops))


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-9


def _is_whole_course(change: Change) -> bool:
    return isinstance(change, StartTherapy) and not change.start and change.stop is None


def _is_settable(change: Change, adherence: float) -> bool:
    return _is_whole_course(change) and change.adherence == adherence


def _without_implied(changes: Sequence[Change], taken: Mapping[str, str], adherence: float) -> list[Change]:
    """Return the changes without the stops that the started drugs bring about by themselves."""
    started = [therapy(change.therapy) for change in changes if _is_settable(change, adherence)]
    implied = {
        StopTherapy(ingredient)
        for ingredient, drug_class in taken.items()
        if any(one.drug_class == drug_class and one.ingredient != ingredient for one in started)
    }
    return [change for change in dict.fromkeys(changes) if change not in implied]


def _with(
    settings: PlanSettings, change: Change, adherence: float, taken: Mapping[str, str], smokes: bool
) -> PlanSettings | None:
    """Return the settings with one more change, or ``None`` if no widget is free for it."""
    if isinstance(change, StartTherapy):
        return _with_drug(settings, change.therapy) if _is_settable(change, adherence) else None
    if isinstance(change, StopTherapy):
        can_stop = not change.start and change.ingredient in taken and _class_of(change.ingredient)
        return _with_drug(settings, STOP + change.ingredient) if can_stop else None
    if isinstance(change, ChangeVariable):
        return _with_number(settings, "systolic_bp", change.change) if change.variable == "systolic_bp" else None
    return _with_habit(settings, change, smokes)


def _with_habit(settings: PlanSettings, change: Lifestyle, smokes: bool) -> PlanSettings | None:
    if change.habit == "weight":
        return _with_number(settings, "weight", change.amount)
    return replace(settings, stops_smoking=True) if change.habit == "smoking" and smokes else None


def _with_number(settings: PlanSettings, field: str, size: float) -> PlanSettings | None:
    """Set a number that the widget shows without decimals, once."""
    return replace(settings, **{field: size}) if _is_whole(size) and size and not getattr(settings, field) else None


def _with_drug(settings: PlanSettings, drug: str) -> PlanSettings | None:
    ingredient = ingredient_of(drug)
    field = _field(_class_of(ingredient))
    chosen = getattr(settings, field)
    if field not in _SEVERAL:
        return None if chosen else replace(settings, **{field: drug})
    if ingredient in map(ingredient_of, chosen):
        return None
    return replace(settings, **{field: (*chosen, drug)})


def _class_of(ingredient: str) -> str:
    return next((known.drug_class for known in therapies().values() if known.ingredient == ingredient), "")


def _field(drug_class: str) -> str:
    """Return the setting that holds drugs of a class."""
    if drug_class in SINGLE_CLASSES:
        return drug_class
    if drug_class in LIPID_CLASSES:
        return "lipid"
    return "blood_pressure" if drug_class in BLOOD_PRESSURE_CLASSES else "other"
