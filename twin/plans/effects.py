"""What does each change of a plan do to the body and to the hazards, and how surely?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.evidence.cards import OUTCOME_LABELS, Card, Effect, cards, effects
from twin.evidence.pathways import ENDPOINTS, direct_effects, pathway
from twin.evidence.therapies import biomarker_effects
from twin.plans.draws import estimates, log_ratio
from twin.plans.plan import ChangeVariable, Lifestyle, Plan
from twin.plans.regimen import Course, Regimen
from twin.record.patient import Patient
from twin.units import difference_to_canonical
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
    """What the effects of a plan are worked out for: the person, the grid of years and the draws."""

    patient: Patient
    on: date
    edges: tuple[float, ...]
    draws: int
    seed: int
    response: Response


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


def meets(patient: Patient, requirement: str, *, on: date) -> bool:
    """Say whether a person has what every participant had: ``a|b`` or ``variable >= number``."""
    if ">=" in requirement:
        name, _, limit = requirement.partition(">=")
        latest = patient.latest(name.strip(), on)
        return latest is not None and latest.value >= float(limit)
    if requirement == "smoking":
        return patient.smoking is not None and patient.smoking.status == "current"
    return any(patient.has(concept, on) for concept in requirement.split("|"))


def concerns(card: Card, patient: Patient, *, on: date) -> bool:
    """Say whether a card's result can be carried over to a person at all."""
    return all(meets(patient, requirement, on=on) for requirement in card.population.requires)


def actions_of(plan: Plan, drugs: Regimen, setting: Setting) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """Return what each change of a plan does, and what could not be used."""
    built, problems = [], list(drugs.problems)
    for course in drugs.courses:
        action, left_out = _of_course(course, setting)
        built.append(action)
        problems += left_out
    for change in plan.changes:
        if isinstance(change, ChangeVariable):
            action, left_out = _of_statement(change.variable, change.change, plan.start, setting)
        elif isinstance(change, Lifestyle):
            action, left_out = _of_habit(change, plan.start, setting)
        else:
            continue
        built.append(action)
        problems += left_out
    return tuple(built), tuple(dict.fromkeys(problems))


def _of_course(course: Course, setting: Setting) -> tuple[Action, list[str]]:
    therapy, edges = course.therapy, np.asarray(setting.edges)
    used, left_out = [], []

    def usable(effect: Effect) -> bool:
        fits = concerns(cards()[effect.card], setting.patient, on=setting.on)
        if not fits:
            left_out.append(_not_carried_over(therapy.label, effect))
        return fits

    def presence(onset_days: float) -> np.ndarray:
        share = exposure(edges, start=course.start, stop=course.stop, onset_days=onset_days)
        return course.adherence * share

    shifts = []
    for effect in filter(usable, biomarker_effects(therapy.name)):
        drawn = estimates(effect, draws=setting.draws, seed=setting.seed)
        slope, offset = effect.line(drawn)
        response = setting.response(course, effect)
        shifts.append(
            Shift(
                effect.variable,
                slope * response,
                offset * response,
                presence(effect.onset_days),
                course.is_removal,
                effect.measure == "percent_change" or effect.baseline_slope != 0.0,
            )
        )
        used.append(effect.card)
    directs = []
    for outcome in ENDPOINTS:
        for effect in filter(usable, direct_effects(therapy.agents(), therapy.drug_class, outcome)):
            ratio = log_ratio(effect, draws=setting.draws, seed=setting.seed)
            sign = -1.0 if course.is_removal else 1.0
            directs.append(Direct(effect.outcome, sign * ratio, presence(effect.onset_days)))
            used.append(effect.card)
    mediated = frozenset(o for o in ENDPOINTS if pathway(therapy.drug_class, o).path == "mediator")
    return Action(
        therapy.ingredient, therapy.drug_class, tuple(shifts), tuple(directs), mediated, tuple(dict.fromkeys(used))
    ), left_out


def in_words(requirement: str) -> str:
    """Say a condition path, several, or a limit of a variable in plain words."""
    if ">=" in requirement:
        name, _, limit = requirement.partition(">=")
        known = variable(name.strip())
        return f"{known.short_label} of {limit.strip()} {known.unit} or more"
    return " or ".join(_concept_in_words(part) for part in requirement.split("|"))


def _concept_in_words(concept: str) -> str:
    *general, last = concept.split("/")
    words = f"{last} {general[-1]}" if last.startswith("type_") else last
    return words.replace("_", " ")


def _not_carried_over(label: str, effect: Effect) -> str:
    needs = " and ".join(in_words(need) for need in cards()[effect.card].population.requires)
    target = variable(effect.variable).label if effect.variable else OUTCOME_LABELS[effect.outcome]
    return f"{label}: the effect on {target} was shown only in people with {needs}; not carried over"


def _of_statement(name: str, change: float, start: float, setting: Setting) -> tuple[Action, list[str]]:
    """Build the action of a stated change of a variable, and of what is known to follow from it."""
    variable(name)  # an unknown name is refused here
    edges = np.asarray(setting.edges)
    width = 1 + setting.draws
    share = exposure(edges, start=start, stop=None, onset_days=0.0)
    shifts = [Shift(name, np.zeros(width), np.full(width, change), share, False, False)]
    used = []
    for effect in effects("link"):
        if effect.agent != name or not concerns(cards()[effect.card], setting.patient, on=setting.on):
            continue
        drawn = difference_to_canonical(
            effect.variable, estimates(effect, draws=setting.draws, seed=setting.seed), effect.unit
        )
        shifts.append(Shift(effect.variable, np.zeros(width), drawn * (change / effect.per), share, False, False))
        used.append(effect.card)
    left_out = []
    if not any(shift.variable == effect.variable for shift in shifts for effect in effects("mediator")):
        left_out.append(f"No trial evidence on file links a change of {variable(name).label} to the outcomes")
    return Action(name, name, tuple(shifts), (), frozenset(ENDPOINTS), tuple(dict.fromkeys(used))), left_out


def _of_habit(change: Lifestyle, start: float, setting: Setting) -> tuple[Action, list[str]]:
    if change.habit == "weight":
        return _of_statement("weight", change.amount, start, setting)
    smokes = setting.patient.smoking is not None and setting.patient.smoking.status == "current"
    if not smokes:
        return Action("smoking", "smoking", (), (), frozenset(), ()), [
            "No current smoking is on record; stopping changes nothing"
        ]
    edges = np.asarray(setting.edges)
    directs, used = [], []
    for outcome in ENDPOINTS:
        for effect in direct_effects(("smoking_cessation",), "smoking_cessation", outcome):
            share = exposure(edges, start=start, stop=None, onset_days=effect.onset_days)
            directs.append(Direct(effect.outcome, log_ratio(effect, draws=setting.draws, seed=setting.seed), share))
            used.append(effect.card)
    return Action("smoking", "smoking", (), tuple(directs), frozenset(), tuple(dict.fromkeys(used))), []
