"""What stands behind the table: numbers by year, other outcomes, harms, checks, sources and the receipt?"""

from collections.abc import Sequence

import numpy as np

from twin.evidence.cards import cards
from twin.evidence.harms import harms as known_harms
from twin.figures.comparison_counts import likely_range
from twin.figures.comparison_table import (
    CERTAINTY,
    OUTCOMES,
    Column,
    ComparisonTable,
    harm_lines,
    outcome_words,
    why_withheld,
)
from twin.plans.results import Check, Comparison, Curve, Difference, Fit, OutcomeResult, PlanResult
from twin.risk.results import RiskEstimate
from twin.ui.compare.applicability import fit_html, rule_html
from twin.ui.compare.cells import anchor
from twin.ui.evidence_view import fit_words, source_words
from twin.ui.html import Html, table, tag
from twin.ui.receipt import receipt_html
from twin.words import in_people

ROWS_SHOWN = 10


def _results(comparison: Comparison) -> tuple[PlanResult, ...]:
    return (comparison.current_care, *comparison.plans)


def _head(first: str, shown: ComparisonTable) -> list[str]:
    return [first, *(column.heading for column in shown.columns)]


def _small(text: str) -> Html:
    return tag("span", text, css="small")


def numbers_html(comparison: Comparison, shown: ComparisonTable, outcome: str) -> Html:
    """Return the figure's numbers year by year, and the difference before rounding."""
    results = [result.outcomes[outcome] for result in _results(comparison)]
    horizon, of = shown.horizon_years, shown.denominator
    years = range(0, horizon + 1, max(1, horizon // ROWS_SHOWN))
    columns = ([f"Year {year}" for year in years], *(by_year(result.curve, years, of) for result in results))
    rows = [list(row) for row in zip(*columns, strict=True)]
    rows.append(["Change, before rounding", *(_difference(result.difference, of) for result in results)])
    rows.append(["Simulations with fewer events", *(_better(result) for result in results)])
    caption = f"{shown.outcome.label}, people in {of:,}, likely range in brackets"
    return Html(
        tag("p", caption, css="note") + table(_head("Years from today", shown), rows, caption=caption, css="fixed")
    )


def by_year(curve: Curve | None, years: Sequence[int], denominator: int) -> list[str]:
    """Say where a curve stands after each of some years, in people, with its range."""
    if curve is None:
        return ["No estimate shown"] * len(years)
    lines = [np.interp(years, curve.years, line) * denominator for line in (curve.mean, curve.low, curve.high)]
    return [f"{mean:.1f} ({low:.1f} to {high:.1f})" for mean, low, high in zip(*lines, strict=True)]


def _difference(difference: Difference | None, denominator: int) -> str:
    if difference is None:
        return ""
    mean, low, high = (_signed(value * denominator) for value in (difference.mean, difference.low, difference.high))
    return f"{mean} ({low} to {high})"


def _signed(value: float) -> str:
    rounded = round(value, 1)
    return f"{'−' if rounded < 0 else '+' if rounded > 0 else ''}{abs(rounded):.1f}"


def _better(result: OutcomeResult) -> str:
    return "" if result.p_better is None else f"{result.p_better:.0%}"


def outcomes_html(comparison: Comparison, shown: ComparisonTable) -> Html:
    """Return every outcome under every plan; a withheld one says why and leaves the others alone."""
    rows = [
        [
            outcome_words(comparison, name).label,
            *_outcome_cells([result.outcomes[name] for result in _results(comparison)], shown.denominator),
        ]
        for name in OUTCOMES
    ]
    title = f"All outcomes in {shown.horizon_years} years"
    return Html(tag("h2", title, css="section") + table(_head("Outcome", shown), rows, caption=title, css="fixed"))


def _outcome_cells(results: Sequence[OutcomeResult], denominator: int) -> list[Html]:
    """Return one cell a plan; a reason that holds for current care is not said again for each plan."""
    reasons = [why_withheld(result) for result in results]
    return [
        _outcome_cell(result, "" if index and reason == reasons[0] else reason, denominator)
        for index, (result, reason) in enumerate(zip(results, reasons, strict=True))
    ]


def _outcome_cell(result: OutcomeResult, reason: str, denominator: int) -> Html:
    if result.risk is None:
        return tag("span", "No estimate shown", _small(reason.removesuffix(" No estimate shown.")))
    likely = likely_range(result.low, result.high, denominator=denominator)
    return tag("span", in_people(result.risk, denominator=denominator), _small(likely))


def plan_html(result: PlanResult, column: Column, denominator: int) -> Html:
    """Return harms, checks and sources of one plan."""
    return tag(
        "section",
        tag("h2", column.heading, css="section"),
        _harms(result, column, denominator),
        _checks(result.checks, column),
        _sources(result.fits, column),
        css="behind",
    )


def _part(part: str, title: str, column: Column, *content: object) -> Html:
    return Html(tag("h3", title, id=anchor(part, column)) + tag("div", *content))


def _harms(result: PlanResult, column: Column, denominator: int) -> Html:
    lines = harm_lines(result.harms.values(), denominator=denominator, only_serious=False)
    if not lines:
        return _part("harms", "Harms of treatment", column, tag("p", column.harms_text))
    serious = {harm.label for harm in known_harms().values() if harm.is_serious}
    rows = [
        (
            line.label,
            "Serious" if line.label in serious else "Not serious",
            f"{line.change.bold} {line.change.rest}",
            line.change.likely,
        )
        for line in lines
    ]
    head = ("Harm", "Kind", "Against current care", "Range")
    uncounted = [tag("p", column.uncounted)] if column.uncounted else []
    return _part(
        "harms", "Harms of treatment", column, table(head, rows, caption=f"Harms of {column.heading}"), *uncounted
    )


def _checks(checks: Sequence[Check], column: Column) -> Html:
    found = [check for check in checks if check.result == "found"]
    clear = sum(check.result == "clear" for check in checks)
    counts = f"{len(found)} found, {clear} clear, {len(checks) - len(found) - clear} not applicable"
    rows = [
        (tag("strong", "Stop", css="stop") if check.is_stop else "Note", check.code, check.text, check.source)
        for check in found
    ]
    caption = f"Safety checks of {column.heading}"
    content = [table(("Kind", "Code", "What, why, what to do", "Source"), rows, caption=caption)] if rows else []
    return _part("checks", f"Safety checks: {counts}", column, *content)


def _sources(fits: Sequence[Fit], column: Column) -> Html:
    title = f"Sources for {column.letter}"
    if not fits:
        return _part("src", title, column, tag("p", "No evidence card is used."))
    rows = []
    for fit in fits:
        card = cards()[fit.card]
        rows.append(
            (
                tag("span", card.title, _small(card.id)),
                tag("span", CERTAINTY[card.certainty], _small(card.certainty_reason)),
                tag("span", fit_words(fit), fit_html(fit), _small(f"Studied in: {fit.population}")),
                tag("span", card.citation, _small(source_words(card))),
            )
        )
    head = ("Claim", "Certainty", "This patient", "Source")
    return _part("src", title, column, table(head, rows, caption=f"{title} {column.name}"), rule_html(fits))


def current_care_html(comparison: Comparison, current: Column, outcome: str) -> Html:
    """Return what the risk under current care rests on, term by term, and its checks."""
    estimate = comparison.current_care.outcomes[outcome].baseline
    shown = isinstance(estimate, RiskEstimate)
    return tag(
        "section",
        tag("h2", "Current care: inputs and equation", css="section", id="receipt"),
        receipt_html([estimate]) if shown else tag("p", estimate.clinical),
        _checks(comparison.current_care.checks, current),
        css="behind",
    )
