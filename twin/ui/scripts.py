"""Do the scripts of components run in this visit, and does the reader want them?

A page must work where a browser or a site's rules keep them from running: it starts with plain widgets, and changes
over once a script has reported in, which the first page of a visit waits for before anyone has clicked. From then on
that script watches the others: one that breaks, or has not begun `PATIENCE` after it came onto the page, brings the
plain widgets back for the rest of the visit. With it comes `reading_order.js`, for the keyboard.
"""

from pathlib import Path

import streamlit as st

PATIENCE = 4.0
"""How long a script may take to begin. [s] ``styles.css`` waits as long before it shows what needs none."""
PROBE = "scripts"
PLAIN = f"{PROBE}/plain"
_RUN, _FAILED = f"{PROBE}/run", f"{PROBE}/failed"
_SCRIPT = """
// A component that is watched says data-script="waiting" in its markup, and "runs" once its script does.
const since = new WeakMap();
let timer, tell;

function look(patience) {
  const waiting = [...document.querySelectorAll(".stBidiComponent [data-script=waiting]")];
  for (const node of waiting) if (!since.has(node)) since.set(node, performance.now());
  const is_late = waiting.some((node) => performance.now() - since.get(node) > patience);
  const broken = ".stBidiComponent :is([data-testid=stAlertContainer], [data-script=failed])";
  if (!is_late && !document.querySelector(broken)) return;
  clearInterval(timer);
  tell("failed", performance.timeOrigin + performance.now());
}

export default function ({ data, setStateValue }) {
  tell = setStateValue;
  if (!data.is_known) setStateValue("here", true);
  clearInterval(timer);
  if (!data.has_failed) timer = setInterval(look, 250, data.patience);
  return () => clearInterval(timer);
}
"""

_READING_ORDER = Path(__file__).with_name("reading_order.js").read_text("utf-8")

_probe = st.components.v2.component("counterpart_scripts", js=_SCRIPT + _READING_ORDER, isolate_styles=False)


@st.fragment(key=PROBE)
def probe() -> None:
    """Ask the browser to report in, and to say when a script does not run."""

    def note() -> None:
        st.session_state[_RUN] = True
        st.rerun([PROBE])

    def give_up() -> None:
        st.session_state[_FAILED] = True
        use(plain=True)
        st.rerun()

    data = {"is_known": do_run(), "has_failed": have_failed(), "patience": PATIENCE * 1000}
    _probe(key=f"{PROBE}/probe", data=data, on_here_change=note, on_failed_change=give_up)


def do_run() -> bool:
    """Say whether a script has reported in."""
    return st.session_state.get(_RUN, False)


def have_failed() -> bool:
    """Say whether a script broke or did not begin, and nobody has asked to try again."""
    return st.session_state.get(_FAILED, False)


def are_used() -> bool:
    """Say whether to show what needs scripts."""
    return do_run() and not st.session_state.get(PLAIN, False)


def use(*, plain: bool) -> None:
    """Choose plain widgets, or what follows the hand, for the rest of the visit."""
    st.session_state[PLAIN] = plain
    if not plain:
        st.session_state[_FAILED] = False
