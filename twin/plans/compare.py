"""What does each plan do for this person, beside current care?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from twin.evidence.cards import OUTCOMES
from twin.physiology.longitudinal import Twin
from twin.plans import words
from twin.plans.applicability import fit_of
from twin.plans.draws import DRAWS
from twin.plans.ground import Ground, ground_of
from twin.plans.harm import harm_results
from twin.plans.outcomes import event_free_years
from twin.plans.plan import CURRENT_CARE, Plan, StartTherapy, StopTherapy
from twin.plans.results import Comparison, PlanResult
from twin.plans.safety import checks_of_current_care
from twin.plans.work import Work, begin, numbers_of
from twin.record.patient import Patient


def compare(
    patient: Patient,
    twin: Twin,
    plans: Sequence[Plan],
    *,
    on: date,
    horizon_years: int,
    draws: int = DRAWS,
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


def compare_on(ground: Ground, plans: Sequence[Plan], *, weights: Mapping[str, float] | None = None) -> Comparison:
    """Put plans beside current care on a ground prepared before, which many calls may share.

    Parameters
    ----------
    weights
        What an outcome or a harm counts for in the net benefit, by name; see `twin.plans.benefit`.
    """
    work = begin(ground, plans, weights=weights)
    return Comparison(
        ground.patient.id,
        ground.on,
        ground.horizon_years,
        _current_care(work),
        tuple(_plan(work, plan) for plan in plans),
        ground.setting.draws,
        ground.setting.seed,
    )


def later(plan: Plan, *, years: float) -> Plan:
    """Return a plan that does the same but begins that many years later, to stand beside the one that begins now."""
    return replace(plan, name=f"{plan.name}, in {years:g} years", start=plan.start + years)


def _current_care(work: Work) -> PlanResult:
    ground = work.ground
    outcomes = {outcome: work.outlook.result(outcome, None) for outcome in OUTCOMES}
    return PlanResult(
        plan=CURRENT_CARE,
        outcomes=outcomes,
        harms=harm_results(work.now, work.now),
        event_free_years=event_free_years(outcomes[ground.events]),
        checks=checks_of_current_care(ground.patient, on=ground.on),
        evidence=(),
        certainty=None,
        burden="No change",
        variables={},
        caveats=(),
        problems=(*_said(ground.unusable), *ground.problems),
    )


def _plan(work: Work, plan: Plan) -> PlanResult:
    ground, found = work.ground, numbers_of(work, plan)
    trajectory, outcomes = found.trajectory, found.outcomes
    withheld = bool(found.reason or ground.unusable)
    changed = (harm for harm in found.harms.values() if harm.difference.low or harm.difference.high)
    evidence = tuple(dict.fromkeys((*trajectory.cards, *(card for harm in changed for card in harm.evidence))))
    reasons = (*_said(ground.unusable), *_said(found.reason))
    problems = (*reasons, *_too_late(plan, ground), *ground.problems, *found.left_out)
    return PlanResult(
        plan=plan,
        outcomes=outcomes,
        harms=found.harms,
        event_free_years=event_free_years(outcomes[ground.events]),
        checks=found.checks,
        evidence=evidence,
        certainty=words.certainty(trajectory.cards),
        burden=words.burden(plan, found.drugs),
        variables={} if withheld else trajectory.changes,
        caveats=words.caveats(plan, found.drugs, trajectory, outcomes, evidence),
        problems=tuple(dict.fromkeys(problems)),
        fits=tuple(fit_of(ground.patient, card, on=ground.on) for card in evidence),
        ratios={} if withheld else work.outlook.ratios(trajectory),
        net_benefit=found.net_benefit,
    )


def _too_late(plan: Plan, ground: Ground) -> tuple[str, ...]:
    """Say of what begins only when the horizon is over that its effect is not in the numbers."""
    starts = [plan.start + change.start for change in plan.changes if isinstance(change, StartTherapy | StopTherapy)]
    starts += [plan.start for change in plan.changes if not isinstance(change, StartTherapy | StopTherapy)]
    late = [start for start in starts if start >= ground.horizon_years]
    if not late:
        return ()
    what = "The plan" if len(late) == len(starts) else "A part of the plan"
    return (f"{what} begins after {min(late):g} years; these {ground.horizon_years} years show nothing of it",)


def _said(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
