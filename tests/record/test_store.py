"""Does a session see what it may, quickly found and the same one by one as in bulk?"""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from fhir_builders import LOINC, NOW, SNOMED, coded, condition, ndjson, observation, patient, prescription

from twin.errors import NotAllowed, UnknownName
from twin.governance.session import Purpose, Role, Session, demo_session
from twin.record.database import Database
from twin.record.imports import import_paths

TODAY = date(2026, 11, 24)


@pytest.fixture
def filled(bring_in, store):
    """Return a record of three patients."""

    def of(person, resource):
        return {**resource, "id": f"{person}-{resource['id']}", "subject": {"reference": f"Patient/{person}"}}

    bring_in(
        patient(identifier=[{"system": "urn:mrn", "value": "0001112222"}]),
        patient("p2", name=[{"family": "Adams", "given": ["Robert"]}], gender="male", birthDate="1950-07-01"),
        patient("p3", name=None, gender="unknown", birthDate=None),
        of("p1", observation("a", value=6.5)),
        of("p1", observation("b", value=7.1, effectiveDateTime="2026-05-01T00:00:00Z")),
        of("p1", observation("c", "8480-6", 150, "mmHg", effectiveDateTime="2026-12-24T00:00:00Z")),
        of("p2", observation("a", "8480-6", 131, "mmHg")),
        of("p2", observation("s", "72166-2", valueQuantity=None, valueCodeableConcept=coded(SNOMED, "8517006"))),
        of("p1", condition()),
        of("p1", condition("old", "22298006", abatementDateTime="2020-01-01")),
        of("p1", prescription()),
        of("p2", prescription(status="stopped")),
    )
    return store


def test_an_unknown_patient_is_said_to_be_unknown(store):
    with pytest.raises(UnknownName):
        store.patient("nobody")


def test_viewing_is_written_down(filled):
    filled.patient("p1")
    filled.patients()
    filled.panel(TODAY)
    assert [(row.action, row.subject) for row in filled.audit_rows(3)] == [
        ("view", "panel"),
        ("view", "patients"),
        ("view", "p1"),
    ]


@pytest.mark.parametrize("ask", ["patient", "patients", "panel", "search", "quarantine"])
def test_a_researcher_sees_no_identified_patient(home, ask):
    with Database.open(home) as database:
        store = database.session(Session("r", Role.RESEARCHER, Purpose.RESEARCH))
        arguments = {"patient": ("p1",), "panel": (TODAY,), "search": ("doe",)}.get(ask, ())
        with pytest.raises(NotAllowed):
            getattr(store, ask)(*arguments)
        assert store.audit_rows(1)[0].action == "refuse"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("doe", ["p1"]),
        ("DO ja", ["p1"]),
        ("ann", ["p1"]),
        ("adams, robert", ["p2"]),
        ("0001", ["p1"]),
        ("1950-07-01", ["p2"]),
        ("p3", ["p3"]),
        ("jane adams", []),
        ("%", []),
        ("'; DROP TABLE patients; --", []),
        ("", ["p3", "p2", "p1"]),
    ],
)
def test_search_finds_by_name_identifier_and_birth(filled, text, found):
    assert [row["id"] for row in filled.search(text)] == found


def test_search_is_limited(filled):
    assert len(filled.search("", limit=2)) == 2


def test_a_patient_in_bulk_is_the_patient(filled):
    assert [person.id for person in filled.patients()] == ["p1", "p2", "p3"] == filled.patient_ids()
    for bulk in filled.patients(["p2", "p1", "nobody"]):
        single = filled.patient(bulk.id)
        assert (bulk.conditions, bulk.medications, bulk.events) == (
            single.conditions,
            single.medications,
            single.events,
        )
        assert list(bulk.series) == list(single.series)
        for name, series in bulk.series.items():
            assert np.array_equal(series.values, single.series[name].values)
            assert np.array_equal(series.times, single.series[name].times)


def test_series_are_in_order_with_their_sources(filled):
    series = filled.patient("p1").series["hba1c"]
    assert series.values.tolist() == [6.5, 7.1]
    assert series.times.dtype == "M8[s]"
    assert series.measurement(1).time == datetime(2026, 5, 1)
    assert (series.measurement(0).source, series.measurement(0).resource_id) == ("laboratory", "p1-a")


def test_the_panel_has_a_row_a_patient(filled):
    panel = filled.panel(TODAY).set_index("id")
    assert list(panel.index) == ["p3", "p2", "p1"]  # by family name
    assert panel.loc["p1", "hba1c"] == 7.1
    assert panel.loc["p1", "hba1c_time"] == pd.Timestamp(2026, 5, 1)
    assert panel.loc["p1", "data_until"] == pd.Timestamp(2026, 5, 1)
    assert np.isnan(panel.loc["p2", "hba1c"])
    assert panel.loc["p2", "systolic_bp"] == 131
    assert panel.loc["p2", "smoking"] == "former"
    assert panel["takes_statin"].to_dict() == {"p1": True, "p2": False, "p3": False}
    assert panel["has_diabetes"].to_dict() == {"p1": True, "p2": False, "p3": False}
    assert panel.loc["p1", "identifier"] == "0001112222"
    assert panel["has_diabetes"].dtype == bool


def test_the_panel_of_a_past_day_knows_nothing_later(filled):
    panel = filled.panel(date(2026, 1, 2)).set_index("id")
    assert panel.loc["p1", "hba1c"] == 6.5
    assert filled.panel(date(2018, 1, 1)).set_index("id").loc["p1", "has_cardiovascular"]
    assert not filled.panel(date(2018, 1, 1)).set_index("id").get("takes_statin", pd.Series(False)).any()


def test_an_empty_record_has_an_empty_panel(store):
    panel = store.panel(TODAY)
    assert len(panel) == 0
    assert {"id", "family", "data_until", "smoking"} <= set(panel.columns)
    assert store.patients() == []
    assert store.patient_ids() == []


def test_counts_and_the_view_of_unused_codes(filled, rows):
    counts = filled.counts()
    assert (counts["patients"], counts["conditions"], counts["imports"]) == (3, 2, 1)
    assert rows("SELECT * FROM unused_codes") == []


def test_threads_share_a_store(filled):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(filled.patient, ["p1", "p2"] * 20))
    assert [person.id for person in seen] == ["p1", "p2"] * 20
    assert all(len(person.series["systolic_bp"]) == 1 for person in seen if person.id == "p2")
    filled.verify_audit()


def test_code_systems_are_kept_as_sent(home, write):
    told = observation(code={"coding": [{"system": "urn:oid:2.16.840.1.113883.6.1", "code": "4548-4"}]})
    with Database.open(home) as database:
        store = database.session(demo_session())
        import_paths(store, [write(ndjson(patient(), told))], now=NOW)
        with store.cursor() as cursor:
            assert cursor.execute("SELECT system, code FROM codes").fetchall() == [
                ("urn:oid:2.16.840.1.113883.6.1", "4548-4")
            ]
            assert cursor.execute("SELECT variable FROM observations").fetchall() == [("hba1c",)]
    assert LOINC != "urn:oid:2.16.840.1.113883.6.1"
