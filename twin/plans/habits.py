"""What does a change of habit ask of a person, and which evidence speaks of it?"""

from collections.abc import Sequence

import numpy as np

from twin.evidence.cards import cards
from twin.plans.plan import Lifestyle

ENOUGH_ACTIVITY = 150.0  # min/wk: the programmes of the trials; more is not counted, less in proportion
TOGETHER = "EV-0069"
ALCOHOL = "Alcohol: not counted; no trial result is on file, and the record does not say how much this person drinks"
AGENTS = {  # as cards call a habit
    "smoking": "smoking_cessation",
    "weight": "weight",
    "activity": "physical_activity",
    "sodium": "sodium_intake",
    "diet": "dash_diet",
    "alcohol": "alcohol_intake",
}


def linked(change: Lifestyle) -> tuple[str, float, list[str]]:
    """Return what cards call a habit, by how much it changes, and what must be said of that.

    Parameters
    ----------
    change
        Of activity [min/wk], sodium [g/d], diet or alcohol [g/d].
    """
    if change.habit == "alcohol":
        return AGENTS["alcohol"], change.amount, [ALCOHOL]
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
        "alcohol": f"{size} g a day {more} alcohol" if change.amount else "no alcohol",
    }[change.habit]


def kept_beside_others() -> float:
    """Return the share that a change of habit keeps of its effect on blood pressure beside a stronger one."""
    alone, beside = (effect.estimate for effect in cards()[TOGETHER].effects)
    return beside / alone


def shares(sizes: np.ndarray) -> np.ndarray:
    """Return which share of its effect each change of habit keeps beside the others.

    The strongest keeps all of it, each other one what less sodium kept beside the DASH diet.

    Parameters
    ----------
    sizes
        Effects on one variable, a row a habit, a column a plan; 0 where a plan leaves the habit alone.
    """
    strongest = np.abs(sizes).argmax(axis=0)
    first = np.arange(len(sizes))[:, None] == strongest
    return np.where(first, 1.0, kept_beside_others())


def caveats(habits: Sequence[Lifestyle]) -> list[str]:
    """Return what must be known of habits that are changed together."""
    if len({change.habit for change in habits if change.habit != "smoking"}) < 2:
        return []
    return [
        f"Of several changes of habit the strongest counts in full on blood pressure, each other one with "
        f"{kept_beside_others():.0%} of its effect: less sodium kept that much beside the DASH diet ({TOGETHER})."
    ]
