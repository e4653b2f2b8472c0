"""How do the plans on screen come onto the list of a meeting?"""

import streamlit as st

from twin import words
from twin.errors import TwinError
from twin.plans.results import Comparison
from twin.plans.templates import to_toml
from twin.record.meetings import Case, agenda, remove_case, take_case
from twin.ui import guard
from twin.ui.compare import memory as desks
from twin.ui.html import tag
from twin.ui.meeting import memory
from twin.ui.meeting.prepared import basis
from twin.ui.shell import Page
from twin.ui.site import MEETING

_DAY, _FAILED = "compare/meeting/day", "compare/meeting/failed"


@st.fragment
def take_to_meeting(page: Page, found: Comparison) -> None:
    """Show the button that puts the comparison on a list, and what is on it of this patient."""
    try:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="take-to-meeting"):
            _show(page, found)
    except Exception as error:
        guard.report(error)


def _show(page: Page, found: Comparison) -> None:
    day = st.date_input(
        "Meeting of",
        value=memory.day(),
        min_value=min(memory.day(), page.today),
        key=_DAY,
        format="DD/MM/YYYY",
        width=150,
    )
    cases = agenda(page.store, day)
    own = next((case for case in cases if case.patient_id == page.patient.id), None)
    st.button("Take to meeting", on_click=_try, args=(lambda: _take(page, found, day),))
    if failed := st.session_state.pop(_FAILED, ""):
        st.error(failed)
    if own is None:
        return
    st.html(tag("p", _standing(own, cases.index(own) + 1, found), css="note"), width="content")
    st.button("Take off the list", on_click=_try, args=(lambda: remove_case(page.store, own.case_id),))
    if st.button("Open the meeting"):
        memory.choose_day(day)
        memory.open_case(own)
        st.switch_page(MEETING.page())


def _standing(case: Case, number: int, found: Comparison) -> str:
    on_list = f"Case {number} on the list of {words.day(case.meeting_day)}"
    if desks.desk().is_lifetime:
        on_list += f", over {case.basis.horizon_years} years"
    same = case.basis.plans == to_toml([result.plan for result in found.plans])
    is_same = same and (case.basis.outcome, case.basis.horizon_years) == (desks.desk().outcome, found.horizon_years)
    return f"{on_list}." if is_same else f"{on_list}, with other settings: taking again replaces them."


def _take(page: Page, found: Comparison, day) -> None:
    take_case(page.store, page.patient.id, day, basis(page, found, desks.desk().outcome))


def _try(change) -> None:
    try:
        change()
    except TwinError as error:
        st.session_state[_FAILED] = f"{error.clinical} ({error.code})"
