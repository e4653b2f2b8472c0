"""How surely is one plan better than another, and by how much?"""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.evidence.cards import OUTCOMES
from twin.plans.ground import Ground
from twin.plans.outcomes import share_below_zero, spread
from twin.plans.plan import Plan
from twin.plans.results import Difference
from twin.plans.work import begin, numbers_of


@dataclass(frozen=True, slots=True)
class Pair:
    """A second plan's risk less a first one's at the horizon, and how often the second is lower."""

    difference: Difference
    p_better: float


def pair_of(ground: Ground, first: Plan, second: Plan) -> Mapping[str, Pair]:
    """Put two plans beside each other, draw by draw with the same luck for both.

    Returns
    -------
        One pair an outcome, without those that either plan has no number for.
    """
    work = begin(ground, (first, second))
    ends = []
    for plan in (first, second):
        found = numbers_of(work, plan)
        shown = [name for name in OUTCOMES if found.outcomes[name].risk is not None]
        ends.append({name: work.outlook.risks(name, found.trajectory)[-1] for name in shown})
    pairs = {}
    for name in ends[0].keys() & ends[1].keys():
        drawn = ends[1][name] - ends[0][name]
        low, high = spread(drawn[1:])
        pairs[name] = Pair(Difference(float(drawn[0]), float(low), float(high)), share_below_zero(drawn[1:]))
    return {name: pairs[name] for name in OUTCOMES if name in pairs}
