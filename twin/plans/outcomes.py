"""How likely is each outcome under a plan, against current care, with its range?"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from twin.evidence.cards import OUTCOMES, PARTS, RELATIVE
from twin.plans.ground import Ground
from twin.plans.results import Curve, Difference, OutcomeResult, Ratio
from twin.plans.simulate import Trajectory
from twin.risk.results import RiskEstimate, Withheld

_ROUNDED = float(np.finfo(np.float32).eps)


def ratio_of(outcome: str, trajectory: Trajectory, shares: Mapping[str, Mapping[str, float]]) -> np.ndarray | None:
    """Return the hazard ratio of an outcome over time, or ``None`` if nothing touches it.

    An outcome made of others (ASCVD of coronary disease and stroke, CVD of ASCVD and heart failure) takes the
    average of their ratios, weighted by the share each has in the equation's own hazard.
    """
    own = trajectory.log_ratios.get(outcome)
    ratio = None if own is None else np.exp(own)
    parts = {part: ratio_of(part, trajectory, shares) for part in PARTS.get(outcome, ())}
    if all(value is None for value in parts.values()):
        return ratio
    weights = shares[outcome]
    mixed = sum(weights[part] * (1.0 if value is None else value) for part, value in parts.items())
    return mixed if ratio is None else ratio * mixed


def touches(outcome: str, trajectory: Trajectory) -> frozenset[str]:
    """Return the causes at work on an outcome or on any part of it."""
    own = trajectory.touched.get(outcome, frozenset())
    return own.union(*(touches(part, trajectory) for part in PARTS.get(outcome, ())))


def lacks(outcome: str, trajectory: Trajectory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return why an outcome cannot be worked out, and the variables that are missing; empty if it can."""
    names = (outcome, *PARTS.get(outcome, ()))
    words = (word for name in names for word in trajectory.lacking.get(name, ()))
    variables = (variable for name in names for variable in trajectory.missing.get(name, ()))
    return tuple(dict.fromkeys(words)), tuple(dict.fromkeys(variables))


def spread(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 2.5 % and 97.5 % quantiles of each row of draws."""
    count = draws.shape[-1]
    low = int(0.025 * (count - 1))
    # Half the digits sort in half the time, and no range is read to seven of them.
    ordered = np.sort(draws.astype(np.float32), axis=-1)
    ends = ordered[..., low].astype(float), ordered[..., count - 1 - low].astype(float)
    # What rounding may have taken off: the point of draws that are all alike lies in its range.
    return ends[0] - _ROUNDED * np.abs(ends[0]), ends[1] + _ROUNDED * np.abs(ends[1])


def share_below_zero(drawn: np.ndarray) -> float:
    """Return how often a difference is a benefit; no difference counts half."""
    return float(np.mean(drawn < 0) + 0.5 * np.mean(drawn == 0))


class Outlook:
    """The risks of every outcome under current care, and under any plan beside it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        shown = {name: b for name, b in ground.baselines.items() if b.increments is not None and name in OUTCOMES}
        self._now = {name: baseline.risks(1.0) for name, baseline in shown.items()}
        self._band = {name: spread(risks[:, 1:]) for name, risks in self._now.items()}
        self._latest: tuple[Trajectory | None, dict[str, np.ndarray]] = (None, {})

    def risks(self, outcome: str, trajectory: Trajectory | None) -> np.ndarray:
        """Return the risk at the end of each interval, shape (intervals, 1 + draws)."""
        if trajectory is None:
            return self._now[outcome]
        latest, known = self._latest  # one reference: another thread may replace it in between
        if latest is not trajectory:
            known = {}
            self._latest = (trajectory, known)
        if outcome not in known:
            ratio = ratio_of(outcome, trajectory, self.ground.shares)
            base = self.ground.baselines[outcome]
            known[outcome] = self._now[outcome] if ratio is None else base.risks(ratio)
        return known[outcome]

    def ratios(self, trajectory: Trajectory) -> dict[str, Ratio]:
        """Return the hazard ratio at the horizon of every outcome that a plan touches, shown or not."""
        found = {}
        for outcome in (*OUTCOMES, *RELATIVE):
            if outcome in PARTS and outcome not in self.ground.shares:
                continue
            ratio = ratio_of(outcome, trajectory, self.ground.shares)
            if ratio is not None:
                low, high = spread(ratio[-1, 1:])
                found[outcome] = Ratio(float(ratio[-1, 0]), float(low), float(high))
        return found

    def result(self, outcome: str, trajectory: Trajectory | None) -> OutcomeResult:
        """Return one outcome under current care (`trajectory` ``None``) or under a plan."""
        estimate = self.ground.baselines[outcome].estimate
        if isinstance(estimate, Withheld):
            return self.withheld(outcome, estimate)
        if trajectory is not None:
            words, variables = lacks(outcome, trajectory)
            if words:
                reason = Withheld(outcome, self.ground.horizon_years, "", ". ".join(words) + ".", variables)
                return self.withheld(outcome, reason)
        return self._shown(outcome, trajectory, estimate)

    def withheld(self, outcome: str, reason: Withheld) -> OutcomeResult:
        """Return an outcome without numbers, and why."""
        return OutcomeResult(outcome, self.ground.horizon_years, reason, None, None, None, None, None, None)

    def _shown(self, outcome: str, trajectory: Trajectory | None, estimate: RiskEstimate) -> OutcomeResult:
        risks, now = self.risks(outcome, trajectory), self._now[outcome]
        # The equation's own digits, which the way through the hazard keeps but for the last.
        risk = risks[-1, 0] + (estimate.risk - now[-1, 0])
        low, high = self._band[outcome] if risks is now else spread(risks[:, 1:])
        curve = Curve(np.asarray(self.ground.setting.edges), _from_zero(risks[:, 0]), _from_zero(low), _from_zero(high))
        difference = better = None
        if trajectory is not None:
            drawn = risks[-1, 1:] - now[-1, 1:]
            difference = Difference(float(risks[-1, 0] - now[-1, 0]), *(float(end) for end in spread(drawn)))
            better = share_below_zero(drawn)
        horizon = self.ground.horizon_years
        return OutcomeResult(
            outcome, horizon, estimate, float(risk), float(low[-1]), float(high[-1]), difference, better, curve
        )


@lru_cache(maxsize=4)
def outlook_of(ground: Ground) -> Outlook:
    """Return the outlook on a ground; the plans tried on one ground share it."""
    return Outlook(ground)


def event_free_years(events: OutcomeResult) -> float | None:
    """Return the years of the horizon without a cardiovascular event, deaths from other causes not counted."""
    if events.curve is None:
        return None
    return float(np.trapezoid(1.0 - events.curve.mean, events.curve.years))


def _from_zero(values: np.ndarray) -> np.ndarray:
    return np.concatenate(([0.0], values))
