import numpy as np
import pytest

from tests.figures.comparison_cases import comparison, plan_result, random_comparison, shown, withheld
from twin.figures.comparison import trajectories, trajectories_text, y_ticks
from twin.figures.comparison_table import COLOURS, comparison_table
from twin.plans.plan import Plan


def three_plans():
    results = [shown("ascvd", risk, difference=(risk - 0.2, risk - 0.22, risk - 0.18)) for risk in (0.15, 0.12, 0.18)]
    plans = [plan_result(result, plan=Plan(name)) for result, name in zip(results, "XYZ", strict=True)]
    return comparison(plan_result(shown("ascvd", 0.20)), *plans)


def lines(figure, name):
    return [trace for trace in figure["data"] if trace.get("name") == name]


def test_one_panel_a_plan_on_one_y_axis_from_zero():
    figure = trajectories(three_plans(), "ascvd", denominator=100)
    layout = figure["layout"]
    assert [key for key in layout if key.startswith("yaxis")] == ["yaxis"]
    assert layout["yaxis"]["range"][0] == 0
    assert {trace["yaxis"] for trace in figure["data"]} == {"y"}
    assert [trace["xaxis"] for trace in lines(figure, "This plan")] == ["x", "x2", "x3", "x4"]
    assert layout["yaxis"]["title"]["text"] == "People in 100"
    assert layout["showlegend"] is False


@pytest.mark.parametrize("seed", range(30))
def test_everything_drawn_lies_within_the_axis(seed):
    found = random_comparison(np.random.default_rng(seed))
    denominator = comparison_table(found, "ascvd").denominator
    figure = trajectories(found, "ascvd", denominator=denominator)
    top = figure["layout"]["yaxis"]["range"][1]
    assert max(max(trace["y"]) for trace in figure["data"]) <= top


def test_dotted_current_care_stands_in_every_plans_panel():
    figure = trajectories(three_plans(), "ascvd", denominator=100)
    dotted = lines(figure, "Current care")
    assert [trace["xaxis"] for trace in dotted] == ["x2", "x3", "x4"]
    assert all(trace["line"]["dash"] == "dot" and trace["y"][-1] == pytest.approx(20.0) for trace in dotted)


def test_the_end_value_stands_at_the_end_of_each_line_and_the_band_is_named_once():
    notes = trajectories(three_plans(), "ascvd", denominator=100)["layout"]["annotations"]
    texts = [note["text"] for note in notes]
    assert [text for text in texts if text.startswith("<b>")] == ["<b>20</b>", "<b>15</b>", "<b>12</b>", "<b>18</b>"]
    assert all(note["x"] == 10 for note in notes if note["text"].startswith("<b>"))
    assert sum("likely range of the estimate" in text for text in texts) == 1
    assert sum("current care" in text for text in texts) == 1


def test_the_text_alternative_has_every_end_value():
    table = comparison_table(three_plans(), "ascvd")
    text = trajectories_text(table)
    for column, end in zip(table.columns, ("20 in 100", "15 in 100", "12 in 100", "18 in 100"), strict=True):
        assert f"{column.heading} reaches {end}, likely range" in text


def test_a_withheld_plan_keeps_its_panel_and_says_so():
    found = comparison(plan_result(shown("ascvd", 0.2)), plan_result(withheld("ascvd", "Stop."), plan=Plan("X")))
    figure = trajectories(found, "ascvd", denominator=100)
    assert "xaxis2" in figure["layout"]
    assert any(note["text"] == "No estimate shown" and note["xref"] == "x2" for note in figure["layout"]["annotations"])
    assert "A X: no estimate shown." in trajectories_text(comparison_table(found, "ascvd"))


def test_curves_are_thinned_but_keep_their_ends():
    trace = lines(trajectories(three_plans(), "ascvd", denominator=100), "This plan")[0]
    assert len(trace["x"]) <= 31
    assert (trace["x"][0], trace["x"][-1], trace["y"][-1]) == (0.0, 10.0, pytest.approx(20.0))


@pytest.mark.parametrize(("largest", "expected"), [(16.4, (20, 5)), (3.9, (4, 1)), (40.0, (40, 10)), (0.2, (1, 1))])
def test_the_axis_has_few_round_ticks(largest, expected):
    assert y_ticks(largest) == expected


# Colour vision: Machado, Oliveira and Fernandes 2009, severity 1.0, applied to linear RGB.
SIMULATED = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    ratio = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.95047, 1.0, 1.08883]
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast_on_white(colour: str) -> float:
    return 1.05 / (linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05)


@pytest.mark.parametrize("kind", SIMULATED)
def test_plan_colours_stay_apart_for_people_with_another_colour_vision(kind):
    seen = [lab(np.array(SIMULATED[kind]) @ linear(colour)) for colour in COLOURS]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(gaps) >= 15


def test_text_and_lines_stand_out_from_white():
    figure = trajectories(three_plans(), "ascvd", denominator=100)
    texts = {note["font"]["color"] for note in figure["layout"]["annotations"]}
    assert all(contrast_on_white(colour) >= 4.5 for colour in texts)
    pens = {trace["line"]["color"] for trace in figure["data"] if "line" in trace}
    assert all(contrast_on_white(colour) >= 3 for colour in pens)
