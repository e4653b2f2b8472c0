"""How do thousands of plans come out in one go, by the same arithmetic as a single one?

Here a column is a plan, not a draw: every change that any plan makes is worked out once, at the point, and enters the
columns of the plans that make it at its full size, the others at none. `trajectory_of` and the harms then run over all
columns at once. A plan's numbers are those of `twin.plans.compare` to the last digit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.evidence.cards import OUTCOMES, Effect
from twin.evidence.harms import Harm, harm_effects
from twin.plans.actions import each_alone, together
from twin.plans.effects import Action, Setting
from twin.plans.ground import Ground
from twin.plans.harm import Term, current_courses, harms_in_play, risks_of, share_of, step_of
from twin.plans.outcomes import ratio_of
from twin.plans.plan import Change, Plan
from twin.plans.regimen import Course, Regimen, regimen
from twin.plans.simulate import Trajectory, trajectory_of


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One option with what it does; `removals` are the actions that take a replaced drug away."""

    changes: tuple[Change, ...]
    drugs: Regimen
    removals: tuple[Action, ...]
    additions: tuple[Action, ...]
    habits: tuple[Action, ...]
    trajectory: Trajectory  # of the option alone


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The points of many plans at the horizon, one column a plan; `now` of current care."""

    risks: Mapping[str, np.ndarray]
    now: Mapping[str, float]
    harms: Mapping[str, np.ndarray]  # what each harm differs from current care by
    reached: Mapping[str, np.ndarray]


def point_setting(ground: Ground) -> Setting:
    """Return the setting of a ground without draws."""
    whole = ground.setting.response
    return replace(ground.setting, draws=0, response=lambda course, effect: whole(course, effect)[:1])


def piece_of(plan: Plan, ground: Ground, setting: Setting) -> Piece:
    """Work out one option as a plan of its own."""
    drugs = regimen(ground.patient, plan, on=ground.on)
    actions, _ = each_alone(plan, drugs, setting)
    kinds = [course.is_removal for course in drugs.courses]
    courses, habits = actions[: len(kinds)], actions[len(kinds) :]
    removals = tuple(action for action, gone in zip(courses, kinds, strict=True) if gone)
    additions = tuple(action for action, gone in zip(courses, kinds, strict=True) if not gone)
    return Piece(
        plan.changes, drugs, removals, additions, habits, trajectory_of(actions, _point_levels(ground), setting)
    )


def _point_levels(ground: Ground) -> dict[str, np.ndarray]:
    return {name: levels[:, :1] for name, levels in ground.levels.items()}


def _masked(action: Action, mask: np.ndarray) -> Action:
    shifts = tuple(replace(s, slope=s.slope * mask, offset=s.offset * mask) for s in action.shifts)
    return replace(
        action, shifts=shifts, directs=tuple(replace(d, log_ratio=d.log_ratio * mask) for d in action.directs)
    )


def score(ground: Ground, setting: Setting, pieces: Sequence[Piece], masks: np.ndarray) -> Scores:
    """Score many plans.

    Parameters
    ----------
    masks
        1 where a plan contains a piece, else 0; shape (pieces, plans).
    """
    ordered = [
        _masked(action, mask)
        for kind in ("removals", "additions", "habits")
        for piece, mask in zip(pieces, masks, strict=True)
        for action in getattr(piece, kind)
    ]
    trajectory = trajectory_of(together(ordered, by_column=True), _point_levels(ground), setting)
    risks, now = {}, {}
    for outcome in OUTCOMES:
        baseline = ground.baselines[outcome]
        if baseline.increments is None:
            continue
        point = baseline.point
        base = point.risks(1.0)[-1, 0]
        ratio = ratio_of(outcome, trajectory, ground.shares)
        then = base if ratio is None else point.risks(ratio)[-1]
        # The equation's own digits, as in `outcomes`.
        risks[outcome] = np.broadcast_to(then + (baseline.estimate.risk - base), masks.shape[1:])
        now[outcome] = float(base + (baseline.estimate.risk - base))
    reached = {name: np.broadcast_to(value, masks.shape[1:]) for name, value in trajectory.reached.items()}
    return Scores(risks, now, _harms(ground, pieces, masks), reached)


def _harms(ground: Ground, pieces: Sequence[Piece], masks: np.ndarray) -> dict[str, np.ndarray]:
    in_play = harms_in_play(ground, [piece.drugs for piece in pieces])
    courses = [(course, mask) for piece, mask in zip(pieces, masks, strict=True) for course in piece.drugs.courses]
    started = [(course, mask) for course, mask in courses if not course.is_removal]
    removed = [(course, mask) for course, mask in courses if course.is_removal]
    always = np.ones(masks.shape[1:])
    current = []
    for course in current_courses(ground, None):
        gone = always * 0.0
        for one, mask in removed:
            if one.therapy.ingredient == course.therapy.ingredient:
                gone = np.maximum(gone, mask)
                current.append((replace(course, stop=one.start), mask))
        current.append((course, always - gone))
    found = {}
    for harm in in_play:
        before = _terms(_strongest(harm, [(c, always) for c in current_courses(ground, None)], ground))
        then = _terms(_strongest(harm, [*current, *started], ground))
        columns = masks.shape[1]
        found[harm.id] = (
            risks_of(ground, harm, then, columns=columns)[-1] - risks_of(ground, harm, before, columns=columns)[-1]
        )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Strongest:
    """What one card says of a class, a column a plan: the size of the strongest drug and how far it is at work."""

    is_extra: bool
    size: np.ndarray  # -inf where no plan's drug is spoken of
    share: np.ndarray


def _strongest(harm: Harm, courses: Sequence[tuple[Course, np.ndarray]], ground: Ground) -> list[_Strongest]:
    edges = np.asarray(ground.setting.edges)
    found: dict[tuple[str, str], _Strongest] = {}
    for course, mask in courses:
        for effect in harm_effects(course.therapy.agents()):
            if effect.outcome != harm.id:
                continue
            share = share_of(edges, course, effect)[:, None] * mask
            if not share.any():
                continue
            is_extra, size = _point(effect)
            size = np.where(mask > 0, size, -np.inf)
            step = step_of(effect, course)
            known = found.get(step)
            if known is not None:
                size, share = np.maximum(known.size, size), np.maximum(known.share, share)
            found[step] = _Strongest(is_extra, size, share)
    return list(found.values())


def _point(effect: Effect) -> tuple[bool, float]:
    is_extra = effect.measure == "rate_difference"
    return is_extra, effect.estimate if is_extra else math.log(effect.estimate)


def _terms(strongest: Sequence[_Strongest]) -> list[Term]:
    return [Term(one.is_extra, np.where(np.isfinite(one.size), one.size, 0.0), one.share) for one in strongest]
