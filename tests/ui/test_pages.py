"""Does every page open, say what it asks, and fail in one sentence?"""

from dataclasses import replace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed
from streamlit.testing.v1 import AppTest

from tests.ui.conftest import TODAY
from twin.errors import MissingInput
from twin.ui import access, state
from twin.ui.site import SITE
from twin.ui.views import about, patients, summary

JANE, RICHARD, PAULA, NORA, MARTIN = (f"person-{number}" for number in (22, 33, 44, 55, 66))


CHOSEN_ROWS = patients.chosen_rows


def open_page(app, file, patient=None):
    if patient is not None:
        app.session_state[state.PATIENT] = patient
    app.switch_page(f"../../pages/{file}").run()
    assert not app.exception
    return app


def widget(widgets, label):
    return next(one for one in widgets if one.label == label)


def press(app, label):
    widget(app.button, label).click().run()
    assert not app.exception
    return app


def labels(app):
    return [one.label for one in app.button]


def text(app):
    """Return everything that stands on the page as HTML or in an alert."""
    return "\n".join(
        [block.proto.body for block in app.get("html")] + [alert.value for alert in (*app.error, *app.info)]
    )


@pytest.mark.parametrize("site_page", SITE, ids=lambda one: one.address)
def test_every_page_opens_with_a_patient(app, site_page):
    open_page(app, site_page.file, JANE)
    shown = text(app)
    assert f"<h1>{site_page.title}</h1>" in shown
    assert "DOE, Jane (Ms)" in shown
    assert "Synthetic patient" in shown
    assert "Use with your own judgement" in shown
    assert not app.error


@pytest.mark.parametrize("site_page", [page for page in SITE if page.is_of_patient], ids=lambda one: one.address)
def test_a_page_of_a_patient_needs_one(app, site_page):
    open_page(app, site_page.file)
    assert f"No patient chosen. {site_page.title} shows one patient at a time." in text(app)


def test_the_worklist_counts_who_waits(app):
    assert "<h1>Patients</h1>" in text(app)
    review = access._review(access.data_version(), TODAY)
    waiting = dict(zip(review.panel.frame["id"], review.decisions(), strict=True))
    assert set(waiting) == {JANE, RICHARD, PAULA, NORA, MARTIN}
    assert min(waiting[one] for one in (JANE, RICHARD, PAULA)) >= 1  # a pressure of 152/88 and no drug
    assert waiting[NORA] == 0


def test_a_patient_opens_without_another_run_of_the_worklist(app, monkeypatch):
    runs = []
    monkeypatch.setattr(patients, "chosen_rows", lambda *asked: runs.append(asked) or CHOSEN_ROWS(*asked))
    app.selectbox("worklist/choice").set_value(PAULA)
    assert not runs
    app.button("worklist/choose").click().run()
    assert "<h1>Summary</h1>" in text(app) and "POE, Paula" in text(app)
    assert not runs
    app.switch_page("../../pages/patients.py").run()
    assert len(runs) == 1


def test_nothing_on_record_is_said_and_nothing_empty_opens(app, monkeypatch):
    bare = replace(access.new_store().patient(JANE), series={}, conditions=(), medications=())
    monkeypatch.setattr(access, "_patient", lambda patient_id, version: bare)
    shown = text(open_page(app, "timeline.py", JANE))
    assert "Nothing on record yet: no problem, no treatment and no measurement." in shown
    assert "Choose more years" not in shown
    assert "Numbers behind the chart" not in [one.label for one in app.expander]


def test_the_way_to_the_comparison_does_not_run_the_summary_again(app, monkeypatch):
    open_page(app, "summary.py", JANE)
    monkeypatch.setattr(summary, "risk_now", lambda _: pytest.fail("run again"))
    app.button("compare-plans").click().run()
    assert "<h1>Compare plans</h1>" in text(app)
    assert not app.error


def test_the_summary_says_risk_drivers_and_receipt(app):
    shown = text(open_page(app, "summary.py", JANE))
    assert "people like this get cardiovascular disease within 10 years" in shown
    assert "What adds most to it" in shown
    assert "prevent_base@2023" in shown
    assert "24 in 100" not in shown  # no number of another patient
    assert shown.count("data:image/svg+xml") >= 5


def test_after_a_heart_attack_the_risk_is_that_of_another_event(app):
    review = access._review(access.data_version(), TODAY)
    said = dict(zip(review.panel.frame["id"], (patients.risk_cell(review, row) for row in range(5)), strict=True))
    assert said[MARTIN][1] == "Another event" and " in 100" in said[MARTIN][0]
    assert isinstance(said[JANE], str) and said[NORA][0] == "No estimate shown"
    shown = text(open_page(app, "summary.py", MARTIN))
    assert "people like this have another cardiovascular event within 10 years" in shown
    assert "smart_reach@2018" in shown


def test_outside_the_range_no_estimate_is_shown_and_the_rest_stays(app):
    shown = text(open_page(app, "summary.py", RICHARD))
    assert "No estimate shown" in shown
    assert "This equation covers ages 30 to 79" in shown
    assert "This patient is 88" in shown
    assert "in 100" not in shown
    assert "Systolic BP" in shown


def test_a_child_gets_no_number_of_the_twin(app):
    shown = text(open_page(app, "summary.py", NORA))
    assert "The twin is not for people under 18." in shown
    assert "likely" not in shown
    assert "<strong>104</strong>" in shown
    open_page(app, "timeline.py", NORA)
    assert "the twin of a year ago" not in text(app)


def test_a_missing_input_is_named_by_its_label(app):
    shown = text(open_page(app, "summary.py", PAULA))
    assert "needs: total cholesterol" in shown
    assert "No estimate shown" in shown


def test_the_timeline_describes_its_chart_and_gives_the_numbers(app):
    open_page(app, "timeline.py", JANE)
    (chart,) = app.get("plotly_chart")
    assert "Diabetes mellitus type 2" in chart.proto.alt
    assert "Systolic BP" in chart.proto.alt
    newest = '<th scope="row">03-Nov-2026</th><td>152</td>'
    assert newest not in text(app)  # thousands of rows are built when somebody opens them
    app.session_state[state.TIMELINE_NUMBERS] = True
    assert newest in text(app.run())


def open_wanted():
    import streamlit as st

    from twin.ui import state

    state.open_patient(st.session_state["wanted"])


def test_switching_the_patient_clears_plans_and_the_page_says_so(app):
    visit = AppTest.from_function(open_wanted)
    visit.session_state["wanted"] = JANE
    visit.run()
    visit.session_state[f"{state.PLANS}/desk"] = "settings"
    visit.run()
    assert f"{state.PLANS}/desk" in visit.session_state
    visit.session_state["wanted"] = RICHARD
    visit.run()
    assert f"{state.PLANS}/desk" not in visit.session_state
    app.session_state[state.NOTICE] = visit.session_state[state.NOTICE]
    assert "The plan settings of the previous patient were cleared." in text(open_page(app, "summary.py", RICHARD))
    assert "were cleared" not in text(open_page(app, "summary.py"))


def test_an_error_of_ours_is_said_in_clinical_words(app, monkeypatch, caplog):
    def fail(*_):
        raise MissingInput("column x is empty", clinical="The weight is not in the record.")

    monkeypatch.setattr(summary, "measures", fail)
    open_page(app, "summary.py", JANE)
    assert [alert.value for alert in app.error] == ["The weight is not in the record. (TWN-E002)"]
    assert "column x is empty" in caplog.text
    assert "Use with your own judgement" in text(app)


def test_a_patient_that_cannot_be_read_leaves_the_frame(app):
    open_page(app, "summary.py", "person-99")
    assert "Patient not shown" in text(app)
    assert "<h1>Summary</h1>" in text(app)
    (alert,) = app.error
    assert alert.value.startswith("This patient is not in the record.")


def test_any_other_error_is_a_reference_and_the_log_names_no_patient(app, monkeypatch, caplog):
    name = "".join(["Ja", "ne"])  # or the source line in the log would hold it

    def fail(*_):
        raise ValueError(name)

    monkeypatch.setattr(about, "method", fail)
    open_page(app, "about.py", JANE)
    (alert,) = app.error
    assert alert.value.startswith("Something went wrong. Nothing was changed. Reference ")
    reference = alert.value[-5:-1]
    assert f"reference {reference}: ValueError" in caplog.text
    assert name not in caplog.text
    assert "Use with your own judgement" in text(app)


def test_a_visit_is_one_row_of_the_audit_and_a_patient_another(app):
    open_page(app, "summary.py", JANE)
    before = access.new_store().counts()["audit"]
    for _ in range(3):
        app.run()
    assert access.new_store().counts()["audit"] == before + 1  # the second count's own visit
    open_page(app, "summary.py", PAULA)
    assert access.new_store().audit_rows(2)[1].subject == PAULA


def test_no_part_of_a_page_is_left_to_the_browsers_memory():
    """Under quick changes a browser forgot what the server referred to, and the whole visit ended."""
    message = ForwardMsg()
    message.delta.new_element.html.body = "x" * 1_000_000
    populate_hash_if_needed(message)
    assert not message.metadata.cacheable
