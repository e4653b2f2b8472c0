"""What came in, what was refused?"""

from twin.ui.shell import open_page
from twin.ui.views import import_data as view

with open_page("Import", "What came in, what was refused?") as page:
    view.choose_files()
    view.outcome(page)
    view.earlier()
