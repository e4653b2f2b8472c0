"""Does a fitted twin say sensible things of a patient, and only from what it may know?"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from longitudinal_people import ON, condition, drug, patient, series, steady

from twin.errors import UnknownName
from twin.physiology.longitudinal import Settings, Twin, fit, fit_panel, forecast, why_withheld

START = date(2024, 1, 1)
DAYS_SINCE = (ON - START).days


def treated_ldl(response, *, seed=0):
    """Return LDL values around 150 mg/dL that fall by `response` x 49 % when atorvastatin 40 mg starts."""
    rng = np.random.default_rng(seed)
    days = np.arange(20, 8 * 365, 91)
    level = np.where(days < DAYS_SINCE - 60, 150.0 * (1 - 0.49) ** response, 150.0)
    return series("ldl_cholesterol", days, level * np.exp(0.06 * rng.standard_normal(len(days))))


def test_level_follows_the_values():
    twin = fit(patient(steady("systolic_bp", 138.0, source="office")), on=ON)
    mean, sd = twin.level("systolic_bp")
    assert mean == pytest.approx(138.0, abs=2.0)
    assert 0.5 < sd < 5.0
    assert twin.in_sync and twin.out_of_sync_reason == ""


UNUSUAL = pytest.mark.parametrize(
    ("name", "unusual", "usual"),
    [
        ("egfr", 8.0, 85.0),
        ("bilirubin", 20.0, 0.8),
        ("weight", 190.0, 80.0),
        ("hemoglobin", 5.5, 14.5),
        ("hba1c", 15.5, 5.5),
    ],
)


def foretold(*values, name):
    """Return the twin of a patient with values half a year apart, and the 80 % band in three months."""
    twin = fit(patient(series(name, [30 + 180 * k for k in reversed(range(len(values)))], values)), on=ON)
    band = forecast(twin, np.array([90.0]), name)
    return twin, band.low80[0], band.mean[0], band.high80[0]


@UNUSUAL
def test_one_value_far_off_leaves_open_whether_it_is_the_patients_own(name, unusual, usual):
    twin, low, _, high = foretold(unusual, name=name)
    _, usual_low, _, usual_high = foretold(usual, name=name)
    assert high - low > 2.0 * (usual_high - usual_low)
    assert (low < unusual < high) or (low < usual < high)
    assert twin.in_sync
    assert "a second will show whether it is usual for this patient" in twin.surprises[0].text


@UNUSUAL
def test_the_next_values_decide(name, unusual, usual):
    twin, low, mean, high = foretold(unusual, 1.02 * unusual, name=name)
    assert low < 1.02 * unusual < high
    assert mean == pytest.approx(unusual, rel=0.15)
    assert twin.in_sync
    _, low, mean, high = foretold(unusual, usual, usual, name=name)
    assert low < usual < high
    assert mean == pytest.approx(usual, rel=0.15)


def test_nothing_after_the_day_is_seen():
    early = ON - timedelta(days=900)
    rising = series("weight", np.arange(10, 3000, 60), np.linspace(110.0, 80.0, 50))
    whole = fit(patient(rising), on=early)
    past = fit(patient(rising.until(early)), on=early)
    np.testing.assert_array_equal(whole.state, past.state)


def test_a_patient_without_values_has_an_empty_twin():
    twin = fit(patient(), on=ON)
    assert twin.variables == () and twin.in_sync and twin.surprises == () and twin.responses == ()
    with pytest.raises(UnknownName, match="hba1c") as caught:
        twin.level("hba1c")
    assert "never measured" in caught.value.clinical


def test_a_panel_is_the_same_as_its_patients_one_by_one():
    people = [
        patient(steady("systolic_bp", 120.0 + 9 * i, seed=i), steady("hba1c", 5.5 + i, seed=9 + i), name=str(i))
        for i in range(3)
    ] + [patient(name="nobody")]
    for twin, person in zip(fit_panel(people, on=ON), people, strict=True):
        alone = fit(person, on=ON)
        assert twin.patient_id == person.id
        np.testing.assert_allclose(twin.state, alone.state, atol=1e-12)
        np.testing.assert_allclose(twin.covariance, alone.covariance, atol=1e-12)


@pytest.mark.parametrize("response", [0.5, 1.4])
def test_values_teach_how_strongly_a_drug_works(response):
    statin = drug("atorvastatin", "statin", START, dose=40.0)
    twin = fit(patient(treated_ldl(response), medications=[statin]), on=ON)
    (learned,) = twin.responses
    assert (learned.drug_class, learned.variable) == ("statin", "ldl_cholesterol")
    assert learned.mean == pytest.approx(response, abs=0.2)
    assert learned.sd < 0.6 * learned.prior_sd


def test_a_drug_taken_throughout_leaves_its_response_at_the_prior():
    statin = drug("atorvastatin", "statin", date(2000, 1, 1), dose=40.0)
    (learned,) = fit(patient(steady("ldl_cholesterol", 76.5, spread=4.0), medications=[statin]), on=ON).responses
    assert learned.sd > 0.75 * learned.prior_sd


def test_two_doses_of_one_class_do_not_add_up():
    statin = drug("atorvastatin", "statin", START, dose=40.0)
    again = drug("rosuvastatin", "statin", START, dose=10.0)
    once, twice = (
        fit(patient(treated_ldl(1.0), medications=courses), on=ON) for courses in ([statin], [statin, again])
    )
    assert twice.level("ldl_cholesterol")[0] == pytest.approx(once.level("ldl_cholesterol")[0], rel=0.02)
    assert len(twice.responses) == 1


def test_courses_that_were_never_taken_count_for_nothing():
    wrong = drug("atorvastatin", "statin", START, dose=40.0, status="entered-in-error")
    assert fit(patient(treated_ldl(1.0), medications=[wrong]), on=ON).responses == ()


def test_stated_adherence_scales_the_effect_before_the_response_is_learned():
    statin = drug("atorvastatin", "statin", START, dose=40.0)
    half = Settings(adherence={"atorvastatin": 0.5})
    taken, halved = (
        fit(patient(treated_ldl(1.0), medications=[statin]), on=ON, settings=settings) for settings in (None, half)
    )
    assert halved.responses[0].mean > taken.responses[0].mean + 0.2


def test_a_value_marked_as_wrong_is_not_learned_from():
    values = series("hba1c", [900, 700, 500, 300, 100], [6.5, 6.6, 6.4, 6.5, 7.4])
    marked = Settings(excluded=frozenset({values.resource_ids[-1]}))
    corrected = fit(patient(values), on=ON, settings=marked)
    without = fit(patient(series("hba1c", [900, 700, 500, 300], [6.5, 6.6, 6.4, 6.5])), on=ON)
    assert corrected.level("hba1c")[0] == pytest.approx(without.level("hba1c")[0], abs=1e-9)
    assert fit(patient(values), on=ON).level("hba1c")[0] > corrected.level("hba1c")[0] + 0.1


def test_conditions_and_age_shift_what_is_usual():
    one = series("hba1c", [2000], [6.0])
    healthy, diabetic = (
        fit(patient(one, conditions=problems), on=ON) for problems in ([], [condition("diabetes/type_2")])
    )
    assert diabetic.level("hba1c")[0] > healthy.level("hba1c")[0]
    later = [condition("diabetes/type_2", onset=ON + timedelta(days=1))]
    assert fit(patient(one, conditions=later), on=ON).level("hba1c") == healthy.level("hba1c")


def test_unknown_birth_date_and_sex_are_allowed():
    twin = fit(patient(steady("egfr", 70.0), birth_date=None, sex=None), on=ON)
    assert twin.level("egfr")[0] == pytest.approx(70.0, rel=0.05)


def test_a_restless_patient_gets_wider_bands_than_a_calm_one():
    calm, restless = (fit(patient(steady("weight", 80.0, spread=s, per_year=6, seed=4)), on=ON) for s in (0.2, 3.0))
    assert restless.volatility[0] > 1.5 > calm.volatility[0]


def test_nothing_found_in_the_urine_is_a_value():
    twin = fit(patient(series("uacr", [900, 600, 300, 100], [8.0, 0.0, 6.0, 0.0])), on=ON)
    assert len(twin.events.value) == 4
    assert 0.5 <= twin.level("uacr")[0] < 8.0


def test_a_panel_longer_than_a_block_keeps_its_order(monkeypatch):
    people = [patient(steady("hba1c", 5.5 + 0.2 * i, seed=i), name=str(i)) for i in range(5)]
    whole = fit_panel(people, on=ON)
    monkeypatch.setattr("twin.physiology.longitudinal.twin.BLOCK", 2)
    blocks = fit_panel(people, on=ON)
    assert [t.patient_id for t in blocks] == ["0", "1", "2", "3", "4"]
    for one, other in zip(whole, blocks, strict=True):
        np.testing.assert_allclose(one.state, other.state, atol=1e-12)


def test_the_twin_of_the_dead_of_a_child_and_one_out_of_step_is_withheld(monkeypatch):
    someone = patient(steady("systolic_bp", 138.0, source="office"))
    twin = fit(someone, on=ON)
    assert why_withheld(someone, twin) == ""
    assert "has died" in why_withheld(replace(someone, deceased=ON), twin)
    assert "under 18" in why_withheld(replace(someone, birth_date=date(ON.year - 12, 1, 1)), twin)
    monkeypatch.setattr(Twin, "in_sync", False)
    monkeypatch.setattr(Twin, "out_of_sync_reason", "Because.")
    assert why_withheld(someone, fit(someone, on=ON)) == "The twin is out of sync: do not use. Because."
