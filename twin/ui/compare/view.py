"""How does the comparison follow the settings?"""

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from twin.figures.comparison import trajectories, trajectories_text
from twin.figures.comparison_table import Column, ComparisonTable, comparison_table
from twin.plans.plan import Plan
from twin.plans.results import Comparison
from twin.ui import guard, scripts
from twin.ui.compare import memory
from twin.ui.compare.controls import view_controls
from twin.ui.compare.details import current_care_html, numbers_html, outcomes_html, plan_html
from twin.ui.compare.engine import compared
from twin.ui.compare.lifetime import show_lifetime
from twin.ui.compare.live import live_comparison
from twin.ui.compare.markup import comparison_html, notes_html
from twin.ui.compare.more import more
from twin.ui.compare.naive import naive_answer
from twin.ui.compare.net_benefit import net_benefit_html
from twin.ui.compare.sidebar import plan_settings
from twin.ui.correct.notice import way_to_correct
from twin.ui.html import tag
from twin.ui.shell import Page
from twin.ui.views.next_test import which_test_for_plans

STYLES = Path(__file__).with_name("compare.css")
MORE_STYLES = STYLES.with_name("more.css")
LAST_SEEN = "compare/last_seen"
CHART = {"displayModeBar": False, "doubleClick": False, "showTips": False}


def comparison(page: Page) -> None:
    """Show settings, table, figure and all that stands behind them; a setting runs what depends on it only."""
    st.html(STYLES)
    st.html(MORE_STYLES)
    with st.sidebar:
        plan_settings(page)
    _comparison(page)


@st.fragment(key=memory.COMPARISON)
def _comparison(page: Page) -> None:
    desk = memory.desk()
    try:
        with st.container(key="comparison", gap="xsmall"):
            view_controls()
            sentence = _show(page)
    except Exception as error:
        guard.report(error)
        sentence = "No comparison shown."
    page.say(sentence, in_fragment=True)
    memory.note_shown(desk)


def _show(page: Page) -> str:
    """Show the comparison and return it as a sentence."""
    desk = memory.desk()
    plans = desk.to_plans(page.patient, on=page.today)
    found = compared(page.patient, page.twin, plans, desk.horizon_years)
    _write_down(page, plans, desk.horizon_years)
    shown = comparison_table(found, desk.outcome)
    _say_why_none(page, shown.columns[0], is_lifetime=desk.is_lifetime)
    if not desk.plans:
        st.html(tag("p", "No plans yet. Add a plan to compare it with current care.", css="empty"))
    if desk.is_lifetime:
        sentence = show_lifetime(page, plans, shown, desk.outcome)
    else:
        sentence = _over_years(page, found, shown)
    for result, column in zip(found.plans, shown.columns[1:], strict=True):
        st.html(plan_html(result, column, shown.denominator))
    st.html(current_care_html(found, shown.columns[0], desk.outcome))
    which_test_for_plans(page, plans, horizon_years=desk.horizon_years, outcome=desk.outcome)
    more(page, found, shown, desk.outcome)
    return sentence


def _over_years(page: Page, found: Comparison, shown: ComparisonTable) -> str:
    """Show the risks by the horizon, and return them as a sentence."""
    desk = memory.desk()
    if scripts.are_used():
        live_comparison(page, found)
    else:
        st.html(comparison_html(shown, editing=desk.letter))
    _figure(found, shown, desk.outcome)
    st.html(notes_html(shown))
    naive_answer(page, found, shown, desk.outcome)
    if benefit := net_benefit_html(found, shown):
        st.html(benefit)
    st.html(outcomes_html(found, shown))
    return shown.sentence or f"Current care: {shown.columns[0].risk or 'no estimate shown'}."


def _write_down(page: Page, plans: tuple[Plan, ...], horizon_years: int) -> None:
    """Write one row of the audit for each comparison that this visit sees, not for each look at it."""
    seen = (page.patient.id, plans, horizon_years)
    if st.session_state.get(LAST_SEEN) != seen:
        st.session_state[LAST_SEEN] = seen
        detail = {"what": "compare", "plans": len(plans), "horizon_years": horizon_years}
        page.store.audit("run", page.patient.id, detail)


def _say_why_none(page: Page, current: Column, *, is_lifetime: bool) -> None:
    """Say why current care has no estimate, if it has none: then no plan has one either.

    The years of a lifetime say that themselves; the horizon chosen before has no part in them.
    """
    if not page.twin.in_sync:
        st.error(current.reason)
        way_to_correct(page)
    elif current.is_withheld and not is_lifetime:
        guard.no_estimate(current.reason)


def _figure(found: Comparison, shown: ComparisonTable, outcome: str) -> None:
    if found.current_care.outcomes[outcome].curve is None:
        return
    if not scripts.are_used():
        figure = go.Figure(trajectories(found, outcome, denominator=shown.denominator), _validate=False)
        st.plotly_chart(figure, theme=None, config=CHART, alt=trajectories_text(shown))
    with st.expander("Numbers behind the chart"):
        st.html(numbers_html(found, shown, outcome))
