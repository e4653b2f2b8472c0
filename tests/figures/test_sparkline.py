"""Does a sparkline stand where its values do?"""

import base64
import re

import numpy as np

from twin.figures.sparkline import as_data_uri, sparkline

START, END = np.datetime64("2021-01-01", "s"), np.datetime64("2026-01-01", "s")


def points(svg):
    written = re.search(r'points="([^"]*)"', svg)
    return [tuple(map(float, pair.split(","))) for pair in written[1].split()] if written else []


def draw(days, values):
    return sparkline(np.array(days, dtype="datetime64[s]"), np.array(values, float), start=START, end=END)


def test_values_run_from_left_to_right_and_high_is_up():
    (x1, y1), (x2, y2) = points(draw(["2021-01-01", "2026-01-01"], [100, 150]))
    assert (x1, y1, x2, y2) == (4.0, 24.0, 146.0, 4.0)


def test_values_outside_the_years_are_left_out():
    assert len(points(draw(["2019-01-01", "2022-01-01", "2026-06-01"], [1, 2, 3]))) == 1


def test_a_flat_run_lies_in_the_middle():
    assert {y for _, y in points(draw(["2022-01-01", "2023-01-01"], [5, 5]))} == {14.0}


def test_no_value_draws_nothing():
    assert "polyline" not in draw([], [])


def test_the_data_uri_holds_the_drawing():
    svg = draw(["2022-01-01"], [5])
    assert base64.b64decode(as_data_uri(svg).split(",")[1]).decode() == svg
