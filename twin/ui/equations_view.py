"""Which published equations are there, and which of them speak about this patient?"""

from datetime import date

import streamlit as st

from twin.record.patient import Patient
from twin.risk.catalogue import equations
from twin.risk.choose import Choice, choices, fullest_prevent, side_by_side
from twin.risk.equation import Equation, Input
from twin.risk.estimate import estimate
from twin.risk.results import RiskEstimate
from twin.ui.html import Html, table, tag
from twin.ui.shell import Page
from twin.words import in_people

HORIZON_YEARS = 10
APPLIES = {"all": "Applies", "some": "Applies in part", "none": "No estimate shown"}


def equation_list(page: Page) -> None:
    """Show every equation with inputs, ranges, outputs and source; with a patient open, which apply and why not."""
    page.say(f"{len(equations())} equations")
    if page.patient is not None:
        st.html(choices_html(page.patient, on=page.today))
    st.html(tag("div", *(equation_html(known) for known in equations().values())))


def choices_html(patient: Patient, *, on: date) -> Html:
    """Return what each equation that gives a risk over time can say about one patient, models side by side."""
    rows = [
        (choice.equation.short, APPLIES[choice.applies], _risk(choice.equation, patient, on), _why(choice))
        for choice in choices(patient, on=on)
    ]
    head = ("Equation", "This patient", f"Risk in {HORIZON_YEARS} years", "Why")
    return tag(
        "section",
        tag("h2", "Equations for this patient", css="section"),
        table(head, rows, caption="Equations for this patient"),
        *(tag("p", words, css="note") for words in (fullest_prevent(patient, on=on)[1], _spread(patient, on)) if words),
    )


def _risk(known: Equation, patient: Patient, on: date) -> str:
    if HORIZON_YEARS not in known.horizons:
        return ""
    found = estimate(patient, known.id, on=on, horizon_years=HORIZON_YEARS)
    shown = next((one for one in found if isinstance(one, RiskEstimate)), None)
    if shown is None:
        return ""
    return f"{known.outputs[f'risk_{shown.outcome}'].label} {in_people(shown.risk, denominator=1000)}"


def _spread(patient: Patient, on: date) -> str:
    found = side_by_side(patient, "cvd", on=on, horizon_years=HORIZON_YEARS)
    if found is None or len(found.estimates) < 2:
        return ""
    low, high = (in_people(risk, denominator=1000) for risk in (found.low, found.high))
    return (
        f"Side by side, {len(found.estimates)} models of cardiovascular disease say {low} to {high}. They count "
        "different events in different populations; the spread is between models, not the uncertainty of one."
    )


def _why(choice: Choice) -> str:
    words = " ".join(choice.reasons)
    if choice.applies != "all":
        return words or "Not for this person."
    return "Every input it needs is on record and within its range."


def equation_html(known: Equation) -> Html:
    """Return one equation: what it needs, what it covers, what it gives, whom it is not for, where it was read."""
    cited = known.source
    outputs = ", ".join(output.label for output in known.outputs.values())
    years = f" over {' and '.join(map(str, known.horizons))} years" if known.horizons else ""
    facts = (
        ("Gives", outputs + years),
        ("Derived in", known.population),
        ("Not for", known.not_for),
        ("Source", f"{cited.citation}.{f' doi {cited.doi}.' if cited.doi else ''}"),
        (
            "Seen",
            f"Read in: {cited.read_in}. "
            + (f"Second source: {cited.second_source}" if cited.second_source else "Single source"),
        ),
        ("Coefficients", f"data/coefficients/{known.id}.csv"),
        *([("Notes", known.notes)] if known.notes else []),
    )
    return tag(
        "details",
        tag("summary", tag("strong", known.title), " ", tag("span", known.versioned, css="code")),
        tag("dl", *(part for name, text in facts for part in (tag("dt", name), tag("dd", text))), css="facts"),
        table(
            ("Input", "Unit or words", "Covers", "Needed"),
            [_input(one) for one in known.inputs],
            caption=f"Inputs of {known.id}",
        ),
        css="evidence-card",
        id=known.id,
    )


def _input(one: Input) -> tuple[str, str, str, str]:
    needed = "Yes" if one.required else one.when_missing or "No"
    return one.label, one.unit or ", ".join(one.words), "; ".join(map(str, one.limits)) or "Any", needed
