"""Does an empty record get its demo panel once, whoever asks, and can a failure be tried again?"""

import pytest

from twin.errors import StoreUnavailable
from twin.ui import access, first_start

PATIENTS = 5


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A process that has not started yet, with a record of its own."""
    monkeypatch.setenv("COUNTERPART_HOME", str(tmp_path))
    monkeypatch.setenv(first_start.PATIENTS_VARIABLE, str(PATIENTS))
    monkeypatch.setattr(first_start, "_preparation", None)
    monkeypatch.setattr(access, "_database", None)
    yield tmp_path
    access.close()


def prepared():
    preparation = first_start.prepare()
    assert preparation.is_over.wait(60)
    return preparation


def test_an_empty_record_gets_the_panel(empty):
    assert prepared().is_ready
    assert len(access.new_store().patient_ids()) == PATIENTS
    assert list(empty.glob("demo-*")) == []


def test_two_visits_share_one_preparation(empty):
    assert first_start.prepare() is first_start.prepare()
    prepared()
    assert len(access.new_store().imports()) == 1


def test_a_record_with_patients_is_left_alone(empty, monkeypatch):
    prepared()
    monkeypatch.setattr(first_start, "_preparation", None)
    assert prepared().is_ready
    assert len(access.new_store().imports()) == 1


def test_what_a_killed_start_left_is_removed(empty):
    (empty / "demo-killed").mkdir()
    (empty / "demo-killed" / "half.ndjson").write_text("{")
    assert prepared().is_ready
    assert list(empty.glob("demo-*")) == []


def test_no_panel_is_made_when_none_is_wanted(empty, monkeypatch):
    monkeypatch.setenv(first_start.PATIENTS_VARIABLE, "0")
    assert prepared().is_ready
    assert access.new_store().patient_ids() == []


def test_a_failure_is_kept_and_can_be_tried_again(empty, monkeypatch):
    def refuse():
        raise StoreUnavailable("locked", clinical="The record is in use.")

    with monkeypatch.context() as broken:
        broken.setattr(access, "new_store", refuse)
        assert isinstance(prepared().failure, StoreUnavailable)
        assert not first_start.is_ready()
    first_start.try_again()
    assert prepared().is_ready


def test_progress_runs_within_its_part():
    preparation = first_start.Preparation()
    tell = preparation.part(0.2, 1.0)
    for share, shown in ((0.0, 0.2), (0.5, 0.6), (1.0, 1.0), (7.0, 1.0), (-1.0, 0.2)):
        tell(share, "Reading")
        assert preparation.fraction == pytest.approx(shown)
