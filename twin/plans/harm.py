"""How often does treatment itself do harm, beside what happens anyway?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.evidence.cards import Effect
from twin.evidence.harms import Harm, as_published, harm_effects, harms, rates_at
from twin.plans.effects import exposure
from twin.plans.ground import Ground, chance, summed
from twin.plans.outcomes import spread
from twin.plans.regimen import Course, Regimen, current_therapies
from twin.plans.results import Difference, HarmResult

_LONG_AGO = -100.0  # years: a drug of today has reached its full effect, and its early harms are over


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """What one card adds to a harm: a log ratio, or extra events per 100 person-years, and how far it is at work.

    `size` has one value a column, `share` one row an interval and one column or one a column.
    """

    is_extra: bool
    size: np.ndarray
    share: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class HarmCourse:
    """The risk of one harm by the end of each interval, shape (intervals, 1 + draws)."""

    harm: Harm
    risks: np.ndarray
    evidence: tuple[str, ...]


def harms_in_play(ground: Ground, regimens: Sequence[Regimen]) -> tuple[Harm, ...]:
    """Return the harms that any drug of current care or of the plans can do to this person."""
    courses = [*current_courses(ground, None), *(course for drugs in regimens for course in drugs.courses)]
    named = {effect.outcome for course in courses for effect in harm_effects(course.therapy.agents())}
    return tuple(harm for harm in harms().values() if harm.id in named and _can_happen(harm, ground))


def _can_happen(harm: Harm, ground: Ground) -> bool:
    patient, on = ground.patient, ground.on
    return (not harm.only_if or patient.has(harm.only_if, on)) and not (harm.not_if and patient.has(harm.not_if, on))


def current_courses(ground: Ground, drugs: Regimen | None) -> list[Course]:
    """Return the drugs of today, each for as long as the plan lets it go on."""
    ends = {c.therapy.ingredient: c.start for c in drugs.courses if c.is_removal} if drugs else {}
    patient, on = ground.patient, ground.on
    return [
        Course(known, patient.share_taken(name, on), _LONG_AGO, ends.get(name), False)
        for name, known in current_therapies(patient, on=on).items()
    ]


def harm_courses(ground: Ground, drugs: Regimen | None, in_play: Sequence[Harm]) -> dict[str, HarmCourse]:
    """Return each harm's course under current care (`drugs` ``None``) or under a plan."""
    return {harm.id: _course(ground, drugs, harm) for harm in in_play}


def harm_results(courses: Mapping[str, HarmCourse], now: Mapping[str, HarmCourse]) -> dict[str, HarmResult]:
    """Return each harm by the horizon; `courses` and `now` are one and the same for current care."""
    return {name: _result(course, None if courses is now else now[name]) for name, course in courses.items()}


def share_of(edges: np.ndarray, course: Course, effect: Effect) -> np.ndarray:
    """Return how far a course's harm is at work in each interval."""
    stop = course.stop
    if effect.lasts_years is not None:
        over = course.start + effect.lasts_years
        stop = over if stop is None else min(stop, over)
    return course.adherence * exposure(edges, start=course.start, stop=stop, onset_days=0.0)


def step_of(effect: Effect, course: Course) -> tuple[str, str]:
    """Return what of a course's harm is counted once: the drugs of one class that one card speaks of."""
    return effect.card, course.therapy.drug_class


def _exposures(courses: Sequence[Course], harm: Harm, ground: Ground) -> list[tuple[Effect, np.ndarray]]:
    """Return each effect on a harm and how far it is at work in each interval.

    Drugs of one class act once, at the strongest; each class is a step of its own, as in the trials, which compared
    treatment with none and more of it with less.
    """
    edges = np.asarray(ground.setting.edges)
    strongest: dict[tuple[str, str], tuple[Effect, np.ndarray]] = {}
    for course in courses:
        for effect in harm_effects(course.therapy.agents()):
            if effect.outcome != harm.id:
                continue
            share = share_of(edges, course, effect)
            if not share.any():  # stopped at once: it must not lend its size to what takes its place
                continue
            step = step_of(effect, course)
            known = strongest.get(step)
            if known is None:
                strongest[step] = (effect, share)
            else:
                more = max(known[0], effect, key=lambda e: e.estimate)
                strongest[step] = (more, np.maximum(known[1], share))
    return list(strongest.values())


def _course(ground: Ground, drugs: Regimen | None, harm: Harm) -> HarmCourse:
    started = () if drugs is None else drugs.started
    exposures = _exposures([*current_courses(ground, drugs), *started], harm, ground)
    terms = [
        Term(True, ground.setting.estimates(as_published(effect)), share[:, None])
        if effect.measure == "rate_difference"
        else Term(False, ground.setting.log_ratio(as_published(effect)), share[:, None])
        for effect, share in exposures
    ]
    evidence = tuple(dict.fromkeys(effect.card for effect, _ in exposures))
    return HarmCourse(harm, risks_of(ground, harm, terms, columns=1 + ground.setting.draws), evidence)


def risks_of(ground: Ground, harm: Harm, terms: Sequence[Term], *, columns: int) -> np.ndarray:
    """Return the risk of a harm by the end of each interval, shape (intervals, columns)."""
    edges = np.asarray(ground.setting.edges)
    age = ground.patient.age_years(ground.on)
    rate = rates_at(harm, ground.patient.sex, None if age is None else age + (edges[:-1] + edges[1:]) / 2.0)
    width, base = np.diff(edges)[:, None], np.broadcast_to(rate, len(edges) - 1)[:, None] / 100.0
    log_rate, extra = 0.0, 0.0
    for term in terms:
        if term.is_extra:
            extra = extra + term.share * term.size / 100.0
        else:
            log_rate = log_rate + term.share * term.size
    hazard = summed(width * np.maximum(base * np.exp(log_rate) + extra, 0.0))
    return np.broadcast_to(chance(hazard), (len(hazard), columns))


def _result(course: HarmCourse, now: HarmCourse | None) -> HarmResult:
    harm, risk = course.harm, course.risks[-1]
    difference = None
    if now is not None:
        before = now.risks[-1]
        least, most = spread(risk[1:] - before[1:])
        difference = Difference(float(risk[0] - before[0]), float(least), float(most))
    low, high = spread(risk[1:])
    return HarmResult(
        harm=harm.id,
        label=harm.label,
        risk=float(risk[0]),
        low=float(low),
        high=float(high),
        difference=difference,
        evidence=course.evidence,
        is_serious=harm.is_serious,
        basis=harm.basis,
        source_id=harm.source_id,
    )
