"""How did problems, treatments and measures run beside each other?"""

import math
from collections.abc import Sequence
from datetime import timedelta
from html import escape

import numpy as np

from twin import words
from twin.figures.lifelines import Lane, Lifelines, Measure, Panel
from twin.record.patient import Correction, Series
from twin.variables import variable

INK = "#212B32"
SECONDARY = "#4C6272"
PROBLEM = "#4D4D4D"
TREATMENT = "#0072B2"
POINTS = "#005EB8"
GHOST = "#768692"
BAND = "rgba(118, 134, 146, 0.22)"
GRID = "#D8DDE0"

FONT = '"Source Sans", "Source Sans Pro", sans-serif'

LANE_HEIGHT = 20
PANEL_HEIGHT = 60
GAP = 12
TOP = 28
BOTTOM = 8
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
    heights = [PANEL_HEIGHT * (1 + len(panel.measures)) // 2 for panel in lines.panels]
    inner = max(lanes_height + sum(heights) + GAP * len(heights), 1)
    layout = _layout(lines, inner + TOP + BOTTOM)
    data = [_bar(lane, index, colour, lines) for index, (lane, colour) in enumerate(rows)]
    notes = [_lane_label(lane.label, index) for index, (lane, _) in enumerate(rows)]
    if rows:
        layout["yaxis"] |= {"domain": [1 - lanes_height / inner, 1], "range": [len(rows) - 0.5, -0.5]}
    bottom = inner - lanes_height
    for number, (panel, height) in enumerate(zip(lines.panels, heights, strict=True), 2):
        top = bottom - GAP
        bottom = top - height
        axis = f"y{number}"
        layout[f"yaxis{number}"] = _panel_axis(panel, bottom / inner, top / inner)
        for measure in panel.measures:
            data += _traces(measure, axis, _extent(panel))
            notes.append(_last_value(measure, panel, axis))
        notes.append(_panel_label(panel, (top + bottom) / 2 / inner))
    return {"data": data, "layout": {**layout, "annotations": notes}}


def alternative(lines: Lifelines) -> str:
    """Return the sentence that stands for the picture."""
    said = [
        f"Timeline from {words.day(lines.start)} to {words.day(lines.today)}",
        "problems: " + (", ".join(lane.label for lane in lines.problems) or "none"),
        "treatments: " + (", ".join(lane.label for lane in lines.treatments) or "none"),
    ]
    said += [
        f"{variable(m.name).short_label} {len(m.series)} values, last {m.last} {variable(m.name).unit}{_marked(m)}"
        for m in lines.measures
    ]
    return "; ".join(said) + "."


def _marked(measure: Measure) -> str:
    counts = (
        (int(measure.explained.sum()), "explained"),
        (int(measure.added.sum()), "added by hand"),
        (len(measure.wrong), "crossed out as wrong"),
    )
    return "".join(f", {count} {said}" for count, said in counts if count)


def _layout(lines: Lifelines, height: int) -> dict:
    end = lines.today + timedelta(days=1)
    return {
        "height": height,
        "margin": {"l": LABEL_WIDTH, "r": RIGHT, "t": TOP, "b": BOTTOM},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "plot_bgcolor": "#FFFFFF",
        "font": {"family": FONT, "size": 14, "color": INK},
        "xaxis": {
            "type": "date",
            "range": [lines.start.isoformat(), end.isoformat()],
            "side": "top",
            "anchor": "free",
            "position": 1,
            "gridcolor": GRID,
            "tickfont": {"color": SECONDARY},
            "fixedrange": True,
        },
        "yaxis": {"visible": False, "fixedrange": True},
    }


def _bar(lane: Lane, row: int, colour: str, lines: Lifelines) -> dict:
    x, y, text, sizes = [], [], [], []
    for span in lane.spans:
        start = max(span.start or lines.start, lines.start)
        end = min(span.end or lines.today, lines.today)
        if start > end:
            continue
        since = words.day(span.start) if span.start else "an unknown day"
        until = f"to {words.day(span.end)}" if span.end else "to today"
        said = f"{escape(span.text, quote=False)}<br>from {since} {until}"
        x += [start.isoformat(), end.isoformat(), None]
        y += [row, row, None]
        text += [said, said, None]
        sizes += [12 if x[-3] != lines.start.isoformat() else 0, 0, 0]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "text": text,
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": colour, "width": 8},
        # A white stroke at each beginning sets courses apart that follow each other, as when a dose changes.
        "marker": {"color": "#FFFFFF", "size": sizes, "symbol": "line-ns", "line": {"color": "#FFFFFF", "width": 2}},
    }


def _lane_label(label: str, row: int) -> dict:
    short = label if len(label) <= LABEL_LETTERS else label[: LABEL_LETTERS - 1].rstrip() + "…"
    return _note(escape(short, quote=False), yref="y", y=row, x=0, xshift=-LABEL_WIDTH + 4, xanchor="left")


def _traces(measure: Measure, axis: str, extent: tuple[float, float]) -> list[dict]:
    traces = []
    if (ghost := measure.ghost) is not None:
        times = [str(t) for t in ghost.times.astype("datetime64[D]")]
        base = {"type": "scatter", "mode": "lines", "yaxis": axis, "hoverinfo": "skip", "x": times}
        traces += [
            {**base, "y": _thin(ghost.high), "line": {"width": 0}},
            {**base, "y": _thin(ghost.low), "line": {"width": 0}, "fill": "tonexty", "fillcolor": BAND},
            {**base, "y": _thin(ghost.mean), "line": {"color": GHOST, "width": 2, "dash": "dot"}},
        ]
    series, notes = measure.series, np.array(measure.notes(), dtype=object)
    explained, added = measure.explained, measure.added[~measure.explained]
    marker = {"color": POINTS, "size": 5}
    if added.any():
        marker |= {"size": np.where(added, 8, 5).tolist(), "symbol": np.where(added, "diamond", "circle").tolist()}
    usual = _points(series.where(~explained), notes[~explained], axis)
    drawn = {"mode": "lines+markers", "line": {"color": POINTS, "width": 1}, "marker": marker}
    traces.append({**usual, **drawn, **({"cliponaxis": False} if added.any() else {})})
    if explained.any():
        hollow = {"color": POINTS, "size": 9, "symbol": "circle-open", "line": {"width": 2}}
        traces.append({**_points(series.where(explained), notes[explained], axis), "mode": "markers", "marker": hollow})
    return traces + [_crossed(one, axis, extent) for one in measure.wrong]


def _points(series: Series, notes: Sequence[str], axis: str) -> dict:
    known = variable(series.variable)
    said = [
        source + (f"<br>{escape(note, quote=False)}" if note else "")
        for source, note in zip(series.sources.tolist(), notes, strict=True)
    ]
    return {
        "type": "scatter",
        "yaxis": axis,
        "x": [str(t) for t in series.times.astype("datetime64[D]")],
        "y": series.values.tolist(),
        "customdata": said,
        "hovertemplate": f"{known.short_label} %{{y:,.{known.decimals}f}} {known.unit}<br>"
        "%{x|%d-%b-%Y}, %{customdata}<extra></extra>",
    }


def _crossed(one: Correction, axis: str, extent: tuple[float, float]) -> dict:
    """Cross out a wrong value; one outside the panel, as a slip of units often is, stands at its edge."""
    known = variable(one.variable)
    said = f"{known.short_label} {known.format(one.value)} {known.unit}, {words.day(one.time.date())}"
    return {
        "type": "scatter",
        "mode": "markers",
        "yaxis": axis,
        "x": [one.time.date().isoformat()],
        "y": [min(max(one.value, extent[0]), extent[1])],
        "text": [f"{said}<br>Wrong, not used: {escape(one.reason, quote=False)}"],
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
        "marker": {"color": SECONDARY, "size": 8, "symbol": "x-thin", "line": {"color": SECONDARY, "width": 2}},
    }


def _panel_axis(panel: Panel, low: float, high: float) -> dict:
    axis = {
        "domain": [max(0.0, low), min(1.0, high)],
        "anchor": "x",
        "gridcolor": GRID,
        "zeroline": False,
        "nticks": 4,
        "tickfont": {"size": 12, "color": SECONDARY},
        "fixedrange": True,
    }
    bottom, top = _extent(panel)
    if panel.is_logarithmic:
        return {**axis, "type": "log", "range": [math.log10(bottom), math.log10(top)], "dtick": 1}
    return {**axis, "range": [bottom, top]}


def _extent(panel: Panel) -> tuple[float, float]:
    parts = [measure.series.values for measure in panel.measures]
    parts += [edge for m in panel.measures if m.ghost is not None for edge in (m.ghost.low, m.ghost.high)]
    values = np.concatenate(parts)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if panel.is_logarithmic:
        return max(low, 1.0) / 1.5, max(high, 10.0) * 1.5
    pad = 0.12 * (high - low) or 0.05 * abs(high) or 1.0
    return low - pad, high + pad


def _panel_label(panel: Panel, middle: float) -> dict:
    text = f"<b>{panel.label}</b><br>{panel.unit}"
    return _note(text, yref="paper", y=middle, x=0, xshift=-LABEL_WIDTH + 4, xanchor="left", align="left")


def _last_value(measure: Measure, panel: Panel, axis: str) -> dict:
    last = float(measure.series.values[measure.last_place])
    y = math.log10(max(last, 1.0)) if panel.is_logarithmic else last
    return _note(f"<b>{measure.last}</b>", yref=axis, y=y, x=1, xshift=6, xanchor="left")


def _note(text: str, **where) -> dict:
    return {"text": text, "xref": "paper", "showarrow": False, "yanchor": "middle", **where}


def _thin(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
