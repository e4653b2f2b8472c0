"""What matters for this person now?"""

from twin.ui.shell import open_page
from twin.ui.views import next_test
from twin.ui.views import summary as view

with open_page("Summary", "What matters for this person now?", patient=True) as page:
    estimates = view.risk_now(page)
    review, row = view.findings(page)
    left, right = view.left_and_right()
    with left:
        view.sentences(page, estimates)
        view.compare_button()
    with right:
        view.alerts(review, row)
    view.measures(page)
    next_test.which_test_next(page)
    view.report_card(page)
    view.checks(review, row)
    view.receipt(estimates)
