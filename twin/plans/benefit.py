"""Does a plan prevent more serious events than it causes, how surely, and from when on?

What is counted is the first heart attack, stroke or heart failure, kidney failure where its risk can be given, and
every serious harm of treatment. Each counts one unless weights say otherwise: no source was found that weighs a faint
against a stroke in one currency, and the rule on screen says so. Deaths are not counted again: most that
treatment prevents follow an event that is counted.
"""

from collections.abc import Mapping

import numpy as np

from twin.evidence.cards import OUTCOME_LABELS
from twin.plans.ground import Ground
from twin.plans.harm import HarmCourse
from twin.plans.outcomes import Outlook, spread
from twin.plans.results import Curve, NetBenefit
from twin.plans.simulate import Trajectory
from twin.risk.choose import NEXT_EVENT

RULE = (
    "Serious events prevented ({events}; kidney failure) less serious harms of treatment caused. Each counts one, "
    "a hospital stay for a faint as much as a stroke; {deaths}."
)
FIRST = {"events": "first heart attack, stroke or heart failure", "deaths": "deaths are not counted again"}
NEXT = {
    "events": "another heart attack, stroke or cardiovascular death",
    "deaths": "heart failure and deaths from other causes are not counted",
}


def counted(ground: Ground) -> tuple[str, ...]:
    """Return the outcomes whose events a net benefit counts for this person, whether they have a number or not."""
    return (ground.events, "kidney_failure")


def net_benefit(
    outlook: Outlook,
    trajectory: Trajectory,
    harms: Mapping[str, HarmCourse],
    now: Mapping[str, HarmCourse],
    *,
    shown: Mapping[str, bool],
    weights: Mapping[str, float] | None = None,
) -> NetBenefit | None:
    """Weigh a plan's prevented events against its harms, draw by draw.

    Parameters
    ----------
    harms, now
        Of the plan and of current care, by harm.
    shown
        Which outcomes have a number under the plan.
    weights
        What one event counts for, by outcome and by harm; 1, and for a harm that of ``data/harms.csv``, if not given.

    Returns
    -------
        ``None`` without an estimate of cardiovascular events.
    """
    ground = outlook.ground
    if not shown.get(ground.events):
        return None
    weights = weights or {}
    gained = {
        name: weights.get(name, 1.0) * (outlook.risks(name, None) - outlook.risks(name, trajectory))
        for name in counted(ground)
        if shown.get(name)
    }
    weighed = {name: weights.get(name, course.harm.weight) for name, course in harms.items() if course.harm.is_serious}
    lost = {name: weight * (harms[name].risks - now[name].risks) for name, weight in weighed.items() if weight}
    net = sum(gained.values()) - sum(lost.values())
    low, high = spread(net[:, 1:])
    edges = np.asarray(ground.setting.edges)
    final = net[-1, 1:]
    return NetBenefit(
        mean=float(net[-1, 0]),
        low=float(low[-1]),
        high=float(high[-1]),
        p_positive=float(np.mean(final > 0) + 0.5 * np.mean(final == 0)),
        prevented={name: float(part[-1, 0]) for name, part in gained.items()},
        caused={name: float(part[-1, 0]) for name, part in lost.items()},
        passes_harm_at=passes_zero(edges, np.concatenate(([0.0], net[:, 0]))),
        curve=Curve(edges, *(np.concatenate(([0.0], line)) for line in (net[:, 0], low, high))),
        drawn=net[-1],
        rule=rule_for(weights, ground),
        not_counted=_not_counted(ground, harms, weighed, shown, trajectory),
    )


def rule_for(weights: Mapping[str, float], ground: Ground) -> str:
    """Return what was counted and how, in words."""
    rule = RULE.format(**(NEXT if ground.equation == NEXT_EVENT else FIRST))
    if not weights:
        return rule
    said = ", ".join(f"{OUTCOME_LABELS.get(name, name.replace('_', ' '))} {value:g}" for name, value in weights.items())
    return f"{rule} Except, as set here: {said}."


def passes_zero(years: np.ndarray, net: np.ndarray) -> float | None:
    """Return the year from which a net stays above zero, 0 if it always is, ``None`` if it ends at or below."""
    if net[-1] <= 0:
        return None
    below = np.flatnonzero(net[1:] <= 0)
    if not len(below):
        return 0.0
    last = int(below[-1]) + 1
    share = -net[last] / (net[last + 1] - net[last])
    return float(years[last] + share * (years[last + 1] - years[last]))


def _not_counted(
    ground: Ground,
    harms: Mapping[str, HarmCourse],
    weighed: Mapping[str, float],
    shown: Mapping[str, bool],
    trajectory: Trajectory,
) -> tuple[str, ...]:
    said = [f"{OUTCOME_LABELS[name]}: no estimate over these years" for name in counted(ground) if not shown.get(name)]
    if trajectory.changes.get("hba1c", 0.0) < 0:
        said.append("Eyes, kidneys and nerves spared by a lower HbA1c: not among these outcomes")
    for name, weight in weighed.items():
        if not weight:
            said.append(f"{harms[name].harm.label}: {harms[name].harm.weight_reason or 'weight 0'}")
    return tuple(said)
