"""Do the years free of CVD tell young and old apart where ten-year risks do not?"""

import pytest

from twin.plans.compare import compare_on
from twin.plans.ground import ground_of
from twin.plans.lifelong import lifelong
from twin.plans.plan import ChangeVariable, Plan, StartTherapy, StopTherapy
from twin.risk.lifetime import LAST_YEAR_OF_LIFE, lifetime

LOWER = Plan("Lower", (ChangeVariable("systolic_bp", -20.0), StartTherapy("atorvastatin 40 mg")))


@pytest.fixture
def ground(twin_of, on):
    def prepared(patient, *, draws=100):
        return ground_of(patient, twin_of(patient), on=on, horizon_years=10, draws=draws, seed=0)

    return prepared


def test_more_events_prevented_at_70_and_more_years_gained_at_45(person, ground):
    """The order that the LIFE-CVD model shows (Jaspers 2020): the young gain years, the old ten-year risk."""
    gained, prevented = {}, {}
    for age in (45, 70):
        base = ground(person(age=age, values={"systolic_bp": 160.0}))
        prevented[age] = -compare_on(base, [LOWER]).plans[0].outcomes["cvd"].difference.mean
        gained[age] = lifelong(base, [LOWER])[1].gained.mean
    assert prevented[70] > 1.5 * prevented[45]
    assert gained[45] > 2 * gained[70] > 0


def test_current_care_is_the_equation_for_life(person, ground):
    base = ground(person())
    now = lifelong(base, [])[0]
    years = int(LAST_YEAR_OF_LIFE - base.inputs["age"][0])
    assert now.years == pytest.approx(lifetime(base.inputs.part(0, 1), years=years).event_free_years[0], abs=1e-9)
    assert now.until_age == LAST_YEAR_OF_LIFE and now.gained is None and now.low < now.years < now.high


def test_a_plan_of_nothing_gains_nothing(person, ground):
    _, nothing = lifelong(ground(person()), [Plan("Nothing")])
    assert (nothing.gained.mean, nothing.gained.low, nothing.gained.high) == (0.0, 0.0, 0.0)
    assert nothing.p_better == 0.5


def test_later_is_less(person, ground):
    changes = LOWER.changes
    _, now, wait = lifelong(ground(person(age=50)), [Plan("Now", changes), Plan("In ten years", changes, 10.0)])
    assert now.gained.mean > wait.gained.mean > 0 and now.p_better > 0.95


def test_what_is_withheld_says_why(person, ground):
    ill = lifelong(ground(person(conditions=("cardiovascular/coronary/myocardial_infarction",))), [LOWER])
    assert all(one.years is None and one.reason for one in ill)
    without = lifelong(ground(person(without=("ldl_cholesterol",))), [LOWER])
    assert without[0].years is not None and "LDL" in without[1].reason
    allergic = lifelong(ground(person(allergies=("statin",))), [LOWER, Plan("Stop", (StopTherapy("ramipril"),))])
    assert allergic[1].years is None and "TWN" in allergic[1].reason and allergic[2].years is not None
