"""How does the risk grow over the years under each plan, beside current care?"""

import math
from collections.abc import Iterable

import numpy as np

from twin.figures.comparison_table import COLOURS, Column, ComparisonTable
from twin.figures.icons import INK, OUTLINE
from twin.plans.results import Comparison, Curve, OutcomeResult
from twin.words import in_people

FIRST_COLUMN = 0.15
"""Share of the width that the table's row headings take; the panels stand under the table's columns."""

BAND = "#DFE3E6"
GRID = "#E8EDEE"
SECONDARY = "#4C6272"
HEIGHT = 172
BAND_WORDS = "grey: likely range of the estimate"
DOTTED_WORDS = "dotted: current care"
_FONT = '"Source Sans", "Source Sans Pro", sans-serif'
_POINTS = 31


def _outcomes(comparison: Comparison, outcome: str) -> list[OutcomeResult]:
    return [result.outcomes[outcome] for result in (comparison.current_care, *comparison.plans)]


def y_ticks(largest: float) -> tuple[float, float]:
    """Return the top of the y axis and the step of its ticks, both in people, for the largest value shown."""
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500):
        if largest <= 4 * step:
            return step * max(1, math.ceil(largest / step)), step
    return 1000, 250


def shared_ticks(curves: Iterable[Curve | None], denominator: int) -> tuple[float, float]:
    """Return top and step of the one y axis of all panels, in people."""
    return y_ticks(max(float(curve.high[-1]) for curve in curves if curve is not None) * denominator)


def trajectories(comparison: Comparison, outcome: str, *, denominator: int) -> dict:
    """Draw one panel a plan on one y axis that starts at 0; the dotted line is current care.

    Parameters
    ----------
    comparison
        Plans beside current care.
    outcome
        Name of the outcome; one withheld under current care cannot be drawn.
    denominator
        100 or 1,000: people of which the y axis counts.

    Returns
    -------
        A plotly figure as data and layout.
    """
    found = _outcomes(comparison, outcome)
    current = found[0].curve
    top, step = shared_ticks([result.curve for result in found], denominator)
    data, annotations = [], []
    layout = _layout(top, step, denominator)
    width = (1 - FIRST_COLUMN) / len(found)
    for index, result in enumerate(found):
        axis = "x" if index == 0 else f"x{index + 1}"
        left = FIRST_COLUMN + index * width
        layout[axis.replace("x", "xaxis")] = _x_axis(left, left + width * 0.9, comparison.horizon_years)
        if result.curve is None:
            annotations.append(_note(axis, "No estimate shown", 0.5 * top))
            continue
        data += _panel(result.curve, None if index == 0 else current, axis, COLOURS[index], denominator)
        annotations.append(_end(result, axis, COLOURS[index], denominator))
    annotations.append(_note("x", BAND_WORDS, top))
    if len(found) > 1:
        annotations.append(_note("x2", DOTTED_WORDS, top))
    return {"data": data, "layout": {**layout, "annotations": annotations}}


def _panel(curve: Curve, current: Curve | None, axis: str, colour: str, denominator: int) -> list[dict]:
    traces = [_band(curve, axis, denominator)]
    if current is not None:
        traces.append(
            _line(current, axis, {"color": OUTLINE, "width": 2, "dash": "dot"}, denominator, name="Current care")
        )
    traces.append(_line(curve, axis, {"color": colour, "width": 3}, denominator, name="This plan"))
    return traces


def thin(values: np.ndarray) -> np.ndarray:
    """Keep at most `_POINTS` of a curve, its ends among them."""
    if len(values) <= _POINTS:
        return values
    return values[np.unique(np.linspace(0, len(values) - 1, _POINTS).round().astype(int))]


def _people(values: np.ndarray, denominator: int) -> list[float]:
    return np.round(thin(values) * denominator, 2).tolist()


def _band(curve: Curve, axis: str, denominator: int) -> dict:
    years = thin(curve.years).tolist()
    return {
        "type": "scatter",
        "x": years + years[::-1],
        "y": _people(curve.high, denominator) + _people(curve.low, denominator)[::-1],
        "xaxis": axis,
        "yaxis": "y",
        "mode": "none",
        "fill": "toself",
        "fillcolor": BAND,
        "hoverinfo": "skip",
    }


def _line(curve: Curve, axis: str, pen: dict, denominator: int, *, name: str) -> dict:
    return {
        "type": "scatter",
        "x": thin(curve.years).tolist(),
        "y": _people(curve.mean, denominator),
        "xaxis": axis,
        "yaxis": "y",
        "mode": "lines",
        "line": pen,
        "name": name,
        "hovertemplate": f"%{{y:.1f}} in {denominator:,} by year %{{x:.3~g}}",
    }


def _x_axis(left: float, right: float, horizon_years: int) -> dict:
    return {
        "domain": [left, right],
        "range": [0, horizon_years],
        "tickvals": [0, horizon_years / 2, horizon_years],
        "title": {"text": "Years from today", "font": {"size": 12, "color": SECONDARY}, "standoff": 2},
        "tickfont": {"size": 12, "color": SECONDARY},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _layout(top: float, step: float, denominator: int) -> dict:
    return {
        "height": HEIGHT,
        "margin": {"l": 0, "r": 0, "t": 8, "b": 40},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x",
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "font": {"family": _FONT, "color": INK},
        "yaxis": {
            "range": [0, top * 1.02],
            "dtick": step,
            "title": {"text": f"People in {denominator:,}", "font": {"size": 12, "color": SECONDARY}, "standoff": 6},
            "tickfont": {"size": 12, "color": SECONDARY},
            "gridcolor": GRID,
            "zeroline": True,
            "zerolinecolor": OUTLINE,
            "fixedrange": True,
        },
    }


def _end(result: OutcomeResult, axis: str, colour: str, denominator: int) -> dict:
    """Print the end value at the end of the line."""
    return {
        "text": f"<b>{in_people(result.risk, denominator=denominator).partition(' in ')[0]}</b>",
        "x": result.horizon_years,
        "y": float(result.curve.mean[-1]) * denominator,
        "xref": axis,
        "yref": "y",
        "xanchor": "left",
        "xshift": 2,
        "showarrow": False,
        "font": {"size": 14, "color": colour},
    }


def _note(axis: str, text: str, y: float) -> dict:
    return {
        "text": text,
        "x": 0,
        "y": y,
        "xref": axis,
        "yref": "y",
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": 12, "color": SECONDARY},
    }


def trajectories_text(table: ComparisonTable) -> str:
    """Return the figure's text alternative, with the end value of every line."""
    return " ".join([figure_title(table), *map(line_text, table.columns)])


def figure_title(table: ComparisonTable) -> str:
    """Return what the figure shows, in words."""
    return f"{table.outcome.label} over {table.horizon_years} years, people in {table.denominator:,}, one panel a plan."


def line_text(column: Column) -> str:
    """Return where the line of one panel ends, in words."""
    if column.is_withheld:
        return f"{column.heading}: no estimate shown."
    return f"{column.heading} reaches {column.risk}, {column.likely}."
