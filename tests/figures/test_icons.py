import re
from urllib.parse import unquote

import pytest

from twin.figures.icons import People, people_svg, people_uri


def marks(svg: str) -> list[tuple[str, str, int]]:
    """Return colour, shape and number of people of every path."""
    paths = re.findall(r'<path d="([^"]*)" stroke="([^"]*)" stroke-width="[^"]*" stroke-linecap="([^"]*)"', svg)
    return [(colour, cap, line.count("M")) for line, colour, cap in paths]


@pytest.mark.parametrize(
    "people", [People(20), People(15, 5), People(22, 0, 2), People(0), People(100), People(7, 2, total=1000)]
)
def test_filled_spared_and_unaffected_make_everybody(people):
    drawn = [count for colour, _, count in marks(people_svg(people, colour="#0072B2")) if colour != "#FFFFFF"]
    assert sum(drawn) == people.total
    assert people.events + people.avoided + people.unaffected == people.total


def test_events_are_dark_squares_and_spared_people_rings_in_the_plans_colour():
    drawn = marks(people_svg(People(15, 5), colour="#0072B2"))
    assert drawn[0] == ("#212B32", "square", 15)
    assert drawn[1] == ("#0072B2", "round", 5)
    assert drawn[2] == ("#FFFFFF", "round", 5)  # its hole


def test_added_events_have_a_shape_of_their_own():
    drawn = marks(people_svg(People(22, 0, 2), colour="#7A3E78"))
    assert drawn[:3] == [("#212B32", "square", 20), ("#7A3E78", "square", 2), ("#FFFFFF", "square", 2)]


def test_people_are_filled_from_the_bottom_row():
    svg = people_svg(People(20), colour="#4D4D4D")
    first = re.search(r'<path d="([^"]*)"', svg)[1]
    assert {float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h0", first)} == {45.0}


def test_the_address_holds_the_drawing():
    people = People(15, 5)
    assert unquote(people_uri(people, colour="#0072B2")).endswith(people_svg(people, colour="#0072B2"))


@pytest.mark.parametrize("parts", [(101, 0, 0), (60, 50, 0), (5, 0, 6), (-1, 0, 0)])
def test_parts_that_do_not_fit_are_refused(parts):
    with pytest.raises(ValueError, match="parts"):
        People(*parts)


def test_another_total_is_refused():
    with pytest.raises(ValueError, match="total"):
        People(1, total=200)
