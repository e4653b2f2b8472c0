"""What does each plan do for this person, beside current care?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from twin.evidence.cards import OUTCOMES
from twin.physiology.longitudinal import Twin
from twin.plans import words
from twin.plans.actions import actions_of
from twin.plans.applicability import fit_of
from twin.plans.benefit import net_benefit
from twin.plans.ground import Ground, ground_of
from twin.plans.harm import HarmCourse, harm_courses, harm_results, harms_in_play
from twin.plans.outcomes import Outlook, event_free_years, outlook_of
from twin.plans.plan import CURRENT_CARE, Plan
from twin.plans.regimen import Regimen, regimen
from twin.plans.results import Check, Comparison, OutcomeResult, PlanResult
from twin.plans.safety import checks_of_current_care, checks_of_plan
from twin.plans.simulate import Trajectory, trajectory_of
from twin.record.patient import Patient
from twin.risk.results import Withheld
from twin.variables import Variable, variable


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
    outlook, in_play = outlook_of(ground), () if ground.unusable else harms_in_play(ground, drugs)
    now = harm_courses(ground, None, in_play)
    return Comparison(
        ground.patient.id,
        ground.on,
        ground.horizon_years,
        _current_care(ground, outlook, now),
        tuple(_plan(ground, outlook, now, plan, list_) for plan, list_ in zip(plans, drugs, strict=True)),
        ground.setting.draws,
        ground.setting.seed,
    )


def later(plan: Plan, *, years: float) -> Plan:
    """Return a plan that does the same but begins that many years later, to stand beside the one that begins now."""
    return replace(plan, name=f"{plan.name}, in {years:g} years", start=plan.start + years)


def _current_care(ground: Ground, outlook: Outlook, now: Mapping[str, HarmCourse]) -> PlanResult:
    outcomes = {outcome: outlook.result(outcome, None) for outcome in OUTCOMES}
    return PlanResult(
        plan=CURRENT_CARE,
        outcomes=outcomes,
        harms=harm_results(now, now),
        event_free_years=event_free_years(outcomes["cvd"]),
        checks=checks_of_current_care(ground.patient, on=ground.on),
        evidence=(),
        certainty=None,
        burden="No change",
        variables={},
        caveats=(),
        problems=(*_said(ground.unusable), *ground.problems),
    )


def _plan(ground: Ground, outlook: Outlook, now: Mapping[str, HarmCourse], plan: Plan, drugs: Regimen) -> PlanResult:
    actions, left_out = actions_of(plan, drugs, ground.setting)
    trajectory = trajectory_of(actions, ground.levels, ground.setting)
    checks = checks_of_plan(ground.patient, drugs, on=ground.on)
    reason = _stop(checks) or _impossible(trajectory, ground)
    withheld = bool(reason or ground.unusable)
    outcomes = {outcome: _outcome(outlook, outcome, trajectory, reason) for outcome in OUTCOMES}
    courses = {} if withheld else harm_courses(ground, drugs, [course.harm for course in now.values()])
    harms = harm_results(courses, now)
    shown = {name: outcome.risk is not None for name, outcome in outcomes.items()}
    changed = (harm for harm in harms.values() if harm.difference.low or harm.difference.high)
    evidence = tuple(dict.fromkeys((*trajectory.cards, *(card for harm in changed for card in harm.evidence))))
    rest = (*(text for texts in trajectory.lacking.values() for text in texts), *_unusual(trajectory, ground))
    return PlanResult(
        plan=plan,
        outcomes=outcomes,
        harms=harms,
        event_free_years=event_free_years(outcomes["cvd"]),
        checks=checks,
        evidence=evidence,
        certainty=words.certainty(trajectory.cards),
        burden=words.burden(plan, drugs),
        variables={} if withheld else trajectory.changes,
        caveats=words.caveats(plan, drugs, trajectory, outcomes, evidence),
        problems=tuple(dict.fromkeys((*_said(ground.unusable), *_said(reason), *ground.problems, *left_out, *rest))),
        fits=tuple(fit_of(ground.patient, card, on=ground.on) for card in evidence),
        ratios={} if withheld else outlook.ratios(trajectory),
        net_benefit=net_benefit(outlook, trajectory, courses, now, shown=shown),
    )


def _outcome(outlook: Outlook, outcome: str, trajectory: Trajectory, reason: str) -> OutcomeResult:
    result = outlook.result(outcome, trajectory)
    if reason and not isinstance(result.baseline, Withheld):
        return outlook.withheld(outcome, Withheld(outcome, outlook.ground.horizon_years, "", reason))
    return result


def _stop(checks: Sequence[Check]) -> str:
    """Return why the safety checks withhold a plan's numbers, or an empty text."""
    found = [check for check in checks if check.is_stop]
    return " ".join(f"Not shown: {check.title} ({check.code}). {check.text}" for check in found)


def _reached(trajectory: Trajectory, ground: Ground) -> Iterator[tuple[Variable, float]]:
    """Yield every variable that a plan moves, with the value it would bring it to."""
    for name, change in trajectory.changes.items():
        if name in ground.levels:
            yield variable(name), float(ground.levels[name][-1, 0]) + change


def _impossible(trajectory: Trajectory, ground: Ground) -> str:
    """Return which variable a plan would bring beyond its hard limits, or an empty text."""
    for known, value in _reached(trajectory, ground):
        if not known.is_possible(value):
            return f"Not shown: the plan would bring {known.label} to {known.format(value)} {known.unit}."
    return ""


def _unusual(trajectory: Trajectory, ground: Ground) -> tuple[str, ...]:
    """Return the variables that a plan would bring to an unusual value, where trials say little."""
    return tuple(
        f"The plan would bring {known.label} to {known.format(value)} {known.unit}, which is unusual. Check the plan."
        for known, value in _reached(trajectory, ground)
        if known.is_possible(value) and not known.is_plausible(value)
    )


def _said(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
