"""How are the kept twins brought up to date while the page stays usable?"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import date

from twin.proof.kept_twins import Refreshed
from twin.proof.upkeep import refresh_panel
from twin.ui import access, guard

LOG = logging.getLogger("counterpart")


@dataclass
class RefreshJob:
    """One refresh in the background: written by its thread, read by every visit."""

    fraction: float = 0.0
    text: str = "Looking what changed"
    done: Refreshed | None = None
    failure: Exception | None = None
    is_cancelled: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def progress(self, fraction: float, text: str) -> None:
        """Note how far it is."""
        self.fraction, self.text = min(1.0, max(0.0, fraction)), text


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
