"""Which cases does the meeting look at, and how does one come from one to the next?"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

import streamlit as st

from twin import words
from twin.errors import TwinError
from twin.record.decisions import Decision
from twin.record.meetings import Case, meeting_days, move_case, plan_time, remove_case, take_case
from twin.ui import access
from twin.ui.header import full_name
from twin.ui.html import tag
from twin.ui.meeting import memory
from twin.ui.meeting.prepared import basis_of_another
from twin.ui.meeting.right import made_by_all
from twin.ui.shell import Page
from twin.ui.worklist import openable_table
from twin.words import counted

_SAID, _FAILED, _SEARCH = "meeting/list/said", "meeting/list/failed", "meeting/search"
FOUND_AT_MOST = 8


def way_through(cases: Sequence[Case], shown: Case | None) -> None:
    """Show the buttons to the case before and the case after, and the switch of meeting mode."""
    at = cases.index(shown) if shown is not None else -1
    before = cases[at - 1] if at > 0 else None
    after = cases[at + 1] if at + 1 < len(cases) else None
    _step("Previous case", "Alt+K", before)
    _step("Next case" if shown is not None else "First case", "Alt+J", after)
    mode = "Leave meeting mode" if memory.is_meeting_mode() else "Meeting mode"
    st.button(mode, on_click=memory.switch_mode, key="meeting/switch", shortcut="Alt+M")


def _step(label: str, keys: str, case: Case | None) -> None:
    st.button(
        label,
        on_click=memory.open_case,
        args=(case,),
        disabled=case is None,
        key=f"meeting/step/{keys}",
        shortcut=keys,
    )


def day_of_meeting(page: Page) -> None:
    """Show which day's list it is, and let another be chosen."""
    key = "meeting/day/chosen"
    st.session_state.setdefault(key, memory.day())
    st.date_input(
        "Meeting of",
        key=key,
        format="DD/MM/YYYY",
        width=190,
        label_visibility="collapsed",
        on_change=lambda: memory.choose_day(st.session_state[key]),
    )


def cases_list(page: Page, cases: Sequence[Case], shown: Case | None) -> None:
    """Show the cases of the day, and behind a heading how the list is changed."""
    names, made = _names(page), made_by_all(page)
    decided = {one.case_id for one in made}
    due = _reviews_due(made, cases)
    if cases:
        rows = [_row(number, case, names, decided, case == shown) for number, case in enumerate(cases, start=1)]
        openable_table(
            ("Case",),
            rows,
            [str(case.case_id) for case in cases],
            caption=f"Cases of {words.day(memory.day())}",
            key="meeting-list",
            on_open=lambda key: memory.open_case(next(case for case in cases if str(case.case_id) == key)),
        )
    else:
        st.html(tag("p", f"No cases on the list of {words.day(memory.day())}.", css="empty"))
        _other_days(page)
    title = f"Change the list, {counted(len(due), 'review')} due" if due else "Change the list"
    with st.expander(title, expanded=not cases):
        _change(page, cases, names, shown)
        _add(page, due, names)


def _row(
    number: int, case: Case, names: Mapping[str, str], decided: Collection[int], is_shown: bool
) -> tuple[tuple[str, str]]:
    states = [
        *([f"{case.planned:%H:%M}"] if case.planned else []),
        "decided" if case.case_id in decided else "open",
        *(["draft not saved"] if memory.has_draft(case) else []),
        *(["on screen"] if is_shown else []),
    ]
    said = ", ".join(states)
    return ((f"{number} {names.get(case.patient_id, 'Not in the record')}", said[0].upper() + said[1:]),)


def _names(page: Page) -> dict[str, str]:
    frame = access.review(on=page.today).panel.frame
    parts = zip(frame["id"], frame["family"], frame["given"], frame["prefix"], strict=True)
    return {patient_id: _name(family, given, prefix) for patient_id, family, given, prefix in parts}


def _other_days(page: Page) -> None:
    days = [day for day in meeting_days(page.store) if day != memory.day()][:3]
    if days:
        st.html(tag("p", f"Lists of other days: {', '.join(map(words.day, days))}.", css="note"))


def _try(change: Callable[[], None], said: str = "") -> None:
    try:
        change()
        st.session_state[_SAID] = said
    except TwinError as error:
        st.session_state[_FAILED] = f"{error.clinical} ({error.code})"


def _change(page: Page, cases: Sequence[Case], names: dict[str, str], shown: Case | None) -> None:
    if said := st.session_state.pop(_SAID, ""):
        st.html(tag("p", said, css="note"))
    if failed := st.session_state.pop(_FAILED, ""):
        st.error(failed)
    if shown is not None:
        _arrange(page, cases, names, shown)
    elif cases:
        st.html(tag("p", "Open a case to move it, to plan its time or to take it off.", css="note"))


def _arrange(page: Page, cases: Sequence[Case], names: Mapping[str, str], case: Case) -> None:
    st.html(tag("p", f"Case {cases.index(case) + 1} {names.get(case.patient_id, '')}"))
    key = f"meeting/time/{case.case_id}"
    st.session_state.setdefault(key, case.planned)
    st.time_input(
        "Planned time",
        key=key,
        step=300,
        on_change=lambda: _try(lambda: plan_time(page.store, case.case_id, st.session_state[key])),
    )
    with st.container(horizontal=True, gap="small"):
        move = partial(move_case, page.store, case.case_id)
        st.button("Move up", on_click=_try, args=(lambda: move(by=-1),), disabled=case == cases[0])
        st.button("Move down", on_click=_try, args=(lambda: move(by=1),), disabled=case == cases[-1])
        off = "Taken off the list. What was decided stays on record."
        st.button("Take off", on_click=_try, args=(lambda: remove_case(page.store, case.case_id), off))


def _reviews_due(made: Iterable[Decision], cases: Sequence[Case]) -> list[Decision]:
    """Return the standing decisions whose review is due on the day of the meeting and not on its list."""
    standing = {one.patient_id: one for one in made}  # the last of each patient
    listed = {case.patient_id for case in cases}
    due = [one for one in standing.values() if one.patient_id not in listed and one.fields.review_date <= memory.day()]
    return sorted(due, key=lambda one: one.fields.review_date)


def _add(page: Page, due: Sequence[Decision], names: Mapping[str, str]) -> None:
    if due:
        rows = [(names.get(one.patient_id, ""), words.day(one.fields.review_date)) for one in due[:FOUND_AT_MOST]]
        _openable(page, ("Add", "Review due"), rows, [one.patient_id for one in due[:FOUND_AT_MOST]], "meeting-due")
    text = st.text_input("Add a patient: name or ID", key=_SEARCH, type="search", live=True)
    if not text or not text.strip():
        return
    found = page.store.search(text, limit=FOUND_AT_MOST)
    if not found:
        st.html(tag("p", "No patient found.", css="note"))
        return
    rows = [(_name(one["family"], one["given"], one["prefix"]), words.day(one["birth_date"])) for one in found]
    _openable(page, ("Add", "Born"), rows, [one["id"] for one in found], "meeting-add")


def _openable(page: Page, head: tuple[str, str], rows: Sequence, ids: Sequence[str], key: str) -> None:
    def add(patient_id: str) -> None:
        take_case(page.store, patient_id, memory.day(), basis_of_another(page, patient_id))
        st.session_state[_SEARCH] = ""

    said = "Added to the end of the list, with the plans of the last decision if there is one."
    openable_table(
        head,
        rows,
        ids,
        caption=f"Patients: {head[1].lower()}",
        key=key,
        on_open=lambda one: _try(lambda: add(one), said),
    )


def _name(family: str | None, given: str | None, prefix: str | None) -> str:
    return full_name(family or "", given or "", prefix or "")
