"""How are years free of disease, and what a plan adds to them, said?"""

from dataclasses import dataclass

from twin.figures.comparison_benefit import share_in_words
from twin.figures.comparison_table import ALL_EVENTS, OUTCOMES
from twin.plans.lifelong import Lifelong
from twin.plans.results import Difference

LIMITS = (
    "Today's levels are held while age goes on; death from other causes competes. Deaths that a plan prevents "
    "otherwise are left out, so that what it adds is rather short. An average of people like this, not a promise."
)


@dataclass(frozen=True, slots=True)
class LifetimeColumn:
    """One plan in words; `years` is empty where it is withheld, and `reason` says why."""

    years: str
    likely: str = ""
    bold: str = ""
    rest: str = ""
    chance: str = ""
    reason: str = ""


def lifetime_column(found: Lifelong) -> LifetimeColumn:
    """Put the years of one plan, or of current care, into words."""
    if found.years is None:
        return LifetimeColumn("", reason=found.reason)
    likely = f"likely range {found.low:.1f} to {found.high:.1f}"
    if found.gained is None:
        return LifetimeColumn(f"{found.years:.1f} years", likely)
    bold, rest = _gained(found.gained)
    return LifetimeColumn(f"{found.years:.1f} years", likely, bold, rest, share_in_words(found.p_better))


def _gained(gained: Difference) -> tuple[str, str]:
    """Return the headline and its range, in years with one decimal, which holds the headline."""
    if gained.low == gained.mean == gained.high == 0:
        return "No difference", ""
    if gained.spans_zero:
        return "No clear difference", f"(from {abs(gained.low):.1f} fewer to {gained.high:.1f} more)"
    ends = sorted(abs(end) for end in (gained.low, gained.mean, gained.high))
    size = f"{abs(gained.mean):.1f}" if round(abs(gained.mean), 1) else "Less than 0.1"
    return f"{size} {'more' if gained.mean > 0 else 'fewer'}", f"years ({ends[0]:.1f} to {ends[-1]:.1f})"


def why_only(outcome: str, found: Lifelong) -> str:
    """Say why other years than those asked for are shown; empty where they are the same."""
    if outcome == found.outcome:
        return ""
    return f"{OUTCOMES[outcome].label} has no lifetime estimate of its own here. Shown: {_label(found)}."


def title_of(found: Lifelong) -> str:
    """Return what is counted."""
    return f"Years free of {_label(found)}, to age {found.until_age}"


def _label(found: Lifelong) -> str:
    return ALL_EVENTS[found.outcome].label.lower()
