"""What does each change of a plan do to the body and to the hazards?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twin.evidence.cards import Effect, effects
from twin.evidence.pathways import ENDPOINTS, direct_candidates
from twin.plans.courses import of_course
from twin.plans.effects import Action, Direct, Setting, Shift, exposure, mediators_for, not_carried_over, suiting
from twin.plans.habits import AGENTS, TOGETHER, linked, shares
from twin.plans.plan import ChangeVariable, Lifestyle, Plan
from twin.plans.regimen import Regimen
from twin.units import difference_to_canonical
from twin.variables import variable


def actions_of(plan: Plan, drugs: Regimen, setting: Setting) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Return what each change of a plan does beside the others, and what could not be used."""
    alone, problems = each_alone(plan, drugs, setting)
    return tuple(together(alone)), problems


def each_alone(plan: Plan, drugs: Regimen, setting: Setting) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Return what each change of a plan would do by itself: courses in their order, then the rest."""
    built, problems = [], list(drugs.problems)
    for course in drugs.courses:
        action, left_out = of_course(course, setting)
        built.append(action)
        problems += left_out
    for change in plan.changes:
        if isinstance(change, ChangeVariable):
            action, left_out = _of_statement(change.variable, change.change, plan.start, setting)
        elif isinstance(change, Lifestyle):
            action, left_out = _of_habit(change, plan.start, setting)
        else:
            continue
        built.append(action)
        problems += left_out
    return tuple(built), tuple(dict.fromkeys(problems))


def together(actions: Sequence[Action], *, by_column: bool = False) -> list[Action]:
    """Let changes of habit that move blood pressure keep of their effect what they keep beside each other.

    Parameters
    ----------
    by_column
        Whether each column is another plan; if not, columns are draws and the point decides for all.
    """
    places = [(a, s) for a, action in enumerate(actions) for s in _pressure_of_habit(action)]
    changed = list(actions)
    if len(places) < 2:
        return changed
    width = None if by_column else 1
    kept = shares(np.array([actions[a].shifts[s].offset[:width] for a, s in places]))
    for (a, s), share in zip(places, kept, strict=True):
        if (share != 1.0).any():
            changed[a] = _with_share(changed[a], s, share)
    return changed


def _pressure_of_habit(action: Action) -> list[int]:
    if action.cause not in AGENTS:
        return []
    return [place for place, shift in enumerate(action.shifts) if shift.variable == "systolic_bp"]


def _with_share(action: Action, place: int, share: np.ndarray) -> Action:
    """Return an action one of whose shifts keeps only a share of its size."""
    shift = action.shifts[place]
    kept = replace(shift, slope=shift.slope * share, offset=shift.offset * share)
    shifts = (*action.shifts[:place], kept, *action.shifts[place + 1 :])
    return replace(action, shifts=shifts, cards=(*action.cards, TOGETHER))


def _of_statement(name: str, change: float, start: float, setting: Setting) -> tuple[Action, list[str]]:
    """Build the action of a stated change of a variable, and of what is known to follow from it."""
    variable(name)  # an unknown name is refused here
    edges = np.asarray(setting.edges)
    width = 1 + setting.draws
    share = exposure(edges, start=start, stop=None, onset_days=0.0)
    following, used = _links(name, change, start, setting)
    shifts = (Shift(name, np.zeros(width), np.full(width, change), share, False, False), *following)
    moved = {shift.variable for shift in shifts}
    followed = mediators_for(setting)
    left_out = not_carried_over(
        f"Change of {variable(name).label}",
        [e for e in effects("mediator") if e.variable in moved and e not in followed],
    )
    if not any(effect.variable in moved for effect in effects("mediator")):
        left_out.append(f"No trial evidence on file links a change of {variable(name).label} to the outcomes")
    return Action(name, name, shifts, (), frozenset(ENDPOINTS), used), left_out


def _links(agent: str, change: float, start: float, setting: Setting) -> tuple[tuple[Shift, ...], tuple[str, ...]]:
    """Return what follows from a change of a variable or a habit, and the cards that say so."""
    edges, width = np.asarray(setting.edges), 1 + setting.draws
    candidates: dict[str, list[Effect]] = {}
    for effect in effects("link"):
        if effect.agent == agent:
            candidates.setdefault(effect.variable, []).append(effect)
    shifts, used = [], []
    for effect in suiting(tuple(candidates.values()), setting)[0]:
        drawn = difference_to_canonical(effect.variable, setting.estimates(effect), effect.unit)
        share = exposure(edges, start=start, stop=None, onset_days=effect.onset_days)
        shifts.append(Shift(effect.variable, np.zeros(width), drawn * (change / effect.per), share, False, False))
        used.append(effect.card)
    return tuple(shifts), tuple(dict.fromkeys(used))


def _of_habit(change: Lifestyle, start: float, setting: Setting) -> tuple[Action, list[str]]:
    if change.habit == "weight":
        return _of_statement("weight", change.amount, start, setting)
    if change.habit == "smoking":
        return _of_quitting(start, setting)
    agent, amount, said = linked(change)
    shifts, used = _links(agent, amount, start, setting)
    return Action(change.habit, change.habit, shifts, (), frozenset(ENDPOINTS), used), said


def _of_quitting(start: float, setting: Setting) -> tuple[Action, list[str]]:
    smokes = setting.patient.smoking is not None and setting.patient.smoking.status == "current"
    if not smokes:
        return Action("smoking", "smoking", (), (), frozenset(), ()), [
            "No current smoking is on record; stopping changes nothing"
        ]
    edges = np.asarray(setting.edges)
    directs, used = [], []
    for outcome in ENDPOINTS:
        for effect in suiting(direct_candidates(("smoking_cessation",), "smoking_cessation", outcome), setting)[0]:
            share = exposure(edges, start=start, stop=None, onset_days=effect.onset_days)
            directs.append(Direct(effect.outcome, setting.log_ratio(effect), share))
            used.append(effect.card)
    return Action("smoking", "smoking", (), tuple(directs), frozenset(), tuple(dict.fromkeys(used))), []
