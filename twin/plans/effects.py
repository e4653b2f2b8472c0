"""What does each change of a plan do to the body and to the hazards, and how surely?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.evidence.cards import OUTCOME_LABELS, PARTS, Effect, cards, effects
from twin.evidence.pathways import ENDPOINTS, TARGETS, direct_candidates, pathway
from twin.evidence.therapies import biomarker_candidates
from twin.plans.draws import estimates, log_ratio
from twin.plans.habits import linked
from twin.plans.people import concerns, in_words
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
    """What the effects of a plan are worked out for: the person, the grid of years and the draws.

    `widening` gives for a card by how much its range is wider for this person than for those of its trials.
    """

    patient: Patient
    on: date
    edges: tuple[float, ...]
    draws: int
    seed: int
    response: Response
    widening: Callable[[str], float] = lambda card: 1.0

    def suits(self, effect: Effect) -> bool:
        """Say whether a result can be carried over to the person at all."""
        return concerns(cards()[effect.card], self.patient, on=self.on)

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
    return tuple(effect for effect in effects("mediator") if setting.suits(effect))


def _suiting(candidates: Sequence[Sequence[Effect]], setting: Setting) -> tuple[list[Effect], list[Effect]]:
    """Return for each target the first result that suits the person, and the preferred one where none does."""
    chosen, missed = [], []
    for options in candidates:
        found = next((effect for effect in options if setting.suits(effect)), None)
        if found is None:
            missed.append(options[0])
        else:
            chosen.append(found)
    return chosen, missed


def _of_course(course: Course, setting: Setting) -> tuple[Action, list[str]]:
    therapy = course.therapy
    moving, missed = _suiting(biomarker_candidates(therapy.name), setting)
    directs: list[Effect] = []
    mediated, instead = set(), []
    for outcome in TARGETS:
        way = pathway(therapy.drug_class, outcome)
        found, unsuited = _suiting(direct_candidates(therapy.agents(), therapy.drug_class, outcome), setting)
        if found:
            directs += [one for effect in found for one in (effect, *_beneath(effect, outcome, setting))]
        elif way.path == "mediator":
            mediated.add(outcome)
        elif way.otherwise == "mediator" and _leads(moving, outcome, setting):
            mediated.add(outcome)
            instead.append(OUTCOME_LABELS[outcome])
        elif outcome in ENDPOINTS:
            missed += unsuited
    action = Action(
        name=therapy.ingredient,
        cause=therapy.drug_class,
        shifts=tuple(_shift(effect, course, setting) for effect in moving),
        directs=tuple(_direct(effect, course, setting) for effect in directs),
        mediated=frozenset(mediated),
        cards=tuple(dict.fromkeys(effect.card for effect in (*moving, *directs))),
    )
    return action, [*_not_carried_over(therapy.label, missed), *_followed(therapy.label, instead, moving)]


def _beneath(effect: Effect, outcome: str, setting: Setting) -> list[Effect]:
    """Return the results of the drugs that the others of a trial took, which its own ratio comes on top of."""
    if effect.comparator is None:
        return []
    candidates = direct_candidates((effect.comparator,), effect.comparator, outcome)
    return [found for found in _suiting(candidates, setting)[0] if found.outcome == effect.outcome]


def _leads(moving: Sequence[Effect], outcome: str, setting: Setting) -> bool:
    """Say whether anything a therapy moves leads to an outcome in people like this one."""
    parts = (outcome, *PARTS.get(outcome, ()))
    followed = {effect.variable for effect in mediators_for(setting) if effect.outcome in parts}
    return any(effect.variable in followed for effect in moving)


def _followed(what: str, outcomes: Sequence[str], moving: Sequence[Effect]) -> list[str]:
    if not outcomes:
        return []
    through = " and ".join(dict.fromkeys(variable(effect.variable).label for effect in moving))
    return [f"{what}: no trial in people like this for {', '.join(outcomes)}; followed only through {through}"]


def _presence(effect: Effect, course: Course, setting: Setting) -> np.ndarray:
    edges = np.asarray(setting.edges)
    share = exposure(edges, start=course.start, stop=course.stop, onset_days=effect.onset_days)
    return course.adherence * share


def _shift(effect: Effect, course: Course, setting: Setting) -> Shift:
    slope, offset = effect.line(setting.estimates(effect))
    response = setting.response(course, effect)
    response = response[0] + (response - response[0]) * setting.widening(effect.card)
    return Shift(
        variable=effect.variable,
        slope=slope * response,
        offset=offset * response,
        exposure=_presence(effect, course, setting),
        is_removal=course.is_removal,
        needs_level=effect.measure == "percent_change" or effect.baseline_slope != 0.0,
    )


def _direct(effect: Effect, course: Course, setting: Setting) -> Direct:
    ratio = setting.log_ratio(effect)
    return Direct(effect.outcome, -ratio if course.is_removal else ratio, _presence(effect, course, setting))


def _not_carried_over(what: str, left_out: Sequence[Effect]) -> list[str]:
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


def _of_statement(name: str, change: float, start: float, setting: Setting) -> tuple[Action, list[str]]:
    """Build the action of a stated change of a variable, and of what is known to follow from it."""
    variable(name)  # an unknown name is refused here
    edges = np.asarray(setting.edges)
    width = 1 + setting.draws
    share = exposure(edges, start=start, stop=None, onset_days=0.0)
    following, used = _links(name, change, start, setting)
    shifts = (Shift(name, np.zeros(width), np.full(width, change), share, False, False), *following)
    moved = {shift.variable for shift in shifts}
    followed = mediators_for(setting)
    left_out = _not_carried_over(
        f"Change of {variable(name).label}",
        [e for e in effects("mediator") if e.variable in moved and e not in followed],
    )
    if not any(effect.variable in moved for effect in effects("mediator")):
        left_out.append(f"No trial evidence on file links a change of {variable(name).label} to the outcomes")
    return Action(name, name, shifts, (), frozenset(ENDPOINTS), used), left_out


def _links(agent: str, change: float, start: float, setting: Setting) -> tuple[tuple[Shift, ...], tuple[str, ...]]:
    """Return what follows from a change of a variable or a habit, and the cards that say so."""
    edges, width = np.asarray(setting.edges), 1 + setting.draws
    shifts, used = [], []
    for effect in effects("link"):
        if effect.agent != agent or not setting.suits(effect):
            continue
        drawn = difference_to_canonical(effect.variable, setting.estimates(effect), effect.unit)
        share = exposure(edges, start=start, stop=None, onset_days=effect.onset_days)
        shifts.append(Shift(effect.variable, np.zeros(width), drawn * (change / effect.per), share, False, False))
        used.append(effect.card)
    return tuple(shifts), tuple(dict.fromkeys(used))


def _of_habit(change: Lifestyle, start: float, setting: Setting) -> tuple[Action, list[str]]:
    if change.habit == "weight":
        return _of_statement("weight", change.amount, start, setting)
    if change.habit == "smoking":
        return _of_quitting(start, setting)
    agent, amount, said = linked(change)
    shifts, used = _links(agent, amount, start, setting)
    return Action(change.habit, change.habit, shifts, (), frozenset(ENDPOINTS), used), said


def _of_quitting(start: float, setting: Setting) -> tuple[Action, list[str]]:
    smokes = setting.patient.smoking is not None and setting.patient.smoking.status == "current"
    if not smokes:
        return Action("smoking", "smoking", (), (), frozenset(), ()), [
            "No current smoking is on record; stopping changes nothing"
        ]
    edges = np.asarray(setting.edges)
    directs, used = [], []
    for outcome in ENDPOINTS:
        for effect in _suiting(direct_candidates(("smoking_cessation",), "smoking_cessation", outcome), setting)[0]:
            share = exposure(edges, start=start, stop=None, onset_days=effect.onset_days)
            directs.append(Direct(effect.outcome, setting.log_ratio(effect), share))
            used.append(effect.card)
    return Action("smoking", "smoking", (), tuple(directs), frozenset(), tuple(dict.fromkeys(used))), []
