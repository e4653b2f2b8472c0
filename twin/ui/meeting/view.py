"""What does a care team see of the case before it?"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from twin import words
from twin.figures.comparison_table import ComparisonTable, comparison_table
from twin.meeting.cases import news, plans_of, risks_of
from twin.plans.results import Comparison
from twin.record.meetings import Case, agenda, prepare_again
from twin.ui import guard
from twin.ui.compare.details import current_care_html, outcomes_html, plan_html
from twin.ui.compare.engine import compared
from twin.ui.compare.markup import comparison_html, notes_html
from twin.ui.compare.report import report_buttons
from twin.ui.compare.view import STYLES as COMPARE_STYLES
from twin.ui.correct.notice import way_to_correct
from twin.ui.html import tag
from twin.ui.meeting import memory
from twin.ui.meeting.cases_list import cases_list, day_of_meeting, way_through
from twin.ui.meeting.decision import decision_block
from twin.ui.meeting.prepared import basis, to_desk, versions
from twin.ui.meeting.right import history, record_of_all, were_we_right
from twin.ui.shell import Page
from twin.ui.site import COMPARE
from twin.words import in_people

STYLES = Path(__file__).with_name("meeting.css")
MODE_STYLES = STYLES.with_name("meeting_mode.css")


def meeting(page: Page) -> None:
    """Show the list of the day, and the case of the open patient if it is on it."""
    for styles in (COMPARE_STYLES, STYLES, *([MODE_STYLES] if memory.is_meeting_mode() else [])):
        st.html(styles)
    memory.show_mode_in_address()
    cases = agenda(page.store, memory.day())
    shown = memory.shown_case(cases)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="meeting-controls"):
        day_of_meeting(page)
        way_through(cases, shown)
    left, right = st.columns([2, 9], gap="medium")
    with left:
        cases_list(page, cases, shown)
        st.html(tag("p", record_of_all(page), css="note", id="record-of-all"))
    with right:
        if shown is None:
            _no_case(page, cases)
        else:
            _case(page, shown, cases.index(shown) + 1, len(cases))
    memory.warn_elsewhere()


def _no_case(page: Page, cases: Sequence[Case]) -> None:
    if not cases:
        text = "No cases yet. Take plans to the meeting from Compare plans, or add a patient to the list."
    elif page.patient is None:
        text = "Choose a case."
    else:
        text = "The open patient is not on this list. Choose a case."
    st.html(tag("p", text, css="empty"))
    page.say(f"{len(cases)} cases on the list of {words.day(memory.day())}")


def _case(page: Page, case: Case, number: int, of: int) -> None:
    with st.container(key="meeting-case", gap="xsmall"):
        made = were_we_right(page)
        plans = plans_of(case.basis)
        found = compared(page.patient, page.twin, plans, case.basis.horizon_years)
        shown = comparison_table(found, case.basis.outcome)
        has_changed = _what_changed(page, case, found, shown)
        _matrix(page, shown)
        _buttons(page, case, found, has_changed=has_changed)
    with st.container(key="meeting-decision"):
        decision_block(page, case, found, made)
    history(made)
    _behind(case, found, shown)
    page.say(f"Case {number} of {of}. {shown.sentence}")


def _matrix(page: Page, shown: ComparisonTable) -> None:
    title = f"{shown.outcome.label} in {shown.horizon_years} years"
    st.html(tag("h2", title, css="hidden"))  # the table's first row says it to the eye
    current = shown.columns[0]
    if not page.twin.in_sync:
        st.error(current.reason)
        way_to_correct(page)
    elif current.is_withheld:
        guard.no_estimate(current.reason)
    if len(shown.columns) == 1:
        st.html(tag("p", "No plans yet. Change settings leads to where plans are set.", css="empty"))
    st.html(comparison_html(shown, editing=""))
    st.html(notes_html(shown))


def _what_changed(page: Page, case: Case, found: Comparison, shown: ComparisonTable) -> bool:
    """Say what came in since the case was prepared: the numbers below are always of the record as it is.

    Returns
    -------
        Whether anything did.
    """
    new, made = news(page.store, page.patient, case.basis, on=page.today), versions()
    when = words.day(case.prepared.date())
    if new:
        why = f"New data since {when}, when this case was prepared: {new}."
    elif (case.basis.model_version, case.basis.results_changed_on) != (made.model, made.results_changed_on):
        why = f"The program has changed since {when}, when this case was prepared."
    else:
        return False
    said = f"{why} The numbers below are worked out again. {_then_and_now(case, shown, found)}"
    st.html(tag("p", said, css="changed"))
    return True


def _then_and_now(case: Case, shown: ComparisonTable, found: Comparison) -> str:
    results = (found.current_care, *found.plans)
    parts = []
    for then, result, column in zip(risks_of(case.basis), results, shown.columns, strict=True):
        now = result.outcomes[case.basis.outcome].risk
        before, after = (_people(risk, shown.denominator) for risk in (then, now))
        if before != after:
            parts.append(f"{column.heading}: {before} then, {after} now.")
    return " ".join(parts) or "None changes in whole people."


def _people(risk: float | None, denominator: int) -> str:
    return "no estimate" if risk is None else in_people(risk, denominator=denominator)


def _buttons(page: Page, case: Case, found: Comparison, *, has_changed: bool) -> None:
    with st.container(horizontal=True, gap="small", key="meeting-buttons"):
        if st.button("Change settings", key="meeting/settings"):
            to_desk(page, case.basis)
            memory.warn_elsewhere()
            st.switch_page(COMPARE.page())
        if has_changed and st.button("Keep the new numbers with the case", key="meeting/again"):
            prepare_again(page.store, case.case_id, basis(page, found, case.basis.outcome))
            st.rerun()
        report_buttons(page, found, case.basis.outcome, "Alt+P")


def _behind(case: Case, found: Comparison, shown: ComparisonTable) -> None:
    st.html(outcomes_html(found, shown))
    for result, column in zip(found.plans, shown.columns[1:], strict=True):
        st.html(plan_html(result, column, shown.denominator))
    st.html(current_care_html(found, shown.columns[0], case.basis.outcome))
