"""The app some months on, for tests of what comes due; the days are the last but one argument."""

import sys
from datetime import date, timedelta

from app import app
from twin.ui import access

if __name__ == "__main__":
    access.today = lambda: date.today() + timedelta(days=int(sys.argv[1]))
    app.run(config={"server.port": int(sys.argv[-1])})
