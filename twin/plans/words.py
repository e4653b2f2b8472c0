"""How are a plan's burden, certainty and caveats said?"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from twin.evidence.cards import CERTAINTIES, OUTCOMES, cards
from twin.evidence.therapies import Therapy
from twin.plans import habits
from twin.plans.outcomes import touches
from twin.plans.plan import ChangeVariable, Lifestyle, Plan
from twin.plans.regimen import Regimen
from twin.plans.results import Certainty, OutcomeResult
from twin.plans.simulate import Trajectory
from twin.variables import variable


def certainty(card_ids: Iterable[str]) -> Certainty | None:
    """Return the lowest certainty of the cards, or ``None`` without any."""
    return max((cards()[card].certainty for card in card_ids), key=CERTAINTIES.index, default=None)


def _count(number: float, one: str, many: str) -> str:
    return f"{number:g} {one if number == 1 else many}"


def burden(plan: Plan, drugs: Regimen) -> str:
    """Say what a plan asks of a person: ``1 tablet a day, 8 kg less weight``."""
    parts = []
    tablets = _at_most(drugs, lambda therapy: therapy.tablets_per_day)
    injections = _at_most(drugs, lambda therapy: therapy.injections_per_week)
    if tablets:
        parts.append(_count(tablets, "tablet a day", "tablets a day"))
    if injections:
        parts.append(_injections(injections))
    parts += [c.therapy.label for c in drugs.started if not c.therapy.tablets_per_day + c.therapy.injections_per_week]
    parts += [f"stops {medication.ingredient}" for medication in drugs.stopped]
    parts += [habits.in_words(change) for change in plan.changes if isinstance(change, Lifestyle)]
    parts += [_statement(change) for change in plan.changes if isinstance(change, ChangeVariable)]
    words = ", ".join(parts)
    return words[0].upper() + words[1:] if words else "No change"


def _injections(per_week: float) -> str:
    """Say how often in the longest unit of time that gives whole numbers."""
    if per_week >= 7:
        return _count(per_week / 7, "injection a day", "injections a day")
    if per_week == 0.5:
        return "1 injection every 2 weeks"
    if per_week > 0.5:
        return _count(per_week, "injection a week", "injections a week")
    return _count(round(per_week * 52), "injection a year", "injections a year")


def _at_most(drugs: Regimen, count: Callable[[Therapy], float]) -> float:
    """Return the most that is taken at one time; a later step replaces an earlier one."""
    return max((sum(count(c.therapy) for c in drugs.started if c.overlaps(at)) for at in drugs.started), default=0.0)


def _statement(change: ChangeVariable) -> str:
    known = variable(change.variable)
    return f"{known.short_label} {abs(change.change):g} {known.unit} {'lower' if change.change < 0 else 'higher'}"


def _moved(plan: Plan) -> set[str]:
    """Return what a plan moves beside drugs, as effects call it."""
    stated = {change.variable for change in plan.changes if isinstance(change, ChangeVariable)}
    return stated | {habits.AGENTS[change.habit] for change in plan.changes if isinstance(change, Lifestyle)}


def caveats(
    plan: Plan,
    drugs: Regimen,
    trajectory: Trajectory,
    outcomes: Mapping[str, OutcomeResult],
    card_ids: Sequence[str],
) -> tuple[str, ...]:
    """Return what a reader must know to read a plan's numbers rightly."""
    found = []
    most = max(len(touches(outcome, trajectory)) for outcome in OUTCOMES)
    if most > 1:
        found.append(
            f"{plan.name} adds {most} effects on the same outcomes. Combined effects are assumed to multiply; "
            "no trial tested this combination in people like this."
        )
    if any(isinstance(change, ChangeVariable) for change in plan.changes):
        found.append("The stated change is taken as reached and kept; the harms of the way there are not counted.")
    found += habits.caveats([change for change in plan.changes if isinstance(change, Lifestyle)])
    cvd, death = outcomes["cvd"].difference, outcomes["death"].difference
    if cvd is not None and death is not None and death.mean < min(cvd.mean, 0.0):
        found.append(
            "More deaths than heart attacks, strokes and heart failure are prevented: the trials’ ratio for death is "
            "of people with more cardiovascular deaths. Take the number for death as an upper limit."
        )
    agents = {agent for started in drugs.started for agent in started.therapy.agents()} | _moved(plan)
    found += [
        effect.note
        for card in card_ids
        for effect in cards()[card].effects
        if effect.note.startswith("Caveat: ") and effect.agent in agents
    ]
    unverified = [c for c in card_ids if any(effect.status == "unverified" for effect in cards()[c].effects)]
    if unverified:
        found.append(f"Some numbers were not re-read in a source: {', '.join(unverified)}.")
    return tuple(dict.fromkeys(text.removeprefix("Caveat: ") for text in found))
