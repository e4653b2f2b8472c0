"""The app with an engine that takes its time, for the test of the mask over stale numbers."""

import sys
import time

from app import app
from twin.ui.compare import engine

SECONDS = 1.5


def slowly(*args):
    """Compare after a while."""
    time.sleep(SECONDS)
    return fast(*args)


if __name__ == "__main__":
    fast, engine.compare_on = engine.compare_on, slowly
    app.run(config={"server.port": int(sys.argv[-1])})
