"""Why should I believe it?"""

from twin.ui.evidence_view import evidence
from twin.ui.shell import open_page

with open_page("Evidence", "Why should I believe it?") as page:
    evidence(page)
