"""Did as many values fall within the twin's bands as the bands promise?"""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.proof.panel_card import PanelCard
from twin.proof.scoring import BANDS, Share
from twin.variables import variable
from twin.words import round_half_up

INK = "#212B32"
SECONDARY = "#4C6272"
PROMISE = "#768692"
GRID = "#E8EDEE"
HOLDS, FAILS = "#005EB8", "#B34700"
ROW_HEIGHT, TOP, BOTTOM, LABEL_WIDTH = 22, 28, 24, 130
OFFSETS = (-0.2, 0.0, 0.2)  # of a row, by band, so that ranges do not cover each other
ALL = "All values"
_FONT = '"Source Sans", "Source Sans Pro", sans-serif'


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the figure: what, and its share within each band."""

    label: str
    shares: tuple[Share, ...]


def rows_of(card: PanelCard) -> tuple[Row, ...]:
    """Return all values together, then each variable with enough of them."""

    def shares(coverage) -> tuple[Share, ...]:
        return tuple(coverage[str(band)] for band in BANDS)

    parts = (Row(variable(v.variable).short_label, shares(v.coverage)) for v in card.variables if v.says_enough)
    return (Row(ALL, shares(card.coverage)), *parts)


def keeps(share: Share, band: int) -> bool:
    """Say whether what a band promises lies in the 95 % range of what was seen."""
    return share.low <= band / 100.0 <= share.high


def calibration(card: PanelCard) -> dict:
    """Draw for each variable how many of 100 values fell within each band, beside what the band promises.

    Returns
    -------
        A plotly figure as a plain mapping. Blue circle: the promise lies in the range. Rust diamond: it does not.
    """
    rows = rows_of(card)
    data = []
    for k, band in enumerate(BANDS):
        shares = [row.shares[k] for row in rows]
        held = [keeps(share, band) for share in shares]
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [100.0 * share.share for share in shares],
                "y": [place + OFFSETS[k] for place in range(len(rows))],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [100.0 * (share.high - share.share) for share in shares],
                    "arrayminus": [100.0 * (share.share - share.low) for share in shares],
                    "color": SECONDARY,
                    "thickness": 1.5,
                    "width": 0,
                },
                "marker": {
                    "size": 8,
                    "color": [HOLDS if one else FAILS for one in held],
                    "symbol": ["circle" if one else "diamond" for one in held],
                },
                "text": [f"{row.label}: {in_hundred(row.shares[k])} of 100 in the {band} % band" for row in rows],
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    return {"data": data, "layout": _layout(rows)}


def in_hundred(share: Share) -> str:
    """Say a share as whole values of 100, with its 95 % range."""
    low, high = (round_half_up(100.0 * edge) for edge in (share.low, share.high))
    return f"{round_half_up(100.0 * share.share)} ({low} to {high})"


def alternative(card: PanelCard) -> str:
    """Return the sentence that stands for the picture."""
    lines = [
        f"{row.label} {', '.join(str(round_half_up(100.0 * share.share)) for share in row.shares)}"
        for row in rows_of(card)
    ]
    bands = ", ".join(map(str, BANDS[:-1])) + f" and {BANDS[-1]}"
    return f"Values of 100 within the twin's {bands} % bands: {'; '.join(lines)}."


def _layout(rows: Sequence[Row]) -> dict:
    lowest = min(share.low for row in rows for share in row.shares)
    return {
        "height": len(rows) * ROW_HEIGHT + TOP + BOTTOM,
        "margin": {"l": LABEL_WIDTH, "r": 16, "t": TOP, "b": BOTTOM},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "plot_bgcolor": "#FFFFFF",
        "font": {"family": _FONT, "size": 14, "color": INK},
        "xaxis": {
            "range": [min(40.0, 10.0 * int(10.0 * lowest)), 100.5],
            "dtick": 10,
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
            "tickfont": {"color": SECONDARY},
        },
        "yaxis": {
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [f"<b>{row.label}</b>" if row.label == ALL else row.label for row in rows],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "shapes": [
            {
                "type": "line",
                **{"x0": band, "x1": band, "y0": 0, "y1": 1, "yref": "paper"},
                "line": {"color": PROMISE, "width": 2, "dash": "dot"},
            }
            for band in BANDS
        ],
        "annotations": [
            {
                **{"x": band, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False},
                "text": f"{band} % band",
                "font": {"color": SECONDARY},
            }
            for band in BANDS
        ],
    }
