"""Do effects come and go as they should, and are draws shared and spread as promised?"""

import numpy as np
import pytest

from twin.evidence.cards import cards, effects
from twin.plans.draws import log_ratio, normals
from twin.plans.effects import exposure
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy


def test_exposure_is_the_average_of_the_ramp():
    edges = np.linspace(0.0, 10.0, 21)
    found = exposure(edges, start=1.25, stop=6.0, onset_days=60.0)
    tau = 60.0 / 365.25
    for low, high, share in zip(edges[:-1], edges[1:], found, strict=True):
        t = low + (np.arange(20_000) + 0.5) / 20_000 * (high - low)
        ramp = np.where(t > 1.25, -np.expm1(-np.maximum(t - 1.25, 0) / tau), 0.0)
        ramp = ramp - np.where(t > 6.0, -np.expm1(-np.maximum(t - 6.0, 0) / tau), 0.0)
        assert share == pytest.approx(ramp.mean(), abs=1e-4)


def test_exposure_without_onset_is_there_or_not():
    edges = np.array([0.0, 1.0, 2.0, 3.0])
    assert exposure(edges, start=0.5, stop=2.0, onset_days=0.0).tolist() == [0.5, 1.0, 0.0]
    assert exposure(edges, start=5.0, stop=None, onset_days=14.0).tolist() == [0.0, 0.0, 0.0]


def test_the_draws_of_a_ratio_have_its_interval():
    (effect,) = [e for e in cards()["EV-0018"].effects if e.outcome == "ascvd"]
    drawn = np.exp(log_ratio(effect, draws=1000, seed=0))
    assert drawn[0] == pytest.approx(0.78, rel=1e-12)
    assert np.quantile(drawn[1:], [0.025, 0.5, 0.975]) == pytest.approx([0.76, 0.78, 0.80], abs=1e-3)


def test_draws_of_different_ratios_are_not_alike():
    ratios = [
        log_ratio(e, draws=1000, seed=0)[1:] for kind in ("direct", "mediator") for e in effects(kind) if e.ci_low
    ]
    correlations = np.corrcoef(ratios)[np.triu_indices(len(ratios), 1)]
    assert np.abs(correlations).max() < 0.05  # of independent draws: 0.12
    assert np.sqrt(np.mean(correlations**2)) < 0.01  # of independent draws: 0.03


def test_other_normals_are_the_quantiles_in_an_order_of_their_own():
    one, two = (normals(key, draws=500, seed=0) for key in ("one", "two"))
    assert one[0] == 0.0
    assert np.sort(one).tolist() == np.sort(two).tolist()
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.2
    assert normals("one", draws=500, seed=1).tolist() != one.tolist()


def test_weight_acts_through_pressure_and_says_what_the_trials_found(person, compared):
    plan = compared(person(values={"weight": 95.0}), Plan("Weight", (Lifestyle("weight", -8.0),))).plans[0]
    assert dict(plan.variables) == {"weight": -8.0, "systolic_bp": pytest.approx(-8.4)}
    assert any("Look AHEAD" in caveat for caveat in plan.caveats)
    assert plan.outcomes["ascvd"].difference.mean < 0


def test_a_variable_without_a_way_to_an_outcome_says_so(person, compared):
    plan = compared(person(), Plan("eGFR", (ChangeVariable("egfr", 5.0),))).plans[0]
    assert plan.outcomes["cvd"].difference.mean == 0.0
    assert "No trial evidence on file links a change of Estimated GFR" in plan.problems[0]


def test_a_drug_for_diabetes_is_not_carried_over_to_others(person, compared):
    plan = compared(person(values={"hba1c": 5.6}), Plan("SGLT2", (StartTherapy("empagliflozin 10 mg"),))).plans[0]
    assert plan.outcomes["heart_failure"].difference.mean == 0.0
    assert any("shown only in people with diabetes" in problem for problem in plan.problems)


def test_stopping_what_is_not_taken_changes_nothing_and_says_so(person, compared):
    plan = compared(person(), Plan("Stop", (StopTherapy("gliclazide"),))).plans[0]
    assert plan.outcomes["cvd"].difference.mean == 0.0
    assert plan.problems == ("gliclazide is not among the current drugs; there is nothing to stop",)


def test_hba1c_as_stated_prevents_heart_attacks_not_deaths(person, compared):
    patient = person(conditions=("diabetes/type_2",), values={"hba1c": 9.0})
    plan = compared(patient, Plan("HbA1c", (ChangeVariable("hba1c", -0.9),))).plans[0]
    assert plan.outcomes["ascvd"].difference.mean < 0
    assert plan.outcomes["death"].difference.mean == 0.0


def test_a_stated_hba1c_is_not_followed_in_people_without_diabetes(person, compared):
    plan = compared(person(values={"hba1c": 5.9}), Plan("HbA1c", (ChangeVariable("hba1c", -0.5),))).plans[0]
    assert plan.outcomes["ascvd"].difference.mean == 0.0
    assert plan.problems == (
        "Change of HbA1c: the effect on heart attack, stroke was shown only in people with diabetes; not carried over",
    )
