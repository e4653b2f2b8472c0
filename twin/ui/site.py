"""Which pages does the app have, and where are they?"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

PAGES_FOLDER = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True, slots=True)
class SitePage:
    """One page: its file below ``pages/``, its address and the name everyone sees."""

    file: str
    title: str
    address: str
    is_of_patient: bool = False

    def page(self) -> st.Page:
        """Return the page as Streamlit knows it; only inside a run."""
        return st.Page(PAGES_FOLDER / self.file, title=self.title, url_path=self.address, default=self is PATIENTS)


PATIENTS = SitePage("patients.py", "Patients", "patients")
MEETING = SitePage("meeting.py", "Meeting", "meeting")
SUMMARY = SitePage("summary.py", "Summary", "summary", is_of_patient=True)
TIMELINE = SitePage("timeline.py", "Timeline", "timeline", is_of_patient=True)
COMPARE = SitePage("compare.py", "Compare plans", "compare", is_of_patient=True)
EVIDENCE = SitePage("evidence.py", "Evidence", "evidence")
PROOF = SitePage("proof.py", "Proof", "proof")
IMPORT = SitePage("import_data.py", "Import", "import")
ABOUT = SitePage("about.py", "About", "about")

SITE = (PATIENTS, MEETING, SUMMARY, TIMELINE, COMPARE, EVIDENCE, PROOF, IMPORT, ABOUT)

PAGE_OF_ACTION = {page.address: page for page in SITE}
"""Where a review rule's action leads."""
