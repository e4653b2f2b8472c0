"""Does each person get the result of the trial that was about such people, one and no other?"""

import math

import numpy as np
import pytest

from twin.evidence.cards import cards
from twin.plans.applicability import RULE, fit_of
from twin.plans.people import in_words, meets
from twin.plans.plan import Lifestyle, Plan, StartTherapy, StopTherapy

FAILING = {"conditions": ("cardiovascular/heart_failure",), "takes": ("lisinopril 10 mg", "bisoprolol 10 mg")}
FOUR = Plan(
    "Four drugs",
    (
        StopTherapy("lisinopril"),
        StartTherapy("sacubitril 194 mg"),
        StartTherapy("eplerenone 50 mg"),
        StartTherapy("dapagliflozin 10 mg"),
    ),
)


def starting(*names):
    return Plan("A", tuple(StartTherapy(name) for name in names))


def failing(person, lvef=30.0, **more):
    return person(age=66, values={"lvef": lvef, "systolic_bp": 130.0, "potassium": 4.4}, **{**FAILING, **more})


@pytest.mark.parametrize(
    ("requirement", "is_met", "words"),
    [
        ("diabetes", True, "diabetes"),
        ("not diabetes", False, "no diabetes"),
        ("gout|diabetes", True, "gout or diabetes"),
        ("not gout|asthma", True, "no gout or asthma"),
        ("lvef <= 40", True, "LVEF of 40 % or less"),
        ("lvef >= 40", False, "LVEF of 40 % or more"),
        ("uacr >= 30", False, "UACR of 30 mg/g or more"),
        ("gout|lvef <= 40", True, "gout or LVEF of 40 % or less"),
        ("bmi >= 30", True, "BMI of 30 kg/m2 or more"),
        ("smoking", True, "smoking"),
    ],
)
def test_requirements(person, on, requirement, is_met, words):
    values = {"lvef": 30.0, "weight": 100.0, "height": 175.0}
    patient = person(values=values, without=("bmi",), conditions=("diabetes/type_2",), smoking="current")
    assert meets(patient, requirement, on=on) is is_met
    assert in_words(requirement) == words


def test_four_drugs_of_heart_failure_multiply_to_the_published_ratio(person, compared):
    """Vaduganathan 2020, three trials against an ACE inhibitor and a beta-blocker: 0.38, 0.32 and 0.53."""
    ratios = compared(failing(person), FOUR, horizon_years=5, draws=1000).plans[0].ratios
    assert 0.37 <= ratios["heart_failure_or_cv_death"].mean <= 0.38
    published = {effect.outcome: effect for effect in cards()["EV-0059"].effects}
    for outcome, effect in published.items():
        found = ratios[outcome]
        assert found.mean == pytest.approx(effect.estimate, abs=0.01)
        assert (found.low, found.high) == pytest.approx((effect.ci_low, effect.ci_high), abs=0.03)


def test_the_product_is_that_of_the_cards(person, compared):
    trials = {"EV-0054": "sacubitril", "EV-0057": "eplerenone", "EV-0058": "sglt2_inhibitor"}
    for outcome in ("heart_failure_or_cv_death", "heart_failure", "death"):
        product = math.prod(
            effect.estimate
            for card, agent in trials.items()
            for effect in cards()[card].effects
            if (effect.agent, effect.outcome) == (agent, outcome)
        )
        found = compared(failing(person), FOUR, horizon_years=5).plans[0].ratios[outcome].mean
        assert found == pytest.approx(product, rel=1e-2)  # the onset of a month or so apart


def test_without_an_ace_inhibitor_before_its_ratio_comes_on_top(person, compared):
    none = failing(person, takes=())
    ratio = compared(none, starting("sacubitril 194 mg"), horizon_years=5).plans[0].ratios["death"].mean
    assert ratio == pytest.approx(0.84 * 0.80, rel=1e-9)


@pytest.mark.parametrize("lvef", [41.0, 60.0, None])
def test_no_such_ratio_with_another_ejection_fraction(person, compared, lvef):
    patient = failing(person) if lvef is None else failing(person, lvef)
    if lvef is None:
        patient = person(age=66, values={"systolic_bp": 130.0, "potassium": 4.4}, **FAILING)
    plan = compared(patient, FOUR, horizon_years=5).plans[0]
    assert "heart_failure_or_cv_death" not in plan.ratios
    assert any("LVEF of 40 % or less" in problem for problem in plan.problems)


def test_a_beta_blocker_prevents_deaths_in_sinus_rhythm_only(person, compared):
    start = starting("bisoprolol 10 mg")
    sinus = failing(person, takes=())
    fibrillating = failing(person, takes=(), conditions=("cardiovascular/heart_failure", "atrial_fibrillation"))
    assert compared(sinus, start, horizon_years=5).plans[0].ratios["death"].mean == pytest.approx(0.73, rel=1e-9)
    elsewhere = compared(fibrillating, start, horizon_years=5).plans[0]
    assert elsewhere.ratios["death"].mean > 0.85  # through blood pressure
    assert any("followed only through Systolic blood pressure" in problem for problem in elsewhere.problems)


def test_aspirin_before_and_after_an_event(person, compared):
    before = compared(person(), starting("aspirin 81 mg")).plans[0]
    assert before.ratios["ascvd"].mean == pytest.approx(0.89, rel=1e-9)
    assert before.evidence == ("EV-0060",)
    after = compared(person(conditions=("cardiovascular/transient_ischemic_attack",)), starting("aspirin 81 mg"))
    assert "EV-0061" in after.plans[0].evidence


def test_weight_loss_drugs_with_and_without_diabetes(person, compared):
    heavy = {"bmi": 38.0, "weight": 118.0, "hba1c": 8.0}
    start = starting("tirzepatide 10 mg weekly")
    diabetic = compared(person(values=heavy, conditions=("diabetes/type_2",)), start).plans[0]
    other = compared(person(values=heavy), start).plans[0]
    assert diabetic.variables["weight"] == pytest.approx(-7.1) and "EV-0041" in diabetic.evidence
    assert other.variables["weight"] == pytest.approx(-0.164 * 118.0) and "EV-0041" not in other.evidence
    assert diabetic.ratios["ascvd"].mean == pytest.approx(0.80, rel=1e-9)
    assert 0.8 < other.ratios["ascvd"].mean < 0.95
    assert any("followed only through Body weight and Systolic blood pressure" in text for text in other.problems)


def test_pcsk9_by_its_own_trials_and_inclisiran_through_ldl(person, compared):
    own, ldl = compared(
        person(age=60, conditions=("diabetes/type_2",), values={"hba1c": 7.0}),
        starting("evolocumab 140 mg every 2 weeks"),
        starting("inclisiran 284 mg every 6 months"),
    ).plans
    assert own.ratios["ascvd"].mean == pytest.approx(0.75, rel=1e-3)
    drop = 0.499 * 150.0 * 0.02586
    assert ldl.ratios["ascvd"].mean == pytest.approx(0.78**drop, rel=1e-3)
    assert ldl.outcomes["death"].difference.mean == 0.0


def test_outside_the_trials_the_range_is_wider_and_the_point_stays(person, compared):
    """Losartan in RENAAL: the age limit is 70."""
    values, sick = {"egfr": 40.0, "uacr": 900.0, "hba1c": 7.5}, ("diabetes/type_2",)
    spans = {}
    for age in (69, 72, 78):
        patient = person(age=age, values=values, conditions=sick)
        ratio = compared(patient, starting("losartan 50 mg"), horizon_years=5, draws=1000).plans[0].ratios
        spans[age] = ratio["kidney_failure"]
    assert spans[69].mean == spans[72].mean == spans[78].mean
    widths = {age: math.log(ratio.high / ratio.low) for age, ratio in spans.items()}
    assert widths[69] == pytest.approx(math.log(0.89 / 0.58), rel=0.05)
    assert widths[72] == widths[78] == pytest.approx(1.5 * widths[69], rel=0.01)


def test_the_widening_counts_what_lies_outside_not_what_is_unknown(person, on):
    inside = fit_of(
        person(age=60, values={"lvef": 30.0}, conditions=("cardiovascular/heart_failure",)), "EV-0056", on=on
    )
    assert inside.widening == 1.0 and {one.status for one in inside.compared} == {"inside"}
    unknown = fit_of(person(without=("potassium",)), "EV-0056", on=on)
    potassium = next(one for one in unknown.compared if one.label == "Potassium")
    assert (potassium.status, potassium.value, potassium.high) == ("unknown", None, 5.0)
    assert "Potassium is not on record, the trials had 2.5 to 5.0 mmol/L" in unknown.outside
    far = fit_of(person(age=45, values={"bmi": 30.0, "ldl_cholesterol": 60.0}), "EV-0035", on=on)
    assert [one.label for one in far.compared if one.status == "outside"] == [
        "Age",
        "Diabetes or coronary disease or peripheral artery disease",
        "LDL",
    ]
    assert far.widening == 2.0 and "up to twice" in RULE


def test_what_is_compared_can_be_drawn(person, on):
    fit = fit_of(person(age=72, values={"systolic_bp": 125.0}), "EV-0003", on=on)
    age, pressure = (next(one for one in fit.compared if one.label == label) for label in ("Age", "Systolic BP"))
    assert (age.status, age.value, age.low) == ("inside", 72.0, 18.0)
    assert (pressure.status, pressure.value, pressure.low, pressure.high, pressure.unit) == (
        "outside",
        125.0,
        130.0,
        200.0,
        "mmHg",
    )


def test_training_lowers_pressure_by_where_it_stands(person, compared):
    plan = Plan("Move", (Lifestyle("activity", 150.0),))
    for pressure, fall in ((150.0, -8.3), (130.0, -2.1), (115.0, -0.75)):
        moved = compared(person(values={"systolic_bp": pressure}), plan).plans[0]
        assert moved.variables["systolic_bp"] == pytest.approx(fall, rel=1e-2)


def test_habits_in_proportion_and_no_further_than_the_trials(person, compared):
    half, whole, more, salt = compared(
        person(conditions=("diabetes/type_2",), values={"hba1c": 8.0}),
        Plan("Half", (Lifestyle("activity", 75.0),)),
        Plan("Whole", (Lifestyle("activity", 150.0),)),
        Plan("More", (Lifestyle("activity", 300.0),)),
        Plan("Salt", (Lifestyle("sodium", -1.0),)),
    ).plans
    assert whole.variables["systolic_bp"] == pytest.approx(2 * half.variables["systolic_bp"])
    assert whole.variables["hba1c"] == pytest.approx(-0.67, rel=1e-2)
    assert dict(more.variables) == dict(whole.variables) and "counted as 150 minutes" in more.problems[0]
    assert salt.variables["systolic_bp"] == pytest.approx(-4.26 / 2.99, rel=1e-3)
    assert salt.burden == "1 g a day less sodium" and half.burden == "75 min a week more activity"


def test_habits_beside_each_other_keep_a_part(person, compared):
    diet, both = compared(
        person(),
        Plan("Diet", (Lifestyle("diet"),)),
        Plan("Diet and salt", (Lifestyle("sodium", -2.3), Lifestyle("diet"))),
    ).plans
    beside = both.variables["systolic_bp"] - diet.variables["systolic_bp"]
    assert beside == pytest.approx(-(4.26 / 2.99 * 2.3) * (3.0 / 6.7), rel=1e-3)
    assert any("45%" in caveat and "EV-0069" in caveat for caveat in both.caveats)
    assert not any("EV-0069" in caveat for caveat in diet.caveats)


def test_one_pathway_for_each_person_and_outcome(person, compared):
    """The kidney result of an ACE inhibitor leaves its way through blood pressure to the other outcomes alone."""
    values = {"egfr": 40.0, "uacr": 400.0}
    with_, without = (
        compared(person(values=v), starting("lisinopril 10 mg"), horizon_years=5).plans[0]
        for v in (values, {"egfr": 95.0, "uacr": 5.0})
    )
    assert with_.ratios["ascvd"].mean == pytest.approx(without.ratios["ascvd"].mean, rel=0.03)
    assert with_.ratios["kidney_failure"].mean == pytest.approx(0.61, rel=1e-9)
    assert "kidney_failure" not in without.ratios
    assert np.isfinite([ratio.mean for ratio in with_.ratios.values()]).all()


def test_an_average_chance_of_death_says_that_it_is_one(person, compared):
    ill = compared(failing(person), starting("eplerenone 50 mg"), horizon_years=5)
    said = "With heart failure more people die"
    assert any(said in problem for problem in ill.current_care.problems)
    assert any(said in problem for problem in ill.plans[0].problems)
    assert not any("more people die" in problem for problem in compared(person(), FOUR).current_care.problems)
