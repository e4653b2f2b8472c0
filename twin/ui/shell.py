"""What stands around every page: title, patient, safety line, and what happens when it fails?"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal, NoReturn

import streamlit as st

from twin import __version__, words
from twin.physiology.longitudinal import ADULT_YEARS, Twin, why_withheld
from twin.record.patient import Patient
from twin.record.store import Store
from twin.ui import access, first_start, guard, scripts, state
from twin.ui.changes import results_changed_on
from twin.ui.header import empty_header, patient_header
from twin.ui.html import Html, tag
from twin.ui.site import PATIENTS, SITE, SUMMARY, SitePage
from twin.ui.status import plain_status, status

STYLES = Path(__file__).with_name("styles.css")
ICON = Path(__file__).with_name("icon.svg")
SAFETY = "Estimates for people with the same measurements. Use with your own judgement."
NOT_FOR = f"Not for emergencies, pregnancy, people under {ADULT_YEARS}, or use without a clinician."


@dataclass
class Page(AbstractContextManager):
    """One page of the app, open for the length of a ``with`` block.

    `today`, `store`, `patient` and `twin` are what a view needs. `say` sets the page's status sentence.
    An error inside the block becomes one sentence; Streamlit's own signals pass.
    """

    title: str
    question: str
    needs_patient: bool
    today: date = field(default_factory=lambda: access.today())  # looked up when a page opens
    _sentence: str = ""
    _is_said: bool = False

    def __enter__(self) -> "Page":
        st.set_page_config(page_title=f"{self.title} - Counterpart", page_icon=str(ICON), layout="wide")
        st.html(STYLES)
        unread, is_ready, has_patient = None, False, False
        try:
            is_ready = first_start.is_ready()
            has_patient = is_ready and self.patient is not None
            header = patient_header(self.patient, self.today) if has_patient else empty_header()
        except Exception as error:
            header, unread = empty_header("Patient not shown"), error
        self._head(header, has_patient=has_patient)
        with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
            question = tag("p", self.question, css="question")
            st.html(tag("div", tag("h1", self.title), question, css="title"), width="content")
            self._status, self._plain_status = st.empty(), st.empty()
            scripts.probe()
        if unread is not None:
            guard.report(unread)
            self.stop()
        self._begin(is_ready)
        return self

    def __exit__(self, kind, error, trace) -> bool:
        if isinstance(error, Exception):
            guard.report(error)
        if error is None or isinstance(error, Exception):
            self._close()
        return isinstance(error, Exception)

    def _head(self, header: Html, *, has_patient: bool) -> None:
        with st.container(key="patient-header", gap=None):
            st.html(header)
            if has_patient:
                with st.container(horizontal=True, gap="small", key="patient-pages"):
                    for page in SITE:
                        if page.is_of_patient:
                            st.page_link(page.page())

    def _begin(self, is_ready: bool) -> None:
        if notice := state.take_notice():
            st.info(notice)
        if not is_ready:
            first_start.show()
            self.stop()
        if self.needs_patient and self.patient is None:
            st.html(tag("p", f"No patient chosen. {self.title} shows one patient at a time.", css="empty"))
            st.page_link(PATIENTS.page(), label="Choose a patient")
            self.stop()

    def _close(self) -> None:
        if not self._is_said:
            self._announce()
        _footer()

    def _announce(self) -> None:
        with self._status:
            status(self._sentence)
        with self._plain_status:
            plain_status(self._sentence)

    def stop(self) -> NoReturn:
        """End the page here, with its footer."""
        self._close()
        st.stop()

    def say(self, sentence: str, *, in_fragment: bool = False) -> None:
        """Set the sentence that screen readers announce when it changes; the last one of a run counts.

        Parameters
        ----------
        in_fragment
            Whether a fragment says it. It then says it at once and in every run: what a fragment has not
            written to in the page's own run, it cannot write to later.
        """
        self._sentence = sentence
        if in_fragment:
            self._is_said = True
            self._announce()

    @cached_property
    def store(self) -> Store:
        """The record, through this visit's session."""
        return access.store()

    @cached_property
    def patient(self) -> Patient | None:
        """The patient this visit has open."""
        patient_id = state.patient_id()
        return access.patient(patient_id) if patient_id else None

    @cached_property
    def twin(self) -> Twin:
        """The patient's twin, fitted at first use."""
        return access.twin(self.patient, on=self.today)

    @property
    def twin_withheld(self) -> str:
        """Why the twin's numbers are not shown; empty where they are."""
        return why_withheld(self.patient, self.twin)


def open_page(title: str, question: str, *, patient: bool = False) -> Page:
    """Return a page to open with ``with``.

    Parameters
    ----------
    title
        As in the navigation.
    question
        The one question the page answers; its subtitle.
    patient
        Whether the page is about one patient; without one it shows the way to the worklist.
    """
    return Page(title, question, patient)


def go_to_button(target: SitePage, *, key: str, type: Literal["primary", "secondary"] = "secondary") -> None:
    """Show a button that leads to a page; the page it stands on is not run again first."""
    st.button(target.title, key=key, type=type, on_click=lambda: st.switch_page(target.page()))


def go_to_patient(patient_id: str) -> None:
    """Open a patient and show the summary; called back by what opens one, so that its page is not run again first."""
    state.open_patient(patient_id)
    st.switch_page(SUMMARY.page())


def _footer() -> None:
    changed = words.day(results_changed_on())
    st.html(
        tag(
            "footer",
            tag("p", SAFETY, " ", NOT_FOR),
            tag("p", f"Counterpart {__version__} · Results last changed {changed} · Runs on this machine only"),
            css="page-footer",
        )
    )
