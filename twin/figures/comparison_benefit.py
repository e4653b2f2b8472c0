"""What is said of a plan's benefit less its harm, in whole people that add up?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from twin.evidence.cards import OUTCOME_LABELS
from twin.evidence.harms import harms
from twin.figures.comparison_table import ALL_EVENTS, ComparisonTable
from twin.plans.results import Comparison, NetBenefit
from twin.words import round_half_up

_EVENTS = OUTCOME_LABELS | {name: words.label for name, words in ALL_EVENTS.items()}


@dataclass(frozen=True, slots=True)
class BenefitColumn:
    """One plan's net benefit in words; `bold` is empty where it cannot be worked out.

    `bold`, `rest` and `likely` are the headline and its range, `chance` how often simulations end with a net benefit,
    `prevented` and `caused` one line a kind of event, `passes` from when on benefit is ahead.
    """

    heading: str
    colour: str
    bold: str = ""
    rest: str = ""
    likely: str = ""
    chance: str = ""
    prevented: tuple[str, ...] = ()
    caused: tuple[str, ...] = ()
    passes: str = ""
    not_counted: tuple[str, ...] = ()


def benefit_columns(comparison: Comparison, table: ComparisonTable) -> tuple[BenefitColumn, ...]:
    """Return what is said of each plan, in the order of the comparison and of as many people."""
    return tuple(
        benefit_column(result.net_benefit, column.heading, column.colour, table)
        for result, column in zip(comparison.plans, table.columns[1:], strict=True)
    )


def rules(comparison: Comparison) -> tuple[str, ...]:
    """Return by which rule events were counted, once."""
    found = (result.net_benefit for result in comparison.plans)
    return tuple(dict.fromkeys(net.rule for net in found if net is not None))


def whole_parts(parts: Mapping[str, float]) -> dict[str, int]:
    """Round parts to whole numbers that add up to their rounded sum; the largest remainders go up."""
    whole = {name: math.floor(size) for name, size in parts.items()}
    missing = round_half_up(sum(parts.values())) - sum(whole.values())
    by_remainder = sorted(parts, key=lambda name: whole[name] - parts[name])
    return whole | {name: whole[name] + 1 for name in by_remainder[:missing]}


def benefit_column(net: NetBenefit | None, heading: str, colour: str, table: ComparisonTable) -> BenefitColumn:
    """Put one plan's net benefit into words, in as many people and years as a table counts."""
    if net is None:
        return BenefitColumn(heading, colour)
    of = table.denominator
    if net.low == net.mean == net.high == 0:
        return BenefitColumn(heading, colour, "No difference")
    prevented, caused = (
        {name: size * of for name, size in part.items() if size} for part in (net.prevented, net.caused)
    )
    shown = round_half_up(sum(prevented.values())) - round_half_up(sum(caused.values()))
    bold, rest, likely = _headline(net, shown, of)
    return BenefitColumn(
        heading,
        colour,
        bold,
        rest,
        likely,
        f"{share_in_words(net.p_positive)} of simulations",
        _lines({_EVENTS[name]: size for name, size in prevented.items()}, "fewer", "more"),
        _lines({harms()[name].label: size for name, size in caused.items()}, "more", "fewer"),
        _passes(net.passes_harm_at, table.horizon_years),
        tuple(line[:1].upper() + line[1:] for line in net.not_counted),
    )


def share_in_words(share: float) -> str:
    """Say how often something happens in simulations; 0% and 100% only where it is never or always."""
    if 0.0 < share < 0.01:
        return "fewer than 1%"
    return "more than 99%" if 0.99 < share < 1.0 else f"{share:.0%}"


def _headline(net: NetBenefit, shown: int, of: int) -> tuple[str, str, str]:
    low, high = math.floor(round(net.low * of, 9)), math.ceil(round(net.high * of, 9))
    if net.low < 0 < net.high:
        return "No clear net effect", "", f"from {abs(low):,} more caused to {high:,} more prevented in {of:,}"
    sides = "more prevented than caused" if net.mean > 0 else "more caused than prevented"
    ends = sorted((abs(low), abs(shown), abs(high)))
    size = f"{abs(shown):,}" if shown else "Less than 1"
    return f"{size} {sides}", f"in {of:,}", f"{ends[0]:,} to {ends[-1]:,}"


def _lines(parts: Mapping[str, float], positive: str, negative: str) -> tuple[str, ...]:
    whole = whole_parts(parts)
    lines = []
    for label, size in parts.items():
        count = f"{abs(whole[label]):,}" if whole[label] else "less than 1"
        lines.append(f"{label[:1].upper()}{label[1:]}: {count} {positive if size > 0 else negative}")
    return tuple(lines)


def _passes(year: float | None, horizon_years: int) -> str:
    if year is None:
        return f"Not within {horizon_years} years"
    return f"From year {year:.1f} on" if round(year, 1) else "From the start"
