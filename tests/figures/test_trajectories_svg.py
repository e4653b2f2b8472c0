"""Does the printed figure have one panel a column, on one axis from 0, told apart without colour?"""

import re
from xml.etree import ElementTree

from tests.figures.comparison_cases import comparison, plan_result, shown, withheld
from twin.figures.comparison_table import comparison_table
from twin.figures.trajectories_svg import HEIGHT, WIDTH, trajectories_svg
from twin.plans.plan import Plan

WORDS = 'Current care <20> & "plan"'


def drawn(*plans, current=None):
    found = comparison(plan_result(current or shown("ascvd", 0.20)), *plans)
    table = comparison_table(found, "ascvd")
    return trajectories_svg(found, table, "ascvd", words=WORDS), table


def plan(risk, name="Statin"):
    return plan_result(shown("ascvd", risk, difference=(risk - 0.2, risk - 0.22, risk - 0.18)), plan=Plan(name))


def test_one_panel_a_column_with_its_end_value():
    svg, table = drawn(plan(0.15), plan(0.12), plan(0.25))
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == WORDS
    assert len(root.findall("polygon")) == len(table.columns) == 4
    ends = [text.text for text in root.findall("text") if text.get("font-weight") == "700"]
    assert ends == ["20", "15", "12", "25"]
    assert svg.count("Years from today") == 4
    assert svg.count('stroke-dasharray="1.5 3"') == 3  # current care, dotted in every plan's panel


def test_plans_are_told_apart_without_colour():
    root = ElementTree.fromstring(drawn(plan(0.15), plan(0.12), plan(0.25))[0])
    dashes = [line.get("stroke-dasharray") for line in root.findall("polyline") if line.get("stroke-width") == "2.25"]
    assert len(set(dashes)) == 4


def test_everything_lies_on_the_paper_and_the_axis_begins_at_zero():
    svg, _ = drawn(plan(0.15), plan(0.9))
    for x, y in re.findall(r"([-\d.]+),([-\d.]+)", " ".join(re.findall(r'points="([^"]+)"', svg))):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT
    root = ElementTree.fromstring(svg)
    numbers = [text.text for text in root.findall("text") if text.get("text-anchor") == "end"]
    assert numbers[0] == "0"


def test_a_withheld_plan_says_so_and_a_withheld_current_care_draws_nothing():
    stopped = plan_result(withheld("ascvd", "Not shown."), plan=Plan("Statin"))
    svg, _ = drawn(stopped)
    assert "No estimate shown" in svg
    assert svg.count("<polygon") == 1
    assert drawn(stopped, current=withheld("ascvd", "Too old."))[0] == ""
