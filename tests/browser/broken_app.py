"""The app with one page that fails, for the test of the guard."""

import sys

from app import app
from twin.ui.views import about

WHY = " ".join(["told", "in", "confidence"])  # or the source line in the log would hold it


def fail() -> None:
    """Stand in for any defect."""
    raise RuntimeError(WHY)


if __name__ == "__main__":
    about.method = fail
    app.run(config={"server.port": int(sys.argv[-1])})
