"""How does a reader set a number: by hand and by typing, in one unit, within the registry's limits?"""

import logging

import streamlit as st

from twin.errors import OutOfValidityRange
from twin.variables import require_possible, variable

LOG = logging.getLogger("counterpart")


def paired_input(
    label: str,
    unit: str,
    *,
    key: str,
    default: float,
    low: float,
    high: float,
    step: float,
    decimals: int = 0,
    help: str | None = None,
) -> float:
    """Show a slider and a typed field for one number.

    Parameters
    ----------
    label
        What the number is; the unit follows in brackets.
    key
        State key of the number itself. It is no widget's key, so the number survives a change of page.
    default
        The number at the first visit.
    low, high
        Ends of the slider. A typed number may lie outside; the slider then rests at its end.
    step
        Of slider and arrow keys; not below what a measurement can tell apart.
    decimals
        Shown after the point.
    help
        Behind the question mark, for example ``now 152``.

    Returns
    -------
        The number in `unit`.
    """
    slider, typed = f"{key}/slider", f"{key}/typed"
    value = float(st.session_state.setdefault(key, default))

    def take(widget: str) -> None:
        if st.session_state[widget] is not None:  # an emptied field keeps the number
            st.session_state[key] = st.session_state[widget]

    st.session_state[slider] = min(max(value, float(low)), float(high))
    st.session_state[typed] = value
    written = f"%.{decimals}f"
    st.slider(
        f"{label} ({unit})",
        min_value=float(low),
        max_value=float(high),
        step=float(step),
        format=written,
        key=slider,
        help=help,
        on_change=take,
        args=(slider,),
    )
    st.number_input(
        f"{label}, typed ({unit})", step=float(step), format=written, key=typed, on_change=take, args=(typed,)
    )
    return value


def quantity_input(
    name: str,
    *,
    key: str,
    default: float,
    step: float,
    low: float | None = None,
    high: float | None = None,
    label: str | None = None,
    help: str | None = None,
) -> float | None:
    """Show a slider and a typed field for a variable of the registry.

    Parameters
    ----------
    name
        Canonical variable name; label, unit, decimals and limits come from its row.
    key, default, step, help
        As in `paired_input`.
    low, high
        Ends of the slider; the registry's plausible limits unless given.
    label
        Instead of the registry's short label, for example ``Systolic BP target``.

    Returns
    -------
        The value in the canonical unit; ``None`` outside the hard limits, after the sentence that says so.
    """
    known = variable(name)
    value = paired_input(
        label or known.short_label,
        known.unit,
        key=key,
        default=default,
        low=known.plausible_low if low is None else low,
        high=known.plausible_high if high is None else high,
        step=step,
        decimals=known.decimals,
        help=help,
    )
    try:
        return require_possible(name, value)
    except OutOfValidityRange as error:
        LOG.warning("%s: %s", error.code, error)
        st.error(f"{error.clinical} ({error.code})")
        return None
