"""Does the Timeline page show what a correction would change, keep it, list it, and take it back?"""

import numpy as np
import pytest
import streamlit as st

from tests.ui.conftest import TODAY
from tests.ui.test_pages import JANE, NORA, labels, open_page, press, text, widget
from twin.governance.session import Purpose, Role, Session
from twin.physiology.longitudinal import Twin
from twin.ui import access


def timeline(app, patient=JANE):
    return open_page(app, "timeline.py", patient)


def choose(app, kind):
    app.segmented_control(key="correct/kind").set_value(kind).run()
    return app


@pytest.fixture
def clean(app):
    """A visit after which no correction holds."""
    yield app
    store = access.new_store()
    for one in store.corrections(JANE):
        if one.undone is None:
            store.undo(one.number)


def mark_newest(app, kind="wrong", reason="Cuff too small"):
    choose(timeline(app), kind)
    widget(app.selectbox, "Measure").set_value("systolic_bp").run()
    values = widget(app.multiselect, "Values")
    values.set_value(values.options[:1]).run()
    widget(app.text_input, "Reason").set_value(reason).run()
    return press(app, "Show what would change")


def holding(app):
    return [one for one in access.new_store().corrections(JANE) if one.undone is None]


def test_a_preview_stores_nothing_and_keeping_is_listed(clean):
    app, version = mark_newest(clean), access.data_version()
    assert "Nothing is stored yet." in text(app) and "Level now, after" in text(app)
    assert (access.data_version(), holding(app)) == (version, [])
    press(app, "Keep the correction")
    (kept,) = holding(app)
    assert (kept.kind, kept.reason, kept.made_by) == ("wrong", "Cuff too small", "demo")
    assert "Kept: 1 correction." in text(app) and "Crossed: wrong, not used." in text(app)
    assert "Keep the correction" not in labels(app)
    assert access.new_store().patient(JANE).latest("systolic_bp", TODAY).value == 153.5


def test_the_preview_goes_when_the_fields_change(clean):
    app = mark_newest(clean)
    widget(app.text_input, "Reason").set_value("Another reason").run()
    assert "Nothing is stored yet." not in text(app) and "Keep the correction" not in labels(app)


@pytest.mark.parametrize("kind", ["wrong", "explained", "adherence", "added"])
def test_what_is_missing_is_asked_for(clean, kind):
    press(choose(timeline(clean), kind), "Show what would change")
    assert clean.error[-1].value.startswith("Choose ") and "(TWN-E002)" in clean.error[-1].value
    assert "Corrections made" in text(clean)


def test_a_reason_is_asked_for(clean):
    app = mark_newest(clean, reason="   ")
    assert app.error[-1].value == "Give a reason: others must be able to follow it. (TWN-E002)"


def test_a_missing_value_is_added_within_its_limits_and_not_in_the_future(clean):
    app = choose(timeline(clean), "added")
    widget(app.selectbox, "Measure").select_index(0).run()
    number, day = app.number_input[0], widget(app.date_input, "Measured on")
    assert day.max == TODAY
    assert (number.label, number.min, number.max) == ("Value (mmHg)", 50.0, 300.0)
    number.set_value(149.0).run()
    widget(app.text_input, "Reason").set_value("Letter").run()
    press(press(app, "Show what would change"), "Keep the correction")
    newest = access.new_store().patient(JANE).latest("systolic_bp", TODAY)
    assert (newest.value, newest.source) == (149.0, "stated")
    assert "Diamond: added by hand." in text(app)


def test_undoing_brings_every_number_back(clean):
    before = text(open_page(clean, "summary.py", JANE))
    app = press(mark_newest(clean, "explained"), "Keep the correction")
    assert text(open_page(app, "summary.py", JANE)) != before
    (kept,) = holding(app)
    access.new_store().undo(kept.number)
    assert text(open_page(app, "summary.py", JANE)) == before
    shown = text(timeline(app))
    assert "Undone by" in shown and "Hollow" not in shown


def test_a_kept_correction_reaches_the_worklist(clean):
    row = access.new_store().panel(TODAY).set_index("id").loc[JANE]
    press(mark_newest(clean), "Keep the correction")
    now = access.new_store().panel(TODAY).set_index("id").loc[JANE]
    assert row["systolic_bp"] == 152.0 and now["systolic_bp"] == 153.5
    assert np.isclose(now["diastolic_bp"], row["diastolic_bp"])


def test_a_child_can_be_corrected_and_still_gets_no_number_of_the_twin(clean):
    app = choose(timeline(clean, NORA), "wrong")
    values = widget(app.multiselect, "Values")
    values.set_value(values.options[:1]).run()
    widget(app.text_input, "Reason").set_value("Slip").run()
    press(app, "Show what would change")
    assert "The twin is not for people under 18." in text(app) and "likely" not in text(app)


def test_a_role_that_does_not_treat_sees_the_list_alone(app, monkeypatch):
    admin = Session("x", Role.ADMIN, Purpose.OPERATIONS)
    monkeypatch.setattr(access, "store", lambda: access.database().session(admin))
    timeline(app)
    assert "cannot correct a record" in text(app) and "Show what would change" not in labels(app)


OUT_OF_SYNC = "Since May 2026 the values have differed. Mark the values as wrong or explained."


@pytest.mark.parametrize("page", ["summary.py", "compare.py"])
def test_where_the_twin_is_out_of_sync_a_link_leads_to_the_corrections(app, monkeypatch, page):
    open_page(app, page, JANE)
    assert not [one for one in app.get("page_link") if "Correct the record" in one.proto.label]
    monkeypatch.setattr(Twin, "out_of_sync_reason", OUT_OF_SYNC)
    st.cache_resource.clear()  # with the twins that know their reason already
    open_page(app, page, JANE)
    assert [one.proto.label for one in app.get("page_link") if "Correct" in one.proto.label] == [
        "Correct the record on Timeline"
    ]
    timeline(app)
    assert app.error[0].value.endswith("explained. [Correct the record](#correct-the-record)")
    assert 'id="correct-the-record"' in text(app)
