"""How many years free of cardiovascular events lie ahead, and how many does a plan add?

Ten years say little of someone of 45: the events come later. Here today's levels are held while age goes on, to 89 at
most, and death from other causes competes (see `twin.risk.lifetime`). A plan multiplies each year's hazard as it does
in the comparison; deaths that it prevents otherwise are left out, so that its gain is rather short.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.plans.actions import actions_of
from twin.plans.effects import Setting
from twin.plans.ground import Ground
from twin.plans.outcomes import lacks, ratio_of, share_below_zero, spread
from twin.plans.plan import CURRENT_CARE, Plan
from twin.plans.regimen import regimen
from twin.plans.results import Difference
from twin.plans.safety import checks_of_plan
from twin.plans.simulate import trajectory_of
from twin.plans.work import stop_of
from twin.risk.choose import NEXT_EVENT
from twin.risk.columns import Columns
from twin.risk.lifetime import LAST_YEAR_OF_LIFE, lifetime, lifetime_after_event
from twin.risk.results import Withheld


@dataclass(frozen=True, slots=True)
class Lifelong:
    """Years free of events from today to an age, under current care or a plan; `gained` is more than current care.

    The range is the 95 % range. `years` is ``None`` where it is withheld, and `reason` then says why. `outcome` names
    the events: CVD, or ASCVD in those who have had one.
    """

    plan: Plan
    until_age: int
    years: float | None
    low: float | None
    high: float | None
    gained: Difference | None
    p_better: float | None
    outcome: str
    reason: str = ""


def lifelong(ground: Ground, plans: Sequence[Plan], *, draws: int = 200) -> tuple[Lifelong, ...]:
    """Return the years free of events under current care, first, and under each plan.

    Parameters
    ----------
    ground
        Of any horizon; its draws are used as far as wanted.
    draws
        Up to those of the ground: each costs an equation a year.
    """
    events = ground.baselines[ground.events].estimate
    if ground.inputs is None or isinstance(events, Withheld):
        reason = events.clinical if isinstance(events, Withheld) else ground.unusable
        return tuple(_withheld(ground, plan, reason) for plan in (CURRENT_CARE, *plans))
    draws = min(draws, ground.setting.draws)
    inputs = ground.inputs.part(0, 1 + draws)
    years = int(LAST_YEAR_OF_LIFE - inputs["age"][0])
    setting = _yearly(ground, years, draws)
    now = _years(ground, inputs, years, None)
    return (
        _result(ground, CURRENT_CARE, now, None),
        *(_of_plan(ground, setting, inputs, plan, now) for plan in plans),
    )


def _yearly(ground: Ground, years: int, draws: int) -> Setting:
    whole = ground.setting.response
    edges = tuple(float(year) for year in range(years + 1))
    return replace(
        ground.setting,
        edges=edges,
        draws=draws,
        response=lambda course, effect: whole(course, effect)[: 1 + draws],
    )


def _of_plan(ground: Ground, setting: Setting, inputs: Columns, plan: Plan, now: np.ndarray) -> Lifelong:
    drugs = regimen(ground.patient, plan, on=ground.on)
    stop = stop_of(checks_of_plan(ground.patient, drugs, on=ground.on))
    if stop:
        return _withheld(ground, plan, stop)
    years = len(setting.edges) - 1
    levels = {name: np.repeat(level[:1, : 1 + setting.draws], years, axis=0) for name, level in ground.levels.items()}
    trajectory = trajectory_of(actions_of(plan, drugs, setting)[0], levels, setting)
    missing, _ = lacks(ground.events, trajectory)
    if missing:
        return _withheld(ground, plan, ". ".join(missing) + ".")
    ratio = ratio_of(ground.events, trajectory, ground.shares)
    then = now if ratio is None else _years(ground, inputs, years, ratio.T)
    return _result(ground, plan, then, now)


def _years(ground: Ground, inputs: Columns, years: int, hazard_ratios: np.ndarray | None) -> np.ndarray:
    follow = lifetime_after_event if ground.equation == NEXT_EVENT else lifetime
    return follow(inputs, years=years, hazard_ratios=hazard_ratios).event_free_years


def _result(ground: Ground, plan: Plan, years: np.ndarray, now: np.ndarray | None) -> Lifelong:
    low, high = spread(years[1:])
    gained = better = None
    if now is not None:
        drawn = years - now
        gained = Difference(float(drawn[0]), *(float(end) for end in spread(drawn[1:])))
        better = share_below_zero(-drawn[1:])
    return Lifelong(
        plan, int(LAST_YEAR_OF_LIFE), float(years[0]), float(low), float(high), gained, better, ground.events
    )


def _withheld(ground: Ground, plan: Plan, reason: str) -> Lifelong:
    return Lifelong(plan, int(LAST_YEAR_OF_LIFE), None, None, None, None, None, ground.events, reason)
