"""When did a number that someone may have seen last change?"""

import re
from datetime import date
from functools import cache

from twin.data_files import DATA


@cache
def results_changed_on() -> date | None:
    """Return the newest date in the table of ``data/CHANGES.md``."""
    rows = re.findall(
        r"^\|\s*(\d{4}-\d{2}-\d{2})\s*\|", (DATA / "CHANGES.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return max((date.fromisoformat(day) for day in rows), default=None)
