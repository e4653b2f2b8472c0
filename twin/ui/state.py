"""Which keys does a visit's state have, and what happens to them when the patient changes?"""

import streamlit as st

PATIENT = "patient_id"
NOTICE = "notice"
PLANS = "plans"
PLAN_KEYS = (f"{PLANS}/", "compare/")
"""How every key of plan settings and of their widgets begins."""

SEARCH = "patients/search"
SORT = "patients/sort"
WORKLIST_PAGE = "patients/page"
TIMELINE_YEARS = "timeline/years"
TIMELINE_NUMBERS = "timeline/numbers"
CORRECT_KIND = "correct/kind"
CORRECT_FOR = "correct/for"
CORRECT_TURN = "correct/turn"
CORRECT_SHOWN = "correct/shown"
IMPORT_FILES = "import/files"
IMPORT_JOB = "import/job"

PLANS_CLEARED = "Patient changed. The plan settings of the previous patient were cleared."


def patient_id() -> str | None:
    """Return the patient this visit has open."""
    return st.session_state.get(PATIENT)


def open_patient(patient_id: str) -> None:
    """Open a patient; another patient's plan settings are cleared and the next page says so."""
    previous = st.session_state.get(PATIENT)
    st.session_state[PATIENT] = patient_id
    if previous != patient_id and clear_plans():
        st.session_state[NOTICE] = PLANS_CLEARED


def clear_plans() -> bool:
    """Forget every plan setting and say whether there were any."""
    keys = [key for key in st.session_state if str(key).startswith(PLAN_KEYS)]
    for key in keys:
        del st.session_state[key]
    return bool(keys)


def take_notice() -> str | None:
    """Return the sentence the next page owes the reader, once."""
    return st.session_state.pop(NOTICE, None)
