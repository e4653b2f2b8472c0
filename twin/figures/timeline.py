"""How did problems, treatments and measures run beside each other?"""

import math
from datetime import timedelta
from html import escape

import numpy as np

from twin import words
from twin.figures.lifelines import LOGARITHMIC, Lane, Lifelines, Measure
from twin.variables import variable

INK = "#212B32"
SECONDARY = "#4C6272"
PROBLEM = "#4D4D4D"
TREATMENT = "#0072B2"
POINTS = "#005EB8"
GHOST = "#768692"
BAND = "rgba(118, 134, 146, 0.22)"
GRID = "#D8DDE0"

LANE_HEIGHT = 20
MEASURE_HEIGHT = 74
GAP = 14
TOP = 8
BOTTOM = 34
LABEL_WIDTH = 210
RIGHT = 64
LABEL_LETTERS = 30


def timeline(lines: Lifelines) -> dict:
    """Draw lanes of problems and treatments above one panel a measure, on one time axis.

    Returns
    -------
        A plotly figure as a plain mapping: building it without plotly's checks is several times quicker.
    """
    rows = [(lane, PROBLEM) for lane in lines.problems] + [(lane, TREATMENT) for lane in lines.treatments]
    lanes_height = len(rows) * LANE_HEIGHT
    height = TOP + lanes_height + len(lines.measures) * (MEASURE_HEIGHT + GAP) + BOTTOM
    inner = height - TOP - BOTTOM
    layout = _layout(lines, height)
    data = [_bar(lane, index, colour, lines) for index, (lane, colour) in enumerate(rows)]
    notes = [_lane_label(lane.label, index) for index, (lane, _) in enumerate(rows)]
    if rows:
        layout["yaxis"] |= {"domain": [1 - lanes_height / inner, 1], "range": [len(rows) - 0.5, -0.5]}
    for number, measure in enumerate(lines.measures):
        top = inner - lanes_height - number * (MEASURE_HEIGHT + GAP) - GAP
        axis = f"y{number + 2}"
        layout[f"yaxis{number + 2}"] = _measure_axis(measure, (top - MEASURE_HEIGHT) / inner, top / inner)
        data += _panel(measure, axis)
        notes += _measure_labels(measure, axis, (top - MEASURE_HEIGHT / 2) / inner)
    return {"data": data, "layout": {**layout, "annotations": notes}}


def alternative(lines: Lifelines) -> str:
    """Return the sentence that stands for the picture."""
    said = [
        f"Timeline from {words.day(lines.start)} to {words.day(lines.today)}",
        "problems: " + (", ".join(lane.label for lane in lines.problems) or "none"),
        "treatments: " + (", ".join(lane.label for lane in lines.treatments) or "none"),
    ]
    said += [
        f"{m.label} {len(m.series)} values, last {variable(m.name).format(m.series.values[-1])} {m.unit}"
        for m in lines.measures
    ]
    return "; ".join(said) + "."


def _layout(lines: Lifelines, height: int) -> dict:
    end = lines.today + timedelta(days=1)
    return {
        "height": height,
        "margin": {"l": LABEL_WIDTH, "r": RIGHT, "t": TOP, "b": BOTTOM},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "plot_bgcolor": "#FFFFFF",
        "font": {"size": 13, "color": INK},
        "xaxis": {
            "type": "date",
            "range": [lines.start.isoformat(), end.isoformat()],
            "anchor": "free",
            "position": 0,
            "gridcolor": GRID,
            "tickfont": {"size": 13, "color": SECONDARY},
            "fixedrange": True,
        },
        "yaxis": {"visible": False, "fixedrange": True},
    }


def _bar(lane: Lane, row: int, colour: str, lines: Lifelines) -> dict:
    x, y, text = [], [], []
    for span in lane.spans:
        start = max(span.start or lines.start, lines.start)
        end = min(span.end or lines.today, lines.today)
        if start > end:
            continue
        since = words.day(span.start) if span.start else "an unknown day"
        said = f"{escape(span.text)}<br>from {since} " + (f"to {words.day(span.end)}" if span.end else "to today")
        x += [start.isoformat(), end.isoformat(), None]
        y += [row, row, None]
        text += [said, said, None]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "text": text,
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": colour, "width": 8},
        "marker": {"color": colour, "size": 8, "symbol": "square"},
    }


def _lane_label(label: str, row: int) -> dict:
    short = label if len(label) <= LABEL_LETTERS else label[: LABEL_LETTERS - 1].rstrip() + "…"
    return _note(escape(short), yref="y", y=row, x=0, xshift=-LABEL_WIDTH + 4, xanchor="left")


def _panel(measure: Measure, axis: str) -> list[dict]:
    known = variable(measure.name)
    traces = []
    if (ghost := measure.ghost) is not None:
        times = [str(t) for t in ghost.times.astype("datetime64[D]")]
        base = {"type": "scatter", "mode": "lines", "yaxis": axis, "hoverinfo": "skip", "x": times}
        traces += [
            {**base, "y": _thin(ghost.high), "line": {"width": 0}},
            {**base, "y": _thin(ghost.low), "line": {"width": 0}, "fill": "tonexty", "fillcolor": BAND},
            {**base, "y": _thin(ghost.mean), "line": {"color": GHOST, "width": 2, "dash": "dot"}},
        ]
    series = measure.series
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "yaxis": axis,
            "x": [str(t) for t in series.times.astype("datetime64[D]")],
            "y": series.values.tolist(),
            "customdata": series.sources.tolist(),
            "line": {"color": POINTS, "width": 1},
            "marker": {"color": POINTS, "size": 5},
            "hovertemplate": f"{known.short_label} %{{y:,.{known.decimals}f}} {known.unit}<br>"
            "%{x|%d-%b-%Y}, %{customdata}<extra></extra>",
        }
    )
    return traces


def _measure_axis(measure: Measure, low: float, high: float) -> dict:
    axis = {
        "domain": [max(0.0, low), min(1.0, high)],
        "anchor": "x",
        "gridcolor": GRID,
        "zeroline": False,
        "nticks": 4,
        "tickfont": {"size": 12, "color": SECONDARY},
        "fixedrange": True,
    }
    bottom, top = _extent(measure)
    if measure.name in LOGARITHMIC:
        return {**axis, "type": "log", "range": [math.log10(bottom), math.log10(top)], "dtick": 1}
    return {**axis, "range": [bottom, top]}


def _extent(measure: Measure) -> tuple[float, float]:
    parts = [measure.series.values]
    if measure.ghost is not None:
        parts += [measure.ghost.low, measure.ghost.high]
    values = np.concatenate(parts)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if measure.name in LOGARITHMIC:
        return max(low, 1.0) / 1.5, max(high, 10.0) * 1.5
    pad = 0.12 * (high - low) or 0.05 * abs(high) or 1.0
    return low - pad, high + pad


def _measure_labels(measure: Measure, axis: str, middle: float) -> list[dict]:
    known, series = variable(measure.name), measure.series
    last = float(series.values[-1])
    return [
        _note(
            f"<b>{known.short_label}</b><br>{known.unit}",
            yref="paper",
            y=middle,
            x=0,
            xshift=-LABEL_WIDTH + 4,
            xanchor="left",
            align="left",
        ),
        _note(
            f"<b>{known.format(last)}</b>",
            yref=axis,
            y=math.log10(last) if measure.name in LOGARITHMIC else last,
            x=1,
            xshift=6,
            xanchor="left",
        ),
    ]


def _note(text: str, **where) -> dict:
    return {"text": text, "xref": "paper", "showarrow": False, "yanchor": "middle", "font": {"size": 13}, **where}


def _thin(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
