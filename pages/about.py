"""What is this, and when must I not use it?"""

from twin.ui.shell import open_page
from twin.ui.views import about as view

with open_page("About", "What is this, and when must I not use it?"):
    view.intended_use()
    view.method()
    view.populations()
    view.review_rules()
    view.versions()
    view.keyboard()
