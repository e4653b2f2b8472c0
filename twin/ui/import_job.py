"""How is an upload imported while the page stays usable, and the kept twins after it?"""

import logging
import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from twin import data_files
from twin.record.imports import ImportReport, import_paths
from twin.ui import access, guard, proof_job
from twin.ui.job import Job

LOG = logging.getLogger("counterpart")


@dataclass
class ImportJob(Job):
    """One import, read by the visit that started it."""

    text: str = "Reading"
    report: ImportReport | None = None


def start(files: Sequence[tuple[str, BinaryIO]]) -> ImportJob:
    """Copy uploads to a folder below the record's home and import them in a thread.

    Parameters
    ----------
    files
        Name and content of each; of a name only its last part is used.
    """
    home = data_files.home()
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="upload-", dir=home))
    paths = []
    for number, (name, content) in enumerate(files):
        place = folder / str(number)  # two uploads may have one name
        place.mkdir()
        paths.append(place / (Path(name.replace("\\", "/")).name or "upload"))
        with open(paths[-1], "wb") as file:
            shutil.copyfileobj(content, file)
    job = ImportJob()
    threading.Thread(target=_run, args=(job, folder, paths), name="import", daemon=True).start()
    return job


def _run(job: ImportJob, folder: Path, paths: list[Path]) -> None:
    try:
        job.report = import_paths(access.new_store(), paths, progress=job.progress, cancelled=job.is_cancelled.is_set)
        if job.report.stored or job.report.replaced or job.report.released:
            proof_job.start(access.today())
    except Exception as error:
        LOG.warning("import: %s", guard.describe(error))
        job.failure = error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        job.is_over.set()
