"""Are two plans compared draw by draw?"""

import pytest

from twin.plans.compare import compare_on, later
from twin.plans.ground import ground_of
from twin.plans.pairs import pair_of
from twin.plans.plan import Plan, StartTherapy

MILD, STRONG = (Plan(dose, (StartTherapy(f"atorvastatin {dose}"),)) for dose in ("20 mg", "80 mg"))


@pytest.fixture
def ground(person, twin_of, on):
    return ground_of(person(), twin_of(person()), on=on, horizon_years=10, draws=500, seed=0)


def test_a_pair_against_nothing_is_the_comparison(ground):
    pair = pair_of(ground, Plan("Nothing"), MILD)
    outcomes = compare_on(ground, [MILD]).plans[0].outcomes
    for name, found in pair.items():
        assert found.difference.mean == pytest.approx(outcomes[name].difference.mean, abs=1e-12)
        assert found.difference.low == pytest.approx(outcomes[name].difference.low, abs=1e-9)
        assert found.p_better == outcomes[name].p_better


def test_the_other_way_round_the_signs_change(ground):
    one, other = pair_of(ground, MILD, STRONG), pair_of(ground, STRONG, MILD)
    assert one["ascvd"].difference.mean == -other["ascvd"].difference.mean < 0
    assert one["ascvd"].difference.low == pytest.approx(-other["ascvd"].difference.high)
    assert one["ascvd"].p_better + other["ascvd"].p_better == pytest.approx(1.0)


def test_the_same_luck_for_both_makes_a_dose_step_surer_than_it_looks(ground):
    pair = pair_of(ground, MILD, STRONG)["ascvd"]
    results = compare_on(ground, [MILD, STRONG]).plans
    mild, strong = (result.outcomes["ascvd"] for result in results)
    assert mild.low < strong.high  # the ranges overlap
    assert pair.p_better > 0.99
    assert pair.difference.high < 0


def test_now_or_in_five_years(ground):
    wait = later(MILD, years=5.0)
    pair = pair_of(ground, wait, MILD)["cvd"]
    assert wait.start == 5.0 and pair.difference.mean < 0 and pair.p_better > 0.9


def test_what_either_plan_lacks_is_left_out(person, twin_of, on):
    patient = person(without=("ldl_cholesterol",))
    ground = ground_of(patient, twin_of(patient), on=on, horizon_years=10, draws=50, seed=0)
    pair = pair_of(ground, Plan("Nothing"), MILD)
    assert "ascvd" not in pair and "heart_failure" in pair
