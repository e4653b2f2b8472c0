"""How do whole people look when 15 of them have an event and 5 are spared one?"""

from dataclasses import dataclass
from urllib.parse import quote

INK = "#212B32"
OUTLINE = "#768692"

_LAYOUTS = {100: (20, 10.0), 1000: (50, 4.0)}  # total -> people in a row, pitch in pixels


@dataclass(frozen=True, slots=True)
class People:
    """Whole people out of `total`, beside the same people under current care.

    `events` have the event under this plan; `added` of them would not have had it under current care.
    `avoided` would have had it under current care and do not under this plan.
    """

    events: int
    avoided: int = 0
    added: int = 0
    total: int = 100

    def __post_init__(self) -> None:
        if self.total not in _LAYOUTS:
            raise ValueError(f"total must be one of {tuple(_LAYOUTS)}, got {self.total}")
        parts = (self.events, self.avoided, self.added)
        if min(parts) < 0 or self.added > self.events or self.events + self.avoided > self.total:
            raise ValueError(f"{parts} are not parts of {self.total} people")

    @property
    def unaffected(self) -> int:
        """Return how many have no event either way."""
        return self.total - self.events - self.avoided


@dataclass(frozen=True, slots=True)
class Mark:
    """Some people in a row that look alike; sizes are shares of the pitch, `hole` 0 for a filled mark."""

    first: int
    count: int
    colour: str
    size: float
    cap: str
    hole: float = 0.0


def people_marks(people: People, *, colour: str) -> tuple[Mark, ...]:
    """Return how people are drawn, filled from the bottom row.

    Dark squares have the event, hollow squares in the plan's colour have it because of the plan, rings in
    the plan's colour are spared it, small pale rings have no event either way.

    Parameters
    ----------
    colour
        The plan's colour, as ``#RRGGBB``.
    """
    constant = people.events - people.added
    marks = (
        Mark(0, constant, INK, 0.78, "square"),
        Mark(constant, people.added, colour, 0.78, "square", hole=0.3),
        Mark(people.events, people.avoided, colour, 0.84, "round", hole=0.4),
        Mark(people.total - people.unaffected, people.unaffected, OUTLINE, 0.56, "round", hole=0.3),
    )
    return tuple(mark for mark in marks if mark.count)


def people_layout(total: int) -> tuple[int, float]:
    """Return how many people stand in a row, and how many pixels apart."""
    return _LAYOUTS[total]


def _dots(mark: Mark, total: int) -> str:
    """Return one empty subpath a person; the pen's cap makes it a dot or a square."""
    row, pitch = _LAYOUTS[total]
    height = total // row * pitch
    return "".join(
        f"M{(i % row + 0.5) * pitch:g} {height - (i // row + 0.5) * pitch:g}h0"
        for i in range(mark.first, mark.first + mark.count)
    )


def _drawn(mark: Mark, total: int) -> str:
    path, pitch = _dots(mark, total), _LAYOUTS[total][1]
    pens = [(mark.colour, mark.size), *([("#FFFFFF", mark.hole)] if mark.hole else [])]
    return "".join(
        f'<path d="{path}" stroke="{colour}" stroke-width="{size * pitch:g}" stroke-linecap="{mark.cap}"/>'
        for colour, size in pens
    )


def people_svg(people: People, *, colour: str) -> str:
    """Draw people as small marks.

    Parameters
    ----------
    colour
        The plan's colour, as ``#RRGGBB``.
    """
    row, pitch = _LAYOUTS[people.total]
    width, height = row * pitch, people.total // row * pitch
    marks = "".join(_drawn(mark, people.total) for mark in people_marks(people, colour=colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" fill="none">{marks}</svg>'
    )


def people_uri(people: People, *, colour: str) -> str:
    """Return the drawing as a data address for ``<img src>``; Streamlit removes inline SVG."""
    return "data:image/svg+xml," + quote(people_svg(people, colour=colour), safe=" =/:'")
