"""What does a clinician fill in for each kind of correction?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import streamlit as st

from twin.errors import MissingInput
from twin.record.corrections import LONGEST_REASON, mark
from twin.record.patient import Correction, Measurement
from twin.ui.correct.said import value_words
from twin.ui.shell import Page
from twin.variables import Variable, registry

RECENT = timedelta(days=730)
EXAMPLES = {
    "wrong": "Cuff too small",
    "explained": "Steroid course from May to July",
    "adherence": "Says that she often forgets the evening tablet",
    "added": "Letter of the cardiology clinic",
}

Drafts = tuple[Correction, ...]


def filled(page: Page, kind: str, *, key: str) -> tuple[Drafts, bool]:
    """Show the fields of a kind of correction; return what they say and whether the effect is asked for."""
    fill = {"adherence": _doses, "added": _missing_value}.get(kind, _values)
    drafts = fill(page, kind, key)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        reason = st.text_input(
            "Reason", key=f"{key}/reason", max_chars=LONGEST_REASON, placeholder=f"For example: {EXAMPLES[kind]}"
        )
        is_asked = st.button("Show what would change", type="primary", key="correct-preview")
    return tuple(replace(draft, reason=reason) for draft in drafts), is_asked


def require_complete(drafts: Drafts, kind: str) -> None:
    """Refuse fields of which one is empty.

    Raises
    ------
    MissingInput
        With the fields that the kind needs.
    """
    if not drafts:
        needs = {"adherence": "one drug at least and the share of doses", "added": "measure, value and day"}
        wanted = needs.get(kind, "one value at least")
        raise MissingInput(f"incomplete correction of kind {kind}", clinical=f"Choose {wanted} first.")


def markable(page: Page) -> dict[str, tuple[Measurement, ...]]:
    """Return the values that can be marked, newest first, by variable in the order of the registry."""
    patient = page.patient
    added = {one.resource_id for one in patient.corrections if one.kind == "added"}
    found = {}
    for name in registry():
        series = patient.usual(name)
        values = [] if series is None else map(series.measurement, reversed(range(len(series))))
        once = {(one.time, one.value): one for one in values if one.resource_id not in added}
        if once:
            found[name] = tuple(once.values())
    return found


def _values(page: Page, kind: str, key: str) -> Drafts:
    known = markable(page)
    if not known:
        st.write("No value on record.")
        return ()
    surprising = {s.resource_id: abs(s.z or 0.0) for s in page.twin.surprises if s.kind != "duplicate"}
    left, right = st.columns([1, 2])
    names = list(known)
    name = left.selectbox(
        "Measure",
        names,
        index=_most_surprising(page, names),
        format_func=lambda name: registry()[name].label,
        key=f"{key}/{kind}/measure",
    )

    def said(one: Measurement) -> str:
        return value_words(one) + (" (not expected)" if one.resource_id in surprising else "")

    chosen = right.multiselect(
        "Values",
        known[name],
        format_func=said,
        key=f"{key}/{kind}/{name}",
        select_all=False,
        placeholder="Choose values",
    )
    return tuple(mark(page.patient.id, kind, one, reason="") for one in chosen)


def _most_surprising(page: Page, names: Sequence[str]) -> int:
    """Return the place of the variable with the least expected value of the last years, 0 without any."""
    since = datetime.combine(page.today - RECENT, time())
    recent = [s for s in page.twin.surprises if s.time >= since and s.z is not None and s.variable in names]
    return names.index(max(recent, key=lambda s: abs(s.z)).variable) if recent else 0


def _doses(page: Page, kind: str, key: str) -> Drafts:
    courses = sorted(page.patient.medications, key=lambda m: not m.is_taken(page.today))
    drugs = list(dict.fromkeys(m.ingredient for m in courses if m.ingredient))
    if not drugs:
        st.write("No drug on record.")
        return ()
    left, middle, right = st.columns([2, 1, 1])
    chosen = left.multiselect(
        "Drugs", drugs, format_func=str.capitalize, key=f"{key}/drugs", select_all=False, placeholder="Choose drugs"
    )
    share = middle.number_input(
        "Share of doses taken (%)", min_value=0, max_value=100, step=10, value=None, key=f"{key}/share"
    )
    since = right.date_input(
        "Since (empty: from the start)",
        value=None,
        min_value=page.patient.birth_date or date(1900, 1, 1),
        max_value=page.today,
        format="DD/MM/YYYY",
        key=f"{key}/since",
    )
    if share is None:
        return ()
    begin = None if since is None else datetime.combine(since, time())
    return tuple(
        Correction(page.patient.id, "adherence", "", time=begin, ingredient=drug, adherence=share / 100)
        for drug in chosen
    )


def _missing_value(page: Page, kind: str, key: str) -> Drafts:
    left, middle, right = st.columns([2, 1, 1])
    quantities = [known for known in registry().values() if known.kind == "quantity"]
    on_record = [known for known in quantities if known.name in page.patient.series]
    known = left.selectbox(
        "Measure",
        [*on_record, *(one for one in quantities if one not in on_record)],
        index=None,
        format_func=lambda one: one.label,
        key=f"{key}/measure",
        placeholder="Choose a measure",
    )
    value = _number(middle, known, key)
    day = right.date_input(
        "Measured on",
        value=page.today,
        min_value=page.patient.birth_date or date(1900, 1, 1),
        max_value=page.today,
        format="DD/MM/YYYY",
        key=f"{key}/day",
    )
    if known is None or value is None or day is None:
        return ()
    return (Correction(page.patient.id, "added", "", known.name, float(value), datetime.combine(day, time())),)


def _number(where, known: Variable | None, key: str) -> float | None:
    if known is None:
        return where.number_input("Value", value=None, disabled=True, key=f"{key}/no-value")
    return where.number_input(
        f"Value ({known.unit})",
        min_value=known.hard_low,
        max_value=known.hard_high,
        step=10.0**-known.decimals,
        format=f"%.{known.decimals}f",
        value=None,
        help=f"{known.hard_low:,g} to {known.hard_high:,g} {known.unit}",
        key=f"{key}/value/{known.name}",
    )
