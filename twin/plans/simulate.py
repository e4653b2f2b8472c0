"""How do a plan's effects change each hazard over the years?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.evidence.cards import PARTS, Effect
from twin.evidence.pathways import ENDPOINTS
from twin.plans.effects import Action, Setting, Shift, mediators_for
from twin.units import difference_to_canonical
from twin.variables import variable

_LEAST_FACTOR = 0.05  # a percentage effect times an extreme response never takes more than 95 % away


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """What a plan does over time.

    `log_ratios` holds for each outcome or part of one the log hazard ratio against current care, shape
    (intervals, 1 + draws), column 0 the point; an outcome that nothing touches is absent. `touched` names the
    causes at work on it. `changes` are the point's changes of each variable at the horizon, `reached` the value of
    each that is known, at the horizon, a column each. `lacking` says for each outcome what could not be worked out,
    `missing` which variables that needs.
    """

    log_ratios: Mapping[str, np.ndarray]
    touched: Mapping[str, frozenset[str]]
    changes: Mapping[str, float]
    lacking: Mapping[str, tuple[str, ...]]
    missing: Mapping[str, tuple[str, ...]]
    cards: tuple[str, ...]
    reached: Mapping[str, np.ndarray] = field(default_factory=dict)


def trajectory_of(actions: Sequence[Action], levels: Mapping[str, np.ndarray], setting: Setting) -> Trajectory:
    """Add up what the actions do to each log hazard.

    Parameters
    ----------
    actions
        Changes of the plan, removals first: each acts on the variable as the ones before left it.
    levels
        Each variable under current care, canonical unit, shape (intervals, 1 + draws).
    setting
        The person decides which results lead from a variable to an outcome.
    """
    mediators = mediators_for(setting)
    walk = _Walk(levels, mediators)
    for action in actions:
        walk.take(action)
    totals: dict[str, np.ndarray] = {}
    touching: dict[str, set[str]] = defaultdict(set)
    used = [card for action in actions for card in action.cards]
    for action in actions:
        for direct in action.directs:
            _add(totals, direct.outcome, direct.exposure[:, None] * direct.log_ratio)
            touching[direct.outcome].add(action.cause)
    for effect in mediators:
        outcome = next((o for o in ENDPOINTS if effect.outcome == o or effect.outcome in PARTS.get(o, ())), None)
        change = walk.mediated.get((effect.variable, outcome))
        if change is None:
            continue
        per = difference_to_canonical(effect.variable, effect.per, effect.unit)
        _add(totals, effect.outcome, change * (setting.log_ratio(effect) / -per))
        touching[effect.outcome] |= walk.movers[effect.variable, outcome]
        used.append(effect.card)
    return Trajectory(
        totals,
        {outcome: frozenset(names) for outcome, names in touching.items()},
        {name: change for name, change in walk.changes.items() if change != 0.0},
        walk.lacking,
        walk.missing,
        tuple(dict.fromkeys(used)),
        {name: walk.now[name][-1] for name in walk.changes if name in walk.now},
    )


def _add(totals: dict[str, np.ndarray], outcome: str, term: np.ndarray) -> None:
    totals[outcome] = totals[outcome] + term if outcome in totals else term


class _Walk:
    """The variables on their way through the actions of a plan."""

    def __init__(self, levels: Mapping[str, np.ndarray], mediators: Sequence[Effect]) -> None:
        self.mediating = {(effect.variable, effect.outcome) for effect in mediators}
        self.now = dict(levels)
        self.changes: dict[str, float] = {}  # of the point, at the horizon
        self.mediated: dict[tuple[str, str], np.ndarray] = {}
        self.movers: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.lacking: dict[str, tuple[str, ...]] = {}
        self.missing: dict[str, tuple[str, ...]] = {}

    def take(self, action: Action) -> None:
        for shift in action.shifts:
            reached = [
                o for o in action.mediated if any((shift.variable, p) in self.mediating for p in (o, *PARTS.get(o, ())))
            ]
            if shift.needs_level and shift.variable not in self.now:
                self._lack(action, shift, reached)
                continue
            change = self._move(shift)
            for outcome in reached:
                key = (shift.variable, outcome)
                self.mediated[key] = self.mediated[key] + change if key in self.mediated else change
                self.movers[key].add(action.cause)

    def _move(self, shift: Shift) -> np.ndarray:
        """Move a variable on and return its change; one whose value does not matter need not be known."""
        offset = shift.exposure[:, None] * shift.offset
        before = self.now.get(shift.variable)
        if shift.needs_level:
            factor = np.maximum(1.0 + shift.exposure[:, None] * shift.slope, _LEAST_FACTOR)
            change = ((before - offset) / factor if shift.is_removal else before * factor + offset) - before
        else:
            change = -offset if shift.is_removal else offset
        if before is not None:
            self.now[shift.variable] = before + change
        self.changes[shift.variable] = self.changes.get(shift.variable, 0.0) + float(change[-1, 0])
        return change

    def _lack(self, action: Action, shift: Shift, reached: list[str]) -> None:
        label = variable(shift.variable).label
        for outcome in reached:
            words = f"The effect of {action.name} cannot be calculated: no {label} on record"
            self.lacking[outcome] = (*self.lacking.get(outcome, ()), words)
            self.missing[outcome] = (*self.missing.get(outcome, ()), shift.variable)
