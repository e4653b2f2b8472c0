"""What could we do for this patient?"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StartTherapy:
    """Start a drug at a dose; `therapy` is a name of ``data/therapies.csv``.

    `start` and `stop` are years from the start of the plan; `adherence` is the share of doses taken, 0 to 1.
    A therapy of an ingredient that the patient already takes replaces that course (a dose step).
    """

    therapy: str
    adherence: float = 1.0
    start: float = 0.0
    stop: float | None = None


@dataclass(frozen=True, slots=True)
class StopTherapy:
    """Stop a drug of the current list, by ingredient."""

    ingredient: str
    start: float = 0.0


@dataclass(frozen=True, slots=True)
class ChangeVariable:
    """A stated change of a variable in its canonical unit, whatever brings it about; negative is a fall."""

    variable: str
    change: float


@dataclass(frozen=True, slots=True)
class Lifestyle:
    """A change of habit, kept up.

    ``smoking`` stops, ``diet`` becomes the DASH diet (`amount` unused); ``weight`` changes by `amount` kg,
    ``activity`` by minutes a week, ``sodium`` by grams of sodium a day, ``alcohol`` by grams of it a day (0 stops).
    """

    habit: Literal["smoking", "weight", "activity", "sodium", "diet", "alcohol"]
    amount: float = 0.0


Change = StartTherapy | StopTherapy | ChangeVariable | Lifestyle


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of changes that begin `start` years from today. A plan without changes is current care."""

    name: str
    changes: tuple[Change, ...] = ()
    start: float = 0.0


CURRENT_CARE = Plan("Current care")
