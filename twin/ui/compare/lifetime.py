"""How many years free of disease lie ahead under each plan?"""

from functools import lru_cache

import streamlit as st

from twin.figures.comparison_lifetime import LIMITS, LifetimeColumn, lifetime_column, title_of, why_only
from twin.figures.comparison_table import Column, ComparisonTable
from twin.physiology.longitudinal import Twin
from twin.plans.lifelong import Lifelong, lifelong
from twin.plans.plan import Plan
from twin.record.patient import Patient
from twin.ui.compare.beside import beside_html, small
from twin.ui.compare.engine import ground
from twin.ui.html import Html, tag
from twin.ui.shell import Page

_HORIZON_YEARS = 10  # of the ground, whose draws are used; the years themselves go on to the end of life


@lru_cache(maxsize=64)
def lifelong_of(patient: Patient, twin: Twin, plans: tuple[Plan, ...]) -> tuple[Lifelong, ...]:
    """Return the years of current care and of each plan, worked out once for the same plans."""
    return lifelong(ground(patient, twin, _HORIZON_YEARS), plans)


def show_lifetime(page: Page, plans: tuple[Plan, ...], shown: ComparisonTable, outcome: str) -> str:
    """Show the years in place of the risks of a horizon, and return them as a sentence."""
    found = lifelong_of(page.patient, page.twin, plans)
    st.html(lifetime_html(found, shown, outcome))
    said = [lifetime_column(one) for one in found]
    return " ".join(_spoken(column, words) for column, words in zip(shown.columns, said, strict=True))


def _spoken(column: Column, words: LifetimeColumn) -> str:
    return f"{column.heading}: {words.years or 'no estimate shown'}."


def lifetime_html(found: tuple[Lifelong, ...], shown: ComparisonTable, outcome: str) -> Html:
    """Return the years, what each plan adds to them, and beside them its harms, in the same size of type."""
    current, *plans = [lifetime_column(one) for one in found]
    columns = list(zip(shown.columns[1:], plans, strict=True))
    title = title_of(found[0])
    rows = (
        (title, [_years(words, current.reason) for words in plans]),
        ("Change from current care", [_gained(words) for words in plans]),
        (f"Serious harm from treatment in {shown.horizon_years} years", [_harm(column) for column, _ in columns]),
        ("What it involves", [[_plain(column.involves[0]), *map(small, column.involves[1:])] for column, _ in columns]),
        ("Certainty of evidence", [_certainty(column) for column, _ in columns]),
    )
    receipt = tag("span", tag("a", "Inputs and equation", href="#receipt"))
    reference = (_years(current, ""), *([_plain("Reference")] for _ in range(2)), [_plain("No change")], [receipt])
    notes = [text for text in (why_only(outcome, found[0]), LIMITS) if text]
    table = beside_html(shown, rows, caption=title, css="lifetime", reference=reference)
    return tag("section", table, *(tag("p", text, css="note") for text in notes))


def _plain(text: str) -> Html:
    return tag("span", text, css="amount")


def _years(words: LifetimeColumn, reason_said: str) -> list[Html]:
    if words.years:
        return [tag("span", words.years, css="number"), small(words.likely)]
    why = [] if words.reason == reason_said else [small(words.reason)]
    return [tag("span", "No estimate shown", css="number none"), *why]


def _gained(words: LifetimeColumn) -> list[Html]:
    if not words.bold:
        return [_plain("Not calculated")]
    return [
        tag("span", tag("b", words.bold), f" {words.rest}" if words.rest else "", css="amount"),
        small(f"More in {words.chance} of simulations"),
    ]


def _harm(column: Column) -> list[Html]:
    if not column.harms:
        return [_plain(column.harms_text), *([small(column.uncounted)] if column.uncounted else [])]
    worst, change = column.harms[0], column.harms[0].change
    rest = " ".join(text for text in (change.rest, f"({change.likely})" if change.likely else "") if text)
    link = tag("a", f"All harms of {column.letter}", href=f"#harms-{column.letter}")
    return [tag("span", tag("b", change.bold), f" {rest}", css="amount"), small(worst.label), small(link)]


def _certainty(column: Column) -> list[Html]:
    link = tag("a", f"Sources for {column.letter}", href=f"#src-{column.letter}")
    return [tag("span", f"{column.certainty or 'No effect'} ", link)]
