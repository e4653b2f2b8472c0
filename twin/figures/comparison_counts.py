"""How are a plan's risk and its difference from current care said in whole people that add up?

Every number of the page comes from here with one denominator, so that 20 minus 12 reads 8 in every row.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from twin.plans.results import Difference
from twin.words import in_people, number_needed_to_treat, round_half_up

NNT_LARGEST = 1000


def denominator_for(risks: Iterable[float | None]) -> int:
    """Return 100, or 1,000 when any of the risks that are shown is below 1 in 100."""
    return 1000 if any(risk is not None and risk < 0.01 for risk in risks) else 100


def shown_people(risk: float, *, denominator: int) -> int:
    """Return the whole number that `in_people` shows; "fewer than 1" counts as 0.

    Parameters
    ----------
    risk
        Probability, 0 to 1.
    denominator
        100 or 1,000.
    """
    people = risk * denominator
    if 0 < people < 1:
        return 0
    if denominator - 1 < people < denominator:
        return denominator
    return round_half_up(people)


def likely_range(low: float, high: float, *, denominator: int) -> str:
    """Say a range of risks: ``likely range 11 to 20``; its ends round as the risk itself does."""
    ends = [in_people(risk, denominator=denominator).partition(" in ")[0] for risk in (low, high)]
    return f"likely range {ends[0]} to {ends[1]}"


@dataclass(frozen=True, slots=True)
class Change:
    """A difference from current care in words.

    `bold` and `rest` are the headline (``5 fewer``, ``in 100``), `likely` its range (``3 to 7``, or
    ``from 3 fewer to 1 more``), `nnt` the number needed to treat with its horizon, or empty. `fewer` is
    current care minus plan in shown people; 0 without a clear difference.
    """

    bold: str
    rest: str = ""
    likely: str = ""
    nnt: str = ""
    fewer: int = 0


def _between(difference: Difference, *, denominator: int) -> tuple[int, int]:
    """Return the ends of the range in people, rounded outwards."""
    return (
        math.floor(round(difference.low * denominator, 9)),
        math.ceil(round(difference.high * denominator, 9)),
    )


def _sided(people: int) -> str:
    return f"{abs(people):,} {'fewer' if people < 0 else 'more'}"


def _size(people: int, word: str) -> str:
    return f"{people:,} {word}" if people else f"Less than 1 {word}"


def change_from(current: float, plan: float, difference: Difference, *, denominator: int, horizon_years: int) -> Change:
    """Say how a plan changes a risk.

    Parameters
    ----------
    current, plan
        Risks under current care and with the plan, 0 to 1.
    difference
        Plan minus current care with its range.
    denominator
        100 or 1,000, the same on the whole page.
    horizon_years
        Named beside the number needed to treat. [years]

    Returns
    -------
        The headline is the difference of the two numbers that are shown, and its range holds it. The number
        needed to treat is worked out before rounding, and is absent when the range leaves open which side of
        zero the difference is.
    """
    if difference.low == difference.mean == difference.high == 0:
        return Change("No difference")
    low, high = _between(difference, denominator=denominator)
    if difference.spans_zero:
        return Change("No clear difference", likely=f"from {_sided(low)} to {_sided(high)}")
    fewer = shown_people(current, denominator=denominator) - shown_people(plan, denominator=denominator)
    word = "fewer" if difference.mean < 0 else "more"
    ends = sorted((abs(low), abs(fewer), abs(high)))
    return Change(
        bold=_size(abs(fewer), word),
        rest=f"in {denominator:,}",
        likely=f"{ends[0]:,} to {ends[-1]:,}",
        nnt=_nnt(difference.mean, horizon_years),
        fewer=fewer,
    )


def _nnt(difference: float, horizon_years: int) -> str:
    needed = number_needed_to_treat(difference)
    if needed is None:
        return ""
    people = f"{needed:,}" if needed <= NNT_LARGEST else f"over {NNT_LARGEST:,}"
    return f"NNT {people} over {horizon_years} years"


def harm_change(difference: Difference, *, denominator: int) -> Change:
    """Say how often a harm happens beyond what happens anyway; from the difference alone."""
    if difference.low == difference.mean == difference.high == 0:
        return Change("None expected")
    low, high = _between(difference, denominator=denominator)
    if difference.spans_zero:
        return Change("No clear difference", likely=f"from {_sided(low)} to {_sided(high)}")
    word = "fewer" if difference.mean < 0 else "more"
    people = round_half_up(abs(difference.mean) * denominator)
    ends = sorted((abs(low), abs(high)))
    return Change(_size(people, word), f"in {denominator:,}", f"{ends[0]:,} to {ends[1]:,}")
