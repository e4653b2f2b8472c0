"""What does a change of habit ask of a person, and which evidence speaks of it?"""

from collections.abc import Sequence

from twin.plans.plan import Lifestyle

ENOUGH_ACTIVITY = 150.0  # min/wk: the programmes of the trials; more is not counted, less in proportion
AGENTS = {  # as cards call a habit
    "smoking": "smoking_cessation",
    "weight": "weight",
    "activity": "physical_activity",
    "sodium": "sodium_intake",
    "diet": "dash_diet",
}


def linked(change: Lifestyle) -> tuple[str, float, list[str]]:
    """Return what cards call a habit, by how much it changes, and what must be said of that.

    Parameters
    ----------
    change
        Of activity [min/wk], sodium [g/d] or diet.
    """
    if change.habit == "activity" and change.amount > ENOUGH_ACTIVITY:
        said = f"Activity: counted as {ENOUGH_ACTIVITY:g} minutes a week, as in the trials; more may add to it"
        return AGENTS["activity"], ENOUGH_ACTIVITY, [said]
    return AGENTS[change.habit], 1.0 if change.habit == "diet" else change.amount, []


def in_words(change: Lifestyle) -> str:
    """Say a change of habit as a person lives it: ``8 kg less weight``."""
    more = "less" if change.amount < 0 else "more"
    size = f"{abs(change.amount):g}"
    return {
        "smoking": "stops smoking",
        "weight": f"{size} kg {more} weight",
        "activity": f"{size} min a week {more} activity",
        "sodium": f"{size} g a day {more} sodium",
        "diet": "DASH diet",
    }[change.habit]


def caveats(habits: Sequence[Lifestyle]) -> list[str]:
    """Return what must be known of habits that are changed together."""
    changed = {change.habit for change in habits}
    if {"sodium", "diet"} <= changed:
        return [
            "Less sodium and the DASH diet are added up; tried together they lowered pressure by less than the sum."
        ]
    return []
