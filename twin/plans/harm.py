"""How often does treatment itself do harm, beside what happens anyway?"""

from collections.abc import Mapping, Sequence

import numpy as np

from twin.evidence.cards import Effect
from twin.evidence.harms import Harm, harm_effects, harms
from twin.plans.draws import estimates, log_ratio
from twin.plans.effects import exposure
from twin.plans.ground import Ground
from twin.plans.outcomes import spread
from twin.plans.regimen import Course, Regimen, current_therapies
from twin.plans.results import Difference, HarmResult


def harms_in_play(ground: Ground, regimens: Sequence[Regimen]) -> tuple[Harm, ...]:
    """Return the harms that any drug of current care or of the plans can do to this person."""
    courses = [*_current(ground, None), *(course for drugs in regimens for course in drugs.courses)]
    named = {effect.outcome for course in courses for effect in harm_effects(course.therapy.agents())}
    return tuple(harm for harm in harms().values() if harm.id in named and _can_happen(harm, ground))


def _can_happen(harm: Harm, ground: Ground) -> bool:
    patient, on = ground.patient, ground.on
    return (not harm.only_if or patient.has(harm.only_if, on)) and not (harm.not_if and patient.has(harm.not_if, on))


def harm_results(ground: Ground, drugs: Regimen | None, in_play: Sequence[Harm]) -> Mapping[str, HarmResult]:
    """Return each harm by the horizon under current care (`drugs` ``None``) or under a plan."""
    return {harm.id: _result(ground, drugs, harm) for harm in in_play}


def _current(ground: Ground, drugs: Regimen | None) -> list[Course]:
    """Return the drugs of today, each for as long as the plan lets it go on."""
    ends = {c.therapy.ingredient: c.start for c in drugs.courses if c.is_removal} if drugs else {}
    taken = current_therapies(ground.patient, on=ground.on)
    # A drug of today has long reached its full effect and its early harms are over.
    return [Course(t, 1.0, -100.0, ends.get(name), False) for name, t in taken.items()]


def _hazard(ground: Ground, courses: Sequence[Course], harm: Harm) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the cumulative hazard by the horizon, shape (1 + draws,), and the cards it rests on."""
    edges = np.asarray(ground.setting.edges)
    width = np.diff(edges)[:, None]
    draws, seed = ground.setting.draws, ground.setting.seed
    log_rate, extra, used = 0.0, 0.0, []
    for course in courses:
        for effect in harm_effects(course.therapy.agents()):
            if effect.outcome != harm.id:
                continue
            share = course.adherence * _share(edges, course, effect)[:, None]
            if effect.measure == "rate_difference":
                extra = extra + share * estimates(effect, draws=draws, seed=seed) / 100.0
            else:
                log_rate = log_rate + share * log_ratio(effect, draws=draws, seed=seed)
            used.append(effect.card)
    rate = (harm.rate or 0.0) / 100.0
    total = np.sum(width * (rate * np.exp(log_rate) + extra), axis=0)
    return np.broadcast_to(np.maximum(total, 0.0), (1 + draws,)), tuple(dict.fromkeys(used))


def _share(edges: np.ndarray, course: Course, effect: Effect) -> np.ndarray:
    stop = course.stop
    if effect.lasts_years is not None:
        over = course.start + effect.lasts_years
        stop = over if stop is None else min(stop, over)
    return exposure(edges, start=course.start, stop=stop, onset_days=0.0)


def _result(ground: Ground, drugs: Regimen | None, harm: Harm) -> HarmResult:
    now, cards = _hazard(ground, _current(ground, None), harm)
    risk_now = -np.expm1(-now)
    if drugs is None:
        low, high = spread(risk_now[1:])
        return HarmResult(harm.id, harm.label, float(risk_now[0]), float(low), float(high), None, cards)
    added = [course for course in drugs.courses if not course.is_removal]
    hazard, cards = _hazard(ground, [*_current(ground, drugs), *added], harm)
    risk = -np.expm1(-hazard)
    low, high = spread(risk[1:])
    least, most = spread(risk[1:] - risk_now[1:])
    difference = Difference(float(risk[0] - risk_now[0]), float(least), float(most))
    return HarmResult(harm.id, harm.label, float(risk[0]), float(low), float(high), difference, cards)
