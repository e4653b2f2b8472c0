"""How are a plan's burden, certainty and caveats said?"""

from collections.abc import Iterable, Sequence

from twin.evidence.cards import CERTAINTIES, OUTCOMES, cards
from twin.plans.outcomes import touches
from twin.plans.plan import ChangeVariable, Lifestyle, Plan
from twin.plans.regimen import Regimen
from twin.plans.results import Certainty
from twin.plans.simulate import Course
from twin.variables import variable

OUTCOME_LABELS = {
    "ascvd": "heart attack or stroke",
    "heart_failure": "heart failure",
    "cvd": "heart attack, stroke or heart failure",
    "kidney_failure": "kidney failure",
    "death": "death",
}


def certainty(card_ids: Iterable[str]) -> Certainty | None:
    """Return the lowest certainty of the cards, or ``None`` without any."""
    return max((cards()[card].certainty for card in card_ids), key=CERTAINTIES.index, default=None)


def _count(number: float, one: str, many: str) -> str:
    return f"{number:g} {one if number == 1 else many}"


def burden(plan: Plan, drugs: Regimen) -> str:
    """Say what a plan asks of a person: ``1 tablet a day, 8 kg less weight``."""
    parts = []
    tablets = sum(therapy.tablets_per_day for therapy in drugs.started)
    injections = sum(therapy.injections_per_week for therapy in drugs.started)
    if tablets:
        parts.append(_count(tablets, "tablet a day", "tablets a day"))
    if injections:
        parts.append(
            "1 injection a day" if injections == 7 else _count(injections, "injection a week", "injections a week")
        )
    parts += [f"stops {medication.ingredient}" for medication in drugs.stopped]
    parts += [_habit(change) for change in plan.changes if isinstance(change, Lifestyle)]
    parts += [_statement(change) for change in plan.changes if isinstance(change, ChangeVariable)]
    words = ", ".join(parts)
    return words[0].upper() + words[1:] if words else "No change"


def _habit(change: Lifestyle) -> str:
    if change.habit == "smoking":
        return "stops smoking"
    return f"{abs(change.amount):g} kg {'less' if change.amount < 0 else 'more'} weight"


def _statement(change: ChangeVariable) -> str:
    known = variable(change.variable)
    return f"{known.short_label} {abs(change.change):g} {known.unit} {'lower' if change.change < 0 else 'higher'}"


def caveats(plan: Plan, drugs: Regimen, course: Course, card_ids: Sequence[str]) -> tuple[str, ...]:
    """Return what a reader must know to read a plan's numbers rightly."""
    found = []
    doubled = [outcome for outcome in OUTCOMES if len(touches(outcome, course)) > 1]
    if doubled:
        causes = max(len(touches(outcome, course)) for outcome in doubled)
        names = ", ".join(OUTCOME_LABELS[outcome] for outcome in doubled)
        found.append(
            f"{plan.name} adds {causes} effects on {names}. Combined effects are assumed to multiply; "
            "no trial tested this combination in people like this."
        )
    if any(isinstance(change, ChangeVariable) for change in plan.changes):
        found.append("The stated change is taken as reached and kept; the harms of the way there are not counted.")
    found += [
        effect.note
        for card in card_ids
        for effect in cards()[card].effects
        if effect.note.startswith("Caveat: ") and any(effect.agent in therapy.agents() for therapy in drugs.started)
    ]
    unverified = [c for c in card_ids if any(effect.status == "unverified" for effect in cards()[c].effects)]
    if unverified:
        found.append(f"Some numbers were not re-read in a source: {', '.join(unverified)}.")
    return tuple(dict.fromkeys(text.removeprefix("Caveat: ") for text in found))
