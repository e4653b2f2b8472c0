"""How does a setting of the edited plan get its widget, and a number its typed twin?

No widget is told its value again while it is on the page: it is given one when it first appears, and a widget
whose number was changed elsewhere appears anew under another key. Forcing values instead loses key presses,
since a widget's answer to the last run but one would count as a new choice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from twin.ui import scripts
from twin.ui.compare import memory
from twin.ui.compare.live import live_slider
from twin.ui.compare.live_view import Json, line_of, shown_id
from twin.ui.compare.settings import NO_CHANGE, one_dose_each, option_label
from twin.ui.shell import Page


def _begin(key: str, value: object) -> None:
    if key not in st.session_state:
        st.session_state[key] = value


def _set(field: str, value: object) -> None:
    memory.put(memory.desk().with_settings(replace(memory.desk().settings, **{field: value})))


def _set_and_compare(field: str, value: object) -> None:
    """Keep a setting whose widget shows it already, and run the comparison alone."""
    _set(field, value)
    st.rerun([memory.COMPARISON])


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
        on_change=lambda: _set_and_compare(field, st.session_state[key]),
    )


def choices(label: str, field: str, options: Sequence[str], *, help: str | None = None) -> None:
    """Show a setting of several drugs; a second dose of a drug replaces the first."""
    key = memory.widget_key(field)
    _begin(key, list(getattr(memory.desk().settings, field)))

    def take() -> None:
        chosen = tuple(st.session_state[key])
        kept = one_dose_each(chosen)
        if kept == chosen:
            _set_and_compare(field, chosen)
        _set(field, kept)
        memory.put(memory.desk().renewed())
        st.rerun([memory.SETTINGS, memory.COMPARISON])

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
    st.checkbox(label, key=key, on_change=lambda: _set_and_compare(field, st.session_state[key]))


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the plan as its widgets need it.

    `low` and `high` are the ends of the slider; a typed number may lie outside, as far as `typed_low` and
    `typed_high`, and the slider then rests at its end. `step` is not below what a measurement can tell apart.
    """

    field: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    help: str
    typed_low: float | None = None
    typed_high: float | None = None

    @property
    def fragment(self) -> str:
        """Return the key of the fragment that holds the two widgets."""
        return f"pair-{self.field}"

    @property
    def places(self) -> tuple[float, ...]:
        """Return where the slider can stand, from low to high."""
        return tuple(self.low + place * self.step for place in range(round((self.high - self.low) / self.step) + 1))

    @property
    def words(self) -> dict[str, str | float | None]:
        """Return what a slider needs to be drawn in the browser."""
        return {
            "label": f"{self.label} ({self.unit})",
            "typed_label": f"{self.label}, typed ({self.unit})",
            "hint": self.help,
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "typed_low": self.typed_low,
            "typed_high": self.typed_high,
        }


def number(page: Page, wanted: Number, *, check: Callable[[float], None] = lambda _: None) -> None:
    """Show a number as a slider and a typed field that always agree.

    Parameters
    ----------
    check
        Shows what is wrong with the number, if anything is.
    """

    def pair() -> None:
        with st.container(key=wanted.fragment, gap=None):
            _moving(page, wanted) if scripts.are_used() else _pair(wanted)
        check(float(getattr(memory.desk().settings, wanted.field)))

    st.fragment(pair, key=wanted.fragment)()


def _moving(page: Page, wanted: Number) -> None:
    """Show the pair that follows the hand; it asks for its views when the hand comes near."""
    index = memory.desk().editing

    def line(asked: str) -> Json:
        desk = memory.desk()
        is_wanted = asked == shown_id(page.patient, page.twin, desk, wanted.field)
        return line_of(page.patient, page.twin, desk, wanted.field, wanted.places, on=page.today) if is_wanted else None

    def take(value: float | None) -> None:
        desk = memory.desk()
        plan = desk.plans[index] if index < len(desk.plans) else None  # a click elsewhere may have come first
        if plan is None or value in (None, getattr(plan, wanted.field)):
            st.rerun([wanted.fragment] if memory.is_shown() else [wanted.fragment, memory.COMPARISON])
        memory.put(desk.with_settings(replace(plan, **{wanted.field: value}), index))
        st.rerun([wanted.fragment, memory.COMPARISON])

    live_slider(wanted.field, wanted.words, line=line, take=take)


def _pair(wanted: Number) -> None:
    stem = memory.widget_key(wanted.field)
    turns = {side: st.session_state.setdefault(f"{stem}/{side}/turn", 0) for side in ("slider", "typed")}
    keys = {side: f"{stem}/{side}/{turn}" for side, turn in turns.items()}
    value = float(getattr(memory.desk().settings, wanted.field))
    for side, key in keys.items():
        _begin(key, min(max(value, wanted.low), wanted.high) if side == "slider" else value)
        st.session_state.setdefault(f"{key}/last", st.session_state[key])

    def take(side: str, other: str) -> None:
        key = keys[side]
        new = st.session_state[key]
        # Not for an emptied field, nor for a widget that reports what it was given.
        if new is not None and new != st.session_state.get(f"{key}/last"):
            st.session_state[f"{key}/last"] = new
            _set(wanted.field, float(new))
            st.session_state[f"{stem}/{other}/turn"] += 1
            if st.session_state[f"{stem}/{side}/turn"] != turns[side]:  # the other side was changed in between
                st.session_state[f"{stem}/{side}/turn"] += 1
        st.rerun([wanted.fragment, memory.COMPARISON])

    st.slider(
        f"{wanted.label} ({wanted.unit})",
        min_value=wanted.low,
        max_value=wanted.high,
        step=wanted.step,
        format="%.0f",
        key=keys["slider"],
        help=wanted.help,
        on_change=take,
        args=("slider", "typed"),
    )
    st.number_input(
        f"{wanted.label}, typed ({wanted.unit})",
        min_value=wanted.typed_low,
        max_value=wanted.typed_high,
        step=wanted.step,
        format="%.0f",
        key=keys["typed"],
        on_change=take,
        args=("typed", "slider"),
    )
