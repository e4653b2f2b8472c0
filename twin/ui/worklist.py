"""How is a table shown whose rows can be opened without leaving the visit?

A link in plain HTML loads the page anew, which ends the visit, and carries the patient in its address.
Here each row's first cell is a button of a real table that tells the server its row. Where scripts do not run, the
table stands without buttons below a list to choose from; the stylesheet keeps both back for as long as a script may
take to begin.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from twin.ui import scripts
from twin.ui.html import Html, table, tag

_table = st.components.v2.component(
    "counterpart_worklist",
    html='<div class="scroll" data-script="waiting"><table class="cp worklist"><caption class="hidden"></caption>'
    "<thead><tr></tr></thead><tbody></tbody></table></div>",
    js=Path(__file__).with_name("worklist.js").read_text("utf-8"),
    isolate_styles=False,
)


def openable_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str | tuple[str, str]]],
    keys: Sequence[str],
    *,
    caption: str,
    key: str,
    on_open: Callable[[str], None] = lambda _: None,
) -> str | None:
    """Show a table and return the key of the row that was just opened; without rows nothing is seen.

    Parameters
    ----------
    head
        Column heads.
    rows
        Text of the cells, or text and a smaller line below it; the first cell of each row is its button.
    keys
        What each row stands for, for example a patient's internal id; never shown.
    caption
        What the table holds, for screen readers.
    key
        Of the element.
    on_open
        Called with the key of the opened row before anything runs again.
    """

    def moving() -> str | None:
        result = _table(
            key=key,
            data={"head": list(head), "rows": [list(row) for row in rows], "keys": list(keys), "caption": caption},
            height="content",
            on_opened_change=lambda: on_open(st.session_state[key]["opened"]["key"]),
        )
        return result.opened["key"] if result.opened else None

    def plain(*, css: str) -> str | None:
        if not rows:
            return None
        with st.container(key=f"{css}-{key}", gap="small"):
            opened = _choice(head[0] or caption, rows, keys, key=key, on_open=on_open)
            st.html(table(head, [[_cell(text) for text in row] for row in rows], caption=caption))
        return opened

    if scripts.have_failed():
        return plain(css="plain")
    opened = moving()
    with st.empty():  # what follows keeps its place when the plain part goes
        return opened if scripts.do_run() else plain(css="late-plain") or opened


def _choice(
    label: str, rows: Sequence[Sequence[str | tuple[str, str]]], keys: Sequence[str], *, key: str, on_open: Callable
) -> str | None:
    names = {
        name: " ".join(row[0]) if isinstance(row[0], tuple) else row[0] for name, row in zip(keys, rows, strict=True)
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        choice = f"{key}/choice"
        chosen = st.selectbox(label, tuple(keys), format_func=lambda one: names.get(one, ""), key=choice)
        pressed = st.button(
            "Choose",
            key=f"{key}/choose",
            on_click=lambda: on_open(st.session_state[choice]),  # what the reader sees, not what the last run knew
            disabled=chosen is None,
        )
    return chosen if pressed else None


def _cell(text: str | tuple[str, str]) -> Html | str:
    return tag("span", text[0], tag("span", text[1], css="small")) if isinstance(text, tuple) else text
