"""What did we decide, and were we right?"""

from twin.ui.meeting import memory, view
from twin.ui.shell import open_page

memory.take_back_warning()
with open_page("Meeting", "What did we decide, and were we right?") as page:
    view.meeting(page)
