"""Do the scripts of components run in this visit, and does the reader want them?

A page must work where a browser or a site's rules keep them from running: it starts with plain widgets, and changes
over once a script has reported in, which the first page of a visit waits for before anyone has clicked.
"""

import streamlit as st

PROBE = "scripts"
PLAIN = f"{PROBE}/plain"
_RUN = f"{PROBE}/run"
_SCRIPT = """
export default function ({ data, setStateValue }) {
  if (!data.is_known) setStateValue("here", true);
}
"""

_probe = st.components.v2.component("counterpart_scripts", js=_SCRIPT, isolate_styles=False)


@st.fragment(key=PROBE)
def probe() -> None:
    """Ask the browser to report in."""

    def note() -> None:
        st.session_state[_RUN] = True
        st.rerun([PROBE])

    _probe(key=f"{PROBE}/probe", data={"is_known": do_run()}, on_here_change=note)


def do_run() -> bool:
    """Say whether a script has reported in."""
    return st.session_state.get(_RUN, False)


def are_used() -> bool:
    """Say whether to show what needs scripts."""
    return do_run() and not st.session_state.get(PLAIN, False)


def use(*, plain: bool) -> None:
    """Choose plain widgets, or what follows the hand, for the rest of the visit."""
    st.session_state[PLAIN] = plain
