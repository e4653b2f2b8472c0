"""How often was the twin right?"""

from twin.ui.shell import open_page
from twin.ui.views import proof as view
from twin.ui.views.proof_cohorts import cohorts

with open_page("Proof", "How often was the twin right?") as page:
    found = view.gather(page)
    view.lead(page, found.card)
    view.bands(found.card)
    view.errors(found.card)
    view.groups(found.card)
    cohorts()
    view.out_of_sync(page, found)
    view.not_known(found.card)
