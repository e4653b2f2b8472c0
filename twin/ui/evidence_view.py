"""Why should I believe it: what does each evidence card say, and does it fit this patient?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from twin.evidence.cards import Card, Effect, cards
from twin.evidence.harms import harms
from twin.evidence.therapies import therapies
from twin.figures.comparison_counts import denominator_for
from twin.figures.comparison_table import CERTAINTY, OUTCOMES
from twin.plans.applicability import fit_of
from twin.plans.results import Comparison, Fit
from twin.ui.compare import memory
from twin.ui.compare.applicability import fit_html
from twin.ui.compare.engine import compared
from twin.ui.equations_view import equation_list
from twin.ui.html import Html, table, tag
from twin.ui.shell import Page
from twin.variables import registry, variable
from twin.words import day, in_people

MEASURES = {"risk_ratio": "risk ratio", "hazard_ratio": "hazard ratio", "odds_ratio": "odds ratio"}
STATUS = {"verified": "Two sources agree", "single_source": "Single source", "unverified": "Unverified"}
PARTS = {"chd": "Coronary heart disease", "stroke": "Stroke"}


def fit_words(fit: Fit) -> str:
    """Say whether the patient resembles the people studied."""
    return f"Outside: {'; '.join(fit.outside)}" if fit.outside else "Resembles the people studied"


def source_words(card: Card) -> str:
    """Say where a card was read, and whether a second source agrees."""
    second = f"Second source: {card.second_source}" if card.second_source else "Single source"
    unread = sum(effect.status == "unverified" for effect in card.effects)
    unverified = f" Unverified: {unread} of {len(card.effects)} numbers." if unread else ""
    return f"Read in: {card.read_in}. {second}.{unverified}"


def _number(value: float) -> str:
    return f"{'−' if value < 0 else ''}{abs(value):g}"


def _range(effect: Effect) -> str:
    return "" if effect.ci_low is None else f" ({_number(effect.ci_low)} to {_number(effect.ci_high)})"


def _outcome(name: str) -> str:
    if name in OUTCOMES:
        return OUTCOMES[name].label
    return PARTS.get(name) or (harms()[name].label if name in harms() else name.replace("_", " "))


def _agent(effect: Effect) -> str:
    if effect.agent in therapies():
        return therapies()[effect.agent].label
    words = (effect.agent or "").replace("_", " ")
    return words[:1].upper() + words[1:]


def effect_words(effect: Effect) -> tuple[str, str]:
    """Return what an effect is about, and its size with its range."""
    size = f"{_number(effect.estimate)}{_range(effect)}"
    match effect.kind:
        case "biomarker":
            unit = "%" if effect.measure == "percent_change" else effect.unit
            return f"{_agent(effect)} on {variable(effect.variable).short_label}", f"{size} {unit}"
        case "link":
            cause = variable(effect.agent) if effect.agent in registry() else None
            label = f"{cause.short_label}, {effect.per:g} {cause.unit} more" if cause else _agent(effect)
            return f"{label}: {variable(effect.variable).short_label}", f"{size} {effect.unit}"
        case "mediator":
            label = variable(effect.variable).short_label
            return (
                f"{label} lower by {effect.per:g} {effect.unit}: {_outcome(effect.outcome)}",
                f"{MEASURES[effect.measure]} {size}",
            )
    if effect.measure == "rate_difference":
        return f"{_agent(effect)}: {_outcome(effect.outcome)}", f"{size} more per 100 person-years"
    return f"{_agent(effect)}: {_outcome(effect.outcome)}", f"{MEASURES.get(effect.measure, effect.measure)} {size}"


@dataclass(frozen=True, slots=True)
class Now:
    """What an effect is applied to: risks under current care and newest values by name, and the classes taken."""

    risks: Mapping[str, float]
    levels: Mapping[str, float]
    classes: frozenset[str]
    horizon_years: int


def absolute_words(effect: Effect, now: Now) -> str:
    """Say what an effect alone means for this patient: ``20 in 100 becomes 16 in 100 in 10 years``."""
    if now.classes & {effect.agent, *(t.drug_class for t in therapies().values() if effect.agent in t.agents())}:
        return "A drug of this class is taken"
    if effect.kind == "biomarker":
        level, known = now.levels.get(effect.variable), variable(effect.variable)
        if level is None:
            return ""
        return f"{known.format(level)} becomes {known.format(level + effect.change_at(level))} {known.unit}"
    risk = now.risks.get(effect.outcome or "")
    if effect.kind not in ("mediator", "direct") or risk is None:
        return ""
    then = 1.0 - (1.0 - risk) ** effect.estimate
    of = denominator_for((risk, then))
    return f"{in_people(risk, denominator=of)} becomes {in_people(then, denominator=of)} in {now.horizon_years} years"


def card_html(card: Card, fit: Fit | None, now: Now | None) -> Html:
    """Return one card: claim, absolute then relative numbers, certainty, fit and sources.

    Parameters
    ----------
    fit, now
        Of the patient; ``None`` when none is open.
    """
    rows = []
    for effect in card.effects:
        what, size = effect_words(effect)
        where = tag("span", effect.locator, tag("span", STATUS[effect.status], css="small"))
        rows.append((what, *([absolute_words(effect, now)] if now else []), size, where))
    head = ("Effect", *(["For this patient"] if now else []), "Size, 95 % range", "Where")
    facts = [
        ("Certainty", f"{CERTAINTY[card.certainty]}. {card.certainty_reason}."),
        ("Studied in", card.population.text),
        *([("This patient", tag("span", fit_words(fit), fit_html(fit)))] if fit else []),
        ("Source", f"{card.citation}. {f'doi {card.doi}. ' if card.doi else ''}Read on {day(card.read_on)}."),
        ("Seen", source_words(card)),
    ]
    return tag(
        "article",
        tag("h2", card.title, " ", tag("span", card.id, css="code")),
        *([tag("p", "Shown for comparison; no calculation uses it.", css="note")] if card.reference_only else []),
        tag("dl", *(part for name, text in facts for part in (tag("dt", name), tag("dd", text))), css="facts"),
        table(head, rows, caption=f"Effects of {card.id}", css="fixed"),
        css="evidence-card",
        id=card.id,
    )


STYLES = Path(__file__).parent / "compare" / "compare.css"
HORIZON_YEARS = 10
ALL, USED, EQUATIONS = "All cards", "Cards of the plans compared", "Equations"


def evidence(page: Page) -> None:
    """Show the cards, or the equations; with a patient open, what they mean for this patient."""
    st.html(STYLES)
    st.html(STYLES.with_name("more.css"))
    found = _compared(page) if page.patient is not None else None
    used = tuple(card for card in cards() if found and any(card in plan.evidence for plan in found.plans))
    chosen = _choice(len(used) if found else None)
    if chosen == EQUATIONS:
        equation_list(page)
    else:
        _cards(page, used if chosen == USED else tuple(cards()), found)


def _cards(page: Page, wanted: tuple[str, ...], found: Comparison | None) -> None:
    words = "Choose a patient to see what each number means for that patient."
    if found is not None:
        words = (
            "For this patient: the risk under current care or the newest value, and what it becomes if this effect "
            "alone is applied to it. Plans add up effects, adherence and time; see Compare plans."
        )
    page.say(f"{len(wanted)} evidence cards")
    st.html(tag("p", words, css="note"))
    now = _now(page, found) if found is not None else None
    for card in map(cards().get, wanted):
        fit = fit_of(page.patient, card.id, on=page.today) if found is not None else None
        st.html(card_html(card, fit, now))


def _compared(page: Page) -> Comparison:
    plans = memory.desk().to_plans(page.patient, on=page.today)
    return compared(page.patient, page.twin, plans, HORIZON_YEARS)


def _now(page: Page, found: Comparison) -> Now:
    risks = {name: result.risk for name, result in found.current_care.outcomes.items() if result.risk is not None}
    newest = {name: page.patient.latest(name, page.today) for name in page.patient.series}
    levels = {name: measured.value for name, measured in newest.items() if measured is not None}
    taken = (m.drug_class for m in page.patient.current_medications(page.today))
    return Now(risks, levels, frozenset(name for name in taken if name), HORIZON_YEARS)


def _choice(used: int | None) -> str:
    return st.segmented_control(
        "Shown",
        (ALL, EQUATIONS) if used is None else (ALL, USED, EQUATIONS),
        format_func=lambda words: f"{words} ({used})" if words == USED else words,
        default=ALL,
        required=True,
        key="evidence/cards",
        label_visibility="collapsed",
        persist_state="session",
    )
