"""How did we get here?"""

from datetime import timedelta

import plotly.graph_objects as go
import streamlit as st

from twin import words
from twin.figures.lifelines import Ghost, Lane, Lifelines, Measure, lifelines
from twin.figures.timeline import alternative, timeline
from twin.ui import access, state
from twin.ui.html import Html, table, tag
from twin.ui.shell import Page
from twin.variables import variable
from twin.words import counted

YEARS = (1, 5, 12)
MARKS = {
    "explained": "Hollow: explained, not learned from. ",
    "added": "Diamond: added by hand. ",
    "wrong": "Crossed: wrong, not used. ",
}
CONFIG = {"displayModeBar": False, "scrollZoom": False}


def years_shown(page: Page) -> int:
    """Show the choice of how far back, and return it; at first five years, or as far as the newest value."""
    until = page.patient.data_until() or page.today
    enough = [years for years in YEARS[1:] if (page.today - until).days < years * 365]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(tag("p", "Years shown", css="field", aria_hidden="true"), width="content")
        return st.segmented_control(
            "Years shown",
            YEARS,
            default=enough[0] if enough else YEARS[-1],
            required=True,
            format_func=lambda years: counted(years, "year"),
            key=state.TIMELINE_YEARS,
            persist_state="session",
            label_visibility="collapsed",
        )


def ghosts(page: Page) -> dict[str, Ghost]:
    """Return what the twin of a year ago expected of the last year, by variable."""
    if page.twin_withheld:
        return {}
    bands = access.card(page.patient, on=page.today).bands
    return {name: Ghost(one.times, one.mean, one.low80, one.high80) for name, one in bands.items()}


def gather(page: Page, years: int) -> Lifelines:
    """Return what happened in the last years."""
    start = page.today - timedelta(days=round(years * 365.25))
    return lifelines(page.patient, start=start, today=page.today, ghosts=ghosts(page))


def chart(page: Page, lines: Lifelines) -> str:
    """Show the lifelines, or say that there are none, and return what is shown as a sentence."""
    if not (lines.problems or lines.treatments or lines.measures):
        patient = page.patient
        if patient.series or patient.conditions or patient.medications:
            st.html(tag("p", "Nothing on record in these years. Choose more years.", css="empty"))
            return "Nothing on record in these years"
        st.html(tag("p", "Nothing on record yet: no problem, no treatment and no measurement.", css="empty"))
        return "Nothing on record yet"
    figure = go.Figure(timeline(lines), _validate=False)
    st.plotly_chart(figure, theme=None, config=CONFIG, alt=alternative(lines), key="timeline")
    counts = (
        counted(len(lines.problems), "problem"),
        counted(len(lines.treatments), "treatment"),
        counted(len(lines.measures), "measure"),
    )
    notes = "Grey: problems. Blue: treatments. "
    if any(measure.ghost is not None for measure in lines.measures):
        notes += (
            "Dotted with grey band: what the twin of a year ago expected of new values "
            "(8 of 10 should lie in the band). "
        )
    kinds = {one.kind for measure in lines.measures for one in measure.corrections}
    notes += "".join(said for kind, said in MARKS.items() if kind in kinds)
    if lines.others:
        notes += f"{lines.others:,} further entries have codes that are kept but not used here."
    st.html(tag("p", notes, css="note"))
    return f"{', '.join(counts)} since {words.day(lines.start)}"


@st.fragment
def numbers_behind(lines: Lifelines) -> None:
    """Show the values of the chart as tables, if it has any; they are built once the heading is opened."""
    if not (lines.problems or lines.treatments or lines.measures):
        return
    box = st.expander("Numbers behind the chart", key=state.TIMELINE_NUMBERS, on_change="rerun")
    if not box.open:
        return
    with box:
        for title, lanes in (("Problems", lines.problems), ("Treatments", lines.treatments)):
            if lanes:
                st.html(table((title, "From", "To"), _spans(lanes), caption=title))
        for measure in lines.measures:
            st.html(_values(measure))


def _values(measure: Measure) -> Html:
    """Return every value of a measure, newest first, wrong ones among them; a last column where one is marked."""
    known = variable(measure.name)
    found = [
        (one.time, known.format(one.value), one.source, one.resource_id, note)
        for one, note in zip(map(measure.series.measurement, range(len(measure.series))), measure.notes(), strict=True)
    ]
    found += [
        (one.time, known.format(one.value), "", one.target_id, f"Wrong, not used: {one.reason}")
        for one in measure.wrong
    ]
    head = (known.label, f"Value ({known.unit})", "Taken", "Resource", "Marked")
    columns = len(head) if any(row[-1] for row in found) else len(head) - 1
    rows = [
        (words.day(row[0].date()), *row[1:])[:columns] for row in sorted(found, key=lambda row: row[0], reverse=True)
    ]
    return table(head[:columns], rows, caption=known.label)


def _spans(lanes: tuple[Lane, ...]) -> list[tuple[str, str, str]]:
    return [
        (span.text, words.day(span.start), words.day(span.end) if span.end else "Today")
        for lane in lanes
        for span in lane.spans
    ]
