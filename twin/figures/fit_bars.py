"""Where does a person lie among the people of a trial?"""

from urllib.parse import quote

from twin.figures.icons import INK, OUTLINE
from twin.plans.results import Compared

WIDTH, HEIGHT = 120, 14
_EDGE = 6.0  # so that a mark at either end is whole
_ROOM = 0.12  # of the span, left free beyond the ends


def is_drawn(one: Compared) -> bool:
    """Say whether a point of the comparison has numbers to draw."""
    return one.low is not None or one.high is not None


def fit_svg(one: Compared) -> str:
    """Draw the range of a trial as a bar, and the person as a diamond: filled inside, hollow outside.

    A trial without a limit at one end has a bar that runs off there. A value that is not known has no diamond.

    Parameters
    ----------
    one
        With one end of the range at least.
    """
    first, last = _domain(one)

    def at(value: float) -> float:
        return round(_EDGE + (value - first) / (last - first) * (WIDTH - 2 * _EDGE), 1)

    left = 0.0 if one.low is None else at(one.low)
    right = float(WIDTH) if one.high is None else at(one.high)
    middle = HEIGHT / 2
    bar = f'<rect x="{left:g}" y="{middle - 2:g}" width="{right - left:g}" height="4" fill="{OUTLINE}"/>'
    mark = ""
    if one.value is not None:
        x, fill = at(one.value), INK if one.status == "inside" else "#FFFFFF"
        path = f"M{x:g} {middle - 6:g}l6 6l-6 6l-6 -6z"
        mark = f'<path d="{path}" fill="{fill}" stroke="{INK}" stroke-width="2"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">{bar}{mark}</svg>'
    )


def _domain(one: Compared) -> tuple[float, float]:
    """Return the values at the left and the right end of the drawing."""
    known = [end for end in (one.low, one.high, one.value) if end is not None]
    first, last = min(known), max(known)
    span = (last - first) or abs(last) or 1.0
    return first - _ROOM * span, last + _ROOM * span


def fit_uri(one: Compared) -> str:
    """Return the drawing as a data address for ``<img src>``."""
    return "data:image/svg+xml," + quote(fit_svg(one), safe=" =/:'")


def studied_words(one: Compared, *, digits: str = "g") -> str:
    """Say the range of a trial: ``studied 40 to 75 years``, ``studied from 50 years``."""
    low, high = (None if end is None else f"{end:{digits}}" for end in (one.low, one.high))
    if low is None:
        return f"studied up to {high} {one.unit}"
    return f"studied from {low} {one.unit}" if high is None else f"studied {low} to {high} {one.unit}"
