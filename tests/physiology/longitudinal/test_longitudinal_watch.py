"""Does the twin notice what does not fit, and say so in words that help?"""

from datetime import date, timedelta

import numpy as np
import pytest
from longitudinal_people import ON, drug, patient, series, steady

from twin.physiology.longitudinal import fit, forecast

DAYS = np.arange(30, 3000, 75)
PRESSURES = [
    drug("amlodipine", "calcium_channel_blocker", date(2022, 1, 1), dose=10.0),
    drug("lisinopril", "ace_inhibitor", date(2022, 1, 1), dose=20.0),
]


def pressures(shift, since_days, *, seed=1):
    rng = np.random.default_rng(seed)
    treated = ((ON - date(2022, 1, 1)).days > DAYS) * -20.0
    values = 160.0 + treated + shift * (since_days >= DAYS) + 6.0 * rng.standard_normal(len(DAYS))
    return series("systolic_bp", DAYS, values, "office")


def test_a_steady_patient_is_in_step():
    twin = fit(patient(pressures(0.0, 0), medications=PRESSURES), on=ON)
    assert twin.in_sync


def test_lost_treatment_is_noticed_and_the_drugs_are_named():
    twin = fit(patient(pressures(22.0, 300), medications=PRESSURES), on=ON)
    assert not twin.in_sync
    assert "systolic blood pressure" in twin.out_of_sync_reason and "mmHg higher" in twin.out_of_sync_reason
    assert "amlodipine or lisinopril" in twin.out_of_sync_reason and "ask" in twin.out_of_sync_reason


def test_a_shift_that_no_drug_explains_asks_for_its_cause():
    rng = np.random.default_rng(2)
    values = np.where(DAYS <= 300, 8.1, 6.2) + 0.15 * rng.standard_normal(len(DAYS))
    twin = fit(patient(series("hba1c", DAYS, values)), on=ON)
    assert "HbA1c" in twin.out_of_sync_reason and "percentage points higher" in twin.out_of_sync_reason
    assert "new illness" in twin.out_of_sync_reason


def test_once_the_change_is_recorded_the_twin_is_in_step_again():
    stopped = [
        drug(m.ingredient, m.drug_class, m.start, dose=m.dose_mg, stop=ON - timedelta(days=300)) for m in PRESSURES
    ]
    assert fit(patient(pressures(20.0, 300), medications=stopped), on=ON).in_sync


def test_a_change_of_years_ago_has_been_taken_in():
    assert fit(patient(pressures(22.0, 1200), medications=PRESSURES), on=ON).in_sync


def test_one_wild_value_is_flagged_refused_and_changes_nothing():
    calm = steady("ldl_cholesterol", 120.0, spread=6.0)
    values = calm.values.copy()
    values[10] = 3.1  # mmol/L written as mg/dL
    slip = type(calm)(calm.variable, calm.times, values, calm.sources, calm.resource_ids)
    twin = fit(patient(slip), on=ON)
    (surprise,) = [s for s in twin.surprises if s.value == 3.1]
    assert surprise.kind == "unit" and "mmol/L" in surprise.text and surprise.z < -5
    assert surprise.resource_id == calm.resource_ids[10]
    assert surprise.expected is not None and 100 < surprise.expected < 140
    assert twin.level("ldl_cholesterol")[0] > 110


def test_the_newest_wild_value_opens_the_band_and_the_next_one_settles_it():
    calm = np.full(12, 80.0)
    days = np.arange(12)[::-1] * 60 + 5

    def seen(*newest):
        values = np.concatenate([calm[: 12 - len(newest)], newest])
        twin = fit(patient(series("weight", days, values)), on=ON)
        return twin, forecast(twin, np.array([30.0]), "weight")

    still, before = seen()
    once, opened = seen(60.0)
    assert once.surprises[-1].kind == "unexpected" and "the next will show whether it lasts" in once.surprises[-1].text
    assert 77.0 < once.level("weight")[0] < still.level("weight")[0] and once.in_sync
    assert opened.high95[0] - opened.low95[0] > 4.0 * (before.high95[0] - before.low95[0])
    passed, closed = seen(60.0, 80.0)
    assert passed.surprises[-1].kind == "refused" and "next value does not bear it out" in passed.surprises[-1].text
    assert passed.level("weight")[0] == pytest.approx(80.0, abs=0.5) and closed.low95[0] > 76.0
    thrice, _ = seen(60.0, 60.2, 60.1)
    assert thrice.level("weight")[0] < 61.0
    assert "body weight 20.0 kg lower" in thrice.out_of_sync_reason


def test_a_result_recorded_twice_counts_once():
    days = np.array([900.0, 600.0, 300.0])
    single = series("hba1c", days, [6.0, 6.1, 7.0])
    double = series("hba1c", [*days, 300.0], [6.0, 6.1, 7.0, 7.0])
    once, twice = fit(patient(single), on=ON), fit(patient(double), on=ON)
    np.testing.assert_allclose(once.state, twice.state, atol=1e-12)
    (surprise,) = twice.surprises
    assert surprise.kind == "duplicate" and surprise.resource_id == "hba1c-3"
