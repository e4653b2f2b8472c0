"""What did we say would happen to this patient, and did it?"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from twin import words
from twin.figures.comparison_table import LETTERS
from twin.meeting.cases import plans_of
from twin.meeting.judged import RULE, Judged, Looked, Tally, look_back, tally
from twin.record.decisions import Decision, decision_count, decisions
from twin.ui import access
from twin.ui.html import Html, table, tag
from twin.ui.shell import Page
from twin.words import counted

WORDS = {"none": "No plan: current care goes on", "more_data": "More data first"}
LINES = 2
"""How many forecasts that came due stand in the open."""


@st.cache_resource(max_entries=2, show_spinner=False)
def _made(count: int) -> list[Decision]:
    return decisions(access.new_store())


def made_by_all(page: Page) -> list[Decision]:
    """Return every decision about any patient, read once a decision."""
    return _made(decision_count(page.store))


@st.cache_resource(max_entries=4, show_spinner=False)
def _tally(version: int, count: int, on: date) -> Tally:
    made = _made(count)
    patients = {one.id: one for one in access.new_store().patients({one.patient_id for one in made})}
    return tally(patients, made, on=on)


def record_of_all(page: Page) -> str:
    """Return how the forecasts of all decisions turned out, counted once a change of the data."""
    return _tally(access.data_version(), decision_count(page.store), page.today).sentence


def were_we_right(page: Page) -> list[Decision]:
    """Show what became of the patient's newest decision, the earlier ones folded, and return all of them.

    However much there is to say, it takes a few lines: benefit and harm of the case below stay in sight.
    """
    made = decisions(page.store, page.patient.id)
    looked = look_back(page.patient, made, on=page.today)
    if looked:
        parts = [*_in_short(looked[0]), *_folded(*looked)]
    else:
        parts = [tag("p", "Nothing was decided about this patient before.", css="empty")]
    st.html(tag("div", tag("h2", "Were we right?", css="section"), *parts, css="were-we-right"))
    return made


def said_decision(one: Decision) -> str:
    """Say what was decided: ``Plan A Statin``."""
    chosen = one.fields.chosen
    if chosen is None:
        return WORDS[one.fields.decision]
    return f"Plan {LETTERS[chosen - 1]} {plans_of(one.basis)[chosen - 1].name}"


def _in_short(one: Looked) -> list[Html]:
    """Return a decision with the first of its forecasts that came due, or why none did."""
    return [_head(one), *(_list(_misses_first(one)[:LINES]) if one.due else _rest(one))]


def _folded(newest: Looked, *earlier: Looked) -> list[Html]:
    """Return what does not stand in the open, behind a line that counts it."""
    rest = _misses_first(newest)[LINES:]
    parts = [*_list(rest), *(_rest(newest) if newest.due else [])]
    for one in earlier:
        parts += [_head(one), *_list(_misses_first(one)), *_rest(one)]
    if not parts:
        return []
    due = [*rest, *(judged for one in earlier for judged in one.due)]
    within = sum(judged.state == "inside" for judged in due)
    said = [counted(len(earlier), "earlier decision")] if earlier else ["More of this decision"]
    if due:
        said.append(f"of {counted(len(due), 'forecast')} due, {within} within the 80 % band")
    return [tag("details", tag("summary", ": ".join(said)), *parts, tag("p", RULE, css="note"))]


def _head(one: Looked) -> Html:
    fields = one.decision.fields
    return tag(
        "p",
        tag("strong", f"{words.day(one.receipt.made_on)}: {said_decision(one.decision)}"),
        f". Owner {fields.owner}, review {words.day(fields.review_date)}. ",
        *(f"{text} " for text in dict.fromkeys(step.text for step in one.steps)),
    )


def _misses_first(one: Looked) -> list[Judged]:
    return sorted(one.due, key=lambda judged: judged.state == "inside")


def _list(due: Sequence[Judged]) -> list[Html]:
    return [tag("ul", *(tag("li", judged.sentence, css=judged.state) for judged in due))] if due else []


def _rest(one: Looked) -> list[Html]:
    if one.receipt.withheld:
        return [tag("p", f"No forecast was made. {one.receipt.withheld}", css="note")]
    said = [tag("p", judged.sentence, css="note") for judged in one.judged if judged.state == "missed"]
    if overtaken := sum(judged.state == "overtaken" for judged in one.judged):
        ended = (
            f"{counted(overtaken, 'forecast')} ended with the next decision, before anything was measured near the day."
        )
        said.append(tag("p", ended, css="note"))
    if not one.due and one.next_due is not None:
        said.append(tag("p", f"Nothing is due yet. The next forecast is for {words.day(one.next_due)}.", css="note"))
    return said


def history(made: list[Decision]) -> None:
    """Show every decision with all it kept, the newest first."""
    if not made:
        return
    with st.expander(f"History: {counted(len(made), 'decision')}"):
        rows = [_row(one, made[at + 1 :]) for at, one in enumerate(made)]
        head = ("Number", "Decision", "Reason", "Owner", "Review", "Dissent", "Numbers it rests on", "Written by")
        st.html(table(head, list(reversed(rows)), caption="Decisions about this patient"))


def _row(one: Decision, later: list[Decision]) -> list[object]:
    kept, fields = one.basis, one.fields
    standing = f"Superseded by {later[0].decision_id}" if later else "Stands"
    rests = (
        f"{kept.horizon_years} years, {kept.data_values:,} values to {words.day(kept.data_until)}, {kept.draws:,} draws"
    )
    made_with = f"seed {kept.seed}, version {kept.program_version}, model {kept.model_version[:8]}"
    return [
        one.decision_id,
        tag("span", said_decision(one), tag("span", standing, css="small")),
        fields.reason,
        fields.owner,
        words.day(fields.review_date),
        fields.dissent or "None",
        tag("span", rests, tag("span", made_with, css="small")),
        f"{one.decided_by}, {words.day(one.decided.date())} {one.decided:%H:%M} UTC",
    ]
