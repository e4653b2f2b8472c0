"""What is loaded while the first visitor's browser is still loading the page?"""

import gc
import importlib
import logging
import threading
from pathlib import Path

from twin.ui import first_start, guard

LOG = logging.getLogger("counterpart")
FIRST_PAGE = ("twin.ui.shell", "twin.ui.views.patients")
CALM = 20.0
"""How long the first visitor has the machine for the first clicks before twins are refitted. [s]"""


def up() -> None:
    """Open the record and load the worklist first, then the other pages and the compiled kernels; then refit the twins.

    A failure is logged, and shows itself again where it matters. What is loaded once is never garbage:
    frozen, it is not walked by any later collection, of which there is one after every click.
    """
    try:
        preparation = first_start.prepare()
        for module in FIRST_PAGE:
            importlib.import_module(module)
        preparation.is_over.wait()
        if preparation.is_ready:
            importlib.import_module("twin.ui.access").warm_review()
        for file in sorted((Path(__file__).parent / "views").glob("[a-z]*.py")):
            importlib.import_module(f"twin.ui.views.{file.stem}")
        importlib.import_module("plotly.graph_objects")
        importlib.import_module("twin.physiology.longitudinal").warm_up()
        importlib.import_module("twin.plans.draws").warm_up()
        if preparation.is_ready:
            _refit_later()
    except Exception as error:
        LOG.warning("warm-up: %s", guard.describe(error))
    gc.collect()
    gc.freeze()


def _refit_later() -> None:
    job, today = importlib.import_module("twin.ui.proof_job"), importlib.import_module("twin.ui.access").today
    timer = threading.Timer(CALM, lambda: job.start(today()))
    timer.daemon = True
    timer.start()
