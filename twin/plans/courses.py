"""What does a drug, started or taken away, do to the body and to the hazards of this person?"""

from collections.abc import Sequence

import numpy as np

from twin.evidence.cards import OUTCOME_LABELS, PARTS, Effect
from twin.evidence.pathways import ENDPOINTS, TARGETS, Pathway, direct_candidates, pathway
from twin.evidence.therapies import biomarker_candidates
from twin.plans.effects import Action, Direct, Setting, Shift, exposure, mediators_for, not_carried_over, suiting
from twin.plans.regimen import Course
from twin.variables import variable


def of_course(course: Course, setting: Setting) -> tuple[Action, list[str]]:
    """Return what a course does, and what could not be used."""
    therapy = course.therapy
    moving, missed = suiting(biomarker_candidates(therapy.name), setting)
    directs: list[Effect] = []
    mediated, instead, silent = set(), [], []
    for outcome in TARGETS:
        way = pathway(therapy.drug_class, outcome)
        found, unsuited = suiting(direct_candidates(therapy.agents(), therapy.drug_class, outcome), setting)
        if found:
            for effect in _one_level(found, way):
                directs += [effect, *_beneath(effect, outcome, setting)]
        elif "mediator" in (way.path, way.otherwise) and _leads(moving, outcome, setting):
            mediated.add(outcome)
            instead += [outcome] if way.path == "direct" else []
        elif outcome in ENDPOINTS:
            missed += unsuited
            silent += [outcome] if way.path == "mediator" and not missed else []
    action = Action(
        name=therapy.ingredient,
        cause=therapy.drug_class,
        shifts=tuple(_shift(effect, course, setting) for effect in moving),
        directs=tuple(_direct(effect, course, setting) for effect in directs),
        mediated=frozenset(mediated),
        cards=tuple(dict.fromkeys(effect.card for effect in (*moving, *directs))),
    )
    return action, [
        *not_carried_over(therapy.label, missed),
        *_followed(therapy.label, instead, moving),
        *_silent(therapy.label, silent),
    ]


def _one_level(found: Sequence[Effect], way: Pathway) -> Sequence[Effect]:
    """Return results on an outcome or on its parts, never on both: those of the card that the pathway names first."""
    if len({effect.outcome in PARTS for effect in found}) == 1:
        return found
    first = min((effect.card for effect in found), key=way.cards.index)
    return [effect for effect in found if effect.card == first]


def _beneath(effect: Effect, outcome: str, setting: Setting) -> list[Effect]:
    """Return the results of the drugs that the others of a trial took, which its own ratio comes on top of."""
    if effect.comparator is None:
        return []
    candidates = direct_candidates((effect.comparator,), effect.comparator, outcome)
    return [found for found in suiting(candidates, setting)[0] if found.outcome == effect.outcome]


def _leads(moving: Sequence[Effect], outcome: str, setting: Setting) -> bool:
    """Say whether anything a therapy moves leads to an outcome in people like this one."""
    parts = (outcome, *PARTS.get(outcome, ()))
    followed = {effect.variable for effect in mediators_for(setting) if effect.outcome in parts}
    return any(effect.variable in followed for effect in moving)


def _followed(what: str, outcomes: Sequence[str], moving: Sequence[Effect]) -> list[str]:
    if not outcomes:
        return []
    labels = ", ".join(OUTCOME_LABELS[outcome] for outcome in outcomes)
    through = " and ".join(dict.fromkeys(variable(effect.variable).label for effect in moving))
    return [f"{what}: no trial in people like this for {labels}; followed only through {through}"]


def _silent(what: str, outcomes: Sequence[str]) -> list[str]:
    if not outcomes:
        return []
    labels = ", ".join(OUTCOME_LABELS[outcome] for outcome in outcomes)
    return [f"{what}: no card says that it moves anything that leads to {labels}; no effect is counted"]


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
