"""How does a page reach the record, the twins and today's date?"""

import threading
from datetime import date

import pandas as pd
import streamlit as st

from twin import data_files
from twin.governance.session import demo_session
from twin.physiology.longitudinal import Twin, fit
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


def store() -> Store:
    """Return the record as the demo identity sees it."""
    return database().session(demo_session())


def today() -> date:
    """Return today's date at this machine."""
    return date.today()


def data_version() -> str:
    """Return a text that changes whenever the record's data do."""
    return database().data_version()


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _patient(patient_id: str, version: str) -> Patient:
    return store().patient(patient_id)


def patient(patient_id: str) -> Patient:
    """Return a patient; the audit gets one row a visit and data version, not one a rerun."""
    return _patient(patient_id, data_version())


@st.cache_resource(max_entries=256, show_spinner=False)
def _twin(_patient: Patient, patient_id: str, version: str, on: date) -> Twin:
    return fit(_patient, on=on)


def twin(patient: Patient, *, on: date) -> Twin:
    """Return the patient's twin as of `on`, fitted once a data version."""
    return _twin(patient, patient.id, data_version(), on)


@st.cache_resource(max_entries=4, show_spinner=False)
def _panel(version: str, on: date) -> pd.DataFrame:
    return store().panel(on)


def panel(*, on: date) -> pd.DataFrame:
    """Return the whole panel, one row a patient; treat it as read-only."""
    return _panel(data_version(), on)
