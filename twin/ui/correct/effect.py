"""What does a correction change in what the screen says of a patient?"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twin import words
from twin.physiology.longitudinal import Twin, forecast, why_withheld
from twin.record.patient import Patient
from twin.risk.results import RiskEstimate
from twin.ui.html import Html, table, tag
from twin.ui.views import summary_words
from twin.variables import registry

YEAR = 365.0  # [d]
NOTE = "In brackets: 8 of 10 such levels, and 8 of 10 new values in a year, should lie there."


@dataclass(frozen=True, slots=True)
class Likely:
    """A number and the range about it, as the screen writes them."""

    middle: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Side:
    """What the screen says with one state of the record.

    `withheld` says why the twin's numbers are not shown, `risk` is that of the next ten years under current
    care, `why_no_risk` why there is none. `levels` are those of today, `forecasts` new values in a year.
    """

    in_sync: bool
    withheld: str
    risk: float | None
    why_no_risk: str
    levels: Mapping[str, Likely]
    forecasts: Mapping[str, Likely]


def side_of(patient: Patient, twin: Twin) -> Side:
    """Return what the screen says of a patient, and of the twin that was fitted to that state of the record."""
    withheld = why_withheld(patient, twin)
    levels, forecasts = {}, {}
    for name in () if withheld else (name for name in registry() if twin.has(name)):
        known, bands = registry()[name], forecast(twin, np.array([0.0, YEAR]), name)
        level = (twin.level(name)[0], bands.level_low80[0], bands.level_high80[0])
        levels[name] = Likely(*(known.format(float(number)) for number in level))
        later = (bands.mean[1], bands.low80[1], bands.high80[1])
        forecasts[name] = Likely(*(known.format(float(number)) for number in later))
    whole = summary_words.estimates_of(patient, on=twin.on)[0]
    is_shown = isinstance(whole, RiskEstimate)
    return Side(
        twin.in_sync,
        withheld,
        whole.risk if is_shown else None,
        "" if is_shown else whole.clinical,
        levels,
        forecasts,
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """The screen before and after a correction."""

    before: Side
    after: Side

    def changed(self) -> list[str]:
        """Return the variables of which a written number differs, the key measures first."""
        names = dict.fromkeys((*summary_words.KEY_MEASURES, *registry()))
        before, after = self.before, self.after
        return [
            name
            for name in names
            if (before.levels.get(name), before.forecasts.get(name))
            != (after.levels.get(name), after.forecasts.get(name))
        ]

    def risks(self) -> tuple[str, str]:
        """Return both risks in people, out of one denominator."""
        shown = [risk for risk in (self.before.risk, self.after.risk) if risk is not None]
        denominator = 1000 if any(risk < 0.01 for risk in shown) else 100
        return tuple(
            "No estimate shown" if side.risk is None else words.in_people(side.risk, denominator=denominator)
            for side in (self.before, self.after)
        )

    def sentence(self) -> str:
        """Say the most important change in one sentence."""
        if self.before.in_sync != self.after.in_sync:
            return "The twin is in sync again." if self.after.in_sync else "The twin falls out of sync."
        before, after = self.risks()
        if before != after:
            return f"The ten-year risk goes from {before} to {after}."
        if not self.after.in_sync:
            return "The twin stays out of sync."
        names = [registry()[name].short_label for name in self.changed()]
        return f"Changed: {summary_words.listed(names)}." if names else "No number on the screen changes."


def effect_html(effect: Effect) -> Html:
    """Show before and after: whether the twin is in sync, the risk, and every variable that changes."""
    before, after = effect.before, effect.after
    rows = [
        ("Twin", _sync(before), _sync(after)),
        (f"{summary_words.HORIZON_YEARS}-year risk of cardiovascular disease, current care", *effect.risks()),
    ]
    parts = [table(("", "Before", "After"), rows, caption="Twin and risk before and after", css="effect")]
    for said, side in (("Before", before), ("After", after)):
        parts += [tag("p", f"{said}: {why}", css="note") for why in (side.withheld, side.why_no_risk) if why]
    changed = effect.changed()
    if bool(before.withheld) != bool(after.withheld):
        changed = [name for name in changed if name in summary_words.KEY_MEASURES]
        others = (
            "The other measures are withheld with them." if after.withheld else "The other measures are shown again."
        )
        parts += [_measures(effect, changed), tag("p", NOTE, " ", others, css="note")]
    elif changed:
        parts += [_measures(effect, changed), tag("p", NOTE, css="note")]
    elif not before.withheld:
        parts.append(tag("p", "No level and no forecast changes.", css="note"))
    return Html("".join(parts))


def _measures(effect: Effect, names: list[str]) -> Html:
    head = ("Measure", "Level now, before", "Level now, after", "In 1 year, before", "In 1 year, after")
    return table(head, [_row(effect, name) for name in names], caption="Measures that change", css="effect")


def _sync(side: Side) -> str:
    return "In sync" if side.in_sync else "Out of sync: do not use"


def _row(effect: Effect, name: str) -> list[object]:
    known, sides = registry()[name], (effect.before, effect.after)
    head = Html(f"{tag('span', known.short_label)} {tag('span', known.unit, css='unit')}")
    levels = [_cell(side, side.levels.get(name)) for side in sides]
    return [head, *levels, *(_cell(side, side.forecasts.get(name)) for side in sides)]


def _cell(side: Side, found: Likely | None) -> object:
    if found is None:
        return "Withheld" if side.withheld else "Not known"
    return Html(f"{tag('strong', found.middle)} {tag('span', f'({found.low} to {found.high})', css='unit')}")
