"""Which meeting, which case and which unsaved decisions does this visit have?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from twin.record.meetings import Case
from twin.ui import access, state

MODE_PARAMETER, MEETING_MODE = "mode", "meeting"
UNSAVED = "A decision of the meeting is not saved yet. It stays on the Meeting page for as long as this visit lasts."
_DAY, _CASE, _MODE, _DRAFTS, _EDITION = (
    "meeting/day",
    "meeting/case",
    "meeting/mode",
    "meeting/drafts",
    "meeting/edition",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """The five fields of a decision that is not saved; `choice` is a plan's number, a word, or ``None``.

    `plans` are those that the choice is among.
    """

    choice: int | str | None = None
    reason: str = ""
    owner: str = ""
    review_date: date | None = None
    dissent: str = ""
    plans: str = ""


def day() -> date:
    """Return the day of the meeting on screen, today unless another was chosen."""
    return st.session_state.get(_DAY) or access.today()


def choose_day(chosen: date) -> None:
    """Look at the meeting of another day."""
    st.session_state[_DAY] = chosen


def open_case(case: Case) -> None:
    """Show a case; its patient becomes the one this visit has open."""
    st.session_state[_CASE] = case.case_id
    state.open_patient(case.patient_id)


def shown_case(cases: Sequence[Case]) -> Case | None:
    """Return the case on screen: always one of the open patient, so that header and case cannot differ."""
    own = [case for case in cases if case.patient_id == state.patient_id()]
    chosen = [case for case in own if case.case_id == st.session_state.get(_CASE)]
    return next(iter((*chosen, *own)), None)


def is_meeting_mode() -> bool:
    """Say whether the page is shown for a projector; an address with ``?mode=meeting`` asks for it."""
    if _MODE not in st.session_state:
        st.session_state[_MODE] = st.query_params.get(MODE_PARAMETER) == MEETING_MODE
    return st.session_state[_MODE]


def switch_mode() -> None:
    """Begin or leave meeting mode."""
    st.session_state[_MODE] = not is_meeting_mode()


def show_mode_in_address() -> None:
    """Keep the address as the mode is; nothing of a patient is ever in it."""
    if is_meeting_mode():
        st.query_params[MODE_PARAMETER] = MEETING_MODE
    elif MODE_PARAMETER in st.query_params:
        del st.query_params[MODE_PARAMETER]


def draft(case: Case) -> Draft:
    """Return the unsaved fields of a case; a choice among other plans than its own is none."""
    kept = _drafts().get(case.case_id, Draft())
    return kept if kept.plans == case.basis.plans else replace(kept, choice=None, plans=case.basis.plans)


def put_draft(case: Case, changed: Draft) -> None:
    """Keep unsaved fields; they outlast a visit to another case or page."""
    _drafts()[case.case_id] = changed


def forget_draft(case: Case) -> None:
    """Forget the fields of a case, and begin its widgets anew."""
    _drafts().pop(case.case_id, None)
    st.session_state[_EDITION] = st.session_state.get(_EDITION, 0) + 1


def field_key(case: Case, name: str) -> str:
    """Return the state key of a field, new once the case was decided or prepared again."""
    return f"meeting/{case.case_id}/{case.prepared:%H%M%S%f}/{st.session_state.get(_EDITION, 0)}/{name}"


def has_draft(case: Case) -> bool:
    """Say whether something was filled in and not saved."""
    return _says_anything(draft(case))


def warn_elsewhere() -> None:
    """Let the next page say that something is not saved; the meeting page itself takes that back."""
    if any(map(_says_anything, _drafts().values())):
        st.session_state[state.NOTICE] = UNSAVED


def take_back_warning() -> None:
    """Leave out of this page what is said to whoever left it."""
    if st.session_state.get(state.NOTICE) == UNSAVED:
        del st.session_state[state.NOTICE]


def _says_anything(one: Draft) -> bool:
    return replace(one, plans="") != Draft()


def _drafts() -> dict[int, Draft]:
    return st.session_state.setdefault(_DRAFTS, {})
