"""What does a comparison look like as JSON?"""

from twin.plans.results import Comparison, Difference, HarmResult, NetBenefit, OutcomeResult, PlanResult
from twin.risk.results import Withheld


def to_json(comparison: Comparison) -> dict:
    """Return a comparison as plain data; a withheld number is ``None`` and ``problems`` says why."""
    return {
        "patient": comparison.patient_id,
        "on": comparison.on.isoformat(),
        "horizon_years": comparison.horizon_years,
        "draws": comparison.draws,
        "seed": comparison.seed,
        "current_care": _plan(comparison.current_care),
        "plans": [_plan(plan) for plan in comparison.plans],
    }


def _plan(result: PlanResult) -> dict:
    withheld = {
        f"{outcome.outcome}: {outcome.baseline.clinical}": None
        for outcome in result.outcomes.values()
        if isinstance(outcome.baseline, Withheld)
    }
    return {
        "name": result.plan.name,
        "outcomes": {name: _outcome(outcome) for name, outcome in result.outcomes.items()},
        "event_free_years": result.event_free_years,
        "harms": {name: _harm(harm) for name, harm in result.harms.items()},
        "checks": [
            {"code": check.code, "result": check.result, "text": check.text, "stop": check.is_stop}
            for check in result.checks
        ],
        "evidence": list(result.evidence),
        "certainty": result.certainty,
        "burden": result.burden,
        "variables": dict(result.variables),
        "outside_trials": {fit.card: list(fit.outside) for fit in result.fits if fit.outside},
        "caveats": list(result.caveats),
        "problems": [*result.problems, *withheld],
        "hazard_ratios": {
            name: {"mean": ratio.mean, "low": ratio.low, "high": ratio.high} for name, ratio in result.ratios.items()
        },
        "net_benefit": _net(result.net_benefit),
    }


def _net(net: NetBenefit | None) -> dict | None:
    if net is None:
        return None
    return {
        "mean": net.mean,
        "low": net.low,
        "high": net.high,
        "p_positive": net.p_positive,
        "prevented": dict(net.prevented),
        "caused": dict(net.caused),
        "passes_harm_at": net.passes_harm_at,
        "rule": net.rule,
        "not_counted": list(net.not_counted),
    }


def _difference(difference: Difference | None) -> dict | None:
    if difference is None:
        return None
    return {"mean": difference.mean, "low": difference.low, "high": difference.high}


def _outcome(result: OutcomeResult) -> dict:
    return {
        "risk": result.risk,
        "low": result.low,
        "high": result.high,
        "difference": _difference(result.difference),
        "p_better": result.p_better,
    }


def _harm(result: HarmResult) -> dict:
    return {
        "label": result.label,
        "risk": result.risk,
        "low": result.low,
        "high": result.high,
        "difference": _difference(result.difference),
    }
