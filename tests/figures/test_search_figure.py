"""Do the plans of a search read the same in table and figure?"""

import numpy as np
import pytest

from twin.figures.plan_search import found_plans, search_figure, search_text
from twin.plans.burden import Burden
from twin.plans.choices import Factor, Option
from twin.plans.plan import Lifestyle, StartTherapy
from twin.plans.search import Found

FACTORS = (
    Factor("Statin", (Option("Atorvastatin 20 mg", (StartTherapy("atorvastatin 20 mg"),)),)),
    Factor("Habits", (Option("Less salt", (Lifestyle("sodium", -2.0),)),)),
    Factor("GLP-1", (Option("Semaglutide 1 mg", (StartTherapy("semaglutide 1 mg weekly"),)),)),
)


def found(*, cost=None):
    choices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 1], [0, 0, 1]], dtype=np.int8)
    return Found(
        factors=FACTORS,
        start=0.0,
        counted=("cvd",),
        choices=choices,
        risks={},
        prevented=np.array([0.0, 0.031, 0.08, 0.002]),
        caused=np.array([0.0, 0.0, 0.012, 0.021]),
        burden=Burden(
            tablets=np.array([0.0, 1.0, 1.0, -1.0]),
            injections_per_week=np.array([0.0, 0.0, 1.0, 0.5]),
            habits=np.array([0.0, 0.0, 1.0, 0.0]),
            blood_tests=np.array([0.0, 2.0, 1.0, 0.0]),
            visits=np.array([0.0, 0.0, 1.0, 0.0]),
            monthly_cost=cost,
        ),
        front=np.array([2, 1, 0]),
        tried=8,
        left_out=(),
    )


def test_plans_are_said_in_whole_people_that_add_up():
    statin, all_three, harmful = found_plans(found(), [1, 2, 3], denominator=100)
    assert (statin.number, statin.name, statin.prevented, statin.caused) == (1, "Atorvastatin 20 mg", "3 fewer", "0")
    assert statin.net == "3 more prevented in 100"
    assert (all_three.prevented, all_three.caused, all_three.net) == ("8 fewer", "1 more", "7 more prevented in 100")
    assert (harmful.net, harmful.tablets, harmful.injections) == ("2 more caused in 100", "−1", "0.5")
    assert harmful.prevented == "Less than 1"
    assert all_three.habits == "1"
    assert [plan.checks for plan in (statin, all_three, harmful)] == ["2 blood tests", "1 blood test, 1 visit", "0"]


def test_a_cost_is_said_only_where_one_was_given():
    assert found_plans(found(), [1], denominator=100)[0].cost == ""
    given = found(cost=np.array([0.0, 4.0, 1234.0, 9.0]))
    assert found_plans(given, [2], denominator=100)[0].cost == "1,234"


@pytest.mark.parametrize("denominator", [100, 1000])
def test_the_figure_has_every_plan_where_the_table_has_it(denominator):
    plans = found_plans(found(), [1, 2, 3], denominator=denominator)
    drawn = search_figure(found(), plans, denominator=denominator)
    (trace,) = drawn["data"]
    assert trace["text"] == ["1", "2", "3"]
    assert trace["x"] == [1.0, 1.0, -1.0]
    assert trace["y"] == pytest.approx([value * denominator for value in (0.031, 0.068, -0.019)])
    assert trace["marker"]["symbol"] == ["circle-open", "square", "square-open"]
    low, high = drawn["layout"]["yaxis"]["range"]
    assert low < min(trace["y"]) and high > max(trace["y"])
    assert drawn["layout"]["xaxis"]["range"][0] < -1.0


def test_the_figure_in_words_names_its_ends():
    plans = found_plans(found(), [1, 2], denominator=100)
    words = search_text(plans)
    assert "2 plans" in words and plans[0].name in words and plans[-1].net in words
    assert search_figure(found(), (), denominator=100)["data"][0]["x"] == []
    assert "none" in search_text(())
