"""What stands on paper behind the table: other outcomes, benefit and harm, safety checks, sources?"""

from collections.abc import Callable, Sequence

from twin.evidence.cards import cards
from twin.evidence.harms import harms
from twin.figures.comparison_benefit import BenefitColumn, benefit_columns, rules
from twin.figures.comparison_counts import likely_range
from twin.figures.comparison_lifetime import lifetime_column, title_of
from twin.figures.comparison_table import CERTAINTY, OUTCOMES, ComparisonTable, harm_lines, outcome_words
from twin.plans.lifelong import Lifelong
from twin.plans.results import Comparison, HarmResult, OutcomeResult
from twin.ui.compare.report_words import Words
from twin.ui.html import Html, tag
from twin.words import in_people


def row(label: str, cells: Sequence[object]) -> Html:
    """Return one row of a table of plans."""
    return tag("tr", tag("th", label, scope="row"), *(tag("td", cell) for cell in cells))


def grid(shown: ComparisonTable, rows: Sequence[Html], *, caption: str, css: str) -> Html:
    """Return a table with one column a plan, current care first."""
    heads = [tag("th", column.heading, scope="col", style=f"border-color:{column.colour}") for column in shown.columns]
    head = tag("thead", tag("tr", tag("td"), *heads))
    return tag("table", tag("caption", caption), head, tag("tbody", *rows), css=css)


def outcomes_and_benefit(
    found: Comparison, shown: ComparisonTable, lifetimes: Sequence[Lifelong], words: Words
) -> Html:
    """Return every outcome, years free of disease, and what is prevented and caused, in one small table."""
    results = (found.current_care, *found.plans)
    rows = [
        row(outcome_words(found, name).label, [_short(result.outcomes[name], shown.denominator) for result in results])
        for name in OUTCOMES
    ]
    if lifetimes:
        rows.append(row(title_of(lifetimes[0]), [_years(one) for one in lifetimes]))
    columns = benefit_columns(found, shown)
    has_benefit = any(column.bold for column in columns)
    rows += _benefit(columns, words) if has_benefit else []
    notes = rules(found) if has_benefit and words.has_receipts else ()
    table = grid(shown, rows, caption=f"{words.outcomes} in {shown.horizon_years} years", css="small")
    return Html(table + "".join(tag("p", note, css="note") for note in notes))


def _short(one: OutcomeResult, denominator: int) -> str:
    if one.risk is None:
        return "No estimate shown"
    ends = likely_range(one.low, one.high, denominator=denominator).removeprefix("likely range ")
    return f"{in_people(one.risk, denominator=denominator)} ({ends})"


def _years(one: Lifelong) -> Html | str:
    said = lifetime_column(one)
    if not said.years:
        return "No estimate shown"
    ends = said.likely.removeprefix("likely range ")
    gained = [tag("small", f"{said.bold} {said.rest}".strip())] if said.bold else []
    return tag("span", f"{said.years} ({ends})", *gained)


def _benefit(columns: Sequence[BenefitColumn], words: Words) -> list[Html]:
    def line(label: str, cell: Callable[[BenefitColumn], object], now: str = "") -> Html:
        return row(label, [now, *(cell(column) if column.bold else "Not calculated" for column in columns)])

    rows = [
        line(words.net, _net, words.reference),
        line(words.prevented, lambda column: "; ".join(column.prevented) or "None"),
        line(words.caused, lambda column: words.said("; ".join(column.caused)) or "None"),
    ]
    if words.has_receipts:
        rows.append(line("Prevents more than it causes", lambda c: f"{c.chance}. Ahead of harm: {c.passes.lower()}"))
        rows.append(line("Not counted", lambda column: "; ".join(column.not_counted) or "Nothing named"))
    return rows


def _net(column: BenefitColumn) -> Html:
    rest = " ".join(text for text in (column.rest, f"({column.likely})" if column.likely else "") if text)
    return tag("span", tag("b", column.bold), f" {rest}")


def other_harms_and_checks(found: Comparison, shown: ComparisonTable, words: Words) -> Html:
    """Return the harms that the table of serious ones lacks, and to a clinician the safety checks found."""
    lines = []
    for result, column in zip(found.plans, shown.columns[1:], strict=True):
        others = [harm for harm in result.harms.values() if not _is_counted(harm)]
        listed = harm_lines(others, denominator=shown.denominator, only_serious=False)
        said = [
            words.said(f"{h.label}: {h.change.bold.lower()} {h.change.rest or h.change.likely}".strip()) for h in listed
        ]
        checks = [check for check in result.checks if check.result == "found" and words.has_receipts]
        said += [f"{'Stop' if check.is_stop else 'Note'} {check.code}: {check.text}" for check in checks]
        lines.append(tag("p", tag("b", f"{column.letter}: "), "; ".join(said) or "None"))
    return tag("section", tag("h2", words.others), *lines, css="note")


def _is_counted(harm: HarmResult) -> bool:
    return harms()[harm.harm].is_serious and bool(harms()[harm.harm].weight)


def sources(found: Comparison, shown: ComparisonTable, words: Words) -> Html:
    """Return the evidence cards with the plans that rest on them; for a patient their number."""
    used: dict[str, list[str]] = {}
    for result, column in zip(found.plans, shown.columns[1:], strict=True):
        for card in result.evidence:
            used.setdefault(card, []).append(column.letter)
    if not used:
        return Html("")
    if not words.has_receipts:
        return tag("section", tag("h2", words.sources), tag("p", words.studies.format(count=len(used))), css="note")
    outside = {fit.card: fit.outside for result in found.plans for fit in result.fits if fit.outside}
    items = [_card(card, letters, outside.get(card, ())) for card, letters in used.items()]
    return tag("section", tag("h2", words.sources), tag("ul", *items, css="columns"), css="note")


def _card(card_id: str, letters: Sequence[str], outside: Sequence[str]) -> Html:
    card = cards()[card_id]
    doi = f" doi {card.doi}." if card.doi else ""
    fit = f" This patient: {'; '.join(outside)}." if outside else ""
    where = tag("b", f"{'/'.join(letters)} {card_id}")
    return tag("li", where, f" {card.title}. {card.citation}.{doi} {CERTAINTY[card.certainty]}.{fit}")
