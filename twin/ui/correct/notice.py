"""Where the twin is out of step with its patient: what would mend it, and where is that done?"""

import streamlit as st

from twin.ui.shell import Page
from twin.ui.site import TIMELINE

ANCHOR = "correct-the-record"


def withheld_twin(page: Page, *, is_on_timeline: bool = False) -> None:
    """Say why the twin's numbers are not shown, and lead to where the record is corrected if that can help."""
    if not page.twin_withheld:
        return
    st.error(page.twin_withheld + (f" [Correct the record](#{ANCHOR})" if is_on_timeline and _can_mend(page) else ""))
    if not is_on_timeline:
        way_to_correct(page)


def way_to_correct(page: Page) -> None:
    """Show the way to where the record is corrected, if the twin is withheld because it is out of sync."""
    if _can_mend(page):
        st.page_link(TIMELINE.page(), label="Correct the record on Timeline")


def _can_mend(page: Page) -> bool:
    return not page.twin.in_sync and page.twin_withheld.endswith(page.twin.out_of_sync_reason)
