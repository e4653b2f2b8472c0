"""What does each plan do for this person, beside current care?"""

from collections.abc import Sequence
from datetime import date

from twin.evidence.cards import OUTCOMES
from twin.evidence.harms import Harm
from twin.physiology.longitudinal import Twin
from twin.plans import words
from twin.plans.applicability import fit_of
from twin.plans.effects import actions_of
from twin.plans.ground import Ground, ground_of
from twin.plans.harm import harm_results, harms_in_play
from twin.plans.outcomes import Outlook
from twin.plans.plan import CURRENT_CARE, Plan
from twin.plans.regimen import Regimen, regimen
from twin.plans.results import Check, Comparison, OutcomeResult, PlanResult
from twin.plans.safety import checks_of_current_care, checks_of_plan
from twin.plans.simulate import Course, course_of
from twin.record.patient import Patient
from twin.risk.results import Withheld
from twin.variables import variable


def compare(
    patient: Patient,
    twin: Twin,
    plans: Sequence[Plan],
    *,
    on: date,
    horizon_years: int,
    draws: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Put plans beside current care.

    Parameters
    ----------
    patient, twin
        The record, and the twin fitted to it on the day `on`.
    horizon_years
        5, 10 or 30.
    draws, seed
        Of the twin's levels and the trials' intervals; the same seed gives the same numbers to every plan.

    Notes
    -----
    A plan multiplies the hazard that the published equation gives under current care by
    ``exp(sum of log hazard ratios)``. A drug acts on an outcome through what it changes (the change of the variable
    times the trials' ratio per unit) or by its own trial's ratio, as ``data/pathways.csv`` says, never both. The
    point is that calculation at the recorded values and the published estimates; ranges and ``p_better`` come from
    draws. See `twin.plans.outcomes` for outcomes made of others.
    """
    return compare_on(ground_of(patient, twin, on=on, horizon_years=horizon_years, draws=draws, seed=seed), plans)


def compare_on(ground: Ground, plans: Sequence[Plan]) -> Comparison:
    """Put plans beside current care on a ground prepared before, which many calls may share."""
    drugs = [regimen(ground.patient, plan, on=ground.on) for plan in plans]
    outlook, in_play = Outlook(ground), () if ground.problems else harms_in_play(ground, drugs)
    return Comparison(
        ground.patient.id,
        ground.on,
        ground.horizon_years,
        _current_care(ground, outlook, in_play),
        tuple(_plan(ground, outlook, in_play, plan, list_) for plan, list_ in zip(plans, drugs, strict=True)),
        ground.setting.draws,
        ground.setting.seed,
    )


def _current_care(ground: Ground, outlook: Outlook, in_play: Sequence[Harm]) -> PlanResult:
    return PlanResult(
        plan=CURRENT_CARE,
        outcomes={outcome: outlook.result(outcome, None) for outcome in OUTCOMES},
        harms=harm_results(ground, None, in_play),
        event_free_years=outlook.event_free_years(None),
        checks=checks_of_current_care(ground.patient, on=ground.on),
        evidence=(),
        certainty=None,
        burden="No change",
        variables={},
        caveats=(),
        problems=ground.problems,
    )


def _plan(ground: Ground, outlook: Outlook, in_play: Sequence[Harm], plan: Plan, drugs: Regimen) -> PlanResult:
    actions, left_out = actions_of(plan, drugs, ground.setting)
    course = course_of(actions, ground.levels, draws=ground.setting.draws, seed=ground.setting.seed)
    checks = checks_of_plan(ground.patient, drugs, on=ground.on)
    reason = _stop(checks) or _impossible(course, ground)
    withheld = bool(reason or ground.problems)
    outcomes = {outcome: _outcome(outlook, outcome, course, reason) for outcome in OUTCOMES}
    harms = {} if withheld else harm_results(ground, drugs, in_play)
    evidence = tuple(dict.fromkeys((*course.cards, *(card for harm in harms.values() for card in harm.evidence))))
    lacking = (text for texts in course.lacking.values() for text in texts)
    return PlanResult(
        plan=plan,
        outcomes=outcomes,
        harms=harms,
        event_free_years=None if withheld else outlook.event_free_years(course),
        checks=checks,
        evidence=evidence,
        certainty=words.certainty(course.cards),
        burden=words.burden(plan, drugs),
        variables={} if withheld else course.changes,
        caveats=words.caveats(plan, drugs, course, evidence),
        problems=tuple(dict.fromkeys((*ground.problems, *((reason,) if reason else ()), *left_out, *lacking))),
        fits=tuple(fit_of(ground.patient, card, on=ground.on) for card in evidence),
    )


def _outcome(outlook: Outlook, outcome: str, course: Course, reason: str) -> OutcomeResult:
    result = outlook.result(outcome, course)
    if reason and not isinstance(result.baseline, Withheld):
        return outlook.withheld(outcome, Withheld(outcome, outlook.ground.horizon_years, "", reason))
    return result


def _stop(checks: Sequence[Check]) -> str:
    """Return why the safety checks withhold a plan's numbers, or an empty text."""
    found = [check for check in checks if check.is_stop]
    return " ".join(f"Not shown: {check.title} ({check.code}). {check.text}" for check in found)


def _impossible(course: Course, ground: Ground) -> str:
    """Return which variable a plan would bring beyond its hard limits, or an empty text."""
    for name, change in course.changes.items():
        if name in ground.levels and not variable(name).is_possible(float(ground.levels[name][-1, 0]) + change):
            label, unit = variable(name).label, variable(name).unit
            return f"Not shown: the plan would bring {label} to {ground.levels[name][-1, 0] + change:,.0f} {unit}."
    return ""
