"""How does a page reach the record, the twins and today's date?"""

import threading
from datetime import date

import streamlit as st

from twin import data_files
from twin.governance.session import demo_session
from twin.monitoring.review import Review, review_panel
from twin.physiology.longitudinal import Twin, fit
from twin.proof.report_card import ReportCard, report_card
from twin.record.database import Database
from twin.record.patient import Patient
from twin.record.store import Store

_lock = threading.Lock()
_database: Database | None = None


def database() -> Database:
    """Return the process's one database, opened at first use."""
    global _database
    with _lock:
        if _database is None:
            _database = Database.open(data_files.home())
        return _database


def close() -> None:
    """Close the database; the next use opens it again."""
    global _database
    with _lock:
        if _database is not None:
            _database.close()
            _database = None


def new_store() -> Store:
    """Return the record as the demo identity sees it; each call is a row of the audit."""
    return database().session(demo_session())


@st.cache_resource(show_spinner=False, scope="session")
def store() -> Store:
    """Return this visit's store: one a visit, so that the audit has one row a visit."""
    return new_store()


def today() -> date:
    """Return today's date at this machine."""
    return date.today()


def data_version() -> int:
    """Return a number that changes whenever the record's data do: by an import, a correction or its undoing."""
    return database().data_version()


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _patient(patient_id: str, version: int) -> Patient:
    return store().patient(patient_id)


def patient(patient_id: str) -> Patient:
    """Return a patient; the audit gets one row a visit and data version, not one a rerun."""
    return _patient(patient_id, data_version())


@st.cache_resource(max_entries=256, show_spinner=False)
def _twin(_patient: Patient, patient_id: str, version: int, on: date) -> Twin:
    return fit(_patient, on=on)


def twin(patient: Patient, *, on: date) -> Twin:
    """Return the patient's twin as of `on`, fitted once a data version."""
    return _twin(patient, patient.id, data_version(), on)


@st.cache_resource(max_entries=4, show_spinner=False)
def _review(version: int, on: date) -> Review:
    return review_panel(new_store().panel(on), on=on)


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def _note_panel(version: int, on: date) -> None:
    store().audit("view", "panel", {"on": on.isoformat()})


def review(*, on: date) -> Review:
    """Return what the review rules say about the whole panel; the audit gets one row a visit and data version."""
    version = data_version()
    _note_panel(version, on)
    return _review(version, on)


def warm_review() -> None:
    """Apply the review rules before the first visit asks."""
    _review(data_version(), today())


@st.cache_resource(max_entries=64, show_spinner=False)
def _report_card(_patient: Patient, patient_id: str, version: int, on: date) -> ReportCard:
    return report_card(_patient, on=on)


def card(patient: Patient, *, on: date) -> ReportCard:
    """Return how the twin's forecasts of this patient's last year turned out."""
    return _report_card(patient, patient.id, data_version(), on)
