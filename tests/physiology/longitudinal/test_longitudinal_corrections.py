"""Does the twin take a clinician's corrections from the patient by itself, one patient's from that patient only?"""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest
from longitudinal_people import ON, drug, patient, series

from twin.physiology.longitudinal import Settings, fit, fit_panel
from twin.record.corrections import corrected, mark
from twin.record.patient import Correction

START, STOP = date(2023, 1, 1), date(2026, 1, 15)
STATIN = drug("atorvastatin", "statin", START, dose=40.0)
LDL = series(
    "ldl_cholesterol",
    [2200, 2000, 1800, 1600, 1400, 1100, 900, 700, 500, 300, 120, 60, 20],
    [131, 128, 134, 127, 130, 70, 66, 69, 71, 68, 128, 133, 131],
)


def marked(person, kind, name, index):
    return mark(person.id, kind, person.series[name].measurement(index), reason="Why")


def taken(share, *, since=None, number=1, ingredient="atorvastatin"):
    time = None if since is None else datetime(since.year, since.month, since.day)
    return Correction("p1", "adherence", "Why", time=time, ingredient=ingredient, adherence=share, number=number)


def same(one, other):
    """Say whether two twins believe the same, digit for digit."""
    np.testing.assert_array_equal(one.state, other.state)
    np.testing.assert_array_equal(one.covariance, other.covariance)
    assert one.out_of_sync_reason == other.out_of_sync_reason


@pytest.mark.parametrize("kind", ["wrong", "explained"])
def test_a_marked_value_is_as_if_it_were_not_there(kind):
    values = [6.5, 6.6, 6.4, 9.9, 6.5]
    person = patient(series("hba1c", [900, 700, 500, 300, 100], values))
    without = patient(series("hba1c", [900, 700, 500, 100], [v for v in values if v != 9.9]))
    same(fit(corrected(person, [marked(person, kind, "hba1c", 3)]), on=ON), fit(without, on=ON))


def test_a_variable_of_which_every_value_is_explained_is_not_known():
    person = patient(series("hba1c", [100], [9.9]), series("weight", [200, 100], [80.0, 81.0]))
    twin = fit(corrected(person, [marked(person, "explained", "hba1c", 0)]), on=ON)
    assert twin.variables == ("weight",)


def test_slips_put_the_twin_out_of_step_and_marking_them_mends_that():
    days = [1400, 1200, 1000, 800, 600, 400, 200, 60, 45, 30]
    person = patient(series("weight", days, [80.0, 80.4, 79.8, 80.2, 80.1, 79.9, 80.3, 104.0, 104.2, 103.8]))
    assert not fit(person, on=ON).in_sync
    mended = corrected(person, [marked(person, "wrong", "weight", place) for place in (7, 8, 9)])
    assert fit(mended, on=ON).in_sync


def test_a_share_of_doses_is_that_of_the_settings():
    person = patient(LDL, medications=[STATIN])
    stated = fit(person, on=ON, settings=Settings(adherence={"atorvastatin": 0.5}))
    same(fit(corrected(person, [taken(0.5)]), on=ON), stated)


def test_no_dose_since_a_day_is_a_stop_on_that_day():
    person = patient(LDL, medications=[STATIN])
    stopped = replace(person, medications=(replace(STATIN, stop=STOP),))
    untaken = fit(corrected(person, [taken(0.0, since=STOP)]), on=ON)
    same(untaken, fit(stopped, on=ON))
    assert not fit(person, on=ON).in_sync and untaken.in_sync


def test_the_last_word_on_a_drug_counts_from_its_day_on():
    person = patient(LDL, medications=[STATIN])
    history = [taken(0.0), taken(1.0), taken(0.25, since=STOP, number=3), taken(0.0, since=STOP, number=4)]
    same(
        fit(corrected(person, history), on=ON),
        fit(replace(person, medications=(replace(STATIN, stop=STOP),)), on=ON),
    )


def test_settings_are_merged_and_go_before_the_patient():
    person = patient(LDL, medications=[STATIN])
    both = corrected(person, [taken(0.2), marked(person, "explained", "ldl_cholesterol", -1)])
    settings = Settings(adherence={"atorvastatin": 0.6}, excluded=frozenset({LDL.resource_ids[-2]}))
    left = patient(LDL.where(np.arange(len(LDL)) < len(LDL) - 2), medications=[STATIN])
    same(fit(both, on=ON, settings=settings), fit(corrected(left, [taken(0.6)]), on=ON))


def test_corrections_of_one_patient_leave_the_next_alone():
    first, second = patient(LDL, medications=[STATIN]), patient(LDL, medications=[STATIN], name="p2")
    alone = [fit(corrected(first, [taken(0.0)]), on=ON), fit(second, on=ON)]
    together = fit_panel([corrected(first, [taken(0.0)]), second], on=ON)
    for one, other in zip(alone, together, strict=True):
        assert one.level("ldl_cholesterol") == pytest.approx(other.level("ldl_cholesterol"), rel=1e-9)
    assert together[0].responses[0].mean != pytest.approx(together[1].responses[0].mean, abs=0.01)
