"""Is a patient drawn inside a trial's range if and only if it is so?"""

import re

import pytest

from twin.figures.fit_bars import WIDTH, fit_svg, fit_uri, is_drawn, studied_words
from twin.plans.results import Compared


def age(value, low, high, status="inside"):
    return Compared("Age", status, "age", value, low, high, "years")


def bar_and_mark(one):
    svg = fit_svg(one)
    left, width = map(float, re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg).groups())
    mark = re.search(r'<path d="M([\d.]+) ', svg)
    return left, left + width, float(mark[1]) if mark else None


@pytest.mark.parametrize("value", [40.0, 41.5, 60.0, 75.0])
def test_inside_the_mark_lies_on_the_bar(value):
    left, right, mark = bar_and_mark(age(value, 40.0, 75.0))
    assert left <= mark <= right
    assert 'fill="#212B32"' in fit_svg(age(value, 40.0, 75.0))


@pytest.mark.parametrize(("value", "is_left"), [(20.0, True), (39.0, True), (76.0, False), (99.0, False)])
def test_outside_the_mark_is_hollow_and_off_the_bar(value, is_left):
    one = age(value, 40.0, 75.0, "outside")
    left, right, mark = bar_and_mark(one)
    assert mark < left if is_left else mark > right
    assert 6 <= mark <= WIDTH - 6
    assert 'fill="#FFFFFF"' in fit_svg(one)


def test_an_open_end_runs_off_and_an_unknown_value_has_no_mark():
    left, right, mark = bar_and_mark(age(None, 50.0, None, "unknown"))
    assert (right, mark) == (WIDTH, None)
    assert left > 0
    left, right, mark = bar_and_mark(age(60.0, None, 80.0))
    assert (left, mark < right) == (0, True)


def test_one_single_value_can_be_drawn():
    left, right, mark = bar_and_mark(age(50.0, 50.0, 50.0))
    assert left == right == mark


def test_only_numbers_are_drawn():
    assert not is_drawn(Compared("No diabetes", "inside", "no diabetes"))
    assert is_drawn(age(1.0, None, 2.0))
    assert fit_uri(age(1.0, None, 2.0)).startswith("data:image/svg+xml,%3Csvg")


def test_the_range_is_said_as_the_trial_set_it():
    assert studied_words(age(60.0, 40.0, 75.0)) == "studied 40 to 75 years"
    assert studied_words(age(60.0, 40.0, None)) == "studied from 40 years"
    assert studied_words(age(60.0, None, 75.0)) == "studied up to 75 years"
