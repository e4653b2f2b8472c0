"""What happens when the app starts on an empty record?"""

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from twin import data_files
from twin.ui import guard

LOG = logging.getLogger("counterpart")
PATIENTS_VARIABLE = "COUNTERPART_DEMO_PATIENTS"
"""Environment variable: how many synthetic patients an empty record starts with; 0 for none."""
DEFAULT_PATIENTS = 500
SEED = 1
FOLDER = "demo-"
SHARE_OF_WRITING = 0.2
POLL_SECONDS = 0.3


@dataclass
class Preparation:
    """How far the record is from being ready; one a process, written by its thread and read by every visit."""

    fraction: float = 0.0
    text: str = "Opening the record"
    is_ready: bool = False
    failure: Exception | None = None
    is_decided: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def part(self, low: float, high: float) -> Callable[[float, str], None]:
        """Return a progress callback for the part from `low` to `high` of the whole."""

        def progress(fraction: float, text: str) -> None:
            self.fraction, self.text = low + (high - low) * min(1.0, max(0.0, fraction)), text

        return progress


_lock = threading.Lock()
_preparation: Preparation | None = None


def prepare() -> Preparation:
    """Return the process's preparation, started by whoever asks first."""
    global _preparation
    with _lock:
        if _preparation is None:
            _preparation = Preparation()
            threading.Thread(target=_run, args=(_preparation,), name="first-start", daemon=True).start()
        return _preparation


def try_again() -> None:
    """Forget a failed preparation, so that the next page starts another."""
    global _preparation
    with _lock:
        if _preparation is not None and _preparation.failure is not None:
            _preparation = None


def is_ready() -> bool:
    """Say whether the record can be shown; waits until it is known whether a demo panel must be made."""
    preparation = prepare()
    preparation.is_decided.wait()
    return preparation.is_ready


def _run(preparation: Preparation) -> None:
    try:
        from twin.ui import access  # here and below: the server answers before these are loaded

        patients = int(os.environ.get(PATIENTS_VARIABLE, DEFAULT_PATIENTS))
        if patients and not access.new_store().patient_ids():
            preparation.is_decided.set()
            make_demo_panel(data_files.home(), patients, preparation)
        preparation.is_ready = True
    except Exception as error:
        LOG.error("first start: %s", guard.describe(error))
        preparation.failure = error
    finally:
        preparation.is_decided.set()
        preparation.is_over.set()


def make_demo_panel(home: Path, patients: int, preparation: Preparation) -> None:
    """Write the demo panel below the record's home and import it.

    The import is one transaction. A process killed in the middle leaves an empty record, and the next
    start begins again.
    """
    from twin.demo.panel import write_panel
    from twin.record.imports import import_paths
    from twin.ui import access

    for left_over in home.glob(f"{FOLDER}*"):
        shutil.rmtree(left_over)
    with tempfile.TemporaryDirectory(prefix=FOLDER, dir=home) as folder:
        write_panel(
            Path(folder),
            patients=patients,
            seed=SEED,
            today=access.today(),
            progress=preparation.part(0.0, SHARE_OF_WRITING),
        )
        import_paths(access.new_store(), [Path(folder) / "fhir"], progress=preparation.part(SHARE_OF_WRITING, 1.0))


def close_record() -> None:
    """Give the record back at the end of the process."""
    from twin.ui import access

    access.close()


def show() -> None:
    """Show how far the first start is, or why it failed."""
    preparation = prepare()
    if preparation.failure is None:
        _show_progress(preparation)
    else:
        guard.report(preparation.failure)
        st.button("Try again", on_click=try_again)


@st.fragment(run_every=POLL_SECONDS)
def _show_progress(preparation: Preparation) -> None:
    if preparation.is_over.is_set():
        st.rerun()
    st.progress(preparation.fraction, text=f"Preparing the synthetic demo panel, once. {preparation.text}")
