"""Who needs a decision?"""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from twin import words
from twin.monitoring.review import Review
from twin.ui import access, state
from twin.ui.header import full_name
from twin.ui.html import tag
from twin.ui.kept import kept
from twin.ui.shell import Page, go_to_patient
from twin.ui.site import IMPORT
from twin.ui.worklist import openable_table
from twin.words import counted

PAGE_ROWS = 25
OUT_OF_SYNC = "Twin out of sync: its numbers are withheld"
HEAD = ("Name", "Age, sex", "Reason for review", "10-year CVD risk", "Data to", "Open actions")
SORTS = ("Decision due", "Risk now", "Oldest data", "Name")
RULE = (
    "Order of decision due: values over a guideline's threshold without treatment, values over it in spite of "
    "treatment, records without new values for 12 months; within each by risk. About lists the rules."
)


def search_and_sort() -> tuple[str, str]:
    """Show the search box and the choice of order, and return both."""
    left, right = st.columns([3, 1])
    text = left.text_input(
        "Search by name or ID",
        key=state.SEARCH,
        type="search",
        live=True,
        persist_state="session",
        on_change=first_page,
    )
    order = right.selectbox("Sort by", SORTS, key=state.SORT, persist_state="session", on_change=first_page)
    return text or "", order


def first_page() -> None:
    """Go back to the first rows: the list changed."""
    st.session_state[state.WORKLIST_PAGE] = 0


def chosen_rows(review: Review, text: str, order: str) -> np.ndarray:
    """Return the rows of the panel that match the search, in the chosen order."""
    rows = _orders(review)[order]()
    frame = review.panel.frame
    haystack = (
        frame["family"].fillna("")
        + " "
        + frame["given"].fillna("")
        + " "
        + frame["family"].fillna("")
        + " "
        + frame["identifier"].fillna("")
    ).str.lower()
    wanted = np.ones(len(frame), dtype=bool)
    for word in text.lower().replace(",", " ").split():
        wanted &= haystack.str.contains(word, regex=False).to_numpy()
    return rows[wanted[rows]]


def _orders(review: Review):
    frame = review.panel.frame
    return {
        "Decision due": review.order,
        "Risk now": lambda: np.argsort(-np.nan_to_num(review.risk, nan=-1.0), kind="stable"),
        "Oldest data": lambda: np.argsort(-review.panel.months_without_data(), kind="stable"),
        "Name": lambda: np.lexsort((frame["given"].str.lower(), frame["family"].str.lower())),
    }


def worklist(page: Page, text: str, order: str) -> None:
    """Show one page of the worklist and open the patient whose name is chosen."""
    review = access.review(on=page.today)
    out_of_sync = kept(on=page.today).out_of_sync
    rows = chosen_rows(review, text, order)
    waiting = int(np.count_nonzero(review.decisions()[rows]))
    number = min(st.session_state.get(state.WORKLIST_PAGE, 0), max(len(rows) - 1, 0) // PAGE_ROWS)
    first = number * PAGE_ROWS
    shown = rows[first : first + PAGE_ROWS]
    openable_table(
        HEAD,
        [_cells(review, row, out_of_sync) for row in shown],
        [review.panel.frame["id"].iloc[row] for row in shown],
        caption="Patients",
        key="worklist",
        on_open=go_to_patient,
    )
    if not len(rows):
        _say_none(page, is_empty=not len(review.panel.frame))
        return
    invented = int(np.count_nonzero(review.panel.frame["is_synthetic"].to_numpy()[rows]))
    page.say(
        f"{counted(len(rows), 'patient')}, {waiting:,} {'waits' if waiting == 1 else 'wait'} for a decision; "
        f"{first + 1:,} to {first + len(shown):,} shown. "
        f"Synthetic patients {invented:,}"
    )
    _turn_pages(number, len(rows))
    if order == SORTS[0]:
        st.html(tag("p", RULE, css="note"))


def _say_none(page: Page, *, is_empty: bool) -> None:
    if is_empty:
        page.say("No patients")
        st.html(tag("p", "No patients yet. Import brings records in.", css="empty"))
        st.page_link(IMPORT.page(), label="Import records")
        return
    page.say("No patient found")
    st.html(tag("p", "No patient found. Search by family name, given name or the digits of the ID.", css="empty"))


def _cells(review: Review, row: int, out_of_sync: Mapping[str, str]) -> list[str | tuple[str, str]]:
    record = review.panel.frame.iloc[row]
    findings = review.findings(row)
    reason = f"{findings[0].rule.title}. {findings[0].why}" if findings else "None found by the checks"
    age = review.panel.age()[row]
    until = record["data_until"]
    return [
        full_name(record["family"], record["given"], record["prefix"]),
        f"{'Not known' if np.isnan(age) else int(age)}, {record['sex'] or 'not known'}",
        (reason, OUT_OF_SYNC) if record["id"] in out_of_sync else reason,
        risk_cell(review, row),
        words.day(None if until is None or until != until else until),
        str(int(review.decisions()[row])),
    ]


def risk_cell(review: Review, row: int) -> str | tuple[str, str]:
    """Return the risk of a row in words, with a smaller line where it is of another event or withheld."""
    risk = review.risk[row]
    if np.isnan(risk):
        return "No estimate shown", str(review.withheld[row])
    said = words.in_people(float(risk))
    return said if np.isnan(review.after_event[row]) else (said, "Another event")


def _turn_pages(number: int, rows: int) -> None:
    last = (rows - 1) // PAGE_ROWS
    if last == 0:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Previous 25", disabled=number == 0, on_click=_turn_to, args=(number - 1,))
        st.button("Next 25", disabled=number == last, on_click=_turn_to, args=(number + 1,))
        st.html(f"<p class='empty'>Page {number + 1} of {last + 1}</p>", width="content")


def _turn_to(number: int) -> None:
    st.session_state[state.WORKLIST_PAGE] = number
