"""How often was the twin right?"""

from twin.ui.shell import open_page
from twin.ui.views import proof as view

with open_page("Proof", "How often was the twin right?") as page:
    found = view.gather(page)
    view.lead(page, found.card)
    view.bands(found.card)
    view.errors(found.card)
    view.groups(found.card)
    view.out_of_sync(page, found)
    view.not_known(found.card)
