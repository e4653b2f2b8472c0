"""How did we get here?"""

from twin.ui.correct.notice import withheld_twin
from twin.ui.correct.view import corrections
from twin.ui.shell import open_page
from twin.ui.views import timeline as view

with open_page("Timeline", "How did we get here?", patient=True) as page:
    withheld_twin(page, is_on_timeline=True)
    lines = view.gather(page, view.years_shown(page))
    sentence = view.chart(page, lines)
    view.numbers_behind(lines)
    corrections(page, sentence)
