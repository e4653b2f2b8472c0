"""Has the JSON the agreed shape, with nothing that JSON cannot say?"""

import json

import pytest

from twin.evidence.cards import OUTCOMES
from twin.plans.plan import Plan, StartTherapy
from twin.plans.report import to_json

PLAN = {"name", "outcomes", "event_free_years", "harms", "checks", "evidence", "problems"}


def test_shape(person, compared):
    comparison = compared(person(), Plan("A", (StartTherapy("amlodipine 5 mg"), StartTherapy("atorvastatin 40 mg"))))
    found = json.loads(json.dumps(to_json(comparison), allow_nan=False))
    assert found["patient"] == "reference" and found["horizon_years"] == 10
    for plan in (found["current_care"], *found["plans"]):
        assert set(plan) >= PLAN
        assert set(plan["outcomes"]) == set(OUTCOMES)
        assert {check["result"] for check in plan["checks"]} <= {"found", "clear", "not_applicable"}
    ascvd = found["plans"][0]["outcomes"]["ascvd"]
    assert ascvd["low"] < ascvd["risk"] < ascvd["high"]
    assert set(ascvd["difference"]) == {"mean", "low", "high"}
    assert set(found["plans"][0]["harms"]["hypotension"]) >= {"risk", "low", "high", "difference"}
    assert found["current_care"]["outcomes"]["ascvd"]["difference"] is None
    assert "EV-0018" in found["plans"][0]["evidence"]


def test_ratios_and_net_benefit(person, compared):
    comparison = compared(person(), Plan("A", (StartTherapy("aspirin 81 mg"),)))
    found = json.loads(json.dumps(to_json(comparison), allow_nan=False))
    plan, result = found["plans"][0], comparison.plans[0]
    assert plan["hazard_ratios"]["ascvd"]["mean"] == pytest.approx(0.89)
    net = plan["net_benefit"]
    assert net["mean"] == result.net_benefit.mean and net["low"] < net["mean"] < net["high"]
    assert set(net["caused"]) == {"major_bleeding"} and net["rule"]
    assert found["current_care"]["net_benefit"] is None


def test_what_is_withheld_is_null_and_says_why(person, compared):
    comparison = compared(person(age=85), Plan("A", (StartTherapy("amlodipine 5 mg"),)))
    (plan,) = to_json(comparison)["plans"]
    assert plan["outcomes"]["cvd"]["risk"] is None
    assert any(problem.startswith("cvd: ") and "85" in problem for problem in plan["problems"])
