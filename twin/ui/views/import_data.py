"""What came in, what was refused?"""

import streamlit as st

from twin import words
from twin.record.imports import ImportReport
from twin.ui import access, guard, import_job, state
from twin.ui.doubts import DOUBTS
from twin.ui.header import full_name, grouped
from twin.ui.html import table, tag
from twin.ui.import_job import ImportJob
from twin.ui.shell import Page, go_to_patient
from twin.ui.worklist import openable_table
from twin.words import counted

TYPES = ("json", "ndjson", "jsonl", "gz", "zip")
LIMIT_MB = 200
POLL_SECONDS = 0.3
PATIENTS_SHOWN = 100


def choose_files() -> None:
    """Show the field for files and the button that imports them."""
    files = st.file_uploader(
        "FHIR R4 bundles or NDJSON, also as .gz or .zip",
        type=TYPES,
        accept_multiple_files=True,
        max_upload_size=LIMIT_MB,
        key=state.IMPORT_FILES,
    )
    running = (job := st.session_state.get(state.IMPORT_JOB)) is not None and not job.is_over.is_set()
    if st.button("Import", type="primary", disabled=not files or running):
        st.session_state[state.IMPORT_JOB] = import_job.start([(file.name, file) for file in files])
        st.rerun()


def outcome(page: Page) -> None:
    """Show how far the import is, or what came of it."""
    job = st.session_state.get(state.IMPORT_JOB)
    if job is None:
        st.html(tag("p", "Nothing imported in this visit. Files stay on this machine.", css="empty"))
    elif not job.is_over.is_set():
        page.say("Importing")
        _running(job)
    elif job.failure is not None:
        page.say("Refused; nothing was changed")
        guard.report(job.failure)
    elif job.report.cancelled:
        page.say("Cancelled; nothing was changed")
        st.html(tag("p", "Cancelled. Nothing was changed.", css="empty"))
    else:
        late = f", {job.report.released:,} taken in late" if job.report.released else ""
        page.say(f"{counted(job.report.read, 'resource')} read, {job.report.stored:,} stored{late}")
        _counts(job.report)
        _patients(job.report)
        _codes(job.report)


@st.fragment(run_every=POLL_SECONDS)
def _running(job: ImportJob) -> None:
    if job.is_over.is_set():
        st.rerun()
    st.progress(job.fraction, text=job.text)
    st.button("Cancel", on_click=job.is_cancelled.set, disabled=job.is_cancelled.is_set())


def _counts(report: ImportReport) -> None:
    counts = (
        ("Read", report.read, "Resources in the files"),
        ("Stored", report.stored, "New to the record"),
        ("Replaced", report.replaced, "Newer than what the record held"),
        ("Unchanged", report.unchanged, "Already in the record"),
        ("Superseded", report.superseded, "Older than what the record holds"),
        ("Not used", sum(report.not_used.values()), ", ".join(report.not_used) or "Types that are not read"),
        ("Set aside", report.set_aside, "Every value of the resource is in quarantine"),
        ("Taken in late", report.released, "Set aside earlier: the patient is in the record now"),
    )
    left, right = st.columns(2, gap="large")
    with left:
        rows = [(name, f"{count:,}", meaning) for name, count, meaning in counts]
        st.html(table(("Resources", "Count", "Meaning"), rows, caption="What came in", numeric=(1,)))
    with right:
        reasons = [(DOUBTS[word], f"{count:,}", "Set aside") for word, count in report.quarantined.items()]
        reasons += [(DOUBTS[word], f"{count:,}", "Kept and flagged") for word, count in report.flagged.items()]
        if reasons:
            st.html(table(("Rows with doubts", "Count", "Done"), reasons, caption="What was refused", numeric=(1,)))
        else:
            st.html(tag("p", "No row was refused.", css="empty"))


def _patients(report: ImportReport) -> None:
    people = access.store().patients_of_import(report.import_id)
    if not people:
        st.html(tag("p", "No patient's record changed.", css="empty"))
        return
    st.html(tag("h2", f"{counted(len(people), 'patient')} with new data", css="section"))
    shown = people[:PATIENTS_SHOWN]
    openable_table(
        ("Open patient", "Born", "Sex", "ID"),
        [
            (
                full_name(one["family"], one["given"], one["prefix"]),
                words.day(one["birth_date"]),
                (one["sex"] or "not known").capitalize(),
                grouped(one["identifier"]),
            )
            for one in shown
        ],
        [one["id"] for one in shown],
        caption="Patients of this import",
        key="imported-patients",
        on_open=go_to_patient,
    )
    if len(people) > len(shown):
        st.html(tag("p", f"The first {len(shown)} are shown. Search for the others on Patients.", css="note"))


def _codes(report: ImportReport) -> None:
    if not report.unused_codes:
        return
    with st.expander(f"{counted(len(report.unused_codes), 'code')} kept but not used here"):
        rows = [
            (one.display or one.code, one.code, one.system, one.table, f"{one.count:,}") for one in report.unused_codes
        ]
        head = ("Code", "Number", "System", "Where", "Rows")
        st.html(table(head, rows, caption="Codes kept but not used", numeric=(4,)))


def earlier() -> None:
    """Show every import so far, newest first."""
    rows = [
        (
            words.day(one["finished"].date()) + f" {one['finished']:%H:%M}",
            one["user_name"],
            *(f"{one[name]:,}" for name in ("files", "resources", "stored", "replaced", "unchanged", "quarantined")),
        )
        for one in access.store().imports()
    ]
    if rows:
        head = ("Finished (UTC)", "By", "Files", "Read", "Stored", "Replaced", "Unchanged", "Quarantined rows")
        with st.expander(counted(len(rows), "earlier import")):
            st.html(table(head, rows, caption="Imports so far", numeric=range(2, 8)))
