"""Does the digest change with everything a fit rests on and with nothing else, and is what is kept kept whole?"""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest
from fhir_builders import NOW, condition, ndjson, observation, patient, prescription

from twin.errors import NotAllowed
from twin.governance.session import Purpose, Role, Session, demo_session
from twin.record.corrections import mark
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.record.patient import Correction
from twin.record.twins import (
    KeptCard,
    KeptTwin,
    data_versions,
    keep_card,
    keep_twins,
    kept_card,
    kept_stamp,
    kept_twins,
    panel_values,
)

TODAY = date(2026, 11, 24)
VARIABLES = ("hba1c", "ldl_cholesterol")
MOMENT = datetime(2026, 11, 24, 12)
RESEARCHER = Session("r", Role.RESEARCHER, Purpose.RESEARCH)


def of_second(identity, **fields):
    return observation(identity, subject={"reference": "Patient/p2"}, **fields)


@pytest.fixture
def filled(store, bring_in):
    bring_in(patient(), patient("p2"), prescription(), condition(), observation(), of_second("o2", value=7.5))
    return store


def versions(store, on=TODAY):
    return data_versions(store, on=on, variables=VARIABLES)


def changed(store, before):
    """Return whose digest differs from before."""
    now = versions(store)
    return {one for one in now if now[one] != before.get(one)}


@pytest.mark.parametrize(
    "resource",
    [
        observation("o3", effectiveDateTime="2026-02-02T09:00:00Z"),
        observation(value=6.6),
        observation(effectiveDateTime="2026-01-02T09:00:01Z"),
        prescription("m2", code="314077"),
        condition("c2", code="38341003"),
        patient(birthDate="1966-03-15"),
        patient(gender="male"),
        patient(deceasedDateTime="2026-11-01"),
    ],
    ids=["value", "number", "moment", "drug", "problem", "birth", "sex", "death"],
)
def test_whatever_a_fit_rests_on_changes_the_digest_of_its_patient_alone(filled, bring_in, resource):
    before = versions(filled)
    bring_in({**resource, "meta": {"lastUpdated": "2026-11-20T00:00:00Z", "versionId": "2"}}, name="later.ndjson")
    assert changed(filled, before) == {"p1"}


@pytest.mark.parametrize(
    "resource",
    [
        patient(name=[{"family": "Roe", "given": ["Jane"]}]),
        observation("o3", "8302-2", value=170, unit="cm"),
        observation(),
    ],
    ids=["name", "no variable of the model", "same again"],
)
def test_what_no_fit_sees_leaves_the_digest(filled, bring_in, resource):
    before = versions(filled)
    bring_in({**resource, "meta": {"lastUpdated": "2026-11-20T00:00:00Z", "versionId": "2"}}, name="later.ndjson")
    assert changed(filled, before) == set()


def test_a_value_counts_from_its_day_on(filled, bring_in):
    before = versions(filled), versions(filled, date(2026, 5, 1))
    bring_in(observation("o3", effectiveDateTime="2026-05-02T00:00:00Z"), name="later.ndjson")
    assert versions(filled, date(2026, 5, 1)) == before[1]
    assert versions(filled, date(2026, 5, 2)) != before[0]


def test_corrections_change_it_and_undoing_brings_it_back(filled):
    before = versions(filled)
    measured = filled.patient("p1").series["hba1c"].measurement(0)
    for draft in (
        mark("p1", "wrong", measured, reason="Other sample"),
        mark("p1", "explained", measured, reason="Steroids"),
        Correction("p1", "added", "Letter", "hba1c", 7.0, datetime(2026, 4, 1)),
        Correction("p1", "adherence", "Says so", ingredient="atorvastatin", adherence=0.5),
    ):
        (made,) = filled.correct(draft, today=TODAY)
        assert changed(filled, before) == {"p1"}, draft.kind
        filled.undo(made.number)
        assert versions(filled) == before, draft.kind


def test_the_order_of_arrival_does_not_matter(store, bring_in, tmp_path):
    resources = [observation(f"o{i}", value=6.0 + i / 10, effectiveDateTime=f"2026-01-{i + 1:02d}") for i in range(9)]
    bring_in(patient(), *resources)
    with Database.open(tmp_path / "other") as database:
        other = database.session(demo_session())
        for number, part in enumerate(([patient(), *resources[:4:-1]], resources[4::-1])):
            file = tmp_path / f"{number}.ndjson"
            file.write_text(ndjson(*part))
            import_paths(other, [file], now=NOW)
        assert versions(other) == versions(store)


def test_only_the_patients_asked_for(filled):
    assert set(data_versions(filled, on=TODAY, variables=VARIABLES, ids=["p2", "nobody"])) == {"p2"}


def kept(patient_id, result="{}", fitted=MOMENT):
    return KeptTwin(patient_id, TODAY, "1:2", "model", fitted, True, result)


def test_what_is_kept_replaces_what_was_and_stays_for_others(filled):
    keep_twins(filled, [kept("p1"), kept("p2")])
    newer = replace(kept("p1", '{"a": "“ü”"}'), in_sync=False)
    keep_twins(filled, [newer])
    assert kept_twins(filled) == {"p1": newer, "p2": kept("p2")}
    assert kept_twins(filled, ["p2"]) == {"p2": kept("p2")}
    assert filled.verify_audit() > 0
    assert [row.subject for row in filled.audit_rows(2)] == ["twins", "twins"]


def test_who_left_the_record_is_forgotten(filled):
    keep_twins(filled, [kept("p1"), kept("gone")])
    keep_twins(filled, [kept("p2")])
    assert set(kept_twins(filled)) == {"p1", "p2"}


def test_a_block_is_kept_whole_or_not_at_all(filled, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(filled, "audit", fail)
    with pytest.raises(RuntimeError):
        keep_twins(filled, [kept("p1")])
    monkeypatch.undo()
    assert kept_twins(filled) == {}


def test_a_card_replaces_the_one_before_and_the_stamp_tells(filled):
    assert kept_card(filled) is None
    stamps = {kept_stamp(filled)}
    for moment in (MOMENT, MOMENT.replace(hour=13)):
        keep_card(filled, KeptCard("data", "model", moment, "{}"))
        stamps.add(kept_stamp(filled))
    keep_twins(filled, [kept("p1")])
    stamps.add(kept_stamp(filled))
    assert kept_card(filled).made == MOMENT.replace(hour=13)
    assert len(stamps) == 4


def test_who_may_not_see_patients_gets_no_row_of_one(filled):
    researcher = filled.database.session(RESEARCHER)
    for ask in (lambda: kept_twins(researcher), lambda: panel_values(researcher, on=TODAY, variables=VARIABLES)):
        with pytest.raises(NotAllowed):
            ask()
    assert researcher.audit_rows(1)[0].action == "refuse"
    assert kept_card(researcher) is None


def test_the_values_of_the_panel_are_the_corrected_ones(filled):
    measured = filled.patient("p1").series["hba1c"].measurement(0)
    filled.correct(mark("p1", "wrong", measured, reason="Other sample"), today=TODAY)
    filled.correct(Correction("p1", "added", "Letter", "hba1c", 7.0, datetime(2026, 4, 1)), today=TODAY)
    found = panel_values(filled, on=TODAY, variables=VARIABLES)
    rows = sorted(zip(found.person.tolist(), found.time.astype(str).tolist(), found.value.tolist(), strict=True))
    assert found.ids == ("p1", "p2")
    assert rows == [(0, "2026-04-01T00:00:00", 7.0), (1, "2026-01-02T09:00:00", 7.5)]
    assert found.male.tolist() == [0.0, 0.0]
    assert found.birth_date[0] == np.datetime64("1966-03-14")
    assert set(found.variable) == {"hba1c"}


def test_a_mark_stays_with_its_patient_when_the_value_moves(store, bring_in):
    bring_in(patient(), patient("p2"), observation(meta={"versionId": "1"}))
    measured = store.patient("p1").series["hba1c"].measurement(0)
    store.correct(mark("p1", "wrong", measured, reason="Another patient's"), today=TODAY)
    bring_in(of_second("o1", meta={"versionId": "2"}))
    found = panel_values(store, on=TODAY, variables=VARIABLES)
    assert store.patient("p2").series["hba1c"].values.tolist() == [6.5]
    assert (found.person.tolist(), found.value.tolist()) == ([1], [6.5])
