"""Where the twin is out of step with its patient: what would mend it, and where is that done?"""

import streamlit as st

from twin.ui.shell import Page
from twin.ui.site import TIMELINE

ANCHOR = "correct-the-record"


def withheld_twin(page: Page, *, is_on_timeline: bool = False) -> None:
    """Say why the twin's numbers are not shown, and lead to where the record is corrected if that can help."""
    if not page.twin_withheld:
        return
    can_be_mended = not page.twin.in_sync and page.twin_withheld.endswith(page.twin.out_of_sync_reason)
    here = f" [Correct the record](#{ANCHOR})" if can_be_mended and is_on_timeline else ""
    st.error(page.twin_withheld + here)
    if can_be_mended and not is_on_timeline:
        st.page_link(TIMELINE.page(), label="Correct the record on Timeline")
