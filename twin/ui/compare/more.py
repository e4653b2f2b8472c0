"""What else can be asked of the plans, each answer worked out only when it is opened?"""

from twin.figures.comparison_table import ComparisonTable
from twin.plans.results import Comparison
from twin.ui.compare.pairs import pairs_of_plans
from twin.ui.compare.report import report_buttons
from twin.ui.compare.saved import saved_plans
from twin.ui.compare.search import plans_searched, single_changes
from twin.ui.meeting.take import take_to_meeting
from twin.ui.shell import Page


def more(page: Page, found: Comparison, shown: ComparisonTable, outcome: str) -> None:
    """Show the sections that open, in their order."""
    pairs_of_plans(page, found, shown, outcome)
    single_changes(page, shown, outcome)
    plans_searched(page, shown)
    saved_plans(page)
    take_to_meeting(page, found)
    report_buttons(page, found)
