"""How often was the twin right?"""

import plotly.graph_objects as go
import streamlit as st

from twin import words
from twin.figures.calibration import alternative, calibration, in_hundred
from twin.proof.panel_card import LEAST, PanelCard, VariableCard
from twin.proof.scoring import BANDS
from twin.ui import access, guard, proof_job
from twin.ui.header import full_name
from twin.ui.html import Html, table, tag
from twin.ui.kept import Kept, kept, may_see_names
from twin.ui.proof_job import RefreshJob
from twin.ui.shell import Page, go_to_patient
from twin.ui.views import proof_words
from twin.ui.worklist import openable_table
from twin.variables import variable
from twin.words import counted

POLL_SECONDS = 0.3
PATIENTS_SHOWN = 100
QUARTERS = ("Lowest quarter", "Second", "Third", "Highest quarter")
CONFIG = {"displayModeBar": False}


def gather(page: Page) -> Kept:
    """Return what is kept, with the way to bring it up to date; the page ends here where there is nothing to show."""
    found, job = kept(on=page.today), proof_job.newest()
    if not found.patients:
        page.say("No patients")
        st.html(tag("p", "No patients in the record. Import some to see how the twin does.", css="empty"))
        page.stop()
    if found.card is None and job is None and may_see_names():
        job = proof_job.start(page.today)
    if job is not None and not job.is_over.is_set():
        _running(job)
    else:
        _outdated(page, found, job)
    if found.card is None:
        page.say("Nothing to show yet")
        page.stop()
    return found


@st.fragment(run_every=POLL_SECONDS)
def _running(job: RefreshJob) -> None:
    if job.is_over.is_set():
        st.rerun()
    st.progress(job.fraction, text=job.text)
    st.button("Cancel", on_click=job.is_cancelled.set, disabled=job.is_cancelled.is_set())


def _outdated(page: Page, found: Kept, job: RefreshJob | None) -> None:
    """Say what came of the last refresh, if something went wrong, and offer another where the data are newer."""
    if job is not None and job.failure is not None:
        guard.report(job.failure)
    elif job is not None and job.done.cancelled:
        st.html(tag("p", f"Cancelled. {job.done.refreshed:,} fitted twins are kept.", css="empty"))
    if found.is_current:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="refresh"):
        st.html(tag("p", proof_words.outdated(found), css="note"), width="content")
        if may_see_names() and st.button("Refresh", key="refresh-button"):
            proof_job.start(page.today)
            st.rerun()


def lead(page: Page, card: PanelCard) -> None:
    """Say in one sentence how often the twin was right, and where it was no better than a naive forecast."""
    if not card.says_enough:
        page.say("Too few values to say")
        st.html(tag("p", f"Too few values to say: {card.n:,} forecast in the last twelve months.", css="lead"))
        return
    sentences = (proof_words.lead(card), proof_words.statement(card), tag("p", proof_words.basis(card), css="note"))
    st.html(tag("div", *sentences, css="sentences"))
    page.say(f"{words.round_half_up(100 * card.coverage['80'].share)} in 100 within the 80 % band")


def bands(card: PanelCard) -> None:
    """Show for each measure whether the bands held what they promise, with the numbers behind."""
    if not card.says_enough:
        return
    st.html(tag("h2", "Did the bands hold what they promise?", css="section"))
    figure = go.Figure(calibration(card), _validate=False)
    st.plotly_chart(figure, theme=None, config=CONFIG, alt=alternative(card), key="calibration")
    st.html(tag("p", proof_words.BANDS_NOTE, css="note"))
    with st.expander("Numbers behind the chart"):
        all_values = (in_hundred(card.coverage[str(band)]) for band in BANDS)
        every = ("All values", f"{card.n:,}", f"{card.coverage['80'].patients:,}", *all_values, *[""] * len(QUARTERS))
        rows = [every, *map(_coverage_row, card.variables)]
        head = ("Measure", "Values", "Patients", *(f"In {band} % band" for band in BANDS), *QUARTERS)
        st.html(table(head, rows, caption="Values of 100 within each band", numeric=range(1, len(head))))
        st.html(tag("p", proof_words.TABLE_NOTE, css="note"))


def _coverage_row(one: VariableCard) -> tuple[object, ...]:
    what = (variable(one.variable).short_label, f"{one.n:,}", f"{one.patients:,}")
    if not one.says_enough:
        return (*what, "Too few values to say", *[""] * (len(BANDS) + len(QUARTERS) - 1))
    within = (in_hundred(one.coverage[str(band)]) for band in BANDS)
    return (*what, *within, *(in_hundred(part) if part else "Too few" for part in one.quarters))


def errors(card: PanelCard) -> None:
    """Show how far off the twin was, beside the naive forecasts of the same values."""
    judged = [one for one in card.variables if one.says_enough]
    if not judged:
        return
    st.html(tag("h2", "Would a naive forecast have done as well?", css="section"))
    st.html(tag("p", proof_words.SCORE_NOTE, css="note"))
    st.html(_errors_table(judged, "crps", "Score (CRPS)"))
    st.html(tag("p", proof_words.ERRORS_NOTE, css="note"))
    with st.expander("Errors of the point forecasts"):
        st.html(_errors_table(judged, "rmse", "Root mean square error"))
        st.html(_errors_table(judged, "mean_error", "Mean error without its sign"))


def _errors_table(judged: list[VariableCard], what: str, title: str) -> Html:
    is_score = what == "crps"
    last = ("Twin beside the best naive",) if is_score else ()
    head = ("Measure", "Values", *proof_words.FORECASTS.values(), *last)
    rows = [
        (
            _measure(one.variable),
            f"{one.n:,}",
            *proof_words.sizes(getattr(one, what)),
            *((proof_words.verdict(one),) if is_score else ()),
        )
        for one in judged
    ]
    return table(head, rows, caption=title, numeric=range(1, 2 + len(proof_words.FORECASTS)))


def _measure(name: str) -> Html:
    known = variable(name)
    unit = "" if known.unit == "1" else known.unit
    return Html(f"{tag('span', known.short_label)} {tag('span', unit, css='unit')}")


def groups(card: PanelCard) -> None:
    """Show whether the 80 % band holds in every group of patients."""
    if not card.says_enough:
        return
    st.html(tag("h2", "Does the 80 % band hold in every group?", css="section"))
    rows = [
        (
            one.label,
            one.group,
            f"{one.coverage.patients:,}",
            f"{one.coverage.n:,}",
            in_hundred(one.coverage) if one.coverage.n >= LEAST else "Too few values to say",
        )
        for one in card.groups
    ]
    head = ("Patients", "Group of", "Number", "Values", "Of 100 in the 80 % band")
    st.html(table(head, rows, caption="The 80 % band by group", numeric=(2, 3, 4)))


def out_of_sync(page: Page, found: Kept) -> None:
    """Show whose twin is out of sync, to roles that may see names; to others how many."""
    sees = may_see_names() and found.stale < found.patients
    number = len(found.out_of_sync) if sees else found.card.out_of_sync
    st.html(tag("h2", f"{counted(number, 'twin')} out of sync: their numbers are withheld", css="section"))
    if found.stale:
        what = f"{counted(found.stale, 'twin')} of {found.patients:,} {'is' if found.stale == 1 else 'are'} not counted"
        st.html(tag("p", f"{what}: refresh to look at them again." if sees else "As of the last count.", css="note"))
    if not may_see_names():
        st.html(tag("p", "Your role does not see who they are.", css="empty"))
    elif found.out_of_sync:
        with st.expander("Who, and why"):
            _who(page, found)


def _who(page: Page, found: Kept) -> None:
    frame = access.review(on=page.today).panel.frame
    people = frame[frame["id"].isin(found.out_of_sync.keys())].head(PATIENTS_SHOWN)
    openable_table(
        ("Open patient", "Why"),
        [
            (full_name(one.family, one.given, one.prefix), found.out_of_sync[one.id])
            for one in people.itertuples(index=False)
        ],
        people["id"].tolist(),
        caption="Patients whose twin is out of sync",
        key="out-of-sync",
        on_open=go_to_patient,
    )
    if len(found.out_of_sync) > len(people):
        st.html(tag("p", f"The first {len(people)} are shown.", css="note"))


def not_known(card: PanelCard) -> None:
    """Show what this page cannot say."""
    st.html(tag("h2", "What this does not show", css="section"))
    st.html(tag("ul", *(tag("li", line) for line in proof_words.not_known(card))))
