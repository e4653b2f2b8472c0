"""Where does this patient lie among the people of a trial, and what follows from it?"""

from collections.abc import Sequence

from twin.figures.fit_bars import fit_uri, is_drawn, studied_words
from twin.plans.applicability import RULE
from twin.plans.results import Compared, Fit
from twin.ui.html import Html, image, tag

_STATUS = {"inside": "inside", "outside": "outside", "unknown": "not on record"}


def fit_html(fit: Fit) -> Html:
    """Return one bar a number in which patient and trial can be compared, and how much wider the range is made."""
    bars = [_bar(one) for one in fit.compared if is_drawn(one)]
    others = [one.label for one in fit.compared if not is_drawn(one) and one.status == "inside"]
    alike = [tag("span", f"As in the trials: {', '.join(others)}", css="small")] if others else []
    wider = []
    if fit.widening > 1.0:
        wider = [tag("span", f"Range of these results made {fit.widening:g} times as wide", css="small")]
    return tag("span", *bars, *alike, *wider, css="fit")


def _bar(one: Compared) -> Html:
    value = "not on record" if one.value is None else f"{one.value:.4g} {one.unit}"
    said = f"{one.label}: {value}, {studied_words(one)}"
    words = f"{one.label} {value}" if one.value is not None else f"{one.label} {_STATUS[one.status]}"
    picture = image(fit_uri(one), alt=f"{said}: {_STATUS[one.status]}.")
    return tag("span", picture, tag("span", f"{words}, {studied_words(one)}", css="small"), css="fit-bar")


def rule_html(fits: Sequence[Fit]) -> Html:
    """Return the rule by which ranges are made wider, where it was applied."""
    return tag("p", RULE, css="note") if any(fit.widening > 1.0 for fit in fits) else Html("")
