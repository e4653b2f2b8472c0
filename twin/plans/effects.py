"""What does each change of a plan do to the body and to the hazards, and how surely?"""

from collections.abc import Callable, Sequence
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


def mediators_for(setting: Setting) -> tuple[Effect, ...]:
    """Return the results that lead from a variable to an outcome in people like this one."""
    return tuple(
        effect for effect in effects("mediator") if concerns(cards()[effect.card], setting.patient, on=setting.on)
    )


def _of_course(course: Course, setting: Setting) -> tuple[Action, list[str]]:
    therapy = course.therapy
    moving = biomarker_effects(therapy.name)
    direct = [e for o in ENDPOINTS for e in direct_effects(therapy.agents(), therapy.drug_class, o)]
    used = {e: concerns(cards()[e.card], setting.patient, on=setting.on) for e in (*moving, *direct)}
    action = Action(
        name=therapy.ingredient,
        cause=therapy.drug_class,
        shifts=tuple(_shift(effect, course, setting) for effect in moving if used[effect]),
        directs=tuple(_direct(effect, course, setting) for effect in direct if used[effect]),
        mediated=frozenset(o for o in ENDPOINTS if pathway(therapy.drug_class, o).path == "mediator"),
        cards=tuple(dict.fromkeys(effect.card for effect, fits in used.items() if fits)),
    )
    return action, _not_carried_over(therapy.label, [effect for effect, fits in used.items() if not fits])


def _presence(effect: Effect, course: Course, setting: Setting) -> np.ndarray:
    edges = np.asarray(setting.edges)
    share = exposure(edges, start=course.start, stop=course.stop, onset_days=effect.onset_days)
    return course.adherence * share


def _shift(effect: Effect, course: Course, setting: Setting) -> Shift:
    slope, offset = effect.line(estimates(effect, draws=setting.draws, seed=setting.seed))
    response = setting.response(course, effect)
    return Shift(
        variable=effect.variable,
        slope=slope * response,
        offset=offset * response,
        exposure=_presence(effect, course, setting),
        is_removal=course.is_removal,
        needs_level=effect.measure == "percent_change" or effect.baseline_slope != 0.0,
    )


def _direct(effect: Effect, course: Course, setting: Setting) -> Direct:
    ratio = log_ratio(effect, draws=setting.draws, seed=setting.seed)
    return Direct(effect.outcome, -ratio if course.is_removal else ratio, _presence(effect, course, setting))


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


def _not_carried_over(what: str, left_out: Sequence[Effect]) -> list[str]:
    """Say which effects were not used since the trials were about other people, a line a kind of people."""
    targets: dict[str, list[str]] = {}
    for effect in left_out:
        people = " and ".join(in_words(need) for need in cards()[effect.card].population.requires)
        label = variable(effect.variable).label if effect.kind == "biomarker" else OUTCOME_LABELS[effect.outcome]
        targets.setdefault(people, []).append(label)
    return [
        f"{what}: the effect on {', '.join(dict.fromkeys(labels))} was shown only in people with {people}; "
        "not carried over"
        for people, labels in targets.items()
    ]


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
    moved = {shift.variable for shift in shifts}
    followed = mediators_for(setting)
    left_out = _not_carried_over(
        f"Change of {variable(name).label}",
        [e for e in effects("mediator") if e.variable in moved and e not in followed],
    )
    if not any(effect.variable in moved for effect in effects("mediator")):
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
