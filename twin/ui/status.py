"""How does a page say a sentence that a screen reader announces when it changes?"""

import streamlit as st

from twin.ui import scripts
from twin.ui.html import tag

# The node stays and only its text changes: that is what assistive software listens for. Markup put on
# the page again with every run is a new node, and many readers stay silent.
_SCRIPT = """
export default function ({ data, parentElement }) {
  const line = parentElement.querySelector("p");
  if (line.textContent !== data.sentence) line.textContent = data.sentence;
}
"""

_status = st.components.v2.component(
    "counterpart_status", html='<p role="status" class="status"></p>', js=_SCRIPT, isolate_styles=False
)


def status(sentence: str) -> None:
    """Show the page's status sentence."""
    _status(key="status", data={"sentence": sentence}, height="content")


def plain_status(sentence: str) -> None:
    """Show the sentence as markup while no script is known to run; the stylesheet hides it once one has said it."""
    if scripts.have_failed() or not scripts.do_run():
        st.html(tag("p", sentence, css="status plain"))
