"""Does a case read back as it was, and notice when the record changed?"""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from tests.record.fhir_builders import NOW, ndjson
from tests.ui.people import bundle, observation
from twin.governance.session import demo_session
from twin.meeting.cases import Versions, basis_of, data_version, news, plans_of, risks_of
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare
from twin.plans.plan import ChangeVariable, Plan, StartTherapy
from twin.record.corrections import mark
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.record.meetings import Basis

JANE, TODAY = "person-22", NOW.date()
PLANS = (
    Plan("Statin", (StartTherapy("atorvastatin 40 mg", 0.9),)),
    Plan("BP", (ChangeVariable("systolic_bp", -10.0),), 5.0),
)
VERSIONS = Versions("model", "0.1.0", TODAY)


@pytest.fixture
def store(tmp_path):
    (tmp_path / "people.json").write_text(json.dumps(bundle(TODAY)), encoding="utf-8")
    with Database.open(tmp_path / "home") as database:
        store = database.session(demo_session())
        import_paths(store, [tmp_path / "people.json"], now=NOW)
        yield store


@pytest.fixture
def case(store):
    patient = store.patient(JANE)
    found = compare(patient, fit(patient, on=TODAY), PLANS, on=TODAY, horizon_years=10, draws=100)
    return found, basis_of(store, patient, found, outcome="ascvd", versions=VERSIONS, on=TODAY)


def test_plans_and_risks_read_back_as_they_were_on_screen(case):
    found, basis = case
    assert Basis.from_json(basis.to_json()) == basis
    assert plans_of(basis) == PLANS
    results = (found.current_care, *found.plans)
    assert risks_of(basis) == tuple(result.outcomes["ascvd"].risk for result in results)
    assert (basis.draws, basis.seed, basis.horizon_years) == (100, 0, 10)
    assert (basis.model_version, basis.program_version, basis.results_changed_on) == ("model", "0.1.0", TODAY)


def test_a_case_without_plans_has_current_care(store):
    patient = store.patient(JANE)
    found = compare(patient, fit(patient, on=TODAY), (), on=TODAY, horizon_years=10, draws=100)
    basis = basis_of(store, patient, found, outcome="death", versions=VERSIONS, on=TODAY)
    assert plans_of(basis) == () and len(risks_of(basis)) == 1


def bring(store, tmp_path, *resources):
    (tmp_path / "more.ndjson").write_text(ndjson(*resources), encoding="utf-8")
    import_paths(store, [tmp_path / "more.ndjson"], now=NOW)


def test_nothing_new_is_nothing_said_and_another_patients_value_is_no_news(store, case, tmp_path):
    assert news(store, store.patient(JANE), case[1], on=TODAY) == ""
    bring(store, tmp_path, observation("person-33", "8480-6", 149.0, TODAY))
    assert news(store, store.patient(JANE), case[1], on=TODAY) == ""


def test_a_new_value_is_news(store, case, tmp_path):
    bring(store, tmp_path, observation(JANE, "8480-6", 149.0, TODAY))
    assert news(store, store.patient(JANE), case[1], on=TODAY) == "1 new value"


def test_a_correction_is_news_until_it_is_undone(store, case):
    last = store.patient(JANE).series["systolic_bp"].measurement(-1)
    (made,) = store.correct(mark(JANE, "wrong", last, reason="Slip"), today=TODAY)
    assert news(store, store.patient(JANE), case[1], on=TODAY) == "1 value fewer"
    store.undo(made.number)
    assert news(store, store.patient(JANE), case[1], on=TODAY) == ""


def test_a_smoking_status_is_news(store, case):
    patient = store.patient(JANE)
    smoker = replace(patient, smoking=replace(patient.smoking, status="current", time=datetime(2026, 11, 20)))
    assert data_version(store, smoker, on=TODAY) != case[1].data_version
    assert news(store, smoker, case[1], on=TODAY) == "treatments, problems or values changed"
