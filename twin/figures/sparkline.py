"""How did one measure run, at the size of a word?"""

import base64

import numpy as np

LINE = "#4C6272"
LAST = "#005EB8"
PAD = 4.0


def sparkline(
    times: np.ndarray,
    values: np.ndarray,
    *,
    start: np.datetime64,
    end: np.datetime64,
    width: int = 150,
    height: int = 28,
) -> str:
    """Draw the values between two times as SVG: a line, and a dot at the newest.

    Parameters
    ----------
    times
        datetime64, ascending.
    values
        Same length, any unit.
    start, end
        Left and right edge; the same for all sparklines of a table, so that gaps show.
    width, height
        [px]
    """
    inside = (times >= start) & (times <= end)
    times, values = times[inside], values[inside]
    if not len(values):
        return _svg("", width, height)
    span = max((end - start) / np.timedelta64(1, "s"), 1.0)
    x = PAD + (times - start) / np.timedelta64(1, "s") / span * (width - 2 * PAD)
    low, high = float(values.min()), float(values.max())
    # A flat run is drawn in the middle, not at an edge.
    share = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    y = height - PAD - share * (height - 2 * PAD)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    line = f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="1.5" stroke-linejoin="round"/>'
    dot = f'<circle cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="3" fill="{LAST}"/>'
    return _svg(line + dot, width, height)


def as_data_uri(svg: str) -> str:
    """Return an SVG as the source of an image element, which needs no request."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _svg(body: str, width: int, height: int) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'
