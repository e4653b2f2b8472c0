"""What does a risk estimate carry with it, and what does a refusal say?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InputUsed:
    """One input of an equation as it was used: value, unit, date, source, age.

    `value` is a number, ``True``/``False`` or a word. `time` is ``None`` for what has no date (sex,
    the absence of a diagnosis). `origin` is the resource it was read from, or a sentence such as
    "no diabetes in the problem list".
    """

    name: str
    label: str
    value: float | bool | str
    unit: str
    time: datetime | None
    age_days: int | None
    source: str
    origin: str


@dataclass(frozen=True, slots=True)
class RiskEstimate:
    """A published equation's answer for one person, with its receipt."""

    outcome: str
    horizon_years: int
    risk: float
    equation: str  # id@version
    source_id: str  # row of data/sources.csv
    inputs: tuple[InputUsed, ...]
    terms: Mapping[str, float] = field(default_factory=dict)  # contribution of each term to the linear predictor
    problems: tuple[str, ...] = ()  # what weakens it: old inputs, implausible values


@dataclass(frozen=True, slots=True)
class Withheld:
    """No estimate, and why: the words for the screen, and the variables by name."""

    outcome: str
    horizon_years: int
    equation: str
    clinical: str
    missing: tuple[str, ...] = ()
    out_of_range: tuple[str, ...] = ()


Estimate = RiskEstimate | Withheld


def equation_of(answer: Estimate) -> str:
    """Return the id of the equation that answered, without its version."""
    return answer.equation.partition("@")[0]


HAS_DIED = "This patient has died. No estimate shown."
