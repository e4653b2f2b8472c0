"""Which of all possible plans gain something that no easier plan gains, and what does each single change do?

Every combination of the decisions is scored at the point estimate; none is recommended. A plan is on the front if no
other prevents at least as many serious events with no more tablets, injections, changes of habit, blood tests and
visits, serious harms and, where costs are given, money, and is better in one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.errors import OutOfValidityRange
from twin.evidence.harms import harms
from twin.plans.benefit import counted
from twin.plans.burden import Burden, burden_of
from twin.plans.choices import Factor, Option, factors_for
from twin.plans.compare import compare_on
from twin.plans.effects import Setting
from twin.plans.feasible import Pieces, combinations_of, decided_twice, pieces_of, without_stops
from twin.plans.ground import Ground
from twin.plans.many import Scores, point_setting, score
from twin.plans.plan import Plan
from twin.plans.results import PlanResult
from twin.variables import variable

MOST_AT_ONCE = 8192  # plans in one pass: more do not fit the processor's memory


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All feasible plans, one a row of `choices`, and their scores, one a plan.

    `choices` holds for each factor the option's number from 1, or 0 for none; row 0 is current care. `prevented` and
    `caused` are serious events by the horizon, as a share of people, `risks` the risk of each outcome. `counted` names
    the outcomes of `prevented`: those of the net benefit, or deaths for lack of an estimate. `front`
    holds the rows on the front, the most prevented first. `left_out` says what was not tried and why; `tried` counts
    the combinations before those with a hard stop, or beyond what a body can be, were taken out.
    """

    factors: tuple[Factor, ...]
    start: float
    counted: tuple[str, ...]
    choices: np.ndarray
    risks: Mapping[str, np.ndarray]
    prevented: np.ndarray
    caused: np.ndarray
    burden: Burden
    front: np.ndarray
    tried: int
    left_out: tuple[str, ...]

    @property
    def net(self) -> np.ndarray:
        """Return serious events prevented less serious harms caused."""
        return self.prevented - self.caused

    def plan(self, row: int) -> Plan:
        """Return one plan, ready to be compared."""
        chosen = [
            factor.options[number - 1] for factor, number in zip(self.factors, self.choices[row], strict=True) if number
        ]
        name = " + ".join(option.label for option in chosen) or "No change"
        return Plan(name, tuple(change for option in chosen for change in option.changes), self.start)


def search(
    ground: Ground,
    factors: Sequence[Factor] | None = None,
    *,
    start: float = 0.0,
    most_in_group: int = 3,
    weights: Mapping[str, float] | None = None,
    monthly_costs: Mapping[str, float] | None = None,
) -> Found:
    """Score every feasible combination.

    Parameters
    ----------
    factors
        The decisions; those of `factors_for` if not given.
    start
        When every plan begins. [years from today]
    most_in_group
        How many factors of one group, such as blood pressure, a plan may change.
    weights
        As in `net_benefit`.
    monthly_costs
        By option label; no costs are assumed.

    Raises
    ------
    OutOfValidityRange
        If there are no numbers for this person, more combinations than can be tried, or two decisions about one drug.
    """
    factors = tuple(factors_for(ground) if factors is None else factors)
    if twice := decided_twice(factors):
        raise OutOfValidityRange(f"two factors change {twice}", clinical=f"Two decisions are about {twice}; make one.")
    outcomes, setting = _counted(ground), point_setting(ground)
    pieces, left_out = pieces_of(ground, setting, factors, start)
    tried = combinations_of(pieces, factors, most_in_group)
    choices, together = without_stops(ground, pieces, factors, tried, start)
    parts = [
        _scored(ground, setting, pieces, choices[low : low + MOST_AT_ONCE], outcomes, weights or {})
        for low in range(0, len(choices), MOST_AT_ONCE)
    ]
    possible = np.concatenate([part.is_possible for part in parts])
    choices = choices[possible]
    prevented = np.concatenate([part.prevented for part in parts])[possible]
    caused = np.concatenate([part.caused for part in parts])[possible]
    risks = {name: np.concatenate([part.risks[name] for part in parts])[possible] for name in parts[0].risks}
    burden = burden_of(factors, pieces, choices, monthly_costs)
    front = front_of(np.stack([-prevented, *burden.columns, caused], axis=1))
    of_plans = (choices, risks, prevented, caused, burden)
    return Found(factors, start, outcomes, *of_plans, front, len(tried), (*left_out, *together))


def easiest(found: Found) -> np.ndarray:
    """Return the plans of the front that no easier plan equals in events prevented less caused, the easiest first.

    Easier is less of every burden.
    """
    burdens = found.burden.columns
    rows = front_of(np.stack([-found.net, *burdens], axis=1))
    return rows[np.lexsort([-found.net[rows], *(burden[rows] for burden in reversed(burdens))])]


def _counted(ground: Ground) -> tuple[str, ...]:
    """Return the outcomes whose events are counted as prevented."""
    if ground.has(ground.events):
        return tuple(name for name in counted(ground) if ground.has(name))
    if ground.has("death") and not ground.unusable:
        return ("death",)
    why = ground.unusable or "Neither cardiovascular events nor death can be estimated for this person."
    raise OutOfValidityRange("search without an outcome to count", clinical=why)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The scores of some of the plans."""

    risks: Mapping[str, np.ndarray]
    prevented: np.ndarray
    caused: np.ndarray
    is_possible: np.ndarray


def _scored(
    ground: Ground,
    setting: Setting,
    pieces: Pieces,
    choices: np.ndarray,
    counted: Sequence[str],
    weights: Mapping[str, float],
) -> _Part:
    flat = [(place, number, piece) for place, of in enumerate(pieces) for number, piece in of.items()]
    masks = np.array([choices[:, place] == number for place, number, _ in flat], dtype=float).reshape(-1, len(choices))
    scores = score(ground, setting, [piece for _, _, piece in flat], masks)
    prevented, caused = np.zeros(len(choices)), np.zeros(len(choices))
    for name in counted:
        prevented += weights.get(name, 1.0) * (scores.now[name] - scores.risks[name])
    for name, difference in scores.harms.items():
        if harms()[name].is_serious:
            caused += weights.get(name, harms()[name].weight) * difference
    return _Part(scores.risks, prevented, caused, _is_possible(scores, len(choices)))


def _is_possible(scores: Scores, plans: int) -> np.ndarray:
    """Return which plans leave every variable within what a body can be."""
    possible = np.ones(plans, dtype=bool)
    for name, values in scores.reached.items():
        possible &= (values >= variable(name).hard_low) & (values <= variable(name).hard_high)
    return possible


def front_of(columns: np.ndarray) -> np.ndarray:
    """Return the rows that no other row is at least as low as in every column and lower in one, first column first."""
    values, rows = np.unique(np.round(columns, 12), axis=0, return_index=True)
    kept = np.empty((0, columns.shape[1]))
    front = []
    for value, row in zip(values, rows, strict=True):  # sorted: nothing later can be lower in the first column
        if not len(kept) or not (kept <= value).all(axis=1).any():
            kept = np.concatenate([kept, value[None]])
            front.append(row)
    return np.array(front, dtype=int)


@dataclass(frozen=True, slots=True, eq=False)
class SingleChange:
    """One option alone beside current care, with ranges."""

    factor: str
    option: Option
    result: PlanResult


def which_single_change_helps_most(
    ground: Ground,
    factors: Sequence[Factor] | None = None,
    *,
    start: float = 0.0,
    weights: Mapping[str, float] | None = None,
) -> tuple[SingleChange, ...]:
    """Return every option alone, those with more serious events prevented first: a table, not a recommendation.

    Options with a hard stop stay in the table, without numbers; without an estimate of CVD deaths decide the order.
    """
    options = [(factor.name, option) for factor in (factors or factors_for(ground)) for option in factor.options]
    plans = [Plan(option.label, option.changes, start) for _, option in options]
    compared = compare_on(ground, plans, weights=weights)
    rows = [SingleChange(name, option, result) for (name, option), result in zip(options, compared.plans, strict=True)]
    return tuple(sorted(rows, key=_gain, reverse=True))


def _gain(row: SingleChange) -> float:
    net, death = row.result.net_benefit, row.result.outcomes["death"].difference
    if net is not None:
        return sum(net.prevented.values())
    return -1.0 if death is None else -death.mean
