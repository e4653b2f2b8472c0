"""Comparisons made by hand, so that the words and pictures are tested without the engine."""

from datetime import date

import numpy as np

from twin.plans.plan import CURRENT_CARE, Plan
from twin.plans.results import Check, Comparison, Curve, Difference, HarmResult, OutcomeResult, PlanResult
from twin.risk.results import RiskEstimate, Withheld

OUTCOMES = ("ascvd", "cvd", "heart_failure", "kidney_failure", "death")


def curve(end: float, low: float, high: float, horizon_years: int) -> Curve:
    years = np.linspace(0.0, horizon_years, 4 * horizon_years + 1)
    return Curve(years, *(value * years / horizon_years for value in (end, low, high)))


def shown(
    outcome: str,
    risk: float,
    *,
    low: float | None = None,
    high: float | None = None,
    difference: tuple[float, float, float] | None = None,
    horizon_years: int = 10,
    equation: str = "prevent_base@2023",
) -> OutcomeResult:
    """Return a result with numbers; the range is 20 % to either side unless given."""
    low, high = 0.8 * risk if low is None else low, min(1.0, 1.2 * risk) if high is None else high
    baseline = RiskEstimate(outcome, horizon_years, risk, equation, "SRC-PREVENT", ())
    change = None if difference is None else Difference(*difference)
    better = None if difference is None else 0.9
    line = curve(risk, low, high, horizon_years)
    return OutcomeResult(outcome, horizon_years, baseline, risk, low, high, change, better, line)


def withheld(outcome: str, clinical: str, *, missing: tuple[str, ...] = (), horizon_years: int = 10) -> OutcomeResult:
    reason = Withheld(outcome, horizon_years, "prevent_base@2023", clinical, missing)
    return OutcomeResult(outcome, horizon_years, reason, None, None, None, None, None, None)


def harm(name: str, label: str, difference: tuple[float, float, float]) -> HarmResult:
    return HarmResult(name, label, 0.01, 0.005, 0.02, Difference(*difference), ("EV-0023",))


def plan_result(
    result: OutcomeResult,
    *,
    plan: Plan = CURRENT_CARE,
    harms: tuple[HarmResult, ...] = (),
    checks: tuple[Check, ...] = (),
    certainty: str | None = None,
    caveats: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
) -> PlanResult:
    """Return a plan with one outcome in every place."""
    return PlanResult(
        plan=plan,
        outcomes=dict.fromkeys(OUTCOMES, result),
        harms={one.harm: one for one in harms},
        event_free_years=None,
        checks=checks,
        evidence=(),
        certainty=certainty,
        burden="No change",
        variables={},
        caveats=caveats,
        problems=problems,
    )


def comparison(current: PlanResult, *plans: PlanResult, horizon_years: int = 10) -> Comparison:
    return Comparison("case", date(2026, 11, 24), horizon_years, current, plans, 1000, 0)


def random_comparison(rng: np.random.Generator) -> Comparison:
    """Return current care and three plans that may help, harm or do nothing clear."""
    now = rng.uniform(0.002, 0.6)
    plans = []
    for _ in range(3):
        mean = now * rng.uniform(-0.8, 0.4)
        spread = abs(mean) * rng.uniform(0.05, 2.0)
        change = (mean, mean - spread, mean + spread)
        plans.append(plan_result(shown("ascvd", now + mean, difference=change), plan=Plan("Statin")))
    return comparison(plan_result(shown("ascvd", now)), *plans)
