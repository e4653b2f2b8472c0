"""What does each of many plans ask of a person beyond today?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.evidence.monitoring import Monitoring, monitoring
from twin.plans.choices import Factor
from twin.plans.effects import DAYS_PER_YEAR
from twin.plans.feasible import Pieces
from twin.plans.many import Piece
from twin.plans.plan import Lifestyle


@dataclass(frozen=True, slots=True, eq=False)
class Burden:
    """What plans ask for, one value a plan: tablets a day, injections a week, habits to change, money if given.

    `blood_tests` and `visits` are occasions within a year of each start, by guidelines; drugs that are started
    together share them. What a stopped drug no longer asks for is not taken off.
    """

    tablets: np.ndarray
    injections_per_week: np.ndarray
    habits: np.ndarray
    blood_tests: np.ndarray
    visits: np.ndarray
    monthly_cost: np.ndarray | None

    @property
    def columns(self) -> tuple[np.ndarray, ...]:
        """Return every burden by which plans are compared: a blood test and a visit are each one occasion to go."""
        of_all = (self.tablets, self.injections_per_week, self.habits, self.blood_tests + self.visits)
        return of_all if self.monthly_cost is None else (*of_all, self.monthly_cost)


def burden_of(
    factors: Sequence[Factor], pieces: Pieces, choices: np.ndarray, monthly_costs: Mapping[str, float] | None
) -> Burden:
    """Add up the burden of the chosen options of each plan.

    Parameters
    ----------
    choices
        For each plan and factor the option's number from 1, or 0 for none.
    monthly_costs
        By option label; no costs are assumed.
    """
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
    return Burden(
        *totals[:3],
        _occasions(pieces, choices, lambda known: known.blood_test_weeks),
        _occasions(pieces, choices, lambda known: known.visit_weeks),
        None if monthly_costs is None else totals[3],
    )


def _occasions(pieces: Pieces, choices: np.ndarray, weeks: Callable[[Monitoring], Sequence[int]]) -> np.ndarray:
    """Count for each plan the weeks in which at least one of the drugs it starts asks for something."""
    asked: dict[int, dict[int, set[int]]] = {}  # week: place of a factor: its options that ask for it
    for place, of in enumerate(pieces):
        for number, piece in of.items():
            for week in _weeks(piece, weeks):
                asked.setdefault(week, {}).setdefault(place, set()).add(number)
    total = np.zeros(len(choices))
    for places in asked.values():
        total += np.logical_or.reduce([np.isin(choices[:, place], list(numbers)) for place, numbers in places.items()])
    return total


def _weeks(piece: Piece, weeks: Callable[[Monitoring], Sequence[int]]) -> set[int]:
    found = set()
    for course in piece.drugs.started:
        known = monitoring().get(course.therapy.drug_class)
        if known is not None:
            begins = round(course.start * DAYS_PER_YEAR / 7.0)
            found |= {begins + week for week in weeks(known)}
    return found
