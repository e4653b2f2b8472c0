"""What does the meeting decide about the case on screen?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import streamlit as st

from twin import words
from twin.errors import TwinError
from twin.figures.comparison_table import LETTERS
from twin.meeting.receipts import receipt_of
from twin.plans.results import Comparison
from twin.record.decisions import LONGEST_LINE, LONGEST_NAME, Decided, Decision, decide, may_decide
from twin.record.meetings import Case
from twin.ui import access, guard
from twin.ui.html import tag
from twin.ui.meeting import memory
from twin.ui.meeting.prepared import basis
from twin.ui.meeting.right import WORDS, said_decision
from twin.ui.shell import Page

FRAGMENT = "meeting-decision"


@st.fragment(key=FRAGMENT)
def decision_block(page: Page, case: Case, found: Comparison, made: Sequence[Decision]) -> None:
    """Show the five fields; what is filled in outlasts a look at another case or page."""
    if access.patient(page.patient.id) is not page.patient:
        st.rerun()  # the record changed since the page ran
    try:
        _show(page, case, found, made)
    except Exception as error:
        guard.report(error)
    memory.warn_elsewhere()


def _show(page: Page, case: Case, found: Comparison, made: Sequence[Decision]) -> None:
    if not may_decide(page.store.session):
        st.html(tag("p", f"The role “{page.store.session.role}” cannot write a decision down.", css="note"))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _fields(page, case, found)
        is_asked = st.button("Save decision", type="primary", key="meeting/save")
    st.html(tag("p", _standing(case, made), css="note"))
    if is_asked:
        try:
            _save(page, case, found)
        except TwinError as error:
            guard.report(error)
            return
        st.rerun()


def _fields(page: Page, case: Case, found: Comparison) -> None:
    names = {at + 1: f"{LETTERS[at]} {result.plan.name}" for at, result in enumerate(found.plans)}
    options = [*names, "none", "more_data"]

    def field(name: str) -> dict:
        key = memory.field_key(case, name)
        st.session_state.setdefault(key, getattr(memory.draft(case), name))

        def keep() -> None:
            memory.put_draft(case, replace(memory.draft(case), **{name: st.session_state[key]}))

        return {"key": key, "on_change": keep}

    st.selectbox(
        "Decision",
        options,
        index=None,
        placeholder="Choose",
        format_func=lambda one: names.get(one) or WORDS[one],
        **field("choice"),
    )
    st.text_input("Reason", max_chars=LONGEST_LINE, placeholder="One line", **field("reason"))
    st.text_input("Owner", max_chars=LONGEST_NAME, width=150, **field("owner"))
    st.date_input(
        "Review date",
        value=None,
        min_value=page.today + timedelta(days=1),
        format="DD/MM/YYYY",
        width=200,
        **field("review_date"),
    )
    st.text_input("Dissent", max_chars=LONGEST_LINE, placeholder="Who, and why", **field("dissent"))


def _standing(case: Case, made: Sequence[Decision]) -> str:
    if memory.has_draft(case):
        return "Not saved yet. What is filled in stays for as long as this visit lasts."
    newest = made[-1] if made else None
    if newest is None or newest.case_id != case.case_id:
        return "Not decided yet. A saved decision cannot be changed; a later one supersedes it."
    when = f"{words.day(newest.decided.date())} {newest.decided:%H:%M} UTC"
    return f"Decided: {said_decision(newest)} ({newest.decided_by}, {when}). Another decision would supersede it."


def _save(page: Page, case: Case, found: Comparison) -> None:
    draft = memory.draft(case)
    chosen = draft.choice if isinstance(draft.choice, int) else None
    kind = "plan" if chosen else draft.choice or ""
    fields = Decided(kind, chosen, draft.reason, draft.owner, draft.review_date, draft.dissent)
    plans = [result.plan for result in found.plans]
    receipt = receipt_of(page.patient, page.twin, plans, chosen, on=page.today, draws=found.draws, seed=found.seed)
    now = basis(page, found, case.basis.outcome)
    decide(page.store, case.case_id, fields, now, receipt.to_json(), today=page.today)
    memory.forget_draft(case)
