"""Does the comparison keep its identities, whatever the plan?"""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from twin.errors import OutOfValidityRange
from twin.evidence.cards import OUTCOMES, cards
from twin.plans.compare import compare, compare_on
from twin.plans.ground import INTERVALS, ground_of
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.risk.estimate import estimate
from twin.risk.results import Withheld

LOWER_BP = Plan("Ten lower", (ChangeVariable("systolic_bp", -10.0),))
STATIN = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))
BOTH = Plan("Statin and amlodipine", (StartTherapy("atorvastatin 40 mg"), StartTherapy("amlodipine 5 mg")))


def shown(result) -> dict:
    return {name: outcome for name, outcome in result.outcomes.items() if outcome.risk is not None}


def test_current_care_is_the_equation_to_the_last_digit(person, compared, on):
    patient = person()
    for horizon in (5, 10):
        published = {e.outcome: e.risk for e in estimate(patient, "prevent_base", on=on, horizon_years=horizon)}
        current = compared(patient, horizon_years=horizon).current_care
        for outcome in ("cvd", "ascvd", "heart_failure"):
            assert current.outcomes[outcome].risk == published[outcome]


def test_ten_mmhg_lower_at_the_worked_example(person, compared):
    """Man of 60, SBP 150, TC 230, HDL 45, eGFR 80, BMI 30: 9.5 % in 10 years."""
    comparison = compared(person(), LOWER_BP)
    now, plan = comparison.current_care.outcomes["cvd"], comparison.plans[0].outcomes["cvd"]
    assert now.risk == pytest.approx(0.095, abs=5e-4)
    assert 0.073 <= plan.risk <= 0.079
    assert plan.risk < now.risk


def test_one_mmol_of_ldl_at_68_in_1000(person, compared):
    comparison = compared(person(), Plan("LDL", (ChangeVariable("ldl_cholesterol", -38.67),)))
    assert comparison.current_care.outcomes["ascvd"].risk == pytest.approx(0.068, abs=5e-4)
    assert 0.052 <= comparison.plans[0].outcomes["ascvd"].risk <= 0.055


def test_a_reader_can_redo_the_point(person, compared):
    """One mmol/L of LDL multiplies the hazard by 0.78; 10 mmHg by the shares of coronary disease and stroke."""
    comparison = compared(person(), Plan("LDL", (ChangeVariable("ldl_cholesterol", -38.67),)), LOWER_BP)
    now = comparison.current_care.outcomes
    per_mmol = 38.67 * 0.02586
    assert comparison.plans[0].outcomes["ascvd"].risk == pytest.approx(
        1 - (1 - now["ascvd"].risk) ** (0.78**per_mmol), rel=1e-9
    )
    assert comparison.plans[1].outcomes["heart_failure"].risk == pytest.approx(
        1 - (1 - now["heart_failure"].risk) ** 0.72, rel=1e-9
    )


def test_ascvd_is_made_of_its_parts_by_the_equations_own_hazards(person, compared, on):
    patient = person()
    published = {e.outcome: -math.log1p(-e.risk) for e in estimate(patient, "prevent_base", on=on, horizon_years=10)}
    chd = published["chd"] / (published["chd"] + published["stroke"])
    ascvd = chd * 0.83 + (1 - chd) * 0.73
    share = published["ascvd"] / (published["ascvd"] + published["heart_failure"])
    cvd = share * ascvd + (1 - share) * 0.72
    outcomes = compared(patient, LOWER_BP).plans[0].outcomes
    assert outcomes["ascvd"].risk == pytest.approx(-math.expm1(-published["ascvd"] * ascvd), rel=1e-9)
    assert outcomes["cvd"].risk == pytest.approx(-math.expm1(-published["cvd"] * cvd), rel=1e-9)


def test_the_parts_agree_with_the_trials_own_composite(person, compared):
    """BPLTTC 2021 counts the same events as PREVENT's total: 0.90 per 5 mmHg."""
    comparison = compared(person(), LOWER_BP)
    now, plan = (r.outcomes["cvd"].risk for r in (comparison.current_care, comparison.plans[0]))
    composite = next(e for e in cards()["EV-0020"].effects if e.outcome == "cvd")
    assert math.log1p(-plan) / math.log1p(-now) == pytest.approx(composite.estimate**2, abs=0.05)


@pytest.mark.parametrize("horizon", sorted(INTERVALS))
def test_equal_plans_differ_by_exactly_nothing(person, compared, horizon):
    comparison = compared(person(age=52), BOTH, Plan("The same", BOTH.changes), horizon_years=horizon)
    first, second = comparison.plans
    for name in OUTCOMES:
        a, b = first.outcomes[name], second.outcomes[name]
        assert (a.risk, a.low, a.high, a.difference, a.p_better) == (b.risk, b.low, b.high, b.difference, b.p_better)
    assert first.harms == second.harms
    assert first.event_free_years == second.event_free_years


def test_a_plan_without_effects_is_current_care(person, compared):
    taken = ("atorvastatin 20 mg",)
    plans = (
        Plan("Nothing"),
        Plan("What is taken already", (StartTherapy("atorvastatin 20 mg"),)),
        Plan("After the horizon", (StartTherapy("amlodipine 5 mg"),), start=10.0),
        Plan("None of it taken", (StartTherapy("amlodipine 5 mg", adherence=0.0),)),
    )
    comparison = compared(person(takes=taken), *plans)
    for plan in comparison.plans:
        assert set(shown(plan)) == set(shown(comparison.current_care))
        for name, outcome in shown(plan).items():
            current = comparison.current_care.outcomes[name]
            assert (outcome.risk, outcome.low, outcome.high) == (current.risk, current.low, current.high)
            assert (outcome.difference.mean, outcome.difference.low, outcome.difference.high) == (0.0, 0.0, 0.0)
            assert outcome.p_better == 0.5
        assert plan.event_free_years == comparison.current_care.event_free_years


def test_the_point_lies_in_its_range_and_the_curve_ends_at_the_risk(person, compared):
    comparison = compared(person(), BOTH, draws=1000)
    for result in (comparison.current_care, comparison.plans[0]):
        for outcome in shown(result).values():
            assert outcome.low <= outcome.risk <= outcome.high
            assert outcome.curve.mean[-1] == pytest.approx(outcome.risk, rel=1e-12)
            assert outcome.curve.mean[0] == 0.0 and outcome.curve.years[-1] == 10
            assert np.all(np.diff(outcome.curve.mean) >= 0)


def test_the_point_of_what_does_not_vary_lies_in_its_range(person, compared):
    found = compared(person(), BOTH, draws=1000)
    for harm in (*found.current_care.harms.values(), *found.plans[0].harms.values()):
        assert harm.low <= harm.risk <= harm.high


def test_what_begins_after_the_horizon_is_said(person, compared):
    drug = StartTherapy("amlodipine 5 mg")
    habit = Lifestyle("sodium", -2.0)
    late, part, now = compared(
        person(),
        Plan("Late", (drug, habit), 10.0),
        Plan("Part", (habit, replace(drug, start=12.0))),
        Plan("Now", (drug,)),
    ).plans
    assert "The plan begins after 10 years; these 10 years show nothing of it" in late.problems
    assert "A part of the plan begins after 12 years; these 10 years show nothing of it" in part.problems
    assert not any("show nothing" in text for text in now.problems)


def test_alcohol_is_named_and_not_counted(person, compared):
    less, none, nothing = compared(
        person(), Plan("Less", (Lifestyle("alcohol", -20.0),)), Plan("None", (Lifestyle("alcohol"),)), Plan("Nothing")
    ).plans
    assert (less.burden, none.burden) == ("20 g a day less alcohol", "No alcohol")
    for one in (less, none):
        assert any(text.startswith("Alcohol: not counted") for text in one.problems)
        for name, outcome in shown(one).items():
            assert outcome.risk == nothing.outcomes[name].risk


def test_an_unusable_twin_is_said_and_no_variable_is_called_missing(person, compared):
    dead = replace(person(), is_deceased=True)
    (plan,) = compared(dead, BOTH).plans
    assert not any("on record" in text for text in plan.problems)


def test_the_five_year_comparison_lies_on_the_ten_year_curve(person, compared):
    five = compared(person(), BOTH, horizon_years=5).plans[0].outcomes["ascvd"].risk
    curve = compared(person(), BOTH, horizon_years=10).plans[0].outcomes["ascvd"].curve
    assert five == pytest.approx(float(np.interp(5.0, curve.years, curve.mean)), rel=1e-3)


def test_doubling_the_draws_moves_no_probability_by_two_points(person, compared):
    patient = person(values={"hba1c": 8.0, "weight": 95.0}, conditions=("diabetes/type_2",))
    plans = (
        BOTH,
        Plan("SGLT2 inhibitor", (StartTherapy("dapagliflozin 10 mg"),)),
        Plan("Metformin", (StartTherapy("metformin 2000 mg"),)),
        Plan("GLP-1 agonist", (StartTherapy("liraglutide 1.8 mg"),)),
    )
    once, twice = (compared(patient, *plans, draws=draws) for draws in (1000, 2000))
    for a, b in zip(once.plans, twice.plans, strict=True):
        for name, outcome in shown(a).items():
            assert abs(outcome.p_better - b.outcomes[name].p_better) < 0.02


def test_more_is_never_worse_for_monotone_plans(person, compared):
    steps = [Plan(str(fall), (ChangeVariable("systolic_bp", -fall),)) for fall in (0.0, 5.0, 10.0, 20.0)]
    doses = [Plan(dose, (StartTherapy(f"atorvastatin {dose} mg"),)) for dose in ("10", "20", "40", "80")]
    for plans in (steps, doses):
        risks = [plan.outcomes["ascvd"].risk for plan in compared(person(), *plans).plans]
        assert risks == sorted(risks, reverse=True) and len(set(risks)) == len(risks)


def test_starting_later_gains_less(person, compared):
    now, later = compared(person(), STATIN, Plan("In 5 years", STATIN.changes, start=5.0)).plans
    none = compared(person(), Plan("Nothing")).plans[0]
    assert now.outcomes["ascvd"].risk < later.outcomes["ascvd"].risk < none.outcomes["ascvd"].risk
    assert now.event_free_years > later.event_free_years > none.event_free_years
    curve = later.outcomes["ascvd"].curve
    untouched = none.outcomes["ascvd"].curve
    np.testing.assert_allclose(curve.mean[:11], untouched.mean[:11], rtol=1e-12)


def test_half_the_doses_gain_less_than_all(person, compared):
    all_, half = compared(person(), STATIN, Plan("Half", (StartTherapy("atorvastatin 40 mg", adherence=0.5),))).plans
    assert all_.variables["ldl_cholesterol"] == pytest.approx(2 * half.variables["ldl_cholesterol"])
    assert all_.outcomes["ascvd"].risk < half.outcomes["ascvd"].risk


@pytest.fixture
def on_atorvastatin_20(person, twin_of):
    """A person on a statin, and how strongly the twin believes that this person answers to it."""
    patient = person(takes=("atorvastatin 20 mg",), values={"ldl_cholesterol": 100.0})
    (response,) = [r.mean for r in twin_of(patient).responses if r.variable == "ldl_cholesterol"]
    return patient, response


def test_a_dose_step_counts_the_difference_only(on_atorvastatin_20, compared):
    """From 43 % to 49 % below the untreated LDL, for someone who answers as strongly as this person."""
    patient, response = on_atorvastatin_20
    step = compared(patient, STATIN).plans[0]
    untreated = 100.0 / (1 - 0.43 * response)
    assert step.variables["ldl_cholesterol"] == pytest.approx(untreated * (1 - 0.49 * response) - 100.0, rel=1e-3)
    assert step.outcomes["ascvd"].difference.mean < 0
    assert not any("multiply" in caveat for caveat in step.caveats)


def test_stopping_takes_the_effect_away(on_atorvastatin_20, compared):
    patient, response = on_atorvastatin_20
    stop = compared(patient, Plan("Stop", (StopTherapy("atorvastatin"),))).plans[0]
    assert stop.variables["ldl_cholesterol"] == pytest.approx(100.0 / (1 - 0.43 * response) - 100.0, rel=1e-3)
    assert stop.outcomes["ascvd"].difference.mean > 0
    assert stop.outcomes["ascvd"].p_better < 0.05
    assert stop.burden == "Stops atorvastatin"


def test_stopping_and_starting_one_drug_again_is_no_change(person, compared):
    patient = person(takes=("empagliflozin 10 mg",), values={"hba1c": 7.5}, conditions=("diabetes/type_2",))
    switch = Plan("Switch", (StopTherapy("empagliflozin"), StartTherapy("dapagliflozin 10 mg")))
    for name, outcome in shown(compared(patient, switch).plans[0]).items():
        assert outcome.difference.mean == pytest.approx(0.0, abs=1e-12), name


def test_two_blood_pressure_drugs_each_act_on_what_the_other_left(person, compared):
    first, both = compared(
        person(),
        Plan("One", (StartTherapy("amlodipine 5 mg"),)),
        Plan("Two", (StartTherapy("amlodipine 5 mg"), StartTherapy("lisinopril 10 mg"))),
    ).plans
    one = -(9.1 + 0.1 * (150 - 154))
    two = one - (9.1 + 0.1 * (150 + one - 154))
    assert first.variables["systolic_bp"] == pytest.approx(one)
    assert both.variables["systolic_bp"] == pytest.approx(two)


def test_a_direct_effect_is_not_counted_through_blood_pressure_again(person, compared):
    patient = person(conditions=("diabetes/type_2",), values={"hba1c": 8.0})
    comparison = compared(patient, Plan("SGLT2 inhibitor", (StartTherapy("empagliflozin 10 mg"),)))
    now, plan = comparison.current_care.outcomes, comparison.plans[0].outcomes
    assert plan["heart_failure"].risk == pytest.approx(1 - (1 - now["heart_failure"].risk) ** 0.64, rel=1e-9)
    assert comparison.plans[0].variables["systolic_bp"] < 0


@pytest.mark.parametrize(
    ("plan", "has_caveat"),
    [
        (Plan("None"), False),
        (STATIN, False),
        (LOWER_BP, False),
        (BOTH, True),
        (Plan("Weight", (Lifestyle("weight", -8.0),)), False),
        (Plan("Two on LDL", (StartTherapy("atorvastatin 40 mg"), StartTherapy("ezetimibe 10 mg"))), True),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_caveat_on_multiplying_appears_only_with_two_effects(person, compared, plan, has_caveat):
    caveats = compared(person(values={"weight": 95.0}), plan).plans[0].caveats
    assert any("multiply" in caveat for caveat in caveats) is has_caveat


def test_certainty_is_the_lowest_of_the_cards(person, compared):
    patient = person(smoking="current")
    plans = (STATIN, Plan("Quit", (Lifestyle("smoking"),)), Plan("Both", (*STATIN.changes, Lifestyle("smoking"))))
    assert [plan.certainty for plan in compared(patient, *plans).plans] == ["high", "low", "low"]
    assert compared(patient, Plan("None")).plans[0].certainty is None


def test_stopping_smoking_changes_nothing_for_those_who_do_not(person, compared):
    plan = compared(person(smoking="former"), Plan("Quit", (Lifestyle("smoking"),))).plans[0]
    assert plan.outcomes["ascvd"].difference.mean == 0.0
    assert "No current smoking is on record" in plan.problems[0]


def test_a_twin_out_of_sync_withholds_every_number(person, compared):
    comparison = compared(person(), BOTH, out_of_sync="Weight fell by 12 kg in a month.")
    for result in (comparison.current_care, *comparison.plans):
        assert all(outcome.risk is None and outcome.curve is None for outcome in result.outcomes.values())
        assert (result.harms, result.variables, result.event_free_years) == ({}, {}, None)
        assert [problem for problem in result.problems if "do not use" in problem] == [
            "Out of sync: do not use. Weight fell by 12 kg in a month."
        ]


def test_a_hard_stop_withholds_the_plan_and_nothing_else(person, compared):
    patient = person(sex="female", age=40, conditions=("angioedema",))
    ace, other = compared(
        patient,
        Plan("ACE inhibitor", (StartTherapy("lisinopril 10 mg"),)),
        Plan("Amlodipine", (StartTherapy("amlodipine 5 mg"),)),
    ).plans
    assert all(outcome.risk is None for outcome in ace.outcomes.values())
    assert isinstance(ace.outcomes["cvd"].baseline, Withheld) and "TWN140" in ace.outcomes["cvd"].baseline.clinical
    assert (ace.harms, ace.event_free_years) == ({}, None)
    assert other.outcomes["cvd"].risk is not None


def test_no_ldl_on_record_withholds_what_needs_it(person, compared):
    plan = compared(person(without=("ldl_cholesterol",)), BOTH).plans[0]
    assert plan.outcomes["ascvd"].risk is None and plan.outcomes["cvd"].risk is None
    assert plan.outcomes["ascvd"].baseline.missing == ("ldl_cholesterol",)
    assert plan.outcomes["heart_failure"].difference.mean < 0
    assert plan.event_free_years is None


def test_a_plan_beyond_the_hard_limits_is_refused(person, compared):
    plan = compared(person(), Plan("Too low", (ChangeVariable("systolic_bp", -110.0),))).plans[0]
    assert all(outcome.risk is None for outcome in plan.outcomes.values())
    assert "would bring Systolic blood pressure to 40 mmHg" in plan.problems[0]


def test_an_unusual_result_is_said(person, compared):
    plan = compared(person(values={"systolic_bp": 100.0}), Plan("Low", (ChangeVariable("systolic_bp", -15.0),))).plans[
        0
    ]
    assert plan.outcomes["cvd"].risk is not None
    assert any("85 mmHg, which is unusual" in problem for problem in plan.problems)


def test_a_value_older_than_the_drug_that_moves_it_is_said(person, compared):
    patient = person(takes=("atorvastatin 20 mg",))
    (drug,) = patient.medications
    newly = type(drug)(**{f: getattr(drug, f) for f in drug.__slots__} | {"start": date(2026, 11, 10)})
    recent = type(patient)(**{f: getattr(patient, f) for f in patient.__slots__} | {"medications": (newly,)})
    problems = compared(recent, Plan("None")).plans[0].problems
    assert any("LDL cholesterol of 01-Nov-2026 was measured before atorvastatin was started" in p for p in problems)
    assert not compared(patient, Plan("None")).plans[0].problems


def test_kidney_failure_in_five_years_only(person, compared):
    values = {"egfr": 35.0, "uacr": 500.0, "hba1c": 7.5}
    patient = person(values=values, conditions=("diabetes/type_2", "kidney/chronic_kidney_disease"))
    plan = Plan("SGLT2 inhibitor", (StartTherapy("dapagliflozin 10 mg"),))
    five, ten = (compared(patient, plan, horizon_years=years) for years in (5, 10))
    now, then = (r.outcomes["kidney_failure"].risk for r in (five.current_care, five.plans[0]))
    assert then == pytest.approx(1 - (1 - now) ** 0.63, rel=1e-9)
    assert ten.current_care.outcomes["kidney_failure"].risk is None


def test_losartan_prevents_kidney_failure_by_the_trial_of_such_people(person, compared):
    """RENAAL's ratio in diabetes with albuminuria, that of all chronic kidney disease elsewhere; never both."""
    plan = Plan("Losartan", (StartTherapy("losartan 50 mg"),))
    values = {"egfr": 40.0, "uacr": 900.0, "hba1c": 7.5}
    for conditions, ratio in ((("diabetes/type_2",), 0.72), (("hypertension",), 0.70)):
        comparison = compared(person(values=values, conditions=conditions), plan, horizon_years=5)
        now, then = (r.outcomes["kidney_failure"].risk for r in (comparison.current_care, comparison.plans[0]))
        assert math.log1p(-then) / math.log1p(-now) == pytest.approx(ratio, abs=0.005)


def test_thirty_years_above_59_are_withheld_but_not_death(person, compared):
    result = compared(person(age=62), STATIN, horizon_years=30).plans[0]
    assert result.outcomes["cvd"].risk is None and result.event_free_years is None
    assert 0 < result.outcomes["death"].risk < 1


def test_a_bmi_out_of_range_withholds_heart_failure_alone(person, compared):
    plan = compared(person(values={"bmi": 44.0}), LOWER_BP).plans[0]
    assert plan.outcomes["heart_failure"].risk is None
    assert plan.outcomes["cvd"].difference.mean < 0 and plan.outcomes["ascvd"].difference.mean < 0


@pytest.mark.parametrize("name", ["systolic_bp", "total_cholesterol", "hdl_cholesterol", "egfr", "bmi"])
def test_a_missing_input_withholds_what_needs_it_and_is_named(person, compared, name):
    comparison = compared(person(without=(name,)), STATIN)
    for result in (comparison.current_care, *comparison.plans):
        withheld = {k: o.baseline for k, o in result.outcomes.items() if name in getattr(o.baseline, "missing", ())}
        assert withheld and all(result.outcomes[k].risk is None for k in withheld)
        assert result.outcomes["death"].risk is not None
        assert ("heart_failure" in withheld) is (name not in ("total_cholesterol", "hdl_cholesterol"))


def test_nothing_is_known_of_the_person_but_a_name(person, compared):
    unknown = {"birth_date": None, "sex": None, "smoking": None}
    full = person(values={}, without=tuple(compared(person()).current_care.variables))
    bare = type(full)(**{f: getattr(full, f) for f in full.__slots__} | unknown)
    comparison = compared(bare, BOTH)
    assert all(outcome.risk is None for outcome in comparison.plans[0].outcomes.values())


def test_another_horizon_is_refused(person, twin_of, on):
    patient = person()
    with pytest.raises(OutOfValidityRange) as refused:
        compare(patient, twin_of(patient), [], on=on, horizon_years=7)
    assert "5, 10 or 30 years" in refused.value.clinical


def test_a_seed_gives_the_same_numbers_and_another_seed_others(person, twin_of, on):
    patient = person()
    twin = twin_of(patient)
    lows = [
        compare_on(ground_of(patient, twin, on=on, horizon_years=10, draws=300, seed=seed), [BOTH]).plans[0]
        for seed in (0, 0, 1)
    ]
    low = [plan.outcomes["cvd"].low for plan in lows]
    assert low[0] == low[1] != low[2]
    assert len({plan.outcomes["cvd"].risk for plan in lows}) == 1


def test_random_plans_keep_the_identities(person, compared):
    """200 people and plans: ranges in order, no benefit from nothing, difference equal to the risks' difference."""
    rng = np.random.default_rng(4)
    drugs = ["atorvastatin 40 mg", "ezetimibe 10 mg", "amlodipine 5 mg", "losartan 50 mg", "hydrochlorothiazide 25 mg"]
    for _ in range(50):
        values = {
            "systolic_bp": rng.uniform(115, 185),
            "ldl_cholesterol": rng.uniform(70, 220),
            "egfr": rng.uniform(40, 110),
        }
        patient = person(age=int(rng.integers(35, 76)), sex=rng.choice(["female", "male"]), values=values)
        plans = [
            Plan(str(k), tuple(StartTherapy(d) for d in rng.choice(drugs, int(rng.integers(0, 4)), replace=False)))
            for k in range(4)
        ]
        comparison = compared(patient, *plans, draws=100)
        for plan in comparison.plans:
            for name, outcome in shown(plan).items():
                current = comparison.current_care.outcomes[name]
                assert outcome.low <= outcome.high and 0.0 <= outcome.risk <= 1.0
                assert outcome.risk <= current.risk
                assert outcome.difference.mean == pytest.approx(outcome.risk - current.risk, abs=1e-12)
                assert 0.0 <= outcome.p_better <= 1.0
