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


_lock = threading.Lock()
_newest: RefreshJob | None = None


def newest() -> RefreshJob | None:
    """Return the process's last refresh, running or over."""
    return _newest


def start(on: date) -> RefreshJob:
    """Return the running refresh, or start one: what is kept is common to all visits."""
    global _newest
    with _lock:
        if _newest is None or _newest.is_over.is_set():
            _newest = RefreshJob()
            threading.Thread(target=_run, args=(_newest, on), name="refresh", daemon=True).start()
        return _newest


def _run(job: RefreshJob, on: date) -> None:
    try:
        job.done = refresh_panel(access.new_store(), on=on, progress=job.progress, cancelled=job.is_cancelled.is_set)
    except Exception as error:
        LOG.warning("refresh: %s", guard.describe(error))
        job.failure = error
    finally:
        job.is_over.set()
