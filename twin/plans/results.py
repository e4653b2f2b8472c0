"""What does a comparison of plans say about each of them?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from twin.plans.plan import Plan
from twin.risk.results import Estimate

Certainty = Literal["high", "moderate", "low", "very_low"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Risk with the plan minus risk under current care, with its 95 % range; negative is benefit."""

    mean: float
    low: float
    high: float

    @property
    def spans_zero(self) -> bool:
        """Say whether the range leaves open which side of zero it is."""
        return self.low < 0 < self.high


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Cumulative risk by year with its 95 % range, from year 0 to the horizon."""

    years: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeResult:
    """How likely one outcome is by the horizon under one plan.

    `risk` is ``None`` when it is withheld; `baseline` then says why. `difference` and `p_better` are
    ``None`` for current care.
    """

    outcome: str
    horizon_years: int
    baseline: Estimate
    risk: float | None
    low: float | None
    high: float | None
    difference: Difference | None
    p_better: float | None
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class HarmResult:
    """How likely one harm of treatment is by the horizon, above what happens anyway.

    `basis` says whose rate that is, `source_id` where it was read (``data/sources.csv``); the ratio is on the cards
    of `evidence`.
    """

    harm: str
    label: str
    risk: float | None
    low: float | None
    high: float | None
    difference: Difference | None
    evidence: tuple[str, ...]
    is_serious: bool = True
    basis: str = ""
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One coded safety check of one plan."""

    code: str
    title: str
    result: Literal["found", "clear", "not_applicable"]
    text: str
    source: str
    is_stop: bool = False  # a found stop withholds the plan's numbers


@dataclass(frozen=True, slots=True)
class Compared:
    """One point in which a person is compared with the people of a card; numbers where there are some to draw."""

    label: str
    status: Literal["inside", "outside", "unknown"]
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """A person beside the people of one evidence card; `outside` is empty where they resemble each other.

    `outside` holds also what is not on record. `widening` multiplies the range of the card's results for this
    person, by the rule of `twin.plans.applicability`.
    """

    card: str
    title: str
    population: str
    outside: tuple[str, ...]
    compared: tuple[Compared, ...] = ()
    widening: float = 1.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A plan's hazard ratio for one outcome at the horizon, with its 95 % range; below 1 is benefit."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class NetBenefit:
    """Serious events prevented less serious harms caused by the horizon, as a share of people; negative is harm.

    `prevented` and `caused` are its parts, weighted, by outcome and by harm. `passes_harm_at` is the year from which
    benefit stays ahead, ``None`` if it is not ahead at the horizon. `curve` is the net by year, `drawn` the net at the
    horizon, the point first and then each draw. `rule` says what was counted and how, `not_counted` what could not be.
    """

    mean: float
    low: float
    high: float
    p_positive: float
    prevented: Mapping[str, float]
    caused: Mapping[str, float]
    passes_harm_at: float | None
    curve: Curve
    drawn: np.ndarray
    rule: str
    not_counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlanResult:
    """All that is said of one plan, or of current care."""

    plan: Plan
    outcomes: Mapping[str, OutcomeResult]
    harms: Mapping[str, HarmResult]
    event_free_years: float | None  # of the horizon, without CVD
    checks: tuple[Check, ...]
    evidence: tuple[str, ...]  # card ids
    certainty: Certainty | None  # the lowest of the cards; None without effects
    burden: str  # "2 tablets a day", "No change"
    variables: Mapping[str, float]  # expected change of each variable at the horizon, canonical unit
    caveats: tuple[str, ...]  # such as the one on multiplying effects
    problems: tuple[str, ...]
    fits: tuple[Fit, ...] = ()  # one a card, in the order of `evidence`
    ratios: Mapping[str, Ratio] = field(default_factory=dict)  # of what is touched, also where no risk is shown
    net_benefit: NetBenefit | None = None  # None for current care, or without an estimate of CVD


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Plans beside current care for one person on one day."""

    patient_id: str
    on: date
    horizon_years: int
    current_care: PlanResult
    plans: tuple[PlanResult, ...]
    draws: int
    seed: int
