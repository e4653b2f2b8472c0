"""Which of all possible plans gain something that no easier plan gains, and what does each single change do?

Every combination of the decisions is scored at the point estimate; none is recommended. A plan is on the front if no
other prevents at least as many serious events with no more tablets, injections, changes of habit, serious harms and,
where costs are given, money, and is better in one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from twin.errors import OutOfValidityRange
from twin.evidence.harms import harms
from twin.plans.benefit import COUNTED
from twin.plans.choices import Factor, Option, factors_for
from twin.plans.compare import compare_on
from twin.plans.effects import Setting
from twin.plans.ground import Ground
from twin.plans.many import Piece, Scores, piece_of, point_setting, score
from twin.plans.plan import Lifestyle, Plan
from twin.plans.regimen import regimen
from twin.plans.results import PlanResult
from twin.plans.safety import checks_of_plan
from twin.variables import variable

MOST_AT_ONCE = 8192  # plans in one pass: more do not fit the processor's memory
MOST = 500_000


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All feasible plans, one a row of `choices`, and their scores, one a plan.

    `choices` holds for each factor the option's number from 1, or 0 for none; row 0 is current care. `prevented` and
    `caused` are serious events by the horizon, as a share of people, `risks` the risk of each outcome. `front` holds
    the rows on the front, the most prevented first. `left_out` says what was not tried and why; `tried` counts the
    combinations before hard stops were taken out.
    """

    factors: tuple[Factor, ...]
    start: float
    choices: np.ndarray
    risks: Mapping[str, np.ndarray]
    prevented: np.ndarray
    caused: np.ndarray
    tablets: np.ndarray
    injections_per_week: np.ndarray
    habits: np.ndarray
    monthly_cost: np.ndarray | None
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
        If there are no numbers for this person, or more combinations than can be tried.
    """
    if ground.unusable:
        raise OutOfValidityRange("search on an unusable ground", clinical=ground.unusable)
    factors = tuple(factors_for(ground) if factors is None else factors)
    setting = point_setting(ground)
    pieces, left_out = _pieces(ground, setting, factors, start)
    choices = _combinations([sorted(of) for of in pieces], factors, most_in_group)
    if len(choices) > MOST:
        raise OutOfValidityRange(
            f"{len(choices)} combinations, at most {MOST}",
            clinical=f"That is {len(choices):,} combinations; choose fewer decisions.",
        )
    tried = len(choices)
    for (a, i), (b, j) in _stopped_pairs(ground, pieces, start):
        choices = choices[~((choices[:, a] == i) & (choices[:, b] == j))]
    parts = [
        _scored(ground, setting, pieces, choices[low : low + MOST_AT_ONCE], weights or {})
        for low in range(0, len(choices), MOST_AT_ONCE)
    ]
    possible = np.concatenate([part[3] for part in parts])
    choices = choices[possible]
    prevented, caused = (np.concatenate([part[k] for part in parts])[possible] for k in (0, 1))
    risks = {name: np.concatenate([part[2].risks[name] for part in parts])[possible] for name in parts[0][2].risks}
    tablets, injections, habits, costs = _burden(factors, pieces, choices, monthly_costs)
    columns = [-prevented, tablets, injections, habits, caused, *([] if costs is None else [costs])]
    return Found(
        factors,
        start,
        choices,
        risks,
        prevented,
        caused,
        tablets,
        injections,
        habits,
        costs,
        front_of(np.stack(columns, axis=1)),
        tried,
        tuple(left_out),
    )


def _pieces(
    ground: Ground, setting: Setting, factors: Sequence[Factor], start: float
) -> tuple[list[dict[int, Piece]], list[str]]:
    """Work out each option alone; leave out those with a hard stop, without a number, or without any effect."""
    found, left_out = [], []
    for factor in factors:
        kept: dict[int, Piece] = {}
        for number, option in enumerate(factor.options, start=1):
            piece = piece_of(Plan(option.label, option.changes, start), ground, setting)
            why = _why_not(ground, option, piece)
            if why:
                left_out.append(f"{option.label}: {why}")
            else:
                kept[number] = piece
        found.append(kept)
    return found, left_out


def _why_not(ground: Ground, option: Option, piece: Piece) -> str:
    stops = [check for check in checks_of_plan(ground.patient, piece.drugs, on=ground.on) if check.is_stop]
    if stops:
        return ", ".join(f"{check.title} ({check.code})" for check in stops)
    if piece.trajectory.lacking:
        missing = dict.fromkeys(name for names in piece.trajectory.missing.values() for name in names)
        return f"no {', '.join(variable(name).label for name in missing)} on record"
    if not piece.trajectory.log_ratios:
        return "no effect on these outcomes is known for this person"
    return ""


def _combinations(options: Sequence[Sequence[int]], factors: Sequence[Factor], most_in_group: int) -> np.ndarray:
    """Return every combination, a row each, none first; within a group at most so many factors are changed."""
    rows = np.zeros((1, 0), dtype=np.int8)
    groups: dict[str, np.ndarray] = {}
    for numbers, factor in zip(options, factors, strict=True):
        values = np.array([0, *numbers], dtype=np.int8)
        rows = np.concatenate([np.repeat(rows, len(values), axis=0), np.tile(values, len(rows))[:, None]], axis=1)
        groups = {name: np.repeat(count, len(values)) for name, count in groups.items()}
        if factor.group:
            count = groups.get(factor.group, np.zeros(len(rows), dtype=np.int8)) + (rows[:, -1] > 0)
            keep = count <= most_in_group
            rows, groups = rows[keep], {name: other[keep] for name, other in groups.items()}
            groups[factor.group] = count[keep]
        if len(rows) > MOST * len(factors):
            break
    return rows


def _stopped_pairs(
    ground: Ground, pieces: Sequence[Mapping[int, Piece]], start: float
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield the pairs of options that a hard stop forbids together; every other stop is one of an option alone."""
    options = [(place, number, piece) for place, of in enumerate(pieces) for number, piece in of.items()]
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}
    for (a, i, one), (b, j, other) in combinations(options, 2):
        if a == b or not one.drugs.courses or not other.drugs.courses:
            continue
        key = _classes(one), _classes(other)
        if key not in known:
            known[key] = _stops_together(ground, one, other, start)
        if known[key]:
            yield (a, i), (b, j)


def _classes(piece: Piece) -> tuple[str, ...]:
    return tuple(course.therapy.drug_class for course in piece.drugs.courses)


def _stops_together(ground: Ground, one: Piece, other: Piece, start: float) -> bool:
    changes = tuple(change for piece in (one, other) for change in piece.changes)
    drugs = regimen(ground.patient, Plan("Both", changes, start), on=ground.on)
    return any(check.is_stop for check in checks_of_plan(ground.patient, drugs, on=ground.on))


def _scored(
    ground: Ground,
    setting: Setting,
    pieces: Sequence[Mapping[int, Piece]],
    choices: np.ndarray,
    weights: Mapping[str, float],
) -> tuple[np.ndarray, np.ndarray, Scores, np.ndarray]:
    flat = [(place, number, piece) for place, of in enumerate(pieces) for number, piece in of.items()]
    masks = np.array([choices[:, place] == number for place, number, _ in flat], dtype=float).reshape(-1, len(choices))
    scores = score(ground, setting, [piece for _, _, piece in flat], masks)
    prevented, caused = np.zeros(len(choices)), np.zeros(len(choices))
    for name in COUNTED:
        if name in scores.risks:
            prevented += weights.get(name, 1.0) * (scores.now[name] - scores.risks[name])
    for name, difference in scores.harms.items():
        if harms()[name].is_serious:
            caused += weights.get(name, harms()[name].weight) * difference
    possible = np.ones(len(choices), dtype=bool)
    for name, values in scores.reached.items():
        possible &= (values >= variable(name).hard_low) & (values <= variable(name).hard_high)
    return prevented, caused, scores, possible


def _burden(
    factors: Sequence[Factor],
    pieces: Sequence[Mapping[int, Piece]],
    choices: np.ndarray,
    monthly_costs: Mapping[str, float] | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Return what each plan asks for beyond today: tablets a day, injections a week, habits, and money if given."""
    totals = np.zeros((4, len(choices)))
    for place, (factor, of) in enumerate(zip(factors, pieces, strict=True)):
        table = np.zeros((4, 1 + len(factor.options)))
        for number, piece in of.items():
            option = factor.options[number - 1]
            for course in piece.drugs.courses:
                sign = -1.0 if course.is_removal else 1.0
                table[0, number] += sign * course.therapy.tablets_per_day
                table[1, number] += sign * course.therapy.injections_per_week
            table[2, number] = sum(isinstance(change, Lifestyle) for change in option.changes)
            table[3, number] = (monthly_costs or {}).get(option.label, 0.0)
        totals += table[:, choices[:, place]]
    return totals[0], totals[1], totals[2], None if monthly_costs is None else totals[3]


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
