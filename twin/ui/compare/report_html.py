"""What stands on paper when a comparison is carried away?

One file without scripts that asks for nothing from anywhere: who, inputs, question, table, pictures, sources, limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from twin.figures.comparison import trajectories_text
from twin.figures.comparison_lifetime import LIMITS
from twin.figures.comparison_table import Column, ComparisonTable, comparison_table, outcome_words, why_withheld
from twin.figures.icons import people_svg
from twin.figures.trajectories_svg import trajectories_svg
from twin.plans.lifelong import Lifelong
from twin.plans.results import Comparison
from twin.record.patient import Patient
from twin.risk.results import InputUsed, RiskEstimate
from twin.ui.compare.report_parts import grid, other_harms_and_checks, outcomes_and_benefit, row, sources
from twin.ui.compare.report_words import FOR_CLINICIAN, FOR_PATIENT, Words
from twin.ui.header import allergies_text, born_text, data_text, full_name, grouped
from twin.ui.html import Html, tag
from twin.ui.receipt import input_value
from twin.words import day

STYLES = Path(__file__).with_name("report.css")
HARMS_SHOWN = 2
_NAMESPACE = ' xmlns="http://www.w3.org/2000/svg"'


@dataclass(frozen=True, slots=True)
class Made:
    """When a report was made, by which version, and when results of this version last changed."""

    on: date
    version: str
    results_changed_on: date | None


def report_html(
    patient: Patient,
    found: Comparison,
    outcome: str,
    *,
    made: Made,
    lifetimes: Sequence[Lifelong] = (),
    for_patient: bool = False,
) -> str:
    """Return a whole report as one HTML file.

    Parameters
    ----------
    outcome
        The one that table and figure are about; the others follow in a smaller table.
    made
        Stands at the foot.
    lifetimes
        Years free of disease, of current care and each plan, where they are wanted.
    for_patient
        Whether it speaks to the patient, in plain words with the same numbers.
    """
    shown = comparison_table(found, outcome)
    words = FOR_PATIENT if for_patient else FOR_CLINICIAN
    parts = (
        _head(patient, found, words),
        _inputs(found, outcome, words),
        tag("p", words.question, css="question"),
        _table(shown, words),
        tag("p", words.reading or " ".join(shown.notes), css="note"),
        Html(trajectories_svg(found, shown, outcome, words=trajectories_text(shown))),
        outcomes_and_benefit(found, shown, lifetimes, words),
        _caveats(shown) if words.has_receipts else Html(""),
        other_harms_and_checks(found, shown, words),
        sources(found, shown, words),
        _limits(lifetimes, words),
        _foot(made, words),
    )
    style = tag("style", Html(STYLES.read_text("utf-8")))
    head = f'<meta charset="utf-8">{tag("title", words.title)}{style}'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>{tag("body", *parts, css=words.css)}</html>\n'


def _head(patient: Patient, found: Comparison, words: Words) -> Html:
    facts = (
        ("Born", born_text(patient, found.on)),
        ("Sex", (patient.sex or "Not known").capitalize()),
        ("ID", grouped(patient.identifier)),
        ("Allergies", allergies_text(patient.allergies)),
        ("Data to", data_text(patient.data_until(), found.on)),
    )
    said = [tag("span", name, " ", tag("b", value)) for name, value in facts]
    synthetic = [tag("span", "Synthetic patient", css="badge")] if patient.is_synthetic else []
    name = full_name(patient.family, patient.given, patient.prefix)
    return tag("header", tag("h1", words.title), tag("p", tag("b", name, css="name"), *said, *synthetic, css="who"))


def _inputs(found: Comparison, outcome: str, words: Words) -> Html:
    estimate = found.current_care.outcomes[outcome].baseline
    if not isinstance(estimate, RiskEstimate):
        needed = why_withheld(found.current_care.outcomes[outcome])
        return tag("section", tag("h2", words.inputs), tag("p", needed))
    items = [_input(used, words) for used in estimate.inputs]
    said = (f"Equations: {_equations(found)}.", *estimate.problems) if words.has_receipts else ()
    behind = [tag("p", text) for text in said]
    return tag("section", tag("h2", words.inputs), tag("ul", *items, css="columns"), *behind, css="note")


def _input(used: InputUsed, words: Words) -> Html:
    when = f", {day(used.time.date())}" if used.time else ""
    source = f", {used.source}" if words.has_receipts and used.source else ""
    return tag("li", f"{used.label} ", tag("b", input_value(used)), f"{when}{source}")


def _equations(found: Comparison) -> str:
    """Name each equation once, with its source and what it was used for."""
    used: dict[str, list[str]] = {}
    for name, one in found.current_care.outcomes.items():
        if isinstance(one.baseline, RiskEstimate):
            used.setdefault(f"{one.baseline.equation} ({one.baseline.source_id})", []).append(
                outcome_words(found, name).label
            )
    return "; ".join(f"{equation} for {', '.join(labels)}" for equation, labels in used.items())


def _table(shown: ComparisonTable, words: Words) -> Html:
    title = f"{shown.outcome.label} in {shown.horizon_years} years"
    cells = (
        (title, _risk),
        (words.change, lambda column: _change(column, words)),
        (f"{shown.denominator:,} {words.people}", _people),
        (words.harm, lambda column: _harm(column, words)),
        (words.involves, lambda column: _lines(column.involves)),
        (words.certainty, lambda column: words.certainties.get(column.certainty, "") if column.letter else ""),
    )
    rows = [row(label, [cell(column) for column in shown.columns]) for label, cell in cells]
    return grid(shown, rows, caption=title, css="compare")


def _small(*texts: str) -> list[Html]:
    return [tag("small", text) for text in texts if text]


def _risk(column: Column) -> Html:
    if not column.is_withheld:
        return tag("span", tag("b", column.risk, css="number"), *_small(column.likely))
    why = [f"Stop: {stop}" for stop in column.stops] or [column.reason]
    return tag("span", tag("b", "No estimate shown"), *_small(*why))


def _change(column: Column, words: Words) -> Html | str:
    if not column.letter:
        return words.reference
    if column.change is None:
        return "Not calculated"
    change = column.change
    rest = " ".join(text for text in (change.rest, f"({change.likely})" if change.likely else "") if text)
    return tag("span", tag("b", change.bold), f" {rest}", *_small(change.nnt if words.has_receipts else ""))


def _people(column: Column) -> Html | str:
    if column.people is None:
        return "Not calculated"
    drawn = people_svg(column.people, colour=column.colour)
    # On paper a square of no length is not painted; and a page needs no namespace.
    drawn = drawn.replace("h0", "h.01").replace(_NAMESPACE, f' role="img" aria-label="{escape(column.people_text)}"')
    return Html(drawn)


def _harm(column: Column, words: Words) -> Html | str:
    if not column.letter:
        return words.reference
    lines: list[object] = []
    for harm in column.harms[:HARMS_SHOWN]:
        likely = f"({harm.change.likely})" if harm.change.likely else ""
        rest = " ".join(text for text in (harm.change.rest, likely) if text)
        lines.append(tag("span", tag("b", harm.change.bold), f" {rest}", *_small(words.said(harm.label)), css="line"))
    more = len(column.harms) - len(lines)
    below = f"{more} other serious harm{'s' if more > 1 else ''} below" if more else ""
    return tag("span", *(lines or [column.harms_text]), *_small(below, column.uncounted))


def _lines(texts: Sequence[str]) -> Html:
    return tag("span", texts[0], *_small(*texts[1:]))


def _caveats(shown: ComparisonTable) -> Html:
    plans = [column for column in shown.columns if column.caveats]
    said = [
        tag("p", tag("b", f"{column.letter or 'Now'}: "), " ".join(map(_sentence, column.caveats))) for column in plans
    ]
    return tag("section", tag("h2", "To read the numbers rightly"), *said, css="note") if said else Html("")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _limits(lifetimes: Sequence[Lifelong], words: Words) -> Html:
    texts = [*words.limits, *([LIMITS] if lifetimes and words.has_receipts else [])]
    return tag("section", tag("h2", words.limits_title), *(tag("p", text) for text in texts), css="note")


def _foot(made: Made, words: Words) -> Html:
    changed = day(made.results_changed_on)
    said = f"Made on {day(made.on)} by Counterpart {made.version}. Results last changed on {changed}. {words.safety}"
    return tag("footer", said)
