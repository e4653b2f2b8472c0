"""How well does the twin forecast real people, of published cohorts, and where does it not?"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from twin import words
from twin.proof.cohorts import CohortRow, cohort_rows
from twin.proof.next_values import NextValues, next_values
from twin.proof.notes import LEAST, MOST
from twin.ui.html import Html, table, tag
from twin.variables import registry
from twin.words import counted

QUARTERS = ("Lowest quarter", "Second", "Third", "Highest quarter")
HEAD = ("Measure", "Hidden", "Values", "Of 100 in 80 % band", *QUARTERS, "Score", "Error", "Whole promise")
NOTE = (
    "Hidden: the last part of every record, forecast from what came before. Of 100 values, those in the 80 % band, "
    "then by quarter of the forecasts. Score (CRPS) and error (root mean square): the twin's beside the best of four "
    "naive forecasts; 1 is equal, smaller is better. Bold: outside 75 to 85, or no better. Perhaps by chance: the "
    "95 % ranges of all shares outside reach into 75 to 85."
)
BANDS = "80 % bands"  # how a back-test's notes on them begin
HOURS_BELOW_DAYS = 2.0
UNUSUAL = 3.0  # standard deviations


def cohorts() -> None:
    """Show what the back-test found on people outside this record."""
    rows = cohort_rows()
    st.html(tag("h2", "How does it do on real people?", css="section"))
    *said, when = sentences(rows)
    st.html(tag("div", *said, after_one_value(next_values()), when, css="sentences"))
    with st.expander("Every cohort and measure"):
        st.html(tag("p", NOTE, css="note"))
        for title, part in groupby(rows, key=lambda row: row.title):
            st.html(_cohort(title, list(part)))


def sentences(rows: Sequence[CohortRow]) -> tuple[Html, ...]:
    """Say what was kept, and on what it was not tuned."""
    values = sum(row.n for row in rows)
    within = sum(row.n * row.covered[1] for row in rows) / values
    fresh = [row for row in rows if not row.tuned_on]
    titles = {row.title for row in rows}
    number = tag("strong", f"{words.round_half_up(100 * within)} in 100", css="key-number")
    return (
        tag(
            "p",
            f"{counted(len(titles), 'published cohort')} of real people, {values:,} hidden values: ",
            number,
            f" fell within the 80 % band. {_kept(rows)}",
        ),
        tag("p", f"Of these, on cohorts that nobody looked at while the method was chosen: {_kept(fresh)}"),
        tag("p", f"Measured on {words.day(max(row.measured_on for row in rows))}.", css="note"),
    )


def after_one_value(rows: Sequence[NextValues]) -> Html:
    """Say how well the bands hold a second value when only one was known, usual or not."""
    known_once = [row for row in rows if row.after == "first"]
    astonishing = [row for row in rows if row.after == "newest" and row.start >= UNUSUAL]
    unusual = [row for row in known_once if row.start >= UNUSUAL]

    def within(part: Sequence[NextValues]) -> str:
        series = sum(row.series for row in part)
        share = sum(row.series * row.covered[1] for row in part) / series
        return f"{words.round_half_up(100 * share)} in 100 of {series:,}"

    return tag(
        "p",
        f"Where a single value was known, the second fell within the 80 % band in {within(known_once)} series; where "
        f"that value lay more than {UNUSUAL:g} standard deviations from what is usual, in {within(unusual)}. Where the "
        f"newest of several values lay that far from what was expected, the next did in {within(astonishing)}.",
    )


def _kept(rows: Sequence[CohortRow]) -> str:
    """Say for how many measures each part of the promise was kept."""
    overall = sum(LEAST <= row.covered[1] <= MOST for row in rows)
    better = sum(max(row.crps, row.rmse) < 1.0 for row in rows)
    whole = sum(row.kept for row in rows)
    return (
        f"{LEAST:.0%} to {MOST:.0%} of values in {overall} of {len(rows)} measures; better than each naive forecast in "
        f"{better}; the whole promise, in every quarter of the forecasts too, in {whole}."
    )


def _cohort(title: str, rows: Sequence[CohortRow]) -> Html:
    named = "" if rows[0].tuned_on else " Not looked at while the method was chosen."
    source = tag("p", f"{rows[0].source}.{named} Measured by ", tag("code", rows[0].command), css="note")
    body = [
        (
            _label(row.variable),
            _length(row.holdout_days),
            f"{row.n:,}",
            *map(_share, (row.covered[1], *(row.quarters or [None] * len(QUARTERS)))),
            *map(_ratio, (row.crps, row.rmse)),
            _promise(row),
        )
        for row in rows
    ]
    return Html(tag("h3", title) + source + table(HEAD, body, caption=title, numeric=range(2, 10)))


def _share(share: float | None) -> object:
    if share is None:
        return "Too few"
    shown = f"{100 * share:.0f}"
    return shown if LEAST <= share <= MOST else tag("strong", shown)


def _ratio(ratio: float) -> object:
    return f"{ratio:.2f}" if ratio < 1.0 else tag("strong", f"{ratio:.2f}")


def _promise(row: CohortRow) -> str:
    """Say whether the whole promise was kept, and what else was noted."""
    about_bands = [note for note in row.notes if note.startswith(BANDS)]
    others = [note for note in row.notes if not note.startswith((BANDS, "CRPS", "RMSE"))]
    if row.kept:
        return " ".join(("Kept.", *others))
    by_chance = max(row.crps, row.rmse) < 1.0 and all("may be chance" in note for note in about_bands)
    return " ".join(("Not kept, perhaps by chance." if by_chance else "Not kept.", *others))


def _label(name: str) -> str:
    known = registry().get(name)
    return known.short_label if known else name.replace("_", " ").capitalize()


def _length(days: float) -> str:
    return f"{24 * days:g}\u00a0hours" if days < HOURS_BELOW_DAYS else f"{days:g}\u00a0days"
