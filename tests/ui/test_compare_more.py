"""Are plans kept without a clinical value in the audit, and does what cannot be answered say so?"""

import json
from dataclasses import replace

import pytest

from tests.figures.comparison_cases import comparison, plan_result, shown, withheld
from tests.ui.test_compare_page import cells, desk, set_statin
from tests.ui.test_pages import JANE, PAULA, RICHARD, open_page, text, widget
from twin.figures.comparison_table import comparison_table
from twin.plans.explain import Naive
from twin.plans.pairs import Pair
from twin.plans.plan import Lifestyle, Plan, StartTherapy, StopTherapy
from twin.plans.results import Difference
from twin.ui import access
from twin.ui.compare import memory
from twin.ui.compare.naive import naive_html
from twin.ui.compare.pairs import pairs_html
from twin.ui.compare.settings import PlanSettings


@pytest.fixture
def compare(app):
    yield open_page(app, "compare.py", JANE)
    store = access.new_store()
    for patient_id in (JANE, PAULA, RICHARD):
        for plan in store.plans(patient_id):
            store.remove_plan(plan.plan_id)


def unfold(app, key):
    app.session_state[f"compare/{key}"] = True
    app.run()
    assert not app.exception
    return app


def test_nothing_slow_is_worked_out_before_it_is_asked_for(compare):
    closed = text(compare)
    for words in ("combinations of", "The order says nothing", "Nothing is saved", "Add a second plan"):
        assert words not in closed
    unfold(compare, "pairs")
    assert "Add a second plan to put two beside each other." in text(compare)


def test_a_plan_is_saved_under_its_name_and_the_audit_has_no_clinical_value(compare):
    set_statin(compare)
    unfold(compare, "saved")
    widget(compare.text_input, "Name of plan A").set_value("Statin at night").run()
    widget(compare.button, "Save plan A").click().run()
    (kept,) = access.new_store().plans(JANE)
    assert kept.name == "Statin at night"
    assert 'therapy = "atorvastatin 40 mg"' in kept.content
    row = next(row for row in access.new_store().audit_rows(50) if row.action == "save")
    assert row.subject == JANE and json.loads(row.detail) == {"what": "plan", "plan_id": kept.plan_id}
    assert desk(compare).settings.name() == "Statin at night"


def test_a_name_that_is_taken_is_refused_in_place(compare):
    set_statin(compare)
    unfold(compare, "saved")
    for _ in range(2):
        widget(compare.text_input, "Name of plan A").set_value("Twice").run()
        widget(compare.button, "Save plan A").click().run()
    assert "There is a plan of this name for this patient." in text(compare)
    assert len(access.new_store().plans(JANE)) == 1


def test_an_empty_plan_is_not_saved(compare):
    unfold(compare, "saved")
    widget(compare.button, "Save plan A").click().run()
    assert "This plan cannot be saved: it is empty or too long." in text(compare)


def test_a_plan_with_what_no_widget_can_set_is_shown_and_can_be_taken_apart(compare):
    settings = PlanSettings(statin="atorvastatin 40 mg", kept=(Lifestyle("diet"), StopTherapy("lisinopril", 2.0)))
    compare.session_state[memory._DESK] = memory.Desk(plans=(settings.named("Mixed"),))
    compare.run()
    kept = widget(compare.multiselect, "Also in this plan")
    assert len(kept.value) == 2
    assert "DASH diet" in " ".join(cells(compare, "involves")[1])
    assert "A Mixed" in text(compare)
    kept.unselect(kept.value[1]).run()
    assert replace(desk(compare).settings, title=None) == replace(settings, kept=settings.kept[:1])
    compare.run()
    assert "A Mixed" not in text(compare)


def test_where_there_is_no_estimate_each_section_says_so(app):
    open_page(app, "compare.py", PAULA)
    for key in ("pairs", "singles", "saved"):
        unfold(app, key)
    widget(app.segmented_control, "Horizon").set_value(0).run()
    assert not app.exception
    assert "Years free of" in text(app)
    assert "No estimate shown" in text(app)
    assert "Something went wrong" not in text(app)


def two():
    statin = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))
    plans = (
        plan_result(
            shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03)),
            plan=statin,
        ),
        plan_result(shown("ascvd", 0.12, difference=(-0.08, -0.1, -0.06)), plan=Plan("Both")),
    )
    found = comparison(plan_result(shown("ascvd", 0.20)), *plans)
    return found, comparison_table(found, "ascvd")


def test_the_later_plan_is_put_against_the_earlier_one():
    found, table = two()
    pairs = [((0, 1), Pair(Difference(-0.03, -0.05, -0.01), 0.97))]
    html = pairs_html(found, table, "ascvd", pairs)
    assert "B Both against A Statin" in html
    assert "3 fewer in 100 (1 to 5)" in html
    assert "Fewer events with B than with A in 97% of simulations" in html
    same = pairs_html(found, table, "ascvd", [((0, 1), Pair(Difference(0.0, 0.0, 0.0), 0.5))])
    assert "No difference" in same and "The same in every simulation" in same
    assert "Not calculated" in pairs_html(found, table, "ascvd", [((0, 1), None)])


def test_the_equations_answer_stands_below_the_causal_one_in_grey():
    _, table = two()
    answer = Naive("ascvd", 10, 0.2, 0.22, {"bp_treated": True}, "It reads a drug as a sign.")
    html = naive_html(table, [answer, None], equation="The equation of 2023")
    assert html.index("15 in 100") < html.index("22 in 100")
    assert '<span class="grey">22 in 100</span><span class="small">It reads a drug as a sign.</span>' in html
    assert '<span class="grey">20 in 100</span>' in html
    assert "No other answer" in html and "typed into The equation of 2023" in html


def test_a_stopped_plan_has_no_naive_answer_either():
    stopped = plan_result(withheld("ascvd", "Not shown."), plan=Plan("Stopped"))
    found = comparison(plan_result(shown("ascvd", 0.20)), stopped)
    answer = Naive("ascvd", 10, 0.2, 0.11, {}, "Why.")
    html = naive_html(comparison_table(found, "ascvd"), [answer], equation="PREVENT")
    assert "11 in 100" not in html
    assert "Not shown" in html
