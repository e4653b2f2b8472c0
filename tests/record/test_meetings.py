"""Do lists of cases keep their order, and does a decision stay as it was written, each step in the audit?"""

from dataclasses import replace
from datetime import date, time

import pytest

from twin.errors import MissingInput, NotAllowed, OutOfValidityRange, UnknownName
from twin.governance.session import Purpose, Role, Session, demo_session
from twin.record.database import Database
from twin.record.decisions import LONGEST_LINE, Decided, decide, decision_count, decisions
from twin.record.meetings import (
    Basis,
    agenda,
    meeting_days,
    move_case,
    plan_time,
    prepare_again,
    remove_case,
    take_case,
)

DAY, TODAY = date(2026, 11, 26), date(2026, 11, 24)
BASIS = Basis(
    plans='[[plans]]\nname = "Statin"\n',
    outcome="ascvd",
    horizon_years=10,
    draws=1000,
    seed=0,
    results='{"plans": []}',
    data_version="abc",
    data_until=date(2026, 11, 3),
    data_values=48,
    model_version="def",
    program_version="0.1.0",
    results_changed_on=date(2026, 11, 24),
)
FIELDS = Decided("plan", 1, "  Pressure \n first ", "Dr Okafor", date(2027, 2, 24), "")


def order(store, day=DAY):
    return [case.patient_id for case in agenda(store, day)]


def audited(store, count=1):
    return [(row.action, row.subject, row.detail) for row in store.audit_rows(count)]


@pytest.fixture
def three(store):
    return [take_case(store, patient, DAY, BASIS) for patient in ("p1", "p2", "p3")]


def test_a_case_carries_what_it_was_given(store):
    case_id = take_case(store, "p1", DAY, BASIS)
    (case,) = agenda(store, DAY)
    assert (case.case_id, case.basis, case.planned, case.prepared_by) == (case_id, BASIS, None, "demo")
    assert agenda(store, TODAY) == []
    assert meeting_days(store) == [DAY]
    assert audited(store) == [("prepare", "p1", f'{{"case_id": {case_id}, "what": "meeting case"}}')]


def test_taking_a_patient_again_prepares_the_open_case_anew(store, three):
    changed = replace(BASIS, outcome="death")
    assert take_case(store, "p2", DAY, changed) == three[1]
    assert order(store) == ["p1", "p2", "p3"]
    assert agenda(store, DAY)[1].basis == changed


def test_taking_a_patient_again_after_the_decision_is_another_case(store, three):
    decide(store, three[1], FIELDS, BASIS, "{}", today=TODAY)
    assert take_case(store, "p2", DAY, BASIS) not in three
    assert order(store) == ["p1", "p2", "p3", "p2"]


@pytest.mark.parametrize(
    ("which", "by", "left"),
    [(0, 1, ["p2", "p1", "p3"]), (2, -1, ["p1", "p3", "p2"]), (0, -1, ["p1", "p2", "p3"]), (2, 1, ["p1", "p2", "p3"])],
)
def test_a_case_moves_one_place_and_stays_at_the_ends(store, three, which, by, left):
    move_case(store, three[which], by=by)
    assert order(store) == left
    assert audited(store)[0][0] == "arrange"


def test_a_case_that_is_taken_off_keeps_its_row(store, three, rows):
    remove_case(store, three[1])
    assert order(store) == ["p1", "p3"]
    (row,) = rows("SELECT removed, removed_by FROM meeting_cases WHERE patient_id = 'p2'")
    assert row["removed"] is not None and row["removed_by"] == "demo"
    assert audited(store)[0][:2] == ("remove", "p2")
    for change in (lambda: remove_case(store, three[1]), lambda: move_case(store, three[1], by=1)):
        with pytest.raises(UnknownName):
            change()


def test_a_case_gets_a_time_and_new_results_in_its_place(store, three):
    plan_time(store, three[0], time(13, 30))
    prepare_again(store, three[0], replace(BASIS, data_version="new"))
    first = agenda(store, DAY)[0]
    assert (first.planned, first.basis.data_version, first.place) == (time(13, 30), "new", 1)
    plan_time(store, three[0], None)
    assert agenda(store, DAY)[0].planned is None


def test_a_decision_keeps_the_five_fields_and_what_they_rest_on(store, three):
    number = decide(store, three[0], FIELDS, BASIS, '{"made_on": "2026-11-24"}', today=TODAY)
    (one,) = decisions(store, "p1")
    assert one.decision_id == number
    assert one.fields == replace(FIELDS, reason="Pressure first")
    assert (one.basis, one.receipt, one.meeting_day) == (BASIS, '{"made_on": "2026-11-24"}', DAY)
    assert audited(store) == [
        ("decide", "p1", f'{{"case_id": {three[0]}, "decision_id": {number}, "what": "decision"}}')
    ]
    assert store.verify_audit() > 0


def test_a_later_decision_leaves_the_earlier_row_as_it_was(store, three, rows):
    decide(store, three[0], FIELDS, BASIS, "{}", today=TODAY)
    before = rows("SELECT * FROM decisions")
    decide(store, three[0], replace(FIELDS, decision="none", reason="Changed our minds"), BASIS, "{}", today=TODAY)
    prepare_again(store, three[0], replace(BASIS, seed=7))
    remove_case(store, three[0])
    assert rows("SELECT * FROM decisions ORDER BY decision_id")[:1] == before
    assert [one.fields.chosen for one in decisions(store)] == [1, None]  # without a plan none is chosen
    assert decision_count(store) == 2


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"decision": "", "chosen": None}, MissingInput, "the decision"),
        ({"decision": "plan", "chosen": None}, MissingInput, "the decision"),
        ({"reason": " "}, MissingInput, "a reason"),
        ({"owner": "", "review_date": None}, MissingInput, "an owner and a review date"),
        ({"reason": "x" * (LONGEST_LINE + 1)}, OutOfValidityRange, "at most"),
        ({"review_date": TODAY}, OutOfValidityRange, "after today"),
    ],
)
def test_an_incomplete_decision_is_refused_and_nothing_is_written(store, three, change, error, said):
    with pytest.raises(error) as refused:
        decide(store, three[0], replace(FIELDS, **change), BASIS, "{}", today=TODAY)
    assert said in refused.value.clinical
    assert decisions(store) == []


@pytest.mark.parametrize("kind", ["none", "more_data"])
def test_no_plan_and_more_data_are_decisions_too(store, three, kind):
    decide(
        store,
        three[0],
        Decided(kind, None, "As agreed", "Dr Okafor", date(2027, 1, 1), "Ms Lind"),
        BASIS,
        "{}",
        today=TODAY,
    )
    (one,) = decisions(store)
    assert (one.fields.decision, one.fields.dissent) == (kind, "Ms Lind")


@pytest.mark.parametrize("role", [Role.NURSE, Role.ADMIN, Role.RESEARCHER])
def test_only_a_clinician_decides_and_the_refusal_is_written_down(store, three, role):
    other = store.database.session(Session("other", role, Purpose.TREATMENT))
    with pytest.raises(NotAllowed):
        decide(other, three[0], FIELDS, BASIS, "{}", today=TODAY)
    assert decisions(store) == []
    assert audited(store)[0] == ("refuse", "decision", "{}")


def test_a_researcher_sees_no_list(store, three):
    other = store.database.session(Session("other", Role.RESEARCHER, Purpose.RESEARCH))
    for look in (lambda: agenda(other, DAY), lambda: decisions(other), lambda: take_case(other, "p9", DAY, BASIS)):
        with pytest.raises(NotAllowed):
            look()
    assert order(store) == ["p1", "p2", "p3"]


def test_lists_and_decisions_outlast_the_process(tmp_path):
    with Database.open(tmp_path) as database:
        store = database.session(demo_session())
        decide(store, take_case(store, "p1", DAY, BASIS), FIELDS, BASIS, "{}", today=TODAY)
    with Database.open(tmp_path) as database:
        store = database.session(demo_session())
        assert order(store) == ["p1"] and len(decisions(store)) == 1
