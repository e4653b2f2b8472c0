import math
import re

import numpy as np
import pytest

from twin.figures.comparison_counts import change_from, denominator_for, harm_change, likely_range, shown_people
from twin.plans.results import Difference
from twin.words import in_people


def change(now, then, low, high, denominator=100, horizon_years=10):
    return change_from(
        now, then, Difference(then - now, low, high), denominator=denominator, horizon_years=horizon_years
    )


def test_the_example_of_the_page():
    said = change(0.20, 0.15, -0.07, -0.03)
    assert (said.bold, said.rest, said.likely, said.nnt) == ("5 fewer", "in 100", "3 to 7", "NNT 20 over 10 years")


def test_number_needed_to_treat_is_rounded_up_and_names_its_horizon():
    assert change(0.20, 0.12, -0.1, -0.06).nnt == "NNT 13 over 10 years"  # 12.5
    assert change(0.20, 0.12, -0.1, -0.06, horizon_years=30).nnt == "NNT 13 over 30 years"
    assert change(0.0102, 0.0100, -0.0003, -0.0001, denominator=1000).nnt == "NNT over 1,000 over 10 years"


def test_a_range_over_zero_is_no_clear_difference_without_nnt():
    said = change(0.20, 0.19, -0.03, 0.01)
    assert (said.bold, said.likely, said.nnt, said.fewer) == ("No clear difference", "from 3 fewer to 1 more", "", 0)


def test_a_worse_plan_is_said_in_the_same_way_without_nnt():
    said = change(0.20, 0.22, 0.01, 0.03)
    assert (said.bold, said.rest, said.likely, said.nnt, said.fewer) == ("2 more", "in 100", "1 to 3", "", -2)


def test_an_equal_plan_makes_no_difference():
    said = change(0.20, 0.20, 0.0, 0.0)
    assert (said.bold, said.likely, said.nnt) == ("No difference", "", "")


def test_a_difference_that_rounding_hides_is_not_called_none():
    said = change(0.044, 0.036, -0.01, -0.006)
    assert (said.bold, said.fewer, said.nnt) == ("Less than 1 fewer", 0, "NNT 125 over 10 years")


@pytest.mark.parametrize("seed", range(200))
def test_fewer_is_displayed_current_minus_displayed_plan(seed):
    rng = np.random.default_rng(seed)
    now = rng.uniform(0.001, 0.9)
    then = float(np.clip(now * rng.uniform(0.2, 1.5), 0.0, 1.0))
    spread = abs(then - now) * rng.uniform(0.0, 0.99)
    denominator = denominator_for((now, then))
    said = change(now, then, then - now - spread, then - now + spread, denominator)

    def displayed(risk):
        number = re.match(r"(fewer than )?(more than )?([\d,]+) in", in_people(risk, denominator=denominator))
        return 0 if number[1] else denominator if number[2] else int(number[3].replace(",", ""))

    gap = displayed(now) - displayed(then)
    word = "fewer" if then < now else "more"
    assert said.fewer == gap
    assert said.bold == (f"{abs(gap):,} {word}" if gap else f"Less than 1 {word}")
    low, high = (int(end.replace(",", "")) for end in said.likely.split(" to "))
    assert low <= abs(gap) <= high  # the range holds what is displayed
    if then < now:
        exact = 1 / (now - then)
        assert said.nnt.startswith(f"NNT {math.ceil(exact):,} over" if exact <= 1000 else "NNT over 1,000")
    else:
        assert said.nnt == ""


def test_the_page_counts_in_1000_when_any_risk_is_below_1_in_100():
    assert denominator_for((0.2, 0.01)) == 100
    assert denominator_for((0.2, 0.0099)) == 1000
    assert denominator_for((0.2, None)) == 100


def test_zero_and_all_are_shown_only_when_true():
    assert shown_people(0.0004, denominator=1000) == 0
    assert in_people(0.0004, denominator=1000) == "fewer than 1 in 1,000"
    assert likely_range(0.0004, 0.002, denominator=1000) == "likely range fewer than 1 to 2"
    assert shown_people(0.996, denominator=100) == 100
    assert shown_people(0.125, denominator=100) == 13


def test_harms_are_counted_from_their_difference():
    said = harm_change(Difference(0.012, 0.004, 0.02), denominator=100)
    assert (said.bold, said.rest, said.likely) == ("1 more", "in 100", "0 to 2")
    assert harm_change(Difference(0.002, 0.001, 0.004), denominator=100).bold == "Less than 1 more"
    assert harm_change(Difference(0.0, -0.01, 0.01), denominator=100).bold == "No clear difference"
    assert harm_change(Difference(0.0, 0.0, 0.0), denominator=100).bold == "None expected"
    assert harm_change(Difference(-0.02, -0.03, -0.01), denominator=100).bold == "2 fewer"
