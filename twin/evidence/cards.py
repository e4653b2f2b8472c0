"""What did the trials find, in whom, how surely, and where was it read?"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from twin.data_files import DATA
from twin.errors import BadEvidence
from twin.units import difference_to_canonical

Kind = Literal["biomarker", "link", "mediator", "direct", "harm"]
Measure = Literal[
    "percent_change",  # of a variable, from its value without the therapy
    "absolute_change",  # of a variable, in the unit the effect names
    "risk_ratio",
    "hazard_ratio",
    "odds_ratio",
    "rate_difference",  # extra events per 100 person-years
]
OUTCOMES = ("ascvd", "heart_failure", "cvd", "kidney_failure", "death")
PARTS = {"ascvd": ("chd", "stroke"), "cvd": ("ascvd", "heart_failure")}  # an outcome made of others
RELATIVE = ("heart_failure_or_cv_death",)  # known only as ratios: no equation here gives their risk
OUTCOME_LABELS = {
    "ascvd": "heart attack or stroke",
    "chd": "heart attack",
    "stroke": "stroke",
    "heart_failure": "heart failure",
    "cvd": "heart attack, stroke or heart failure",
    "kidney_failure": "kidney failure",
    "death": "death",
    "heart_failure_or_cv_death": "worsening heart failure or cardiovascular death",
}
CERTAINTIES = ("high", "moderate", "low", "very_low")


@dataclass(frozen=True, slots=True)
class Effect:
    """One estimate of a card.

    ``biomarker``: `agent` changes `variable` by `estimate` (`measure`, `unit`).
    ``link``: a change of the variable `agent` by `per` of its canonical unit, or of the habit `agent` by `per`,
    changes `variable` by `estimate` `unit`.
    ``mediator``: a fall of `variable` by `per` `unit` multiplies the hazard of `outcome` by `estimate`.
    ``direct``: `agent` multiplies the hazard of `outcome`, whatever it does to any variable; where the trial gave
    the others a drug of the class `comparator`, that is against them, and that class's own ratio comes on top.
    ``harm``: `agent` multiplies the rate of the harm `outcome` of ``data/harms.csv``, or adds to it, for
    `lasts_years` if given.

    `agent` is a therapy's name (``atorvastatin 40 mg``), an ingredient or a drug class, the most
    particular one wins. `status` is ``verified`` (two sources), ``single_source`` or ``unverified``.
    """

    card: str
    kind: Kind
    measure: Measure
    estimate: float
    ci_low: float | None
    ci_high: float | None
    locator: str
    status: Literal["verified", "single_source", "unverified"]
    agent: str | None = None
    variable: str | None = None
    unit: str | None = None
    per: float | None = None
    outcome: str | None = None
    onset_days: float = 0.0  # time constant of the approach to the full effect; chosen here, no trial prints one
    response_sd: float | None = None  # between people, of a multiplier with mean 1
    baseline_slope: float = 0.0  # extra change per unit of the variable above `baseline_reference`
    baseline_reference: float | None = None
    lasts_years: float | None = None  # after the start; None for as long as it is taken
    comparator: str | None = None
    note: str = ""

    def line(self, estimate: float | None = None) -> tuple[float, float]:
        """Return slope and offset of the average change of `variable` as a line over its value before.

        Parameters
        ----------
        estimate
            Another value of the estimate, or an array of them; ``None`` takes the published one.
        """
        estimate = self.estimate if estimate is None else estimate
        if self.measure == "percent_change":
            return estimate / 100.0, 0.0 * estimate
        shift = difference_to_canonical(self.variable, estimate, self.unit)
        return self.baseline_slope, shift - self.baseline_slope * (self.baseline_reference or 0.0)

    def change_at(self, baseline: float) -> float:
        """Return the average change of `variable` in its canonical unit for a person who starts at `baseline`."""
        slope, offset = self.line()
        return slope * baseline + offset


@dataclass(frozen=True, slots=True)
class Population:
    """Who was in the trials; ``None`` where the paper sets no such limit.

    Results are not carried over to people without what `requires` names. Lying outside the rest makes them less sure.
    """

    text: str
    age_low: float | None = None
    age_high: float | None = None
    requires: tuple[str, ...] = ()  # "a|b", "not a", "uacr >= 300", "lvef <= 40"; all must hold
    had: tuple[str, ...] = ()  # the same of what nearly every participant had
    excludes: tuple[str, ...] = ()  # condition concepts no participant had
    limits: tuple[tuple[str, float, float], ...] = ()  # variable, low, high


@dataclass(frozen=True, slots=True)
class Card:
    """One trial or meta-analysis with its estimates; one file of ``data/evidence``.

    A card that is `reference_only` is shown and not used in any calculation; `certainty_reason` or the notes of
    its effects say why.
    """

    id: str
    title: str
    certainty: Literal["high", "moderate", "low", "very_low"]
    certainty_reason: str
    population: Population
    citation: str
    doi: str
    read_in: str
    read_on: date
    second_source: str
    effects: tuple[Effect, ...]
    reference_only: bool = False


def _fail(path: str, why: str) -> BadEvidence:
    return BadEvidence(f"{path}: {why}", clinical="An evidence card is damaged; plans that need it are not shown.")


def _check_effect(path: str, effect: Effect) -> None:
    low, high = effect.ci_low, effect.ci_high
    if (low is None) != (high is None):
        raise _fail(path, f"{effect.outcome or effect.variable}: an interval needs both ends")
    if low is not None and not low <= effect.estimate <= high:
        raise _fail(path, f"interval {low}..{high} does not contain {effect.estimate}")
    if effect.measure.endswith("_ratio") and effect.estimate <= 0:
        raise _fail(path, "a ratio must be positive")
    needed = {
        "biomarker": (effect.agent, effect.variable, effect.response_sd, effect.unit),
        "link": (effect.agent, effect.variable, effect.unit, effect.per),
        "mediator": (effect.variable, effect.unit, effect.per, effect.outcome),
        "direct": (effect.agent, effect.outcome),
        "harm": (effect.agent, effect.outcome),
    }[effect.kind]
    if any(value is None for value in needed):
        raise _fail(path, f"a {effect.kind} effect lacks a field")
    if effect.kind in ("mediator", "direct") and effect.outcome not in (*OUTCOMES, *PARTS["ascvd"], *RELATIVE):
        raise _fail(path, f"outcome {effect.outcome!r} is not known")
    if not effect.locator:
        raise _fail(path, "an effect has no locator")


def parse_card(text: str, path: str) -> Card:
    """Read and check one card.

    Parameters
    ----------
    text
        TOML, as in ``data/evidence``.
    path
        File name for messages.

    Raises
    ------
    BadEvidence
        If an interval does not contain its estimate, a source is missing, or a field does not fit its kind.
    """
    try:
        raw = tomllib.loads(text)
        population = raw.pop("population")
        effects = raw.pop("effects")
        for key in ("requires", "had", "excludes"):
            population[key] = tuple(population.get(key, ()))
        population["limits"] = tuple((n, *v) for n, v in population.get("limits", {}).items())
        card = Card(
            population=Population(**population),
            effects=tuple(Effect(card=raw["id"], **{"ci_low": None, "ci_high": None, **effect}) for effect in effects),
            **raw,
        )
    except (tomllib.TOMLDecodeError, TypeError, KeyError, ValueError) as error:
        raise _fail(path, str(error)) from error
    if not (card.citation and card.read_in):
        raise _fail(path, "citation and read_in must be filled")
    if card.certainty not in CERTAINTIES:
        raise _fail(path, f"certainty {card.certainty!r}")
    for effect in card.effects:
        _check_effect(path, effect)
        if effect.status == "verified" and not card.second_source:
            raise _fail(path, "a verified effect needs a second source")
    return card


@cache
def cards() -> dict[str, Card]:
    """Return every card of ``data/evidence`` by id."""
    found = {}
    for path in sorted((DATA / "evidence").glob("*.toml")):
        card = parse_card(path.read_text(encoding="utf-8"), path.name)
        if card.id != path.stem:
            raise _fail(path.name, f"holds id {card.id}")
        found[card.id] = card
    return found


@cache
def effects(kind: Kind) -> tuple[Effect, ...]:
    """Return every effect of one kind that calculations use, in the order of the cards."""
    used = (card for card in cards().values() if not card.reference_only)
    return tuple(effect for card in used for effect in card.effects if effect.kind == kind)
