"""Does the Meeting page show the right case, keep drafts, save what was in front of it, and say when data changed?"""

import json
import re
from datetime import date, timedelta

import pytest

from tests.meeting.conftest import measured
from tests.ui.conftest import TODAY
from tests.ui.past_decisions import decide_again_and_again
from tests.ui.people import observation
from tests.ui.test_compare_page import cells, set_statin
from tests.ui.test_pages import JANE, PAULA, RICHARD, labels, open_page, press, text, widget
from twin.governance.session import Purpose, Role, Session
from twin.meeting.cases import plans_of, risks_of
from twin.meeting.judged import look_back
from twin.meeting.receipts import Receipt
from twin.physiology.longitudinal import Twin
from twin.record.decisions import decisions
from twin.record.imports import import_paths
from twin.record.meetings import agenda
from twin.ui import access, state
from twin.ui.compare import engine
from twin.ui.meeting import prepared, view
from twin.ui.meeting.memory import UNSAVED
from twin.ui.meeting.right import LINES

REVIEW = TODAY + timedelta(days=92)


def cases(day=TODAY):
    return agenda(access.new_store(), day)


@pytest.fixture
def clean(app):
    """A visit after which no case and no decision is left."""
    yield app
    with access.new_store().cursor() as cursor:
        cursor.execute("DELETE FROM meeting_cases")
        cursor.execute("DELETE FROM decisions")


def take(app, patient, *, statin=False):
    open_page(app, "compare.py", patient)
    if statin:
        set_statin(app)
    return press(app, "Take to meeting")


@pytest.fixture
def two(clean):
    """A meeting of two: the first with a statin, the second without plans that change anything."""
    take(clean, JANE, statin=True)
    clean.session_state[f"{state.PLANS}/desk"] = None
    take(clean, PAULA)
    return open_page(clean, "meeting.py", JANE)


def fill(app, choice=1, reason="Pressure first", owner="Dr Okafor", review=REVIEW):
    widget(app.selectbox, "Decision").set_value(choice).run()
    widget(app.text_input, "Reason").set_value(reason).run()
    widget(app.text_input, "Owner").set_value(owner).run()
    widget(app.date_input, "Review date").set_value(review).run()
    return app


def test_an_empty_list_says_how_cases_come_onto_it(clean):
    shown = text(open_page(clean, "meeting.py"))
    assert "No cases yet. Take plans to the meeting from Compare plans" in shown
    assert "No decision has been saved yet." in shown


def test_taken_plans_stand_in_the_meeting_as_they_stood_on_compare(clean):
    open_page(clean, "compare.py", JANE)
    set_statin(clean)
    before = {row: cells(clean, row) for row in ("risk", "change", "people", "harm", "involves", "certainty")}
    press(clean, "Take to meeting")
    open_page(clean, "meeting.py")
    assert {row: cells(clean, row) for row in before} == before
    (case,) = cases()
    assert [plan.name for plan in plans_of(case.basis)] == ["Statin"]
    assert "New data since" not in text(clean)
    assert not clean.slider and "Change settings" in labels(clean)  # read-only


def test_taking_again_replaces_what_the_case_carries_and_taking_off_leaves_a_row_of_the_audit(clean):
    take(clean, JANE)
    open_page(clean, "compare.py")
    set_statin(clean)
    assert "with other settings: taking again replaces them" in text(clean)
    press(clean, "Take to meeting")
    (case,) = cases()
    assert case.basis.plans.count("atorvastatin") == 1
    open_page(clean, "compare.py")
    press(clean, "Take off the list")
    assert cases() == []
    newest = access.new_store().audit_rows(5)
    assert ("remove", JANE) in [(row.action, row.subject) for row in newest]


def test_next_and_previous_open_the_patient_of_the_case(two):
    assert "DOE, Jane (Ms)" in text(two) and "Case 1 of 2." in text(two)
    assert widget(two.button, "Previous case").disabled
    press(two, "Next case")
    assert two.session_state[state.PATIENT] == PAULA
    assert 'class="name">POE, Paula' in text(two) and "Case 2 of 2." in text(two)
    assert widget(two.button, "Next case").disabled
    press(two, "Previous case")
    assert two.session_state[state.PATIENT] == JANE


def test_the_shortcuts_are_those_of_the_page_about(two):
    found = {one.label: one.proto.shortcut.lower() for one in two.button if one.proto.shortcut}
    assert found == {"Next case": "alt+j", "Previous case": "alt+k", "Meeting mode": "alt+m"}
    about = text(open_page(two, "about.py"))
    assert "Alt+J, Alt+K" in about and "Alt+M" in about


def test_no_case_is_shown_under_the_name_of_a_patient_it_is_not_of(two):
    shown = text(open_page(two, "meeting.py", RICHARD))
    assert "The open patient is not on this list. Choose a case." in shown
    assert 'class="compare"' not in shown and "Save decision" not in labels(two)
    press(two, "First case")
    assert two.session_state[state.PATIENT] == JANE


def test_a_draft_outlasts_other_cases_and_pages_and_is_said_to_be_unsaved(two):
    fill(two)
    assert "Not saved yet." in text(two)
    press(two, "Next case")
    assert widget(two.text_input, "Reason").value == ""
    assert "draft not saved" in text(two)
    assert UNSAVED not in text(two)
    assert UNSAVED in text(open_page(two, "summary.py"))
    assert UNSAVED not in text(open_page(two, "meeting.py"))
    press(two, "Previous case")
    assert (widget(two.selectbox, "Decision").value, widget(two.text_input, "Reason").value) == (1, "Pressure first")
    assert widget(two.date_input, "Review date").value == REVIEW
    assert decisions(access.new_store()) == []


def test_a_saved_decision_keeps_what_was_on_screen(two):
    fill(two)
    press(two, "Save decision")
    two.run()
    (made,) = decisions(access.new_store(), JANE)
    (case,) = [one for one in cases() if one.patient_id == JANE]
    assert (made.case_id, made.fields.chosen, made.fields.reason) == (case.case_id, 1, "Pressure first")
    assert risks_of(made.basis) == risks_of(case.basis) and made.basis.plans == case.basis.plans
    receipt = Receipt.from_json(made.receipt)
    assert {one.variable for one in receipt.forecasts} >= {"ldl_cholesterol"} and receipt.made_on == TODAY
    shown = text(two)
    assert "Decided: Plan A Statin (demo," in shown and "Decided, on screen" in shown
    assert "Nothing is due yet. The next forecast is for 23-Feb-2027." in shown
    assert "History: 1 decision" in [one.label for one in two.expander]
    assert UNSAVED not in text(open_page(two, "summary.py"))


def test_a_second_decision_supersedes_the_first(two):
    press(fill(two), "Save decision")
    two.run()
    press(fill(two, choice="more_data", reason="Home readings first"), "Save decision")
    two.run()
    shown = text(two)
    assert "Superseded by" in shown and "Stands" in shown
    assert [one.fields.decision for one in decisions(access.new_store(), JANE)] == ["plan", "more_data"]


def test_an_incomplete_decision_is_refused_in_words_and_the_draft_stays(two):
    fill(two, owner="")
    press(two, "Save decision")
    assert [one.value for one in two.error] == ["Nothing was saved yet: give an owner. (TWN-E002)"]
    assert decisions(access.new_store()) == []
    assert widget(two.text_input, "Reason").value == "Pressure first"


def test_a_role_that_does_not_decide_gets_no_fields(two, monkeypatch):
    monkeypatch.setattr(access, "demo_session", lambda: Session("nurse", Role.NURSE, Purpose.TREATMENT))
    access.st.cache_resource.clear()
    open_page(two, "meeting.py")
    assert "The role “nurse” cannot write a decision down." in text(two)
    assert "Save decision" not in labels(two)


def test_later_values_are_held_against_what_was_said(two, monkeypatch):
    press(fill(two), "Save decision")
    (made,) = decisions(access.new_store(), JANE)
    said = next(
        one
        for one in Receipt.from_json(made.receipt).forecasts
        if (one.variable, one.after_days) == ("ldl_cholesterol", 91)
    )
    later = TODAY + timedelta(days=120)
    monkeypatch.setattr(access, "today", lambda: later)
    high = round(said.high) + 20.0
    patient = measured(access.new_store().patient(JANE), "ldl_cholesterol", (said.day, high))
    monkeypatch.setattr(access, "_patient", lambda patient_id, version: patient)
    two.session_state["meeting/day"] = TODAY
    shown = text(open_page(two, "meeting.py", JANE))
    forecast = f"We said LDL {said.mean:.0f} ({said.low:.0f} to {said.high:.0f}) mg/dL for 23-Feb-2027"
    assert f"{forecast}, it is {high:.0f} (23-Feb-2027): above the band." in shown
    assert "Atorvastatin 40 mg is not on record as started." in shown


def test_a_long_history_takes_a_few_lines_and_loses_none(clean):
    made = decide_again_and_again(access.new_store(), JANE, today=TODAY)
    shown = text(open_page(clean, "meeting.py", JANE))
    open_part, folded = re.search(r'were-we-right">(.*?)<details><summary>(.*?)</details>', shown, re.S).groups()
    looked = look_back(access.new_store().patient(JANE), decisions(access.new_store(), JANE), on=TODAY)
    said = [judged for one in looked for judged in one.due]
    assert all(one.due for one in looked) and len(looked) == made
    assert open_part.count("<li") == LINES < len(looked[0].due)
    assert all(shown.count(judged.sentence) == 1 for judged in said)
    rest = re.findall('<li class="(.+?)"', folded)
    earlier = f"{made - 1} earlier decisions: of {len(rest)} forecasts due, {rest.count('inside')} within the 80 % band"
    assert folded.startswith(earlier)
    assert "inside" not in re.findall('<li class="(.+?)"', open_part) or not any(
        judged.state != "inside" for judged in looked[0].due[LINES:]
    )


def test_new_data_are_said_and_can_be_kept_with_the_case(two, record):
    file = record / "more.json"
    new = observation(JANE, "2093-3", 261.0, TODAY - timedelta(days=1))
    file.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": new}]}))
    import_paths(access.new_store(), [file])
    try:
        open_page(two, "meeting.py")
        shown = text(two)
        assert "when this case was prepared: 1 new value. The numbers below are worked out again." in shown
        before = risks_of(cases()[0].basis)
        press(two, "Keep the new numbers with the case")
        two.run()
        assert "New data since" not in text(two)
        assert risks_of(cases()[0].basis) != before
    finally:
        with access.new_store().cursor() as cursor:  # the record is shared by all tests of pages
            cursor.execute("DELETE FROM observations WHERE value = 261.0")


def test_another_version_of_the_program_is_said(two, monkeypatch):
    monkeypatch.setattr(view, "versions", lambda: prepared.Versions("another", "9", date(2030, 1, 1)))
    assert "The program has changed since" in text(open_page(two, "meeting.py"))


def test_change_settings_leads_to_compare_with_the_plans_of_the_case(clean):
    two = open_page(clean, "compare.py", JANE)
    set_statin(two)
    widget(two.selectbox, "Outcome").set_value("death").run()
    next(one for one in two.segmented_control if one.label == "Horizon").set_value(5).run()
    two.run()
    before = cells(two, "risk")
    press(two, "Take to meeting")
    widget(two.selectbox, "Outcome").set_value("cvd").run()
    two.session_state[f"{state.PLANS}/desk"] = None
    open_page(two, "meeting.py")
    assert cells(two, "risk") == before
    press(two, "Change settings")
    open_page(two, "compare.py")
    desk = two.session_state[f"{state.PLANS}/desk"]
    assert [settings.statin for settings in desk.plans] == ["atorvastatin 40 mg"]
    assert cells(two, "risk") == before


def test_a_choice_among_other_plans_is_no_choice(two):
    fill(two)
    open_page(two, "compare.py")
    press(two, "Take to meeting")
    open_page(two, "meeting.py")
    assert widget(two.selectbox, "Decision").value is None
    assert widget(two.text_input, "Reason").value == "Pressure first"


def test_a_twin_out_of_sync_withholds_the_numbers(two, monkeypatch):
    monkeypatch.setattr(Twin, "out_of_sync_reason", "The values have differed.")
    monkeypatch.setattr(access, "_twin", access._twin.__wrapped__)
    engine.ground.cache_clear()
    engine.compared.cache_clear()
    open_page(two, "meeting.py")
    assert "Out of sync: do not use. The values have differed." in [one.value for one in two.error]
    assert all("No estimate shown" in " ".join(cell) for cell in cells(two, "risk"))
    press(fill(two), "Save decision")
    two.run()
    assert "No forecast was made. The twin is out of sync" in text(two)
    engine.ground.cache_clear()
    engine.compared.cache_clear()


def test_a_patient_outside_the_range_gets_no_number(clean):
    take(clean, RICHARD)
    open_page(clean, "meeting.py")
    assert all("No estimate shown" in " ".join(cell) for cell in cells(clean, "risk"))


def test_a_patient_is_found_and_added_without_plans_and_moved_and_taken_off(two):
    widget(two.text_input, "Add a patient: name or ID").set_value("roe").run()
    assert "ROE, Richard" in str([one.options for one in two.selectbox])
    widget(two.selectbox, "Add").set_value(RICHARD)
    next(one for one in two.button if one.key == "meeting-add/choose").click().run()
    assert [case.patient_id for case in cases()] == [JANE, PAULA, RICHARD]
    assert plans_of(cases()[2].basis) == ()
    assert widget(two.text_input, "Add a patient: name or ID").value == ""
    press(two, "Move down")
    assert [case.patient_id for case in cases()] == [PAULA, JANE, RICHARD]
    press(two, "Take off")
    assert [case.patient_id for case in cases()] == [PAULA, RICHARD]


def test_meeting_mode_is_asked_for_by_the_address_and_left_by_the_button(two):
    press(two, "Meeting mode")
    assert two.query_params["mode"] == "meeting"
    assert "font-size: clamp(16px, 1.852vh, 20px)" in text(two)
    press(two, "Leave meeting mode")
    assert "mode" not in two.query_params
    assert "font-size: clamp(" not in text(two)
    del two.session_state["meeting/mode"]
    two.query_params["mode"] = "meeting"
    two.run()
    assert "Leave meeting mode" in labels(two)
    assert set(two.query_params) == {"mode"}


def test_another_day_has_its_own_list(two):
    widget(two.date_input, "Meeting of").set_value(TODAY + timedelta(days=7)).run()
    shown = text(two)
    assert "No cases on the list of 01-Dec-2026." in shown and "Lists of other days: 24-Nov-2026." in shown


def test_a_review_that_is_due_is_offered_and_brings_the_plans_of_the_decision(two):
    press(fill(two), "Save decision")
    two.run()
    assert "review due" not in str([one.label for one in two.expander])
    widget(two.date_input, "Meeting of").set_value(REVIEW).run()
    assert "Change the list, 1 review due" in [one.label for one in two.expander]
    next(one for one in two.button if one.key == "meeting-due/choose").click().run()
    (case,) = cases(REVIEW)
    assert case.patient_id == JANE and [plan.name for plan in plans_of(case.basis)] == ["Statin"]
    assert "Change the list" in [one.label for one in two.expander]
