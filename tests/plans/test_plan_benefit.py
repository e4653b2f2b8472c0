"""Is a plan that harms more than it helps shown as one, and is the sum what its parts say?"""

import numpy as np
import pytest

from twin.plans.benefit import passes_zero
from twin.plans.compare import compare_on, later
from twin.plans.ground import ground_of
from twin.plans.plan import Lifestyle, Plan, StartTherapy

ASPIRIN = Plan("Aspirin", (StartTherapy("aspirin 81 mg"),))
STATIN = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))
LOW = {"systolic_bp": 118.0, "total_cholesterol": 180.0, "hdl_cholesterol": 55.0, "ldl_cholesterol": 105.0, "bmi": 24.0}


def net_of(comparison):
    return comparison.plans[0].net_benefit


def test_aspirin_at_low_risk_harms_more_than_it_helps(person, compared):
    comparison = compared(person(age=45, values=LOW), ASPIRIN)
    net, plan = net_of(comparison), comparison.plans[0]
    assert plan.outcomes["ascvd"].difference.high < 0  # it does prevent
    assert net.high < 0 and net.p_positive == 0.0 and net.passes_harm_at is None
    assert net.caused["major_bleeding"] > 5 * net.prevented["cvd"] > 0
    assert "(first heart attack, stroke or heart failure; kidney failure)" in net.rule
    assert net.curve.mean[-1] == net.mean


def test_bleeding_weighs_more_with_age(person, compared):
    """The same ratio acts on a rate that grows with age, from year to year too."""
    young, old = (compared(person(age=age), ASPIRIN).plans[0].harms["major_bleeding"] for age in (45, 70))
    assert old.difference.mean > 1.5 * young.difference.mean
    ages = 45 + (np.arange(20) + 0.5) / 2
    rates = np.exp(np.interp(ages, [35, 75], np.log([0.18, 0.64]))) / 100
    assert young.risk == pytest.approx(-np.expm1(-1.43 * rates.sum() / 2), rel=1e-9)


def test_the_net_is_what_its_parts_and_the_comparison_say(person, compared):
    comparison = compared(person(), Plan("Both", (*STATIN.changes, *ASPIRIN.changes, StartTherapy("amlodipine 5 mg"))))
    net, plan = net_of(comparison), comparison.plans[0]
    assert net.mean == pytest.approx(sum(net.prevented.values()) - sum(net.caused.values()), abs=1e-15)
    assert net.prevented == {"cvd": pytest.approx(-plan.outcomes["cvd"].difference.mean, abs=1e-15)}
    serious = {name: harm.difference.mean for name, harm in plan.harms.items() if harm.is_serious}
    assert net.caused == pytest.approx({name: size for name, size in serious.items() if name != "new_diabetes"})
    assert any("New diabetes" in said and "threshold" in said for said in net.not_counted)
    assert any("kidney failure" in said for said in net.not_counted)


def test_kidney_failure_counts_where_it_has_a_number(person, compared):
    patient = person(values={"egfr": 35.0, "uacr": 500.0, "hba1c": 7.5}, conditions=("diabetes/type_2",))
    plan = Plan("SGLT2 inhibitor", (StartTherapy("dapagliflozin 10 mg"),))
    assert set(net_of(compared(patient, plan, horizon_years=5)).prevented) == {"cvd", "kidney_failure"}
    assert set(net_of(compared(patient, plan, horizon_years=10)).prevented) == {"cvd"}


def test_weights_are_used_and_said(person, twin_of, on):
    patient = person(age=45, values=LOW)
    ground = ground_of(patient, twin_of(patient), on=on, horizon_years=10, draws=100, seed=0)
    plain, weighed = (
        compare_on(ground, [ASPIRIN], weights=weights).plans[0].net_benefit
        for weights in (None, {"cvd": 2.0, "major_bleeding": 0.0})
    )
    assert weighed.mean == pytest.approx(2 * plain.prevented["cvd"])
    assert "Except, as set here" in weighed.rule and "cvd" not in weighed.caused
    assert any("Major bleeding" in said for said in weighed.not_counted)


def test_a_plan_without_effects_nets_exactly_nothing(person, compared):
    net = net_of(compared(person(), Plan("Nothing")))
    assert (net.mean, net.low, net.high, net.p_positive, net.passes_harm_at) == (0.0, 0.0, 0.0, 0.5, None)


def test_no_net_without_an_estimate_of_cvd(person, compared):
    assert net_of(compared(person(age=82), STATIN)) is None
    assert net_of(compared(person(conditions=("pregnancy",), sex="female", age=34), STATIN)) is None


def test_surgery_harms_first_and_helps_later(person, compared):
    patient = person(age=55, smoking="current", values={"bmi": 39.0, "systolic_bp": 160.0, "egfr": 60.0})
    net = net_of(compared(patient, Plan("Surgery", (StartTherapy("bariatric surgery"),))))
    assert net.curve.mean[2] < 0
    assert np.all(np.diff(net.curve.mean[4:]) > 0)


@pytest.mark.parametrize(
    ("net", "year"),
    [
        ([0.0, 1.0, 2.0], 0.0),
        ([0.0, -1.0, 1.0], 3.0),
        ([0.0, 1.0, -1.0], None),
        ([0.0, 1.0, -1.0, 1.0], 5.0),
        ([0.0, 0.0, 0.0], None),
    ],
)
def test_the_year_from_which_benefit_stays_ahead(net, year):
    assert passes_zero(np.arange(len(net)) * 2.0, np.array(net)) == year


def test_start_now_or_in_five_years(person, compared):
    now, then = compared(person(), STATIN, later(STATIN, years=5.0)).plans
    assert then.plan.name == "Statin, in 5 years" and then.plan.start == 5.0
    assert now.net_benefit.mean > then.net_benefit.mean > 0
    assert then.net_benefit.curve.mean[10] == 0.0


def test_quitting_causes_no_harm_that_is_counted(person, compared):
    net = net_of(compared(person(smoking="current"), Plan("Quit", (Lifestyle("smoking"),))))
    assert net.caused == {} and net.passes_harm_at == 0.0 and net.p_positive == 1.0
