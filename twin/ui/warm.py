"""What is worth loading before the first visitor asks for it?"""

import logging

from twin.ui import guard

LOG = logging.getLogger("counterpart")


def up() -> None:
    """Load the compiled kernels; a failure is logged, and shows itself again where it matters."""
    try:
        from twin.physiology.longitudinal import warm_up

        warm_up()
    except Exception as error:
        LOG.warning("warm-up: %s", guard.describe(error))
