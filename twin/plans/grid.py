"""What does a comparison say at each place of a slider, so that a page can follow the hand without asking?

Every number at a level is that of `twin.plans.compare`, in half its digits; between levels a straight line is drawn.
With the levels of `usual_levels` the line stays within half a person in 1,000 of a risk, and within half a person in
100 of the ends of its range and of risks under a later start (held by a test). Probabilities jump where a plan begins
to change anything: between such levels a page takes the farther one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from twin.errors import OutOfValidityRange
from twin.plans.benefit import COUNTED
from twin.plans.ground import Ground
from twin.plans.outcomes import event_free_years
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy
from twin.plans.results import HarmResult, NetBenefit, OutcomeResult
from twin.plans.work import Work, begin, numbers_of

COLUMNS = (
    "risk",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
    "p_better",
    "event_free_years",
    "net_benefit",
    "net_low",
    "net_high",
    "p_net_positive",
)
HARM_COLUMNS = ("difference", "low", "high")


@dataclass(frozen=True, slots=True)
class Slider:
    """One setting of a plan that moves.

    ``variable`` is a stated change of the variable `name`, ``habit`` the amount of the habit `name`, ``adherence``
    the share of doses taken of every drug of the plan, ``start`` when it begins. [years from today]
    """

    kind: Literal["variable", "habit", "adherence", "start"]
    name: str
    levels: tuple[float, ...]

    def moved(self, plan: Plan, level: float) -> Plan:
        """Return the plan with the slider at a level; a change of nothing is no change."""
        if self.kind == "start":
            return replace(plan, start=level)
        if self.kind == "adherence":
            drugs = tuple(replace(c, adherence=level) if isinstance(c, StartTherapy) else c for c in plan.changes)
            return replace(plan, changes=drugs)
        rest = tuple(change for change in plan.changes if not self._sets(change))
        added = ChangeVariable(self.name, level) if self.kind == "variable" else Lifestyle(self.name, level)
        return replace(plan, changes=(*rest, added) if level else rest)

    def _sets(self, change: object) -> bool:
        if self.kind == "variable":
            return isinstance(change, ChangeVariable) and change.variable == self.name
        return isinstance(change, Lifestyle) and change.habit == self.name


_USUAL = {
    "systolic_bp": (-40.0, 0.0, 5.0),  # lowest, highest, step
    "ldl_cholesterol": (-120.0, 0.0, 10.0),
    "hba1c": (-3.0, 0.0, 0.25),
    "weight": (-40.0, 0.0, 5.0),
    "activity": (0.0, 150.0, 25.0),
    "sodium": (-3.0, 0.0, 0.5),
    "adherence": (0.0, 1.0, 0.1),
    "start": (0.0, 10.0, 1.0),
}


def usual_levels(name: str) -> tuple[float, ...]:
    """Return the levels of a slider: by the variable's or the habit's name, ``adherence`` or ``start``."""
    low, high, step = _USUAL[name]
    return tuple(np.linspace(low, high, round((high - low) / step) + 1).round(6).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The numbers of one outcome over the levels of one or two sliders of the plan `moving`.

    Shapes, after one axis a slider: `curves` (plans, years, 3) with mean, low and high; `table` (plans, `COLUMNS`);
    `harms` (plans, harms, `HARM_COLUMNS`). Plan 0 is current care, and NaN stands for a number that is withheld.
    """

    outcome: str
    sliders: tuple[Slider, ...]
    moving: int
    years: np.ndarray
    harm_ids: tuple[str, ...]
    curves: np.ndarray
    table: np.ndarray
    harms: np.ndarray


def grid_of(ground: Ground, plans: Sequence[Plan], sliders: Sequence[Slider], *, moving: int, outcome: str) -> Grid:
    """Work out a comparison at every level of the sliders.

    Parameters
    ----------
    plans
        As for `compare_on`; the one at `moving` is the one whose settings move.
    outcome
        Whose curves and table are wanted.

    Raises
    ------
    OutOfValidityRange
        If there is no slider, or more than two.
    """
    if not 1 <= len(sliders) <= 2:
        raise OutOfValidityRange(f"{len(sliders)} sliders", clinical="One or two settings can be moved at a time.")
    places = list(product(*(slider.levels for slider in sliders)))
    moved = []
    for levels in places:
        plan = plans[moving]
        for slider, level in zip(sliders, levels, strict=True):
            plan = slider.moved(plan, level)
        moved.append(plan)
    still = [plan for index, plan in enumerate(plans) if index != moving]
    work = begin(ground, [*moved, *still])
    now = _row(work, outcome, {name: work.outlook.result(name, None) for name in (outcome, "cvd")}, {}, None)
    own, others = [_of(work, plan, outcome) for plan in moved], [_of(work, plan, outcome) for plan in still]
    rows = [(now, *others[:moving], one, *others[moving:]) for one in own]
    shape = tuple(len(slider.levels) for slider in sliders)
    curves, table, harms = (
        np.array([[one[kind] for one in row] for row in rows], dtype=np.float32) for kind in range(3)
    )
    return Grid(
        outcome,
        tuple(sliders),
        moving,
        np.asarray(ground.setting.edges, dtype=np.float32),
        tuple(work.now),
        *(array.reshape(*shape, *array.shape[1:]) for array in (curves, table, harms)),
    )


Row = tuple[np.ndarray, list[float], list[list[float]]]


def _of(work: Work, plan: Plan, outcome: str) -> Row:
    found = numbers_of(work, plan, outcomes=tuple(dict.fromkeys((outcome, *COUNTED))))
    return _row(work, outcome, found.outcomes, found.harms, found.net_benefit)


def _row(
    work: Work,
    outcome: str,
    results: Mapping[str, OutcomeResult],
    harms: Mapping[str, HarmResult],
    net: NetBenefit | None,
) -> Row:
    found = results[outcome]
    curve, difference = found.curve, found.difference
    lines = np.full((len(work.ground.setting.edges), 3), np.nan)
    if curve is not None:
        lines[:] = np.stack([curve.mean, curve.low, curve.high], axis=1)
    table = [
        found.risk,
        found.low,
        found.high,
        *([None] * 3 if difference is None else [difference.mean, difference.low, difference.high]),
        found.p_better,
        event_free_years(results["cvd"]),
        *([None] * 4 if net is None else [net.mean, net.low, net.high, net.p_positive]),
    ]
    changes = [harms[name].difference if name in harms else None for name in work.now]
    of_harms = [[np.nan] * 3 if one is None else [one.mean, one.low, one.high] for one in changes]
    return lines, [np.nan if number is None else number for number in table], of_harms
