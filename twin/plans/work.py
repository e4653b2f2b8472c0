"""What are the numbers of one plan, before anything is said about them?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from twin.evidence.cards import OUTCOMES
from twin.plans.actions import actions_of
from twin.plans.benefit import net_benefit
from twin.plans.ground import Ground
from twin.plans.harm import HarmCourse, harm_courses, harm_results, harms_in_play
from twin.plans.outcomes import Outlook, outlook_of
from twin.plans.plan import Plan
from twin.plans.regimen import Course, Regimen, regimen
from twin.plans.results import Check, HarmResult, NetBenefit, OutcomeResult
from twin.plans.safety import checks_of_plan
from twin.plans.simulate import Trajectory, trajectory_of
from twin.risk.results import Withheld
from twin.variables import Variable, variable


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What the plans of one comparison share: the ground, the risks on it, and the harms of current care.

    `weights` are those of `net_benefit`; `known` remembers what hangs on a plan's drugs alone.
    """

    ground: Ground
    outlook: Outlook
    now: Mapping[str, HarmCourse]
    weights: Mapping[str, float]
    known: dict[tuple[Course, ...], tuple[tuple[Check, ...], dict[str, HarmCourse]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """All that is worked out for a plan; `reason` says why nothing is shown."""

    drugs: Regimen
    trajectory: Trajectory
    checks: tuple[Check, ...]
    reason: str
    outcomes: Mapping[str, OutcomeResult]
    harms: Mapping[str, HarmResult]
    net_benefit: NetBenefit | None
    left_out: tuple[str, ...]


def begin(ground: Ground, plans: Sequence[Plan], *, weights: Mapping[str, float] | None = None) -> Work:
    """Prepare what these plans share; every one of them will list the same harms."""
    drugs = [regimen(ground.patient, plan, on=ground.on) for plan in plans]
    in_play = () if ground.unusable else harms_in_play(ground, drugs)
    return Work(ground, outlook_of(ground), harm_courses(ground, None, in_play), weights or {})


def numbers_of(work: Work, plan: Plan, *, outcomes: Sequence[str] = OUTCOMES) -> Numbers:
    """Work out one plan for some outcomes; the net benefit counts those of them that it is made of."""
    ground, outlook = work.ground, work.outlook
    drugs = regimen(ground.patient, plan, on=ground.on)
    actions, left_out = actions_of(plan, drugs, ground.setting)
    trajectory = trajectory_of(actions, ground.levels, ground.setting)
    checks, courses = _of_drugs(work, drugs)
    reason = stop_of(checks) or _impossible(trajectory)
    results = {outcome: _outcome(outlook, outcome, trajectory, reason) for outcome in outcomes}
    courses = {} if reason or ground.unusable else courses
    shown = {name: result.risk is not None for name, result in results.items()}
    return Numbers(
        drugs,
        trajectory,
        checks,
        reason,
        results,
        harm_results(courses, work.now),
        net_benefit(outlook, trajectory, courses, work.now, shown=shown, weights=work.weights),
        left_out if ground.unusable else (*left_out, *_of_variables(trajectory)),
    )


def _of_drugs(work: Work, drugs: Regimen) -> tuple[tuple[Check, ...], dict[str, HarmCourse]]:
    """Return checks and harms, which hang on the drugs alone: a slider of another kind does not ask for them anew."""
    if drugs.courses not in work.known:
        checks = checks_of_plan(work.ground.patient, drugs, on=work.ground.on)
        in_play = [course.harm for course in work.now.values()]
        work.known[drugs.courses] = checks, harm_courses(work.ground, drugs, in_play)
    return work.known[drugs.courses]


def _outcome(outlook: Outlook, outcome: str, trajectory: Trajectory, reason: str) -> OutcomeResult:
    if reason and not isinstance(outlook.ground.baselines[outcome].estimate, Withheld):
        return outlook.withheld(outcome, Withheld(outcome, outlook.ground.horizon_years, "", reason))
    return outlook.result(outcome, trajectory)


def stop_of(checks: Sequence[Check]) -> str:
    """Return why the safety checks withhold a plan's numbers, or an empty text."""
    found = [check for check in checks if check.is_stop]
    return " ".join(f"Not shown: {check.title} ({check.code}). {check.text}" for check in found)


def _reached(trajectory: Trajectory) -> Iterator[tuple[Variable, float]]:
    """Yield every variable that a plan moves, with the value it would bring it to."""
    for name in trajectory.changes:
        if name in trajectory.reached:
            yield variable(name), float(trajectory.reached[name][0])


def _impossible(trajectory: Trajectory) -> str:
    """Return which variable a plan would bring beyond its hard limits, or an empty text."""
    for known, value in _reached(trajectory):
        if not known.is_possible(value):
            return f"Not shown: the plan would bring {known.label} to {known.format(value)} {known.unit}."
    return ""


def _of_variables(trajectory: Trajectory) -> tuple[str, ...]:
    """Return what weakens a plan's numbers on account of the variables it moves."""
    return (*(text for texts in trajectory.lacking.values() for text in texts), *_unusual(trajectory))


def _unusual(trajectory: Trajectory) -> tuple[str, ...]:
    """Return the variables that a plan would bring to an unusual value, where trials say little."""
    return tuple(
        f"The plan would bring {known.label} to {known.format(value)} {known.unit}, which is unusual. Check the plan."
        for known, value in _reached(trajectory)
        if known.is_possible(value) and not known.is_plausible(value)
    )
