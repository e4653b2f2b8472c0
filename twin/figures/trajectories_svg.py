"""How do the trajectories look on paper, without a script?"""

from dataclasses import dataclass
from html import escape

import numpy as np

from twin.figures.comparison import BAND, DOTTED_WORDS, FIRST_COLUMN, GRID, SECONDARY, shared_ticks
from twin.figures.comparison_table import ComparisonTable
from twin.figures.icons import OUTLINE
from twin.plans.results import Comparison, Curve

WIDTH, HEIGHT = 690.0, 132.0
_TOP, _BOTTOM = 16.0, 28.0
_SHARE = 0.88  # of a column, so that the number at a line's end has room
_BAND_WORDS = "grey: likely range"
DASHES = ("", "7 3", "2 3 7 3", "12 3")
"""Current care, then plans A, B and C: told apart also without colour."""


@dataclass(frozen=True, slots=True)
class _Panel:
    """Where one panel stands, and how years and people become points on it."""

    left: float
    width: float
    years: float
    top: float

    def points(self, years: np.ndarray, people: np.ndarray) -> str:
        x = self.left + years / self.years * self.width
        y = self.height(people)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))

    def height(self, people: np.ndarray | float) -> np.ndarray | float:
        return HEIGHT - _BOTTOM - np.asarray(people) / self.top * (HEIGHT - _TOP - _BOTTOM)


def trajectories_svg(comparison: Comparison, table: ComparisonTable, outcome: str, *, words: str) -> str:
    """Draw one panel a column on one y axis that starts at 0; empty where current care has no estimate.

    Parameters
    ----------
    table
        The comparison in words: its denominator, colours and end values are used.
    words
        What the figure shows, for those who do not see it.
    """
    curves = [result.outcomes[outcome].curve for result in (comparison.current_care, *comparison.plans)]
    if curves[0] is None:
        return ""
    top, step = shared_ticks(curves, table.denominator)
    width = WIDTH * (1 - FIRST_COLUMN) / len(curves)
    parts = []
    for index, (curve, column) in enumerate(zip(curves, table.columns, strict=True)):
        left = WIDTH * FIRST_COLUMN + index * width
        panel = _Panel(left, width * _SHARE, float(comparison.horizon_years), top)
        parts.append(_axes(panel, step, has_numbers=index == 0))
        if curve is None:
            parts.append(_text(panel.left + 4, HEIGHT / 2, "No estimate shown"))
            continue
        current = None if index == 0 else curves[0]
        parts += _lines(panel, curve, current, column.colour, DASHES[index], table.denominator)
        end = panel.height(float(curve.mean[-1]) * table.denominator)
        people = column.risk.partition(" in ")[0].replace("fewer than ", "<").replace("more than ", ">")
        parts.append(_text(panel.left + panel.width + 3, float(end) + 4, people, bold=True, colour=column.colour))
        if note := {0: _BAND_WORDS, 1: DOTTED_WORDS}.get(index):
            parts.append(_text(panel.left, _TOP - 5, note))
    axis = _text(0.0, HEIGHT / 2, f"People in {table.denominator:,}")
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(words)}" class="trajectories">'
        f"{axis}{''.join(parts)}</svg>"
    )


def _lines(panel: _Panel, curve: Curve, current: Curve | None, colour: str, dash: str, denominator: int) -> list[str]:
    ends = panel.points(curve.years, curve.high * denominator), panel.points(curve.years, curve.low * denominator)
    band = f"{ends[0]} {' '.join(reversed(ends[1].split()))}"
    drawn = [f'<polygon points="{band}" fill="{BAND}"/>']
    if current is not None:
        points = panel.points(current.years, current.mean * denominator)
        drawn.append(_line(points, OUTLINE, 1.5, "1.5 3"))
    drawn.append(_line(panel.points(curve.years, curve.mean * denominator), colour, 2.25, dash))
    return drawn


def _line(points: str, colour: str, width: float, dash: str) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashes}/>'


def _axes(panel: _Panel, step: float, *, has_numbers: bool) -> str:
    right, parts = panel.left + panel.width, []
    for people in np.arange(0.0, panel.top + step / 2, step):
        y = float(panel.height(people))
        colour = GRID if people else OUTLINE
        parts.append(f'<path d="M{panel.left:.1f} {y:.1f}H{right:.1f}" stroke="{colour}"/>')
        if has_numbers:
            parts.append(_text(panel.left - 5, y + 4, f"{people:g}", anchor="end"))
    for year in (0.0, panel.years):
        x = panel.left + year / panel.years * panel.width
        parts.append(_text(x, HEIGHT - _BOTTOM + 13, f"{year:g}", anchor="middle" if year else "start"))
    parts.append(_text(panel.left + panel.width / 2, HEIGHT - 3, "Years from today", anchor="middle"))
    return "".join(parts)


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False, colour: str = SECONDARY) -> str:
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="10" fill="{colour}" text-anchor="{anchor}"{weight}>'
        f"{escape(text)}</text>"
    )
