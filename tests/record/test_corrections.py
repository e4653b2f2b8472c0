"""Does a correction change what every room sees of the record, leave the rows as sent, and come off without a trace?"""

import threading
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest
from fhir_builders import observation, patient, prescription

from twin.errors import MissingInput, NotAllowed, OutOfValidityRange, TwinError, UnknownName
from twin.governance.session import Purpose, Role, Session
from twin.record.corrections import LONGEST_REASON, corrected, mark
from twin.record.patient import Correction

TODAY = date(2026, 11, 24)
HBA1C = [("2026-01-02", 6.5), ("2026-03-02", 7.0), ("2026-05-02", 9.9)]


def sent(day, value, identity=None):
    return observation(identity or f"o-{day}", value=value, effectiveDateTime=f"{day}T09:00:00Z")


@pytest.fixture
def filled(store, bring_in):
    bring_in(patient(), patient("p2"), prescription(), *(sent(day, value) for day, value in HBA1C))
    return store


def marked(store, kind, index=-1, reason="Sample of another patient", name="hba1c"):
    person = store.patient("p1")
    return mark("p1", kind, person.series[name].measurement(index), reason=reason)


def added(value=7.2, day="2026-04-01", name="hba1c", reason="Letter from the clinic"):
    return Correction("p1", "added", reason, name, value, datetime.fromisoformat(day))


def untaken(share=0.5, ingredient="atorvastatin", since=None, reason="Says so"):
    time = datetime.fromisoformat(since) if since else None
    return Correction("p1", "adherence", reason, ingredient=ingredient, adherence=share, time=time)


def same_views(store, first):
    """Say whether patient and panel are digit for digit what they were."""
    person, frame = first
    now = store.patient("p1")
    assert now.series.keys() == person.series.keys() and now.corrections == person.corrections
    for name, series in person.series.items():
        for part in ("times", "values", "sources", "resource_ids"):
            np.testing.assert_array_equal(getattr(now.series[name], part), getattr(series, part))
    assert store.panel(TODAY).equals(frame)


def test_a_wrong_value_is_left_out_everywhere_and_its_row_stays(filled, rows):
    filled.correct(marked(filled, "wrong"), today=TODAY)
    person = filled.patient("p1")
    assert person.series["hba1c"].values.tolist() == [6.5, 7.0]
    assert person.latest("hba1c", TODAY).value == 7.0
    assert person.data_until() == date(2026, 3, 2)
    row = filled.panel(TODAY).set_index("id").loc["p1"]
    assert row["hba1c"] == 7.0
    assert row["hba1c_time"] == row["data_until"].replace(hour=9) == datetime(2026, 3, 2, 9)
    assert rows("SELECT value FROM observations WHERE resource_id = 'o-2026-05-02'") == [{"value": 9.9}]


def test_the_only_value_can_be_wrong(filled, bring_in):
    bring_in(observation("bp", "8480-6", 150, "mmHg"))
    filled.correct(marked(filled, "wrong", name="systolic_bp"), today=TODAY)
    assert "systolic_bp" not in filled.patient("p1").series
    assert "systolic_bp" not in filled.panel(TODAY)


def test_an_explained_value_stays_and_does_not_stand_for_the_usual_state(filled):
    filled.correct(marked(filled, "explained", reason="Steroid course"), today=TODAY)
    person = filled.patient("p1")
    assert person.series["hba1c"].values.tolist() == [6.5, 7.0, 9.9]
    assert person.explained(person.series["hba1c"]).tolist() == [False, False, True]
    assert person.usual("hba1c").values.tolist() == [6.5, 7.0]
    assert person.latest("hba1c", TODAY).value == 7.0
    row = filled.panel(TODAY).set_index("id").loc["p1"]
    assert row["hba1c"] == 7.0
    assert person.data_until() == row["data_until"].date() == date(2026, 5, 2)


def test_an_added_value_has_its_place_and_its_source(filled):
    (kept,) = filled.correct(added(), today=TODAY)
    series = filled.patient("p1").series["hba1c"]
    assert series.values.tolist() == [6.5, 7.0, 7.2, 9.9]
    assert (series.sources[2], series.resource_ids[2]) == ("stated", "correction/1") == ("stated", kept.resource_id)


@pytest.mark.parametrize("day", ["2026-05-02T09:00", "2026-06-01"])
def test_patient_and_panel_agree_on_the_newest_value(filled, day):
    filled.correct(added(day=day), today=TODAY)
    newest = filled.patient("p1").latest("hba1c", TODAY)
    row = filled.panel(TODAY).set_index("id").loc["p1"]
    assert (newest.value, newest.time) == (row["hba1c"], row["hba1c_time"])


def test_a_variable_without_values_can_be_added(filled):
    filled.correct(added(182.0, name="ldl_cholesterol"), today=TODAY)
    assert filled.patient("p1").series["ldl_cholesterol"].values.tolist() == [182.0]
    assert filled.panel(TODAY).set_index("id").loc["p1", "ldl_cholesterol"] == 182.0


def test_a_share_of_doses_is_kept_and_changes_no_list(filled):
    (kept,) = filled.correct(untaken(0.4, since="2026-02-01"), today=TODAY)
    person = filled.patient("p1")
    assert person.corrections == (kept,)
    assert (kept.ingredient, kept.adherence, kept.time) == ("atorvastatin", 0.4, datetime(2026, 2, 1))
    assert person.takes_class("statin", TODAY)


def test_a_drug_of_which_no_dose_is_taken_is_no_treatment(filled):
    filled.correct(untaken(0.0, since="2026-02-01"), today=TODAY)
    listed = [m for m in filled.patient("p1").medications if m.ingredient == "atorvastatin"]
    assert listed and not filled.patient("p1").takes_class("statin", TODAY)
    assert filled.patient("p1").takes_class("statin", date(2026, 1, 31))
    for day, taken in ((TODAY, False), (date(2026, 1, 31), True)):
        row = filled.panel(day).set_index("id").loc["p1"]
        assert bool(row.get("takes_statin", False)) is taken
    filled.correct(untaken(0.5, since="2026-02-02"), today=TODAY)
    assert filled.patient("p1").takes_class("statin", TODAY)
    assert filled.panel(TODAY).set_index("id").loc["p1", "takes_statin"]


@pytest.mark.parametrize("draft", ["wrong", "explained", added(), untaken()], ids=str)
def test_undoing_brings_back_every_digit_and_keeps_the_row(filled, draft):
    before = filled.patient("p1"), filled.panel(TODAY)
    draft = draft if isinstance(draft, Correction) else marked(filled, draft)
    (kept,) = filled.correct(draft, today=TODAY)
    undone = filled.undo(kept.number)
    same_views(filled, before)
    assert filled.corrections("p1") == [undone]
    assert replace(undone, undone=None, undone_by="") == kept
    assert undone.undone >= kept.made and (kept.made_by, undone.undone_by) == ("demo", "demo")


def test_a_preview_is_what_keeping_gives_and_stores_nothing(filled):
    person, draft = filled.patient("p1"), added()
    seen = corrected(person, [draft])
    assert filled.corrections("p1") == [] and person.series["hba1c"].values.tolist() == [6.5, 7.0, 9.9]
    filled.correct(draft, today=TODAY)
    np.testing.assert_array_equal(seen.series["hba1c"].values, filled.patient("p1").series["hba1c"].values)


def test_several_values_are_marked_at_once(filled):
    kept = filled.correct(marked(filled, "explained", 1), marked(filled, "explained", 2), today=TODAY)
    assert [one.number for one in kept] == [1, 2]
    assert filled.patient("p1").latest("hba1c", TODAY).value == 6.5


def test_all_or_none_are_kept(filled):
    with pytest.raises(UnknownName):
        filled.correct(marked(filled, "wrong"), replace(marked(filled, "wrong"), value=1.0), today=TODAY)
    assert filled.corrections("p1") == []
    assert filled.audit_rows(1)[0].action != "correct"


def test_the_audit_names_numbers_and_no_values(filled):
    kept = filled.correct(marked(filled, "wrong", 1), marked(filled, "wrong", 2), today=TODAY)
    filled.undo(kept[0].number)
    undo, correct = filled.audit_rows(2)
    assert (correct.action, correct.subject, correct.detail) == (
        "correct",
        "p1",
        '{"corrections": [1, 2], "kind": "wrong"}',
    )
    assert (undo.action, undo.subject, undo.detail) == ("undo", "p1", '{"corrections": [1]}')
    filled.verify_audit()


def test_every_change_has_a_data_version_of_its_own(filled):
    versions = [filled.database.data_version()]
    for step in (lambda: filled.correct(added(), today=TODAY), lambda: filled.undo(1)):
        step()
        versions.append(filled.database.data_version())
    assert len(set(versions)) == 3 and versions == sorted(versions)


def test_a_value_that_its_sender_replaced_is_no_longer_marked(filled, bring_in):
    filled.correct(marked(filled, "wrong"), today=TODAY)
    newer = {**sent("2026-05-02", 6.9), "meta": {"versionId": "2", "lastUpdated": "2026-06-01T00:00:00Z"}}
    bring_in(newer)
    assert filled.patient("p1").series["hba1c"].values.tolist() == [6.5, 7.0, 6.9]
    assert filled.panel(TODAY).set_index("id").loc["p1", "hba1c"] == 6.9


def test_a_wrong_value_sent_twice_is_gone_twice(filled, bring_in):
    bring_in(sent("2026-05-02", 9.9, "again"))
    filled.correct(marked(filled, "wrong"), today=TODAY)
    assert filled.patient("p1").latest("hba1c", TODAY).value == 7.0
    assert filled.panel(TODAY).set_index("id").loc["p1", "hba1c"] == 7.0


def test_another_patient_is_left_alone(filled, bring_in):
    twin = {**sent("2026-05-02", 9.9, "other"), "subject": {"reference": "Patient/p2"}}
    bring_in(twin)
    filled.correct(marked(filled, "wrong"), today=TODAY)
    assert filled.patient("p2").series["hba1c"].values.tolist() == [9.9]
    assert filled.panel(TODAY).set_index("id").loc["p2", "hba1c"] == 9.9
    both = {one.id: one for one in filled.patients()}
    assert both["p1"].latest("hba1c", TODAY).value == 7.0 and both["p2"].corrections == ()


@pytest.mark.parametrize(
    ("draft", "error", "said"),
    [
        (added(reason="  "), MissingInput, "Give a reason"),
        (added(reason="x" * (LONGEST_REASON + 1)), OutOfValidityRange, "too long"),
        (added(70.0), OutOfValidityRange, "HbA1c must be between"),
        (added(float("nan")), OutOfValidityRange, "HbA1c must be between"),
        (added(day="2026-11-25"), OutOfValidityRange, "in the future"),
        (added(day="1966-03-13"), OutOfValidityRange, "before the patient's birth"),
        (added(1.0, name="smoking_status"), UnknownName, "cannot be added as a number"),
        (added(1.0, name="mood"), UnknownName, "not known here"),
        (untaken(1.2), OutOfValidityRange, "between 0 and 100 %"),
        (untaken(ingredient="digoxin"), UnknownName, "not in the patient's list"),
        (untaken(since="2026-12-01"), OutOfValidityRange, "in the future"),
        (Correction("p1", "wrong", "Why", "hba1c", 5.0, datetime(2026, 1, 2, 9)), UnknownName, "not on record"),
        (replace(added(), patient_id="p9"), UnknownName, "not in the record"),
    ],
)
def test_what_may_not_be_kept_is_refused_and_nothing_changes(filled, draft, error, said):
    with pytest.raises(error) as caught:
        filled.correct(draft, today=TODAY)
    assert said in caught.value.clinical
    assert filled.corrections("p1") == []


@pytest.mark.parametrize("again", ["wrong", "explained"])
@pytest.mark.parametrize("first", ["wrong", "explained"])
def test_a_value_is_marked_once(filled, first, again):
    draft = marked(filled, first)
    filled.correct(draft, today=TODAY)
    with pytest.raises(UnknownName, match="no unmarked hba1c"):
        filled.correct(replace(draft, kind=again), today=TODAY)


def test_an_added_value_is_undone_and_not_marked(filled):
    filled.correct(added(day="2026-06-01"), today=TODAY)
    with pytest.raises(NotAllowed):
        filled.correct(marked(filled, "wrong"), today=TODAY)


def test_what_was_undone_cannot_be_undone_again(filled):
    filled.correct(added(), today=TODAY)
    filled.undo(1)
    for number in (1, 2):
        with pytest.raises(UnknownName):
            filled.undo(number)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.CLINICIAN, Role.NURSE)])
def test_who_does_not_treat_may_neither_correct_nor_undo(filled, role):
    filled.correct(added(), today=TODAY)
    other = filled.database.session(Session("x", role, Purpose.OPERATIONS))
    for act in (lambda: other.correct(added(), today=TODAY), lambda: other.undo(1)):
        with pytest.raises(NotAllowed):
            act()
        assert other.audit_rows(1)[0].action == "refuse"
    assert [one.undone for one in filled.corrections("p1")] == [None]


def test_two_visits_that_mark_one_value_at_once_leave_one_mark(filled):
    draft, outcomes = marked(filled, "wrong"), []

    def act():
        try:
            outcomes.append(filled.correct(draft, today=TODAY))
        except TwinError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, tuple) for one in outcomes) == 1
    assert [one.number for one in filled.corrections("p1")] == [1]
    filled.verify_audit()
