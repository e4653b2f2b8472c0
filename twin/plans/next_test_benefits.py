"""What does each plan do to each draw of the person, at the trials' published estimates?

A test tells of the person, not of the trials: how far a trial's estimate may be off is the same whatever the result.
So effects stand at their estimates, as in the point of a comparison, and only what is not known of the person varies.
Two plans with the same estimates then tie in every draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from twin.evidence.cards import OUTCOME_LABELS, Effect
from twin.physiology.longitudinal import Twin
from twin.plans.benefit import counted as outcomes_counted
from twin.plans.draws import estimates, log_ratio
from twin.plans.effects import Setting
from twin.plans.ground import Ground
from twin.plans.harm import harm_courses, harms_in_play
from twin.plans.outcomes import outlook_of
from twin.plans.plan import CURRENT_CARE, Plan
from twin.plans.regimen import Course, regimen
from twin.plans.work import Numbers, Work, numbers_of
from twin.variables import variable

NET = "net"


@dataclass(frozen=True, slots=True, eq=False)
class Benefits:
    """Plans beside each other, draw by draw: the more the better.

    `values` has current care first, shape (1 + plans, draws), as a share of people; `counted` says what is counted,
    `NET` or an outcome, and is empty where nothing can be. `lacking` names for each plan without a number the
    variables it needs, `left_out` says why it has none.
    """

    plans: tuple[Plan, ...]
    values: np.ndarray
    counted: str
    lacking: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...]

    @property
    def first(self) -> Plan:
        """Return the plan that comes first as things stand."""
        return self.plans[int(np.argmax(self.values.mean(axis=1)))]


class _Published(Setting):
    """A setting whose effects stand at the trials' estimates."""

    __slots__ = ()

    def log_ratio(self, effect: Effect) -> np.ndarray:
        return log_ratio(effect, draws=self.draws, seed=self.seed, widen=0.0)

    def estimates(self, effect: Effect) -> np.ndarray:
        return estimates(effect, draws=self.draws, seed=self.seed, widen=0.0)


def benefits_of(
    ground: Ground,
    twin: Twin,
    plans: Sequence[Plan],
    *,
    outcome: str = "cvd",
    weights: Mapping[str, float] | None = None,
) -> Benefits:
    """Work out what each plan does.

    Parameters
    ----------
    outcome
        What is counted where there is no net benefit, for lack of an estimate; death if that has no number.
    weights
        As in `twin.plans.benefit.net_benefit`.
    """
    work = _begin(ground, twin, plans, weights or {})
    counted = _counted(ground, outcome)
    wanted = outcomes_counted(ground) if counted == NET else (counted,)
    kept, rows = [CURRENT_CARE], [np.zeros(ground.setting.draws)]
    lacking, left_out = {}, []
    for plan in plans if counted else ():
        found = numbers_of(work, plan, outcomes=wanted)
        drawn = _drawn(work, found, counted)
        if drawn is None:
            baseline = found.outcomes[wanted[0]].baseline
            lacking[plan.name] = getattr(baseline, "missing", ())
            left_out.append(f"{plan.name}: {_why_not(lacking[plan.name], found)}")
        else:
            kept.append(plan)
            rows.append(drawn)
    return Benefits(tuple(kept), np.array(rows), counted, lacking, tuple(left_out))


def _begin(ground: Ground, twin: Twin, plans: Sequence[Plan], weights: Mapping[str, float]) -> Work:
    """Prepare what the plans share, as `twin.plans.work.begin` does, on the effects' estimates."""
    setting = ground.setting
    known = {(one.drug_class, one.variable) for one in twin.responses}

    def response(course: Course, effect: Effect) -> np.ndarray:
        drawn = setting.response(course, effect)
        is_of_state = (course.therapy.drug_class, effect.variable) in known
        return drawn if is_of_state else np.full_like(drawn, drawn[0])

    parts = {field.name: getattr(setting, field.name) for field in fields(setting)}
    stood = replace(ground, setting=_Published(**{**parts, "response": response}))
    drugs = [regimen(ground.patient, plan, on=ground.on) for plan in plans]
    in_play = () if ground.unusable else harms_in_play(stood, drugs)
    return Work(stood, outlook_of(ground), harm_courses(stood, None, in_play), weights)


def _counted(ground: Ground, outcome: str) -> str:
    """Return what can be counted for this person."""
    if ground.has(ground.events):
        return NET
    return next((name for name in (outcome, "death") if ground.has(name)), "")


def _drawn(work: Work, found: Numbers, counted: str) -> np.ndarray | None:
    if counted == NET:
        return None if found.net_benefit is None else found.net_benefit.drawn[1:]
    if found.outcomes[counted].risk is None:
        return None
    return (work.outlook.risks(counted, None) - work.outlook.risks(counted, found.trajectory))[-1, 1:]


def _why_not(missing: Sequence[str], found: Numbers) -> str:
    if missing:
        return f"needs {', '.join(variable(name).label for name in missing)}"
    return found.reason or "no number"


def counted_in_words(counted: str) -> str:
    """Say what is counted: ``serious events``, or an outcome."""
    return "serious events" if counted == NET else OUTCOME_LABELS[counted]
