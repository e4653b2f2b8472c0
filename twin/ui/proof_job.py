"""How are the kept twins brought up to date while the page stays usable?"""

import logging
import threading
from dataclasses import dataclass
from datetime import date

from twin.proof.kept_twins import Refreshed
from twin.proof.upkeep import refresh_panel
from twin.ui import access, guard
from twin.ui.job import Job

LOG = logging.getLogger("counterpart")


@dataclass
class RefreshJob(Job):
    """One refresh, read by every visit."""

    text: str = "Looking what changed"
    done: Refreshed | None = None
    is_wanted_again: bool = False


_lock = threading.Lock()
_newest: RefreshJob | None = None


def newest() -> RefreshJob | None:
    """Return the process's last refresh, running or over."""
    return _newest


def start(on: date) -> RefreshJob:
    """Return the running refresh, which then looks once more, or start one: what is kept is common to all visits."""
    global _newest
    with _lock:
        if _newest is None or _newest.is_over.is_set():
            _newest = RefreshJob()
            threading.Thread(target=_run, args=(_newest, on), name="refresh", daemon=True).start()
        else:
            _newest.is_wanted_again = True
        return _newest


def _run(job: RefreshJob, on: date) -> None:
    try:
        store = access.new_store()
        while True:
            job.done = refresh_panel(store, on=on, progress=job.progress, cancelled=job.is_cancelled.is_set)
            with _lock:
                if not job.is_wanted_again or job.is_cancelled.is_set():
                    job.is_over.set()
                    return
                job.is_wanted_again = False
    except Exception as error:
        LOG.warning("refresh: %s", guard.describe(error))
        job.failure = error
    finally:
        job.is_over.set()
