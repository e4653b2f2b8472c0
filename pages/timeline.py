"""How did we get here?"""

from twin.ui.shell import open_page
from twin.ui.views import timeline as view

with open_page("Timeline", "How did we get here?", patient=True) as page:
    lines = view.gather(page, view.years_shown(page))
    view.chart(page, lines)
    view.numbers_behind(lines)
