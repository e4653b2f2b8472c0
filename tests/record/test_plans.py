"""Is a kept plan found by patient, renamed, removed, and every step written down without what it says?"""

import pytest

from twin.errors import NotAllowed, OutOfValidityRange, UnknownName
from twin.governance.session import Purpose, Role, Session
from twin.record.database import Database

TEXT = '[[plans]]\nname = "Statin"\n'


def names(store, patient_id):
    return [(plan.name, plan.is_template) for plan in store.plans(patient_id)]


def test_a_patients_plans_come_first_then_the_templates(store):
    store.save_plan("Usual start", TEXT, patient_id=None)
    store.save_plan("statin", TEXT, patient_id="p1")
    store.save_plan("Diet", TEXT, patient_id="p1")
    store.save_plan("Of another", TEXT, patient_id="p2")
    assert names(store, "p1") == [("Diet", False), ("statin", False), ("Usual start", True)]
    assert names(store, None) == [("Usual start", True)]
    kept = store.plans("p1")[0]
    assert (kept.content, kept.saved_by, kept.patient_id) == (TEXT, "demo", "p1")


def test_a_removed_plan_leaves_the_list_and_its_row_stays(store, rows):
    plan_id = store.save_plan("Statin", TEXT, patient_id="p1")
    store.remove_plan(plan_id)
    assert store.plans("p1") == []
    (row,) = rows("SELECT name, removed FROM plans")
    assert row["name"] == "Statin" and row["removed"] is not None
    with pytest.raises(UnknownName):
        store.remove_plan(plan_id)
    assert store.save_plan("Statin", TEXT, patient_id="p1") == plan_id + 1  # the name is free again


def test_a_plan_gets_another_name_with_its_text(store):
    plan_id = store.save_plan("Statin", TEXT, patient_id="p1")
    store.rename_plan(plan_id, "Statin at night", TEXT.replace("Statin", "Statin at night"))
    (plan,) = store.plans("p1")
    assert plan.name == "Statin at night" and plan.name in plan.content
    store.rename_plan(plan_id, "STATIN at night", TEXT)  # its own name in other letters is free


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\x00"])
def test_a_name_that_says_nothing_is_refused(store, name):
    with pytest.raises(OutOfValidityRange, match="plan name"):
        store.save_plan(name, TEXT, patient_id="p1")


def test_a_name_is_used_once_a_patient_and_once_as_a_template(store):
    store.save_plan("Statin", TEXT, patient_id="p1")
    store.save_plan("Statin", TEXT, patient_id="p2")
    store.save_plan("Statin", TEXT, patient_id=None)
    with pytest.raises(OutOfValidityRange, match="taken") as error:
        store.save_plan(" statin ", TEXT, patient_id="p1")
    assert "this patient" in error.value.clinical
    with pytest.raises(OutOfValidityRange, match="taken"):
        store.save_plan("Statin", TEXT, patient_id=None)
    other = store.save_plan("Diet", TEXT, patient_id="p1")
    with pytest.raises(OutOfValidityRange, match="taken"):
        store.rename_plan(other, "Statin", TEXT)
    assert names(store, "p1") == [("Diet", False), ("Statin", False), ("Statin", True)]


@pytest.mark.parametrize("content", ["", " \n", "x" * 20_001])
def test_what_cannot_be_a_plan_is_refused(store, content):
    with pytest.raises(OutOfValidityRange):
        store.save_plan("Statin", content, patient_id="p1")


def test_every_step_is_one_row_of_the_audit_without_name_or_content(store):
    plan_id = store.save_plan("Statin", TEXT, patient_id="p1")
    store.rename_plan(plan_id, "Diet", TEXT)
    store.remove_plan(plan_id)
    template = store.save_plan("Statin", TEXT, patient_id=None)
    told = [(row.action, row.subject, row.detail) for row in reversed(store.audit_rows(4))]
    assert told == [
        ("save", "p1", f'{{"plan_id": {plan_id}, "what": "plan"}}'),
        ("rename", "p1", f'{{"plan_id": {plan_id}, "what": "plan"}}'),
        ("remove", "p1", f'{{"plan_id": {plan_id}, "what": "plan"}}'),
        ("save", "templates", f'{{"plan_id": {template}, "what": "plan"}}'),
    ]
    store.verify_audit()


def test_a_refused_save_changes_nothing(store):
    before = store.audit_rows(1)[0].number
    with pytest.raises(OutOfValidityRange):
        store.save_plan("", TEXT, patient_id="p1")
    assert store.audit_rows(1)[0].number == before
    assert store.plans("p1") == []


def test_a_researcher_sees_and_saves_no_plan(home):
    with Database.open(home) as database:
        store = database.session(Session("r", Role.RESEARCHER, Purpose.RESEARCH))
        with pytest.raises(NotAllowed):
            store.plans("p1")
        with pytest.raises(NotAllowed):
            store.save_plan("Statin", TEXT, patient_id="p1")
        assert [row.action for row in store.audit_rows(2)] == ["refuse", "refuse"]


def test_plans_outlive_the_process(home):
    with Database.open(home) as database:
        database.session(Session("a", Role.CLINICIAN, Purpose.TREATMENT)).save_plan("Statin", TEXT, patient_id="p1")
    with Database.open(home) as database:
        (plan,) = database.session(Session("b", Role.CLINICIAN, Purpose.TREATMENT)).plans("p1")
    assert plan.saved_by == "a"
