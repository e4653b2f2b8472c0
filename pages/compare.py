"""Which plan is worth discussing?"""

from twin.ui.compare import view
from twin.ui.shell import open_page

with open_page("Compare plans", "Which plan is worth discussing?", patient=True) as page:
    view.comparison(page)
