"""How surely is one plan of the desk better than another?"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import streamlit as st

from twin.figures.comparison_benefit import share_in_words
from twin.figures.comparison_counts import change_from
from twin.figures.comparison_table import Column, ComparisonTable
from twin.physiology.longitudinal import Twin
from twin.plans.pairs import Pair, pair_of
from twin.plans.plan import Plan
from twin.plans.results import Comparison
from twin.record.patient import Patient
from twin.ui import guard
from twin.ui.compare.engine import ground
from twin.ui.html import Html, table, tag
from twin.ui.shell import Page


@lru_cache(maxsize=256)
def _pair(patient: Patient, twin: Twin, first: Plan, second: Plan, horizon_years: int) -> Mapping[str, Pair]:
    return pair_of(ground(patient, twin, horizon_years), first, second)


@st.fragment
def pairs_of_plans(page: Page, found: Comparison, shown: ComparisonTable, outcome: str) -> None:
    """Show, behind a heading that opens, every two plans beside each other."""
    try:
        box = st.expander("Plans against each other", key="compare/pairs", on_change="rerun")
        if box.open:
            box.html(_answer(page, found, shown, outcome))
    except Exception as error:
        guard.report(error)


def _answer(page: Page, found: Comparison, shown: ComparisonTable, outcome: str) -> Html:
    if len(found.plans) < 2:
        return tag("p", "Add a second plan to put two beside each other.", css="note")
    both = list(combinations(range(len(found.plans)), 2))
    plans = [result.plan for result in found.plans]
    pairs = [_pair(page.patient, page.twin, plans[a], plans[b], found.horizon_years).get(outcome) for a, b in both]
    return pairs_html(found, shown, outcome, list(zip(both, pairs, strict=True)))


def pairs_html(
    found: Comparison, shown: ComparisonTable, outcome: str, pairs: Sequence[tuple[tuple[int, int], Pair | None]]
) -> Html:
    """Return a table with one row for each two plans, the later one put against the earlier one."""
    risks = [result.outcomes[outcome].risk for result in found.plans]
    rows = []
    for (a, b), pair in pairs:
        first, second = shown.columns[1 + a], shown.columns[1 + b]
        heading = f"{second.heading} against {first.heading}"
        rows.append((heading, *_row(pair, risks[a], risks[b], first, second, shown)))
    title = f"{shown.outcome.label} in {shown.horizon_years} years: plans against each other"
    return table(("Plans", "Difference", "How surely"), rows, caption=title)


def _row(
    pair: Pair | None, first: float | None, second: float | None, a: Column, b: Column, shown: ComparisonTable
) -> tuple[str, str]:
    if pair is None:
        return "Not calculated", ""
    change = change_from(
        first, second, pair.difference, denominator=shown.denominator, horizon_years=shown.horizon_years
    )
    words = " ".join(text for text in (change.bold, change.rest, f"({change.likely})" if change.likely else "") if text)
    if pair.difference.low == pair.difference.mean == pair.difference.high == 0:
        return words, "The same in every simulation"
    return words, f"Fewer events with {b.letter} than with {a.letter} in {share_in_words(pair.p_better)} of simulations"
