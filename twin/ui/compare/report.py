"""How is a comparison carried away as a file?"""

import streamlit as st

from twin import __version__
from twin.plans.results import Comparison
from twin.ui import guard
from twin.ui.changes import results_changed_on
from twin.ui.compare import memory
from twin.ui.compare.lifetime import lifelong_of
from twin.ui.compare.report_html import Made, report_html
from twin.ui.shell import Page

_LABELS = {False: "Make report", True: "Make report for the patient"}
_FILES = {False: "plans", True: "plans-for-patient"}


@st.fragment
def report_buttons(page: Page, found: Comparison, outcome: str | None = None, keys: str | None = None) -> None:
    """Show the buttons that make a report; the file is made, and written down in the audit, when one is pressed.

    Parameters
    ----------
    outcome
        The one that the report shows; that of the desk unless given.
    keys
        Which keys make the clinician's report, for example ``Alt+P``.
    """
    try:
        with st.container(horizontal=True, gap="small"):
            for for_patient in _LABELS:
                _button(page, found, outcome or memory.desk().outcome, keys, for_patient=for_patient)
    except Exception as error:
        guard.report(error)


def _button(page: Page, found: Comparison, outcome: str, keys: str | None, *, for_patient: bool) -> None:
    def make() -> bytes:
        plans = tuple(result.plan for result in found.plans)
        made = Made(page.today, __version__, results_changed_on())
        lifetimes = lifelong_of(page.patient, page.twin, plans)
        text = report_html(page.patient, found, outcome, made=made, lifetimes=lifetimes, for_patient=for_patient)
        detail = {"what": "report", "plans": len(plans), "for_patient": for_patient}
        page.store.audit("export", page.patient.id, detail)
        return text.encode()

    st.download_button(
        _LABELS[for_patient],
        make,
        file_name=f"{_FILES[for_patient]}-{page.today.isoformat()}.html",
        mime="text/html",
        on_click="ignore",
        key=f"compare/report/{for_patient}",
        shortcut=None if for_patient else keys,
    )
