"""What else can be asked of the plans, each answer worked out only when it is opened?"""

from twin.ui.compare.saved import saved_plans
from twin.ui.shell import Page


def more(page: Page) -> None:
    """Show the sections that open, in their order."""
    saved_plans(page)
