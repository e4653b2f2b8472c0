"""What would the equation alone say of the plans, and why is that another answer?"""

import streamlit as st

from twin.figures.comparison_table import Column, ComparisonTable
from twin.plans.explain import Naive, naive_of_plan
from twin.plans.results import Comparison
from twin.risk.catalogue import equation
from twin.risk.choose import event_equation
from twin.ui.compare.beside import beside_html, small
from twin.ui.html import Html, tag
from twin.ui.shell import Page
from twin.words import in_people

TOGGLE = "compare/naive"
NOTE = (
    "Grey: the plan's values typed into {equation}. Shown to be compared, used nowhere: "
    "an equation says how people differ, a trial what a change does."
)


def naive_answer(page: Page, found: Comparison, shown: ComparisonTable, outcome: str) -> None:
    """Show, on request, the equation's own answer in grey beside the one from trials."""
    if not found.plans:
        return
    st.toggle("Show what the equation alone would say", key=TOGGLE)
    if st.session_state[TOGGLE]:
        patient, on = page.patient, found.on
        answers = [
            _of_outcome(naive_of_plan(patient, result.plan, on=on, horizon_years=found.horizon_years), outcome)
            for result in found.plans
        ]
        known = equation(event_equation(patient, on=on))
        st.html(naive_html(shown, answers, equation=known.title))


def _of_outcome(answers: tuple[Naive, ...], outcome: str) -> Naive | None:
    return next((answer for answer in answers if answer.outcome == outcome), None)


def naive_html(shown: ComparisonTable, answers: list[Naive | None], *, equation: str) -> Html:
    """Return both answers, one above the other, column by column.

    Parameters
    ----------
    answers
        Of the plans in their order; ``None`` where the equation has no other answer.
    equation
        Its title.
    """
    current, *plans = shown.columns
    pairs = list(zip(plans, answers, strict=True))
    rows = (
        ("Trials and this patient's twin", [_causal(column) for column in plans]),
        ("The equation alone", [_naive(column, answer, shown) for column, answer in pairs]),
    )
    now = next((answer.risk_now for answer in answers if answer is not None), None)
    reference = (_causal(current), [_grey("" if now is None else in_people(now, denominator=shown.denominator))])
    title = f"{shown.outcome.label} in {shown.horizon_years} years, from trials and by the equation alone"
    return tag(
        "section",
        beside_html(shown, rows, caption=title, css="naive", reference=reference),
        tag("p", NOTE.format(equation=equation), css="note"),
    )


def _causal(column: Column) -> list[Html]:
    return [tag("span", "No estimate shown" if column.is_withheld else column.risk, css="amount")]


def _grey(text: str) -> Html:
    return tag("span", text or "No other answer", css="grey")


def _naive(column: Column, answer: Naive | None, shown: ComparisonTable) -> list[Html]:
    if column.is_withheld:
        return [_grey("Not shown")]
    if answer is None:
        return [_grey("")]
    return [_grey(in_people(answer.risk, denominator=shown.denominator)), small(answer.reason)]
