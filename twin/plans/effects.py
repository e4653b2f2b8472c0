"""In which shape does a change of a plan act on the body and on the hazards, and how surely?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.evidence.cards import OUTCOME_LABELS, Effect, cards, effects
from twin.plans.draws import estimates, log_ratio
from twin.plans.people import in_words
from twin.plans.regimen import Course
from twin.record.patient import Patient
from twin.variables import variable

DAYS_PER_YEAR = 365.25
Response = Callable[[Course, Effect], np.ndarray]  # multiplier of an effect for this patient; column 0 is the point


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """A change of one variable as a line over its value before: value x (1 + slope) + offset.

    `slope` and `offset` hold the point and the draws, shape (1 + draws,); `exposure` is the share of the full
    effect in each interval of time, shape (intervals,). A removal runs the line backwards.
    """

    variable: str
    slope: np.ndarray
    offset: np.ndarray
    exposure: np.ndarray
    is_removal: bool
    needs_level: bool


@dataclass(frozen=True, slots=True, eq=False)
class Direct:
    """A trial's own ratio for one outcome or part of one: log ratio, shape (1 + draws,), and exposure."""

    outcome: str
    log_ratio: np.ndarray
    exposure: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One change with all it does.

    `mediated` are the outcomes it reaches through its shifts. Two actions of one `cause` (a class, a variable, a
    habit) are steps of one treatment, not two treatments.
    """

    name: str
    cause: str
    shifts: tuple[Shift, ...]
    directs: tuple[Direct, ...]
    mediated: frozenset[str]
    cards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the effects of a plan are worked out for: the person, the grid of years and the draws.

    `suited` says of a card whether its results can be carried over to this person at all, `widening` by how much its
    range is wider than for the people of its trials.
    """

    patient: Patient
    on: date
    edges: tuple[float, ...]
    draws: int
    seed: int
    response: Response
    suited: Callable[[str], bool]
    widening: Callable[[str], float]

    def suits(self, effect: Effect) -> bool:
        """Say whether a result can be carried over to the person at all."""
        return self.suited(effect.card)

    def log_ratio(self, effect: Effect) -> np.ndarray:
        """Return draws of the logarithm of a ratio for this person."""
        return log_ratio(effect, draws=self.draws, seed=self.seed, widen=self.widening(effect.card))

    def estimates(self, effect: Effect) -> np.ndarray:
        """Return draws of an effect on a variable, or of a rate difference, for this person."""
        return estimates(effect, draws=self.draws, seed=self.seed, widen=self.widening(effect.card))


def exposure(edges: np.ndarray, *, start: float, stop: float | None, onset_days: float) -> np.ndarray:
    """Return the average share of the full effect in each interval.

    The effect approaches its full size with the time constant `onset_days` after `start` and leaves with the same
    one after `stop`.

    Parameters
    ----------
    edges
        Ends of the intervals. [years from today]
    start, stop
        First and last day of the effect's cause. [years from today]
    """

    def area(since: float) -> np.ndarray:
        time = np.maximum(edges - since, 0.0)
        constant = onset_days / DAYS_PER_YEAR
        return time + constant * np.expm1(-time / constant) if constant > 0 else time

    total = area(start) if stop is None else area(start) - area(stop)
    return np.diff(total) / np.diff(edges)


def mediators_for(setting: Setting) -> tuple[Effect, ...]:
    """Return the results that lead from a variable to an outcome in people like this one."""
    return tuple(effect for effect in effects("mediator") if setting.suits(effect))


def suiting(candidates: Sequence[Sequence[Effect]], setting: Setting) -> tuple[list[Effect], list[Effect]]:
    """Return for each target the first result that suits the person, and the preferred one where none does."""
    chosen, missed = [], []
    for options in candidates:
        found = next((effect for effect in options if setting.suits(effect)), None)
        if found is None:
            missed.append(options[0])
        else:
            chosen.append(found)
    return chosen, missed


def not_carried_over(what: str, left_out: Sequence[Effect]) -> list[str]:
    """Say which effects were not used since the trials were about other people, a line a kind of people."""
    targets: dict[str, list[str]] = {}
    for effect in left_out:
        people = " and ".join(in_words(need) for need in cards()[effect.card].population.requires)
        label = OUTCOME_LABELS[effect.outcome] if effect.outcome else variable(effect.variable).label
        targets.setdefault(people, []).append(label)
    return [
        f"{what}: the effect on {', '.join(dict.fromkeys(labels))} was shown only in people with {people}; "
        "not carried over"
        for people, labels in targets.items()
    ]
