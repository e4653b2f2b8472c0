"""Which outcome is compared, over how many years, and when do the plans begin?"""

from collections.abc import Callable, Sequence

import streamlit as st

from twin.figures.comparison_table import OUTCOMES
from twin.ui.compare import memory

HORIZONS = (5, 10, 30)
LIFETIME = 0
STARTS = {0.0: "Start now", 5.0: "In 5 years"}


def view_controls() -> None:
    """Show what all plans have in common: outcome, horizon and start."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare-controls"):
        key = "compare/outcome"
        st.session_state.setdefault(key, memory.desk().outcome)
        st.selectbox(
            "Outcome",
            tuple(OUTCOMES),
            format_func=lambda name: OUTCOMES[name].label,
            key=key,
            label_visibility="collapsed",
            width=185,
            on_change=lambda: memory.choose("outcome", st.session_state[key]),
        )
        _horizon()
        _switch("Start of the plans", "start", tuple(STARTS), STARTS.get)


def _horizon() -> None:
    desk, key = memory.desk(), "compare/horizon_years"
    st.session_state.setdefault(key, LIFETIME if desk.is_lifetime else desk.horizon_years)

    def take() -> None:
        chosen = st.session_state[key]
        memory.choose_horizon(None if chosen == LIFETIME else chosen)

    st.segmented_control(
        "Horizon",
        (*HORIZONS, LIFETIME),
        format_func=lambda years: "Lifetime" if years == LIFETIME else f"{years} years",
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=take,
    )


def _switch(label: str, name: memory.ViewSetting, options: Sequence, words: Callable[[object], str]) -> None:
    key = f"compare/{name}"
    st.session_state.setdefault(key, getattr(memory.desk(), name))
    st.segmented_control(
        label,
        options,
        format_func=words,
        required=True,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: memory.choose(name, st.session_state[key]),
    )
