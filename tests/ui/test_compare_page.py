"""Does the compare page follow its settings, keep them, clear them and refuse what it must?"""

import logging
import re

import pytest

from tests.ui.people import COMPLETE
from tests.ui.test_pages import JANE, MARTIN, PAULA, RICHARD, open_page, text, widget
from twin.ui import access, first_start, state
from twin.ui.compare.settings import PlanSettings
from twin.variables import variable

DESK = f"{state.PLANS}/desk"


@pytest.fixture
def compare(app):
    return open_page(app, "compare.py", JANE)


def cells(app, row):
    """Return the cells of one row of the comparison as text."""
    table = next(
        block.proto.body for block in app.get("html") if "table" in block.proto.body and "compare" in block.proto.body
    )
    inner = re.search(rf'<tr class="{row}">(.*?)</tr>', table)[1]
    return [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(r"<td[^>]*>(.*?)</td>", inner)]


def set_statin(app, name="atorvastatin 40 mg"):
    widget(app.selectbox, "Statin").set_value(name).run()
    assert not app.exception
    app.run()  # a setting runs its own parts of the page; the rest is not in what the test sees


def desk(app):
    return app.session_state[DESK]


def test_the_page_opens_with_one_plan_that_equals_current_care(compare):
    current, plan = cells(compare, "risk")
    assert current == plan
    assert " ".join(current).startswith(tuple("123456789"))
    assert "No difference" in " ".join(cells(compare, "change")[1])


def test_after_a_heart_attack_the_plans_are_compared_on_another_event(app):
    open_page(app, "compare.py", MARTIN)
    set_statin(app)
    shown = text(app)
    assert "Another heart attack, stroke or cardiovascular death in 10 years" in shown
    assert "Current care: Known vascular disease: SMART-REACH counts another heart attack" in shown
    current, plan = cells(app, "risk")
    assert int(plan[0]) < int(current[0])


def test_a_setting_changes_the_plan_and_not_current_care(compare):
    before = cells(compare, "risk")[0]
    set_statin(compare)
    current, plan = cells(compare, "risk")
    assert current == before
    assert int(plan[0]) < int(current[0])
    assert "fewer" in " ".join(cells(compare, "change")[1])
    assert desk(compare).settings == PlanSettings(statin="atorvastatin 40 mg")


def test_each_comparison_seen_is_one_row_of_the_audit(compare):
    def runs():
        return [row for row in access.new_store().audit_rows(1000) if row.action == "run"]

    before = len(runs())
    set_statin(compare)
    widget(compare.selectbox, "Outcome").set_value("death").run()  # another look at the same comparison
    assert len(runs()) == before + 1
    assert (runs()[0].subject, runs()[0].detail) == (JANE, '{"horizon_years": 10, "plans": 1, "what": "compare"}')


def test_the_typed_field_and_the_slider_agree_both_ways(compare):
    typed = "Systolic BP change, typed (mmHg)"
    widget(compare.slider, "Systolic BP change (mmHg)").set_value(-10.0).run()
    assert widget(compare.number_input, typed).value == -10
    widget(compare.number_input, typed).set_value(-20.0).run()
    assert widget(compare.slider, "Systolic BP change (mmHg)").value == -20
    widget(compare.slider, "Systolic BP change (mmHg)").set_value(-5.0).run()
    assert widget(compare.number_input, typed).value == -5
    assert desk(compare).settings.systolic_bp == -5


def test_every_number_has_its_unit_and_stays_within_the_registrys_limits(compare):
    for label, name in (("Systolic BP change (mmHg)", "systolic_bp"),):
        slider, known = widget(compare.slider, label), variable(name)
        assert label.endswith(f"({known.unit})")
        assert slider.min + COMPLETE["8480-6"] >= known.plausible_low
        assert slider.max + COMPLETE["8480-6"] <= known.plausible_high
        assert f"now {known.format(COMPLETE['8480-6'])}" in slider.help
        assert slider.step >= 5


def test_plans_are_added_up_to_three_and_a_fourth_is_refused(compare):
    for _ in range(2):
        widget(compare.button, "Add plan").click().run()
    assert len(cells(compare, "risk")) == 4
    add = widget(compare.button, "Add plan")
    assert add.disabled
    assert add.help.startswith("Compare up to 4 at a time")


def test_a_copy_a_reset_and_a_removal_touch_one_plan(compare):
    set_statin(compare)
    widget(compare.button, "New plan B").click().run()
    assert [plan.statin for plan in desk(compare).plans] == ["atorvastatin 40 mg"] * 2
    assert widget(compare.selectbox, "Statin").value == "atorvastatin 40 mg"
    widget(compare.button, "Reset B").click().run()
    assert [plan.statin for plan in desk(compare).plans] == ["atorvastatin 40 mg", ""]
    assert widget(compare.selectbox, "Statin").value == ""
    widget(compare.button, "Remove B").click().run()
    widget(compare.button, "Remove A").click().run()
    assert "No plans yet. Add a plan to compare it with current care." in text(compare)
    assert len(cells(compare, "risk")) == 1


def test_settings_survive_a_visit_to_another_page(compare):
    set_statin(compare)
    widget(compare.number_input, "Weight change, typed (kg)").set_value(-7.0).run()
    open_page(compare, "evidence.py")
    open_page(compare, "compare.py")
    assert widget(compare.selectbox, "Statin").value == "atorvastatin 40 mg"
    assert widget(compare.slider, "Weight change (kg)").value == -7


def test_switching_the_patient_clears_the_plans_and_says_so(compare, monkeypatch):
    set_statin(compare)

    def switch_and_go_on():
        state.open_patient(RICHARD)
        return True

    monkeypatch.setattr(first_start, "is_ready", switch_and_go_on)
    open_page(compare, "patients.py")
    assert state.PLANS_CLEARED in text(compare)
    open_page(compare, "compare.py")
    assert "ROE, Richard (Mr)" in text(compare)
    assert widget(compare.selectbox, "Statin").value == ""
    assert DESK not in compare.session_state


def test_a_value_beyond_the_hard_limits_gets_a_sentence_and_no_number(compare, caplog):
    with caplog.at_level(logging.WARNING, logger="counterpart"):
        widget(compare.number_input, "Systolic BP change, typed (mmHg)").set_value(-120.0).run()
    assert "Systolic blood pressure must be between 50 and 300 mmHg." in text(compare)
    assert "hard range 50..300" in caplog.text
    assert cells(compare, "risk")[1][:3] == ["No", "estimate", "shown"]
    assert cells(compare, "risk")[0][1:3] == ["in", "100"]


def test_outside_the_equations_range_one_outcome_is_withheld_and_others_remain(app):
    open_page(app, "compare.py", RICHARD)
    assert cells(app, "risk")[0][:3] == ["No", "estimate", "shown"]
    assert "This equation covers ages 30 to 79. This patient is 88." in text(app)
    outcomes = next(b.proto.body for b in app.get("html") if "All outcomes" in b.proto.body)
    assert re.search(r"Death</th><td[^>]*><span>\d+ in 100", outcomes)
    assert not app.get("plotly_chart")


def test_a_missing_input_is_named_by_its_label(app):
    open_page(app, "compare.py", PAULA)
    assert cells(app, "risk")[0][:3] == ["No", "estimate", "shown"]
    said = next(block.proto.body for block in app.get("html") if 'class="withheld"' in block.proto.body)
    assert "total cholesterol" in said


def test_the_chart_has_its_end_values_as_text(compare):
    set_statin(compare)
    chart = compare.get("plotly_chart")[0].proto
    for cell in cells(compare, "risk"):
        assert " ".join(cell[:3]) in chart.alt
    assert compare.expander[0].label == "Numbers behind the chart"


def test_outcome_horizon_and_start_are_shared_by_all_plans(compare):
    set_statin(compare)
    now = cells(compare, "risk")
    widget(compare.segmented_control, "Start of the plans").set_value(5.0).run()
    later = cells(compare, "risk")
    assert later[0] == now[0]
    assert int(later[1][0]) > int(now[1][0])
    assert "From year 5" in " ".join(cells(compare, "involves")[1])
    widget(compare.segmented_control, "Horizon").set_value(5).run()
    assert int(cells(compare, "risk")[0][0]) < int(now[0][0])
    assert "No difference" in " ".join(cells(compare, "change")[1])
    widget(compare.selectbox, "Outcome").set_value("heart_failure").run()
    assert "Heart failure in 5 years" in text(compare)
    open_page(compare, "about.py")
    open_page(compare, "compare.py")
    assert "Heart failure in 5 years" in text(compare)


def test_what_the_comparison_has_shown_is_noted_to_its_end(compare):
    set_statin(compare)
    assert compare.session_state["compare/shown"] == desk(compare)
