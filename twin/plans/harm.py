"""How often does treatment itself do harm, beside what happens anyway?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from twin.evidence.cards import Effect
from twin.evidence.harms import Harm, harm_effects, harms
from twin.plans.draws import estimates, log_ratio
from twin.plans.effects import exposure
from twin.plans.ground import Ground
from twin.plans.outcomes import spread
from twin.plans.regimen import Course, Regimen, current_therapies
from twin.plans.results import Difference, HarmResult

_LONG_AGO = -100.0  # years: a drug of today has reached its full effect, and its early harms are over


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
    return [Course(t, 1.0, _LONG_AGO, ends.get(name), False) for name, t in taken.items()]


def _exposures(courses: Sequence[Course], harm: Harm, ground: Ground) -> dict[Effect, np.ndarray]:
    """Return how far each card's effect on a harm is at work in each interval.

    Drugs that one card speaks of act once, at the strongest: the trials compared more treatment with less, not
    each drug with none.
    """
    edges = np.asarray(ground.setting.edges)
    strongest: dict[str, tuple[Effect, np.ndarray]] = {}
    for course in courses:
        for effect in harm_effects(course.therapy.agents()):
            if effect.outcome != harm.id:
                continue
            share = course.adherence * _share(edges, course, effect)
            known = strongest.get(effect.card)
            if known is None:
                strongest[effect.card] = (effect, share)
            else:
                more = max(known[0], effect, key=lambda e: e.estimate)
                strongest[effect.card] = (more, np.maximum(known[1], share))
    return dict(strongest.values())


def _change(ground: Ground, drugs: Regimen, harm: Harm) -> dict[Effect, np.ndarray]:
    """Return what a plan adds to usual care, or takes from it; a drug in place of another is neither."""
    stopped = [replace(course, is_removal=False) for course in drugs.courses if course.is_removal]
    taken = {effect.card: (effect, share) for effect, share in _exposures(stopped, harm, ground).items()}
    found = {}
    for effect, share in _exposures(drugs.started, harm, ground).items():
        _, before = taken.pop(effect.card, (None, 0.0))
        found[effect] = share - before
    return {**found, **{effect: -share for effect, share in taken.values()}}


def _hazard(ground: Ground, exposures: Mapping[Effect, np.ndarray], harm: Harm) -> np.ndarray:
    """Return the cumulative hazard by the horizon, shape (1 + draws,)."""
    exposures = {effect: share for effect, share in exposures.items() if share.any()}
    if not exposures:
        return np.full(1 + ground.setting.draws, (harm.rate or 0.0) / 100.0 * ground.horizon_years)
    draws, seed = ground.setting.draws, ground.setting.seed
    log_rate, extra = 0.0, 0.0
    for effect, share in exposures.items():
        if effect.measure == "rate_difference":
            extra = extra + share[:, None] * estimates(effect, draws=draws, seed=seed) / 100.0
        else:
            log_rate = log_rate + share[:, None] * log_ratio(effect, draws=draws, seed=seed)
    width = np.diff(ground.setting.edges)[:, None]
    total = np.sum(width * ((harm.rate or 0.0) / 100.0 * np.exp(log_rate) + extra), axis=0)
    return np.maximum(total, 0.0)


def _share(edges: np.ndarray, course: Course, effect: Effect) -> np.ndarray:
    stop = course.stop
    if effect.lasts_years is not None:
        over = course.start + effect.lasts_years
        stop = over if stop is None else min(stop, over)
    return exposure(edges, start=course.start, stop=stop, onset_days=0.0)


def _result(ground: Ground, drugs: Regimen | None, harm: Harm) -> HarmResult:
    usual = harm.rate_is == "treated"
    now = {} if usual else _exposures(_current(ground, None), harm, ground)
    risk_now = -np.expm1(-_hazard(ground, now, harm))
    if drugs is None:
        return _as_result(harm, risk_now, None, now)
    if usual:
        then = _change(ground, drugs, harm)
    else:
        then = _exposures([*_current(ground, drugs), *drugs.started], harm, ground)
    risk = -np.expm1(-_hazard(ground, then, harm))
    least, most = spread(risk[1:] - risk_now[1:])
    difference = Difference(float(risk[0] - risk_now[0]), float(least), float(most))
    return _as_result(harm, risk, difference, then)


def _as_result(
    harm: Harm, risk: np.ndarray, difference: Difference | None, exposures: Mapping[Effect, np.ndarray]
) -> HarmResult:
    low, high = spread(risk[1:])
    basis = harm.population if harm.rate is None else f"{harm.rate:g} per 100 person-years: {harm.population}"
    return HarmResult(
        harm=harm.id,
        label=harm.label,
        risk=float(risk[0]),
        low=float(low),
        high=float(high),
        difference=difference,
        evidence=tuple(dict.fromkeys(effect.card for effect in exposures)),
        is_serious=harm.is_serious,
        basis=basis,
        source_id=harm.source_id,
    )
