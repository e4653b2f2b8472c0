"""How does a setting of the edited plan get its widget, and a number its typed twin?

No widget is told its value again while it is on the page: it is given one when it first appears, and a widget
whose number was changed elsewhere appears anew under another key. Forcing values instead loses key presses,
since a widget's answer to the last run but one would count as a new choice.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from twin.ui.compare import memory
from twin.ui.compare.settings import NO_CHANGE, PlanSettings, one_dose_each, option_label


def _begin(key: str, value: object) -> None:
    if key not in st.session_state:
        st.session_state[key] = value


def _set(field: str, value: object) -> PlanSettings:
    changed = replace(memory.desk().settings, **{field: value})
    memory.put(memory.desk().with_settings(changed))
    return changed


def choice(label: str, field: str, options: Sequence[str], *, help: str | None = None) -> None:
    """Show one drug setting as a list to choose from."""
    key = memory.widget_key(field)
    _begin(key, getattr(memory.desk().settings, field))
    st.selectbox(
        label,
        (NO_CHANGE, *options),
        format_func=option_label,
        key=key,
        help=help,
        on_change=lambda: _set(field, st.session_state[key]),
    )


def choices(label: str, field: str, options: Sequence[str], *, help: str | None = None) -> None:
    """Show a setting of several drugs; a second dose of a drug replaces the first."""
    key = memory.widget_key(field)
    _begin(key, list(getattr(memory.desk().settings, field)))

    def take() -> None:
        chosen = tuple(st.session_state[key])
        if one_dose_each(chosen) != chosen:
            _set(field, one_dose_each(chosen))
            memory.put(memory.desk().renewed())
        else:
            _set(field, chosen)

    st.multiselect(
        label,
        options,
        format_func=option_label,
        key=key,
        help=help,
        on_change=take,
        placeholder="No change",
        select_all=False,
    )


def tick(label: str, field: str) -> None:
    """Show a yes-or-no setting."""
    key = memory.widget_key(field)
    _begin(key, getattr(memory.desk().settings, field))
    st.checkbox(label, key=key, on_change=lambda: _set(field, st.session_state[key]))


def number(
    label: str,
    unit: str,
    field: str,
    *,
    low: float,
    high: float,
    step: float,
    help: str,
    typed_low: float | None = None,
    typed_high: float | None = None,
) -> float:
    """Show a number as a slider and a typed field that always agree, and return it.

    Parameters
    ----------
    low, high
        Ends of the slider. A typed number may lie outside; the slider then rests at its end.
    step
        Of slider and arrow keys; not below what a measurement can tell apart.
    typed_low, typed_high
        What the typed field takes at all.
    """
    stem = memory.widget_key(field)
    turns = {side: st.session_state.setdefault(f"{stem}/{side}/turn", 0) for side in ("slider", "typed")}
    keys = {side: f"{stem}/{side}/{turn}" for side, turn in turns.items()}
    value = float(getattr(memory.desk().settings, field))
    for side, key in keys.items():
        _begin(key, min(max(value, low), high) if side == "slider" else value)
        st.session_state.setdefault(f"{key}/last", st.session_state[key])

    def take(side: str, other: str) -> None:
        key = keys[side]
        new = st.session_state[key]
        if new is None or new == st.session_state.get(f"{key}/last"):
            return  # an emptied field, or a widget that reports what it was given
        st.session_state[f"{key}/last"] = new
        _set(field, float(new))
        st.session_state[f"{stem}/{other}/turn"] += 1
        if st.session_state[f"{stem}/{side}/turn"] != turns[side]:  # the other side was changed in between
            st.session_state[f"{stem}/{side}/turn"] += 1

    with st.container(key=f"pair-{field}", gap=None):
        st.slider(
            f"{label} ({unit})",
            min_value=low,
            max_value=high,
            step=step,
            format="%.0f",
            key=keys["slider"],
            help=help,
            on_change=take,
            args=("slider", "typed"),
        )
        st.number_input(
            f"{label}, typed ({unit})",
            min_value=typed_low,
            max_value=typed_high,
            step=step,
            format="%.0f",
            key=keys["typed"],
            on_change=take,
            args=("typed", "slider"),
        )
    return value
