"""Is what is forecast under a plan what the twin itself forecasts once the plan is in the record?"""

from dataclasses import replace

import numpy as np
import pytest

from tests.meeting.conftest import PRESSURE, STATIN, taking
from tests.plans.conftest import ON, make_person
from twin.meeting.receipts import AFTER_DAYS, NOTHING_TO_SAY, USUALLY_WATCHED, Receipt, receipt_of
from twin.physiology.longitudinal import fit, forecast
from twin.plans.plan import ChangeVariable, Plan, StartTherapy


def receipt(person, twin, plans, chosen, draws=1000):
    return receipt_of(person, twin, plans, chosen, on=ON, draws=draws, seed=0)


def by_name(found):
    return {(one.variable, one.after_days): one for one in found.forecasts}


@pytest.mark.parametrize(
    ("plan", "drug", "name"),
    [(PRESSURE, "amlodipine 5 mg", "systolic_bp"), (STATIN, "atorvastatin 40 mg", "ldl_cholesterol")],
)
@pytest.mark.parametrize("days", AFTER_DAYS)
def test_a_drug_is_forecast_as_the_twin_does_that_has_it_in_its_record(long_known, twin, plan, drug, name, days):
    said = by_name(receipt(long_known, twin, [plan], 1))[name, days]
    with_drug = fit(taking(long_known, drug, ON), on=ON)
    own = forecast(with_drug, np.array([float(days)]), name)
    now = forecast(twin, np.array([float(days)]), name).mean[0]
    # the effect on pressure grows with it: the plan starts from that day, the twin from the readings before
    assert said.mean == pytest.approx(own.mean[0], abs=0.15 * abs(now - own.mean[0]))
    # the receipt knows also how unsure the trials' effect is, and how the percentage varies between people
    assert 0.95 <= (said.high - said.low) / (own.high80[0] - own.low80[0]) <= 1.3
    assert said.low < said.mean < said.high


def test_current_care_is_the_twins_own_forecast_of_what_the_plans_would_move(long_known, twin):
    found = receipt(long_known, twin, [STATIN, PRESSURE], None)
    assert found.care == "Current care"
    assert {one.variable for one in found.forecasts} == {"ldl_cholesterol", "systolic_bp", "diastolic_bp"}
    for one in found.forecasts:
        bands = forecast(twin, np.array([float(one.after_days)]), one.variable)
        assert (one.mean, one.low, one.high) == (bands.mean[0], bands.low80[0], bands.high80[0])


def test_without_any_plan_the_usual_measures_are_watched(long_known, twin):
    assert {one.variable for one in receipt(long_known, twin, [], None).forecasts} == set(USUALLY_WATCHED)


def test_the_chosen_plan_alone_says_what_is_forecast(long_known, twin):
    assert {one.variable for one in receipt(long_known, twin, [STATIN, PRESSURE], 1).forecasts} == {"ldl_cholesterol"}


def test_a_stated_change_moves_mean_and_band_and_leaves_their_width(long_known, twin):
    now = by_name(receipt(long_known, twin, [], None))
    changed = by_name(receipt(long_known, twin, [Plan("BP", (ChangeVariable("systolic_bp", -10.0),))], 1))
    for days in AFTER_DAYS:
        before, after = now["systolic_bp", days], changed["systolic_bp", days]
        for part in ("mean", "low", "high"):
            assert getattr(after, part) - getattr(before, part) == pytest.approx(-10.0, abs=0.35)


def test_half_of_the_doses_do_half_as_much(long_known, twin):
    def fall(adherence):
        plan = Plan("x", (StartTherapy("amlodipine 5 mg", adherence),))
        return now - by_name(receipt(long_known, twin, [plan], 1))["systolic_bp", 365].mean

    now = by_name(receipt(long_known, twin, [], None))["systolic_bp", 365].mean
    assert fall(0.5) == pytest.approx(fall(1.0) / 2, rel=0.05)


@pytest.mark.parametrize(
    "plan",
    [replace(PRESSURE, start=5.0), Plan("Metformin", (StartTherapy("metformin 2000 mg"),))],
    ids=["begins in five years", "no trial in people like this"],
)
def test_a_plan_that_moves_nothing_within_a_year_gets_no_forecast(long_known, twin, plan):
    found = receipt(long_known, twin, [plan], 1)
    assert (found.forecasts, found.withheld) == ((), NOTHING_TO_SAY)


def test_a_hard_stop_withholds_the_forecast(long_known, twin):
    person = replace(long_known, sex="female", conditions=make_person(conditions=("pregnancy",)).conditions)
    found = receipt(person, twin, [STATIN], 1)
    assert found.forecasts == ()
    assert found.withheld.startswith("Not shown: ")


def test_a_twin_out_of_sync_forecasts_nothing(long_known):
    twin = fit(long_known, on=ON)
    vars(twin)["out_of_sync_reason"] = "The values have differed."
    for chosen in (1, None):
        found = receipt(long_known, twin, [STATIN], chosen)
        assert found.forecasts == () and "out of sync: do not use" in found.withheld


def test_the_same_draws_give_the_same_receipt_and_it_reads_back_as_it_was(long_known, twin):
    first, again = (receipt(long_known, twin, [STATIN], 1, draws=200) for _ in range(2))
    assert first == again == Receipt.from_json(first.to_json())
