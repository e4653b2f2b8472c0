"""How do table, curves and sliders come onto the page so that they follow the hand?

Two components in one page: each slider has the views of all its places, and the comparison draws the one it is told.
"""

import math
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from twin.figures import comparison as figure
from twin.plans.results import Comparison
from twin.ui.compare import memory
from twin.ui.compare.live_view import NOTHING, PER_RISK, Json, shown_id, view_of
from twin.ui.shell import Page

_FIGURE = {
    "first_column": figure.FIRST_COLUMN,
    "height": figure.HEIGHT,
    "per_risk": PER_RISK,
    "notes": [figure.BAND_WORDS, figure.DOTTED_WORDS],
}


def _component(name: str) -> Callable:
    files = {kind: Path(__file__).with_name(f"{name}.{kind}").read_text("utf-8") for kind in ("html", "css", "js")}
    return st.components.v2.component(f"counterpart_{name}", **files, isolate_styles=False)


_live, _slider = _component("live"), _component("slider")


def _plan(desk: memory.Desk) -> str:
    """Return what tells the plan being edited from one before it or beside it."""
    return f"{desk.edition}/{desk.letter}"


def live_comparison(page: Page, found: Comparison) -> None:
    """Show table and figure so that they follow the sliders."""
    desk = memory.desk()
    settings = desk.settings if desk.plans else None
    _live(
        key="compare/live",
        data={
            "plan": _plan(desk),
            "editing": desk.letter,
            "at": {field: getattr(settings, field) for field in NOTHING} if settings else {},
            "lines": {f: shown_id(page.patient, page.twin, desk, f) for f in NOTHING} if settings else {},
            "view": view_of(found, desk.outcome),
            "figure": _FIGURE,
        },
    )


def live_slider(field: str, words: Json, *, line: Callable[[str], Json], take: Callable[[float | None], None]) -> None:
    """Show a slider with its typed field.

    Parameters
    ----------
    words
        Its labels, ends and step.
    line
        Returns the slider's views if the given name is still theirs.
    take
        Called in a callback with the value told, or ``None`` if nothing is told that was not heard before.
    """
    key = f"{memory.widget_key(field)}/live"
    seen = f"{key}/seen"

    def hear() -> None:
        told = st.session_state[key].get("hand") or {}
        is_new = told.get("at") != st.session_state.get(seen)  # and not what a widget says again when it comes back
        st.session_state[seen] = told.get("at")
        value = told.get("value")
        take(float(value) if is_new and isinstance(value, int | float) and math.isfinite(value) else None)

    asked = (st.session_state.get(key) or {}).get("hand") or {}
    value = float(getattr(memory.desk().settings, field))
    _slider(
        key=key,
        data={
            **words,
            "field": field,
            "plan": _plan(memory.desk()),
            "value": value,
            "line": line(asked.get("wanted", "")),
        },
        on_hand_change=hear,
    )
