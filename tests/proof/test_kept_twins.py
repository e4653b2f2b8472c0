"""Are exactly the twins fitted again whose data, model or day changed, and is what is kept what a fit says?"""

import json
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from tests.proof.conftest import PATIENTS, TODAY
from twin.governance.session import command_line_session, demo_session
from twin.physiology.longitudinal import default_parameters, fit_panel, why_withheld
from twin.proof import kept_twins as module
from twin.proof.kept_twins import BLOCK, KEPT_DAYS, out_of_sync, read_result, refresh, standing
from twin.record.corrections import mark
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.record.patient import Correction
from twin.record.twins import kept_twins

TODAY_AT_NOON = datetime(2026, 11, 24, 12)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory, panel_home):
    """A record that was refreshed once; for tests that change nothing."""
    home = tmp_path_factory.mktemp("kept") / "home"
    shutil.copytree(panel_home, home)
    with Database.open(home) as database:
        store = database.session(command_line_session())
        refresh(store, on=TODAY)
        yield store


def test_what_is_kept_is_what_a_fit_says(shared_store):
    people = shared_store.patients()
    twins, kept = fit_panel(people, on=TODAY), kept_twins(shared_store)
    assert len(kept) == PATIENTS
    for person, twin in zip(people, twins, strict=True):
        one, found = kept[person.id], read_result(kept[person.id])
        assert one.in_sync == twin.in_sync
        assert (found["reason"], found["withheld"]) == (twin.out_of_sync_reason, why_withheld(person, twin))
        assert found["levels"].keys() == set(twin.variables)
        for name in twin.variables:
            np.testing.assert_allclose(found["levels"][name], twin.level(name), rtol=1e-6)


def test_kept_forecasts_are_of_hidden_values_of_the_patient(shared_store):
    for person in shared_store.patients():
        found = read_result(kept_twins(shared_store, [person.id])[person.id])
        for name, moment, value in zip(found["variable"], found["time"], found["value"], strict=True):
            times = person.series[name].times.astype(np.int64)
            lowest = default_parameters().low[default_parameters().index()[name]]  # where none was found
            assert value in np.maximum(person.series[name].values[times == moment], lowest)
            assert moment > np.datetime64(TODAY - timedelta(days=365), "s").astype(int)


def test_only_the_living_and_adult_are_called_out_of_sync(shared_store):
    kept = shared_store.patients()[0].id
    row = kept_twins(shared_store)[kept]
    found = read_result(row) | {"reason": "Since May.", "withheld": "The twin is out of sync: do not use. Since May."}
    out = replace(row, in_sync=False, result=json.dumps(found))
    dead = replace(out, patient_id="d", result=json.dumps(found | {"withheld": "The twin ends with its patient."}))
    assert out_of_sync([row, out, dead]) == ({kept: "Since May."})


def test_nothing_changed_nothing_fitted(shared_store):
    assert refresh(shared_store, on=TODAY) == module.Refreshed(PATIENTS, PATIENTS, 0, False)
    assert standing(shared_store, on=TODAY).stale == ()


def test_kept_results_hold_for_thirty_days_and_not_before_their_own(shared_store):
    later, past = TODAY + timedelta(days=KEPT_DAYS - 1), TODAY - timedelta(days=1)
    assert standing(shared_store, on=later).stale == ()
    assert len(standing(shared_store, on=later + timedelta(days=1)).stale) == PATIENTS
    assert len(standing(shared_store, on=past).stale) == PATIENTS


def test_another_model_fits_all_again(shared_store, monkeypatch):
    monkeypatch.setattr(module, "model_version", lambda: "another")
    assert len(standing(shared_store, on=TODAY).stale) == PATIENTS


def test_the_model_version_covers_the_hyperparameters_and_the_code():
    names = {path.name for path in module._RESTS_ON}
    assert {"dynamics.csv", "therapies.csv", "kernel.py", "twin.py", "hindcast.py"} <= names
    assert module.model_version() == module.model_version() and len(module.model_version()) == 64


def new_value(patient_id):
    return {
        "resourceType": "Observation",
        "id": "new-value",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2026-11-20T09:00:00Z",
        "valueQuantity": {"value": 151, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }


def test_an_import_refreshes_its_patient_alone_and_the_digest_follows(store, tmp_path):
    refresh(store, on=TODAY)
    before, chosen = kept_twins(store), store.patient_ids()[5]
    file = tmp_path / "new.ndjson"
    file.write_text(json.dumps(new_value(chosen)) + "\n")
    import_paths(store, [file])
    assert standing(store, on=TODAY).stale == (chosen,)
    assert refresh(store, on=TODAY) == module.Refreshed(PATIENTS, PATIENTS - 1, 1, False)
    after = kept_twins(store)
    assert {one for one in after if after[one] != before[one]} == {chosen}
    assert "systolic_bp" in read_result(after[chosen])["levels"]
    assert standing(store, on=TODAY).stale == ()


def test_a_correction_refreshes_its_patient_and_undoing_it_too(store):
    refresh(store, on=TODAY)
    chosen = next(one for one in store.patients() if "systolic_bp" in one.series)
    measured = chosen.series["systolic_bp"].measurement(-1)
    before = read_result(kept_twins(store)[chosen.id])["levels"]["systolic_bp"]
    clinician = store.database.session(demo_session())
    (made,) = clinician.correct(mark(chosen.id, "wrong", measured, reason="Cuff"), today=TODAY)
    assert refresh(store, on=TODAY).refreshed == 1
    assert read_result(kept_twins(store)[chosen.id])["levels"]["systolic_bp"] != before
    clinician.undo(made.number)
    assert standing(store, on=TODAY).stale == (chosen.id,)


def test_cancelling_keeps_the_blocks_that_are_done(store, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 10)
    asked, told = [], []

    def cancelled():
        asked.append(True)
        return len(asked) == 3

    done = refresh(store, on=TODAY, cancelled=cancelled, progress=lambda fraction, text: told.append(fraction))
    assert done == module.Refreshed(PATIENTS, 0, 20, True)
    assert len(kept_twins(store)) == 20
    assert told == [0.0, 10 / PATIENTS, 20 / PATIENTS]
    assert refresh(store, on=TODAY).refreshed == PATIENTS - 20


def test_one_patient_may_be_asked_for(store):
    chosen = store.patient_ids()[3]
    assert refresh(store, on=TODAY, ids=[chosen]) == module.Refreshed(1, 0, 1, False)
    assert set(kept_twins(store)) == {chosen}


def test_a_change_while_fitting_leaves_the_row_stale(store, monkeypatch):
    chosen = store.patient_ids()[0]
    read = type(store).patients

    def change_and_read(self, ids):
        if not store.counts()["corrections"]:
            clinician = store.database.session(demo_session())
            clinician.correct(Correction(chosen, "added", "Letter", "weight", 80.0, TODAY_AT_NOON), today=TODAY)
        return read(self, ids)

    monkeypatch.setattr(type(store), "patients", change_and_read)
    refresh(store, on=TODAY)
    assert standing(store, on=TODAY).stale == (chosen,)


def test_a_child_of_a_year_ago_has_no_forecast(store):
    cursor = store.cursor()
    chosen = store.patient_ids()[0]
    born = date(TODAY.year - 18, 1, 1)
    cursor.execute("UPDATE patients SET birth_date = ? WHERE resource_id = ?", [born, chosen])
    refresh(store, on=TODAY, ids=[chosen])
    found = read_result(kept_twins(store)[chosen])
    assert found["value"] == [] and found["levels"]


def test_blocks_are_small_enough_to_see_progress():
    assert BLOCK <= 200
