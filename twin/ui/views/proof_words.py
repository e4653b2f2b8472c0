"""How is a panel's report card said, its failures as plainly as its successes?"""

import math
from collections.abc import Mapping
from datetime import timedelta

from twin import words
from twin.proof.hindcast import HIDE_DAYS
from twin.proof.kept_twins import KEPT_DAYS
from twin.proof.panel_card import PanelCard, VariableCard
from twin.ui.html import Html, tag
from twin.ui.kept import Kept
from twin.variables import variable
from twin.words import counted

FORECASTS = {
    "twin": "Twin",
    "last": "Last value",
    "mean": "Patient's mean",
    "regression": "Age and sex",
    "trend": "Patient's trend",
}
BANDS_NOTE = (
    "Of 100 values, 50, 80 and 95 should lie in the bands (dotted). Line: 95 % range of what was seen. "
    "Blue circle: the promise lies in that range. Rust diamond: it does not. In each row the 50 % band stands highest, "
    "the 95 % band lowest."
)
TABLE_NOTE = (
    "Of 100 values, with the 95 % range, which allows for several values of one patient. The quarters are of the "
    "forecasts, from the lowest to the highest; they show the 80 % band."
)
SCORE_NOTE = (
    "Score (CRPS) of each forecast in the unit of the measure. Smaller is better; the smallest of a row is bold."
)
ERRORS_NOTE = (
    "The score counts how far the whole forecast lies from the value, its width included. The twin counts as better if "
    "its score is smaller than the best naive one's beyond chance and its mean square error is smaller too. Naive "
    "forecasts: nothing changes since the last value; the patient's mean; what is usual at this age and sex; the "
    "patient's straight line."
)
SYNTHETIC = (
    "{whom} patients of this record are synthetic. The twin's settings were learned on other patients of the same "
    "simulator: that it is right about these does not show that it is right about real people."
)
NOT_KNOWN = (
    "Values are taken more often when something is wrong, and a forecast is only judged where somebody measured.",
    "A value without an earlier one of the same measure in the same patient is not forecast, and not counted.",
    "Treatments of the hidden year were known to the twin: it was asked what would be measured under the care that "
    "was then given.",
    "Whether the heart attacks, strokes and other events that Summary speaks of came about is not checked here.",
    "Nothing is said by ethnicity, income or clinic: the twin does not look at them.",
)
"""What the page cannot say of any panel."""


def lead(card: PanelCard) -> Html:
    """Say in one sentence how often the twin was right."""
    within = card.coverage["80"]
    number = tag("strong", f"{words.round_half_up(100 * within.share)} in 100", css="key-number")
    of = counted(within.patients, "patient")
    start = f"Twelve months ago the twin forecast {card.n:,} values of {of}; "
    badge = [" ", tag("span", _whose(card), css="badge")] if card.synthetic else []
    return tag("p", start, number, " fell within its 80 % band.", *badge, css="lead")


def _whose(card: PanelCard) -> str:
    return "Synthetic patients" + ("" if card.synthetic == card.panel else f" {card.synthetic:,} of {card.panel:,}")


def statement(card: PanelCard) -> Html:
    """Say in how many measures the twin beat every naive forecast, and name those in which it did not."""
    judged = [one for one in card.variables if one.says_enough]
    failed = [one for one in judged if not one.is_better]
    if not judged:
        return tag("p", "No measure has enough values to compare it with a naive forecast.")
    won = f"It did better than each of four naive forecasts in {len(judged) - len(failed)} of {len(judged)} measures. "
    if not failed:
        return tag("p", won)
    named = ", ".join(f"{variable(one.variable).short_label} ({_rival(one)})" for one in failed)
    return tag(
        "p", won, tag("strong", f"No better in {len(failed)}"), f", the best naive forecast in brackets: {named}."
    )


def _rival(one: VariableCard) -> str:
    return FORECASTS[one.best_naive].lower() + (" was better" if one.gain[2] < 0 else "")


def basis(card: PanelCard) -> str:
    """Say from which days the numbers are, and whom they leave out."""
    first, last = (words.day(day) for day in card.on)
    until = last if first == last else f"{first} to {last}"
    silent = card.panel - card.coverage["80"].patients
    return (
        f"As of {until}: values after {words.day(card.on[0] - timedelta(days=HIDE_DAYS))} were hidden from the twin, "
        f"forecast from earlier ones, and compared. {counted(silent, 'patient')} of {card.panel:,} had nothing to "
        f"judge by. Kept until a patient's data change, at most {KEPT_DAYS} days."
    )


def outdated(found: Kept) -> str:
    """Say why what is kept is older than the data."""
    if found.card is None:
        return f"Nothing to show yet: {found.stale:,} of {found.patients:,} twins are not worked out."
    if not found.stale:
        return "What stands here is older than the twins."
    return (
        f"What stands here is older than the record: {counted(found.stale, 'patient')} of {found.patients:,} with new "
        f"data or corrections, a new version of the model, or results of {KEPT_DAYS} days ago."
    )


def verdict(one: VariableCard) -> str:
    """Say how the twin stands beside the best naive forecast."""
    if one.is_better:
        return "Better"
    return f"Worse than {FORECASTS[one.best_naive].lower()}" if one.gain[2] < 0 else "No clear difference"


def sizes(by_forecast: Mapping[str, float]) -> list[object]:
    """Write the errors of one row with three digits that tell, the smallest in bold."""
    least = min(by_forecast.values())
    return [
        tag("strong", _three(by_forecast[name])) if by_forecast[name] == least else _three(by_forecast[name])
        for name in FORECASTS
    ]


def _three(size: float) -> str:
    decimals = 2 - math.floor(math.log10(size)) if size > 0 else 0
    return f"{size:,.{max(0, decimals)}f}"


def not_known(card: PanelCard) -> tuple[str, ...]:
    """Return what the page cannot say of this panel."""
    if not card.synthetic:
        return NOT_KNOWN
    whom = "All" if card.synthetic == card.panel else f"{card.synthetic:,} of {card.panel:,}"
    return (SYNTHETIC.format(whom=whom), *NOT_KNOWN)
