"""Is someone who has had a cardiovascular event compared by the equation made for them?"""

import numpy as np
import pytest

from twin.evidence.event_shares import event_shares
from twin.physiology.longitudinal import fit
from twin.plans.benefit import counted
from twin.plans.compare import compare_on
from twin.plans.explain import naive_of_plan
from twin.plans.ground import ground_of
from twin.plans.lifelong import lifelong
from twin.plans.many import point_setting
from twin.plans.next_event import shares_after
from twin.plans.plan import ChangeVariable, Lifestyle, Plan, StartTherapy
from twin.plans.search import search
from twin.risk.estimate import estimate

CORONARY, STROKE, LEGS = "cardiovascular/coronary", "cardiovascular/stroke", "cardiovascular/peripheral_artery_disease"
PRESSURE = Plan("Pressure", (ChangeVariable("systolic_bp", -10.0),))
STATIN = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))
EMPAGLIFLOZIN = Plan("Empagliflozin", (StartTherapy("empagliflozin 10 mg"),))


@pytest.fixture
def after(person, on):
    """Return the ground of someone with these diseases."""

    def make(*conditions, horizon_years=10, draws=200, **given):
        values = {"creatinine": 1.0, **given.pop("values", {})}
        patient = person(age=given.pop("age", 66), conditions=conditions, values=values, **given)
        return ground_of(patient, fit(patient, on=on), on=on, horizon_years=horizon_years, draws=draws, seed=0)

    return make


@pytest.mark.parametrize("years", [5, 10])
def test_current_care_is_the_equation_s_own_risk(after, on, years):
    ground = after(CORONARY, horizon_years=years)
    (alone,) = estimate(ground.patient, "smart_reach", on=on, horizon_years=years)
    shown = compare_on(ground, ()).current_care.outcomes["ascvd"]
    assert shown.risk == alone.risk and shown.low < shown.risk < shown.high
    assert shown.curve.mean[-1] == pytest.approx(alone.risk, rel=1e-12)


def test_heart_failure_is_refused_and_what_is_counted_is_said(after):
    current = compare_on(after(CORONARY), ()).current_care
    for name in ("cvd", "heart_failure"):
        assert "heart failure to people with known vascular disease" in current.outcomes[name].baseline.clinical
    (said,) = (text for text in current.problems if text.startswith("Known vascular disease"))
    assert "SMART-REACH counts another heart attack, stroke or cardiovascular death" in said
    assert "About 27 in 100 of these events are taken to be strokes, as in TNT (doi 10.1056/NEJMoa050461)" in said


def test_thirty_years_are_refused_in_the_equation_s_words(after):
    current = compare_on(after(CORONARY, horizon_years=30), ()).current_care
    assert "gives risks over 10 years" in current.outcomes["ascvd"].baseline.clinical
    assert current.outcomes["death"].risk > 0.5


def test_after_a_stroke_lower_pressure_prevents_more_than_after_a_heart_attack(after):
    """Strokes are prevented more than heart attacks, and make up more of what comes next."""
    ratios = [compare_on(after(disease), (PRESSURE,)).plans[0].ratios["ascvd"].mean for disease in (STROKE, CORONARY)]
    stroke, coronary = (
        shares_after(after(disease).patient, on=after(disease).on)["stroke"] for disease in (STROKE, CORONARY)
    )
    assert ratios[0] < ratios[1] and stroke > 0.7 > 0.3 > coronary
    assert ratios == pytest.approx([0.73 * share + 0.83 * (1 - share) for share in (stroke, coronary)], abs=1e-12)


def test_several_diseases_are_averaged_over(after, on):
    alone = [shares_after(after(disease).patient, on=on)["stroke"] for disease in (CORONARY, STROKE, LEGS)]
    assert shares_after(after(CORONARY, STROKE, LEGS).patient, on=on)["stroke"] == pytest.approx(np.mean(alone))
    assert all(row.source_id and row.locator for row in event_shares())


def test_an_sglt2_inhibitor_acts_as_in_people_with_disease_of_the_arteries(after):
    ground = after(CORONARY, "diabetes/type_2", values={"hba1c": 8.0})
    plan = compare_on(ground, (EMPAGLIFLOZIN,)).plans[0]
    assert plan.ratios["ascvd"].mean == pytest.approx(0.86) and "EV-0073" in plan.evidence
    without = compare_on(after("diabetes/type_2", values={"hba1c": 8.0}), (EMPAGLIFLOZIN,)).plans[0]
    assert without.ratios["ascvd"].mean > 0.98 and "EV-0008" in without.evidence and "EV-0073" not in without.evidence


def test_stopping_smoking_acts_as_in_people_with_coronary_disease(after):
    plan = compare_on(after(CORONARY, smoking="current"), (Plan("Quit", (Lifestyle("smoking"),)),)).plans[0]
    assert plan.ratios["ascvd"].mean == pytest.approx(0.68, abs=0.02) and "EV-0074" in plan.evidence


def test_a_plan_s_risk_lets_those_it_spares_die_of_another_cause(after):
    """Fewer events leave more people to die first, so that the risk falls a little less than the hazard."""
    ground = after(CORONARY, age=78)
    baseline = ground.baselines["ascvd"].point
    plain = 1 - (1 - baseline.risks(1.0)[-1, 0]) ** 0.7
    assert baseline.risks(0.7)[-1, 0] == pytest.approx(plain, rel=0.05) and baseline.risks(0.7)[-1, 0] > plain


def test_net_benefit_counts_the_next_event_and_says_so(after):
    ground = after(CORONARY)
    net = compare_on(ground, (STATIN,)).plans[0].net_benefit
    assert counted(ground)[0] == "ascvd" and net.prevented["ascvd"] > 0.05
    assert "(another heart attack, stroke or cardiovascular death; kidney failure)" in net.rule
    assert net.rule.endswith("heart failure and deaths from other causes are not counted.")


def test_the_search_gives_each_plan_the_comparison_s_own_risk(after):
    ground = after(CORONARY, draws=20)
    found = search(ground)
    assert found.counted == ("ascvd",) and len(found.choices) > 100
    row = int(found.front[0])
    assert point_setting(ground).draws == 0
    again = compare_on(ground, (found.plan(row),)).plans[0]
    assert found.risks["ascvd"][row] == pytest.approx(again.outcomes["ascvd"].risk, rel=1e-12)


def test_years_free_of_another_event(after):
    now, plan = lifelong(after(CORONARY), (STATIN,))
    assert now.outcome == "ascvd" and now.low < now.years < now.high < 89 - 66
    assert plan.gained.mean > 0 and plan.gained.mean == pytest.approx(plan.years - now.years)


def test_the_naive_answer_is_the_same_equation_s(after, on):
    (answer,) = naive_of_plan(after(CORONARY).patient, PRESSURE, on=on, horizon_years=10)
    (now,) = estimate(after(CORONARY).patient, "smart_reach", on=on, horizon_years=10)
    assert answer.outcome == "ascvd" and answer.risk_now == now.risk != answer.risk
