"""Which test would tell most of this person, and in how many results would the order of the plans change?"""

from collections.abc import Sequence
from functools import lru_cache

import streamlit as st

from twin import words
from twin.evidence.cards import OUTCOME_LABELS
from twin.physiology.longitudinal import Twin
from twin.plans.next_test import Narrowing, NextTest, NextTests, Range, next_tests, single_changes
from twin.plans.next_test_benefits import NET, Benefits
from twin.plans.next_test_value import Value
from twin.plans.plan import Plan
from twin.record.patient import Patient
from twin.ui import guard
from twin.ui.compare.engine import ground
from twin.ui.html import Html, tag
from twin.ui.shell import Page
from twin.variables import Variable, variable
from twin.words import counted

HORIZON_YEARS = 10
WORKING = "Working out what each test would tell."
RESULTS, EVENTS = 100, 1000  # people and results that shares are said of
SORTED = (
    "Sorted by how often the order of the plans would change, then by how much narrower the level of what is "
    "measured would become."
)
NOTES = (
    "Levels and new values: 80 % ranges; the middle stays where it is until the result is known. A result far from "
    "what is expected counts less and narrows less than said here. Of a variable that was never measured the range "
    "is the usual one for people like this. Effects of plans stand at the trials' estimates."
)
RISK_NOTE = "{} under current care: 95 % range of what the levels leave open."


@lru_cache(maxsize=64)
def _found(patient: Patient, twin: Twin, plans: tuple[Plan, ...] | None, horizon_years: int, outcome: str) -> NextTests:
    """Return what each test would do, worked out once for the same record, twin, plans and horizon.

    Without plans the usual decisions stand beside current care, one at a time.
    """
    prepared = ground(patient, twin, horizon_years)
    return next_tests(prepared, twin, single_changes(prepared) if plans is None else plans, outcome=outcome)


def which_test_next(page: Page) -> None:
    """Show the section on the summary: current care beside each usual decision."""
    st.html(tag("h2", "Which test next", css="section", id="which-test-next"))
    shown = st.empty()
    shown.html(tag("p", WORKING, css="empty late"))
    shown.html(next_test_html(page))


@st.fragment
def which_test_for_plans(page: Page, plans: Sequence[Plan], *, horizon_years: int, outcome: str) -> None:
    """Show, behind a heading that opens, what each test would tell of the plans on the desk."""
    try:
        box = st.expander("Which test next", key="compare/next-test", on_change="rerun")
        if box.open:
            box.html(next_test_html(page, plans, horizon_years=horizon_years, outcome=outcome))
    except Exception as error:
        guard.report(error)


def next_test_html(
    page: Page, plans: Sequence[Plan] | None = None, *, horizon_years: int = HORIZON_YEARS, outcome: str = "cvd"
) -> Html:
    """Return what each test would tell, or why nothing is said.

    Parameters
    ----------
    plans
        What stands beside current care; each usual decision alone unless given.
    horizon_years
        5, 10 or 30.
    outcome
        Whose risk is shown, and what is counted where there is no net benefit.
    """
    if page.twin_withheld:
        return tag("p", page.twin_withheld, css="empty")
    found = _found(page.patient, page.twin, None if plans is None else tuple(plans), horizon_years, outcome)
    what = "single change" if plans is None else "plan"
    risk = outcome if outcome in found.tests[0].risks else ""
    said = " ".join((*_compared(found.benefits, what, horizon_years), SORTED))
    notes = f"{NOTES} {RISK_NOTE.format(OUTCOME_LABELS[risk].capitalize())}" if risk else NOTES
    lead, why, below = (
        tag("p", text, css=css) for text, css in ((_lead(found), "field"), (said, "note"), (notes, "note"))
    )
    return Html(lead + why + _table(page, found, risk, with_year=plans is None) + below)


def _lead(found: NextTests) -> str:
    """Say which test would change the order of the plans most often, if any would."""
    if len(found.benefits.plans) < 2:
        return "No plans are compared; the table says what each test would tell."
    first, what = found.tests[0], f"the {_goal(found.benefits)}"
    if not first.value.is_clear:
        return f"No test here would change which of the plans compared has {what}."
    often = f"{_often(first.value)} possible results"
    return f"{first.measurement.label}: another of the plans compared would have {what} after {often}."


def _compared(benefits: Benefits, what: str, horizon_years: int) -> list[str]:
    """Say what is compared by what, and which of it comes first as things stand."""
    if not benefits.counted:
        return ["No risk can be estimated for this person, so that no plans are compared."]
    number = len(benefits.plans) - 1
    if not number:
        return [f"No {what} is compared."]
    is_net, label = benefits.counted == NET, OUTCOME_LABELS.get(benefits.counted)
    counting = "serious events prevented less serious harms caused" if is_net else f"the risk of {label}"
    said = [f"Compared: current care and {counted(number, what)}, by {counting} in {horizon_years} years."]
    first = _goal(benefits)
    said.append(f"{first[0].upper()}{first[1:]} as things stand: {benefits.first.name}.")
    if benefits.left_out:
        said.append(f"{counted(len(benefits.left_out), what)} without a number left out.")
    return said


def _goal(benefits: Benefits) -> str:
    """Say what the plan that comes first has."""
    return "fewest serious events" if benefits.counted == NET else f"lowest risk of {OUTCOME_LABELS[benefits.counted]}"


def _table(page: Page, found: NextTests, risk: str, *, with_year: bool) -> Html:
    of_test = [
        "Test",
        "Results that change the order of the plans",
        *([_risk_head(found, risk)] if risk else []),
        "Would allow",
    ]
    year = ["New value in a year", "After the test"] if with_year else []
    of_variable = ["Measure", "Last value", "Level now, likely", "After the test", *year]
    caption = "What each test would tell"
    inner = tag(
        "table",
        tag("caption", caption, css="hidden"),
        tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in (*of_test, *of_variable)))),
        *(_group(page, test, risk, width=len(of_variable)) for test in found.tests),
        css="cp next-test",
    )
    return tag("div", inner, css="scroll", role="region", aria_label=caption, tabindex="0")


def _risk_head(found: NextTests, risk: str) -> Html:
    now = found.tests[0].risks[risk]
    said = f"Risk in {found.horizon_years} years, now likely "
    return tag("span", said, tag("span", _people(now.low, now.high), css="whole"))


def _group(page: Page, test: NextTest, risk: str, *, width: int) -> Html:
    """Return the rows of one test: one for each variable it tells of, `width` cells each."""
    rows = [_cells(page, one)[:width] for one in test.narrowings] or [
        [tag("td", "Not modelled", colspan=str(width))],
    ]
    span = str(len(rows))
    title = tag("span", test.measurement.label, tag("span", test.measurement.burden, css="small"))
    of_test = [_changes(test.value), *([_risk_after(test.risks[risk])] if risk else []), _allows(test.allows)]
    whole = [tag("th", title, scope="rowgroup", rowspan=span), *(tag("td", *cell, rowspan=span) for cell in of_test)]
    return tag("tbody", tag("tr", *whole, *rows[0]), *(tag("tr", *cells) for cells in rows[1:]))


def _cells(page: Page, one: Narrowing) -> list[Html]:
    """Return what is known of a variable: today's value and level first, the year's last."""
    known = variable(one.variable)
    aside = "" if one.is_measured else " goes with it"
    name = tag("span", known.short_label, " ", tag("span", known.unit + aside, css="unit"))
    cells = (
        [name],
        _last(page, one),
        [_span(known, one.now)],
        [_span(known, one.now, after=True), " ", _narrower(one.now)],
        [_span(known, one.in_a_year)],
        [_span(known, one.in_a_year, after=True)],
    )
    return [tag("td", *cell, css="whole") for cell in cells]


def _span(known: Variable, span: Range, *, after: bool = False) -> str:
    low, high = (span.low_after, span.high_after) if after else (span.low, span.high)
    return f"{known.format(low)} to {known.format(high)}"


def _narrower(span: Range) -> Html:
    share = round(100 * span.narrowed)
    return tag("span", f"{share} % narrower" if share else "as wide", css="unit")


def _last(page: Page, one: Narrowing) -> list[object]:
    if one.last is None:
        return ["Never measured"]
    day = one.last.time.date()
    months = words.months_between(day, page.today)
    age = counted(months, "month") if months else counted((page.today - day).days, "day")
    value = tag("strong", variable(one.variable).format(one.last.value))
    return [value, " ", tag("span", f"{age} old", css="unit", title=words.day(day))]


def _risk_after(risk: Range) -> list[object]:
    return [tag("span", _people(risk.low_after, risk.high_after), css="whole line"), _narrower(risk)]


def _people(low: float, high: float) -> str:
    return f"{words.round_half_up(low * RESULTS)} to {words.round_half_up(high * RESULTS)} in {RESULTS}"


def _allows(allowed: Sequence[str]) -> list[Html]:
    return [tag("span", text, css="line") for text in allowed] or [tag("span", "Nothing new", css="unit")]


def _changes(value: Value | None) -> list[object]:
    """Say how often the order would change; what does not stand out from the simulation's error is not a number."""
    if value is None:
        return ["Not calculated"]
    if value.gain == 0.0:
        return [f"0 of {RESULTS}"]
    if not value.is_clear:
        return ["Not clear", tag("span", "within the simulation's error", css="small")]
    gain = f"{value.gain * EVENTS:.2f} (± {value.gain_error * EVENTS:.2f}) fewer in {EVENTS:,}"
    return [tag("strong", _often(value)), tag("span", gain, css="small")]


def _often(value: Value) -> str:
    """Say a share of results: ``46 of 100``."""
    return words.in_people(value.changes, denominator=RESULTS).replace(" in ", " of ")
