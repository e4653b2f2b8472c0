"""Which measurement would narrow what is known of this person, or put another plan first?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.evidence.cards import OUTCOMES
from twin.physiology.longitudinal import Twin, forecast
from twin.physiology.longitudinal.preposterior import Clues, after, clues, drawn_from, with_belief
from twin.plans.choices import factors_for
from twin.plans.ground import Ground
from twin.plans.next_test_allows import allowed, never_measured
from twin.plans.next_test_benefits import Benefits, benefits_of
from twin.plans.next_test_measurements import Measurement, measurements
from twin.plans.next_test_value import Value, explained, value_of
from twin.plans.outcomes import outlook_of, spread
from twin.plans.plan import Plan
from twin.record.patient import Measurement as Reading
from twin.record.patient import Patient
from twin.risk.choose import choices

IN_A_YEAR = 365.25  # days
GAINS_TOO = 0.02  # share of its spread that another variable must lose to be named


@dataclass(frozen=True, slots=True)
class Range:
    """An 80 % range before a test, and as wide as it would be after it about the same middle."""

    low: float
    high: float
    low_after: float
    high_after: float

    @property
    def narrowed(self) -> float:
        """Return the share of its width that a test would take away."""
        width = self.high - self.low
        return 1.0 - (self.high_after - self.low_after) / width if width > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a test would tell of one variable, canonical unit.

    `now` is the range of the underlying level today, `in_a_year` that of a new value in a year, as forecasts show it.
    `last` is the newest value on record; ``None`` if it was never measured, and then `now` begins as what is usual.
    """

    variable: str
    is_measured: bool  # by the test itself, not only through what goes with it
    last: Reading | None
    now: Range
    in_a_year: Range


@dataclass(frozen=True, slots=True, eq=False)
class NextTest:
    """What one measurement would do.

    `risks` holds the likely range (95 %, of the draws) of each outcome under current care by the horizon, `allows`
    the risks and the effects that could be worked out with it. `value` is ``None`` where no plans can be compared.
    """

    measurement: Measurement
    narrowings: tuple[Narrowing, ...]
    risks: Mapping[str, Range]
    allows: tuple[str, ...]
    value: Value | None

    @property
    def narrowed(self) -> float:
        """Return the largest share that it takes off the range of a level it measures."""
        return max((one.now.narrowed for one in self.narrowings if one.is_measured), default=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class NextTests:
    """Every measurement, those first after which the order of the plans changes most often, then the most narrowing."""

    tests: tuple[NextTest, ...]
    benefits: Benefits
    horizon_years: int


def single_changes(ground: Ground) -> tuple[Plan, ...]:
    """Return each usual decision for this person as a plan of its own."""
    return tuple(Plan(option.label, option.changes) for factor in factors_for(ground) for option in factor.options)


def next_tests(
    ground: Ground,
    twin: Twin,
    plans: Sequence[Plan],
    *,
    outcome: str = "cvd",
    offered: Sequence[Measurement] | None = None,
) -> NextTests:
    """Say of each measurement what a result of today would do.

    Parameters
    ----------
    ground
        What the plans stand on; its draws and seed are used throughout.
    plans
        To be compared with each other and with current care.
    outcome
        What is counted where CVD cannot be estimated.
    offered
        All of ``data/measurements.csv`` unless given.

    Notes
    -----
    What is narrower is exact for the twin (see `preposterior`); the risk's range and the order of the plans rest on
    the draws (see `next_test_value`). A risk's range keeps its shape and loses width as its variance does.
    """
    patient, on = ground.patient, ground.on
    drawn = drawn_from(twin, draws=ground.setting.draws, seed=ground.setting.seed)
    risks = {name: outlook_of(ground).risks(name, None)[-1, 1:] for name in _drawn_risks(ground)}
    benefits = benefits_of(ground, twin, plans, outcome=outcome)
    before = choices(patient, on=on)
    tests = []
    for measurement in offered or measurements().values():
        whole = with_belief(twin, patient, measurement.variables)
        shown = clues(twin, whole, measurement.planned, drawn)
        new = never_measured(patient, measurement.variables, on=on)
        tests.append(
            NextTest(
                measurement,
                _narrowings(patient, whole, measurement, on),
                _risk_ranges(shown, risks),
                (*allowed(patient, whole, new, on=on, before=before), *_effects_allowed(benefits, new)),
                value_of(shown, benefits.values) if len(benefits.plans) > 1 else None,
            )
        )
    return NextTests(tuple(sorted(tests, key=_order)), benefits, ground.horizon_years)


def _drawn_risks(ground: Ground) -> list[str]:
    """Return the outcomes whose risk has a number and hangs on what is measured: not death, by age and sex alone."""
    return [name for name in OUTCOMES if name != "death" and ground.has(name)]


def _order(test: NextTest) -> tuple[float, float]:
    changes = test.value.changes if test.value and test.value.is_clear else 0.0
    return -round(changes, 2), -test.narrowed


def _effects_allowed(benefits: Benefits, new: Sequence[str]) -> tuple[str, ...]:
    """Return the plans whose numbers wait for these variables alone."""
    return tuple(f"Effect of {plan}" for plan, needs in benefits.lacking.items() if needs and set(needs) <= set(new))


def _risk_ranges(shown: Clues, risks: Mapping[str, np.ndarray]) -> dict[str, Range]:
    if not risks:
        return {}
    found = {}
    for (name, drawn), share in zip(risks.items(), explained(shown, np.stack([*risks.values()])), strict=True):
        (low, high), middle, left = spread(drawn), drawn.mean(), np.sqrt(1.0 - share)
        ends = (low, high, middle + left * (low - middle), middle + left * (high - middle))
        found[name] = Range(*(float(end) for end in ends))
    return found


def _narrowings(patient: Patient, whole: Twin, measurement: Measurement, on: date) -> tuple[Narrowing, ...]:
    """Return the variables a test measures and those that gain with them, the measured ones first."""
    surer = after(whole, measurement.planned)
    if surer is whole:
        return ()
    spreads = np.sqrt([[_level_variance(one, name) for name in whole.variables] for one in (whole, surer)])
    gains = dict(zip(whole.variables, 1.0 - spreads[1] / spreads[0], strict=True))
    measured = [name for name in measurement.variables if whole.has(name)]
    others = sorted((n for n, g in gains.items() if g >= GAINS_TOO and n not in measured), key=lambda n: -gains[n])
    found = []
    for name in (*measured, *others):
        (now, later), (now_after, later_after) = (_ranges(one, name) for one in (whole, surer))
        last = patient.latest(name, on)
        found.append(Narrowing(name, name in measured, last, Range(*now, *now_after), Range(*later, *later_after)))
    return tuple(found)


def _level_variance(twin: Twin, name: str) -> float:
    row, _ = twin.combination(name, twin.now)
    return float(row @ twin.covariance @ row)


def _ranges(twin: Twin, name: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the 80 % range of the level today and of a new value in a year."""
    bands = forecast(twin, np.array([0.0, IN_A_YEAR]), name)
    return (
        (float(bands.level_low80[0]), float(bands.level_high80[0])),
        (float(bands.low80[1]), float(bands.high80[1])),
    )
