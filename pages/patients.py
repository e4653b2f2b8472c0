"""Who needs a decision?"""

from twin.ui.shell import open_page
from twin.ui.views import patients as view

with open_page("Patients", "Who needs a decision?") as page:
    text, order = view.search_and_sort()
    view.worklist(page, text, order)
