"""What matters for this person now?"""

from datetime import timedelta

import numpy as np
import streamlit as st

from twin import words
from twin.evidence.sources import source
from twin.figures.sparkline import as_data_uri, sparkline
from twin.monitoring.review import Finding, Review
from twin.monitoring.rules import rules
from twin.physiology.longitudinal import Twin, forecast
from twin.record.patient import Series
from twin.risk.catalogue import equation
from twin.risk.results import Estimate, RiskEstimate, Withheld, equation_of
from twin.ui import access, guard
from twin.ui.correct.notice import withheld_twin
from twin.ui.html import Html, image, table, tag
from twin.ui.receipt import receipt_html, withheld_html
from twin.ui.shell import Page, go_to_button
from twin.ui.site import COMPARE, PAGE_OF_ACTION, PROOF
from twin.ui.views import summary_words
from twin.variables import variable
from twin.words import counted

YEARS_BACK = 5
ALERTS_SHOWN = 3


def risk_now(page: Page) -> tuple[Estimate, ...]:
    """Return the ten-year estimates, the whole first, of the equation that is made for this patient."""
    return summary_words.estimates_of(page.patient, on=page.today)


def sentences(page: Page, estimates: tuple[Estimate, ...]) -> None:
    """Show risk, drivers, changes and the twin's record, one sentence each."""
    whole = estimates[0]
    if isinstance(whole, RiskEstimate):
        said = words.in_people(whole.risk)
        number = tag("strong", said, css="key-number")
        lines = [tag("p", number, " ", summary_words.risk_sentence(estimates), css="lead")]
        if drivers := summary_words.driver_sentence(whole):
            lines.append(tag("p", drivers))
        for why in dict.fromkeys(one.clinical for one in estimates if isinstance(one, Withheld)):
            lines.append(guard.withheld(why))
        if whole.problems:
            lines.append(tag("p", summary_words.weak_points(whole.problems), css="note"))
        page.say(f"{whole.horizon_years}-year risk {said}")
    else:
        lines = [guard.withheld(whole.clinical)]
        page.say("No estimate shown")
    twin = None if page.twin_withheld else page.twin
    lines.append(tag("p", summary_words.change_sentence(page.patient, twin, page.today)))
    if twin is not None:
        lines.append(tag("p", access.card(page.patient, on=page.today).sentence))
    st.html(tag("div", *lines, css="sentences"))
    withheld_twin(page)


def findings(page: Page) -> tuple[Review, int]:
    """Return the review of the panel and this patient's row in it."""
    review = access.review(on=page.today)
    return review, int(np.flatnonzero(review.panel.frame["id"].to_numpy() == page.patient.id)[0])


def alerts(review: Review, row: int) -> None:
    """Show at most three alerts with what can be done, and the rest as a count."""
    found = review.findings(row)
    decide = [finding for finding in found if finding.rule.tier == "decide"][:ALERTS_SHOWN]
    st.html(tag("h2", "For decision", css="section"))
    if not decide:
        st.html(tag("p", "Nothing waits for a decision.", css="empty"))
    for finding in decide:
        _alert(finding)
    rest = [finding for finding in found if finding not in decide]
    if rest:
        with st.expander(counted(len(rest), "note")):
            for finding in rest:
                st.html(tag("p", *_alert_text(finding)))


def _alert(finding: Finding) -> None:
    target = PAGE_OF_ACTION[finding.rule.action]
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"alert-{finding.rule.code}"):
        st.html(tag("p", *_alert_text(finding), css="alert"), width="stretch")
        go_to_button(target, key=f"go-{finding.rule.code}")


def _alert_text(finding: Finding) -> tuple[object, ...]:
    cited = source(finding.rule.source_id)
    label = tag("span", f"{finding.rule.code}, {cited.id}", css="code", title=cited.citation)
    return tag("strong", f"{finding.rule.title}. "), f"{finding.why} ", label


def measures(page: Page) -> None:
    """Show each key measure with its newest value, its run, its range and the twin's level."""
    patient, twin = page.patient, None if page.twin_withheld else page.twin
    start = page.today - timedelta(days=round(YEARS_BACK * 365.25))
    rows = [
        _measure_row(patient.usual(name), twin, start, page.today)
        for name in summary_words.KEY_MEASURES
        if patient.latest(name, page.today) is not None
    ]
    if not rows:
        st.html(tag("p", "No measurements on record.", css="empty"))
        return
    head = (
        "Measure",
        "Last value",
        "Date",
        f"Last {YEARS_BACK} years",
        f"Range in {YEARS_BACK} years",
        "Twin's level now",
    )
    st.html(table(head, rows, caption="Key measures"))


def _measure_row(series: Series, twin: Twin | None, start, today) -> list[object]:
    known, last = variable(series.variable), series.until(today).measurement(-1)
    recent = series.until(today)
    inside = recent.values[recent.times >= np.datetime64(start, "s")]
    span = "No value" if not len(inside) else f"{known.format(inside.min())} to {known.format(inside.max())}"
    drawn = sparkline(
        recent.times,
        recent.values,
        start=np.datetime64(start, "s"),
        end=np.datetime64(today, "s") + np.timedelta64(1, "D"),
    )
    said = f"{known.short_label}, {len(inside)} values in {YEARS_BACK} years, {span}, last {known.format(last.value)}"
    age = words.months_between(last.time.date(), today)
    return [
        Html(f"{tag('span', known.short_label)} {tag('span', known.unit, css='unit')}"),
        tag("strong", known.format(last.value)),
        words.day(last.time.date()) + (f", {age} months old" if age >= 12 else ""),
        image(as_data_uri(drawn), alt=said),
        span,
        _level(twin, series.variable),
    ]


def _level(twin: Twin | None, name: str) -> object:
    if twin is None:
        return "Withheld"
    if not twin.has(name):
        return "Not modelled"
    known, bands = variable(name), forecast(twin, np.array([0.0]), name)
    low, high = (known.format(float(edge[0])) for edge in (bands.level_low80, bands.level_high80))
    return Html(
        f"{tag('strong', known.format(twin.level(name)[0]))} {tag('span', f'likely {low} to {high}', css='unit')}"
    )


def left_and_right():
    """Return the two halves of the page's upper part."""
    return st.columns([3, 2], gap="large")


def compare_button() -> None:
    """Show the way to the comparison."""
    go_to_button(COMPARE, key="compare-plans", type="primary")


def report_card(page: Page) -> None:
    """Show how each forecast of the last year turned out."""
    card = access.card(page.patient, on=page.today)
    if page.twin_withheld or not card.records:
        return
    title = f"The twin's report card: {card.within(80)} of {card.n} values within its 80 % band"
    with st.expander(title):
        rows = [
            (
                variable(one.variable).label,
                one.n,
                one.within50,
                one.within80,
                one.within95,
                _error(one.variable, one.mean_error),
                _error(one.variable, one.naive_error),
            )
            for one in card.records
        ]
        head = ("Measure", "Values", "In 50 % band", "In 80 % band", "In 95 % band", "Mean error", "Last value's error")
        st.html(table(head, rows, caption="Report card", numeric=range(1, 7)))
        st.html(
            tag(
                "p",
                f"Values after {words.day(card.hidden_from)} were hidden from the twin and forecast from what was "
                "left. The last column is the error of saying that nothing changes.",
                css="note",
            )
        )
        st.page_link(PROOF.page(), label="How often was the twin right in all patients?")


def _error(name: str, size: float) -> str:
    known = variable(name)
    return f"{size:,.{known.decimals + 1}f} {known.unit}"


def checks(review: Review, row: int) -> None:
    """Show what every check said, so that silence can be trusted."""
    results = [_check_result(review, row, rule.code) for rule in rules()]
    counts = ", ".join(f"{results.count(word)} {word}" for word in ("found", "clear", "not applicable"))
    with st.expander(f"Checks: {counts}"):
        rows = [
            (rule.code, rule.title, result.capitalize(), source(rule.source_id).citation, rule.locator)
            for rule, result in zip(rules(), results, strict=True)
        ]
        st.html(table(("Code", "Check", "Result", "Source", "Where"), rows, caption="Checks"))


def _check_result(review: Review, row: int, code: str) -> str:
    if review.found[code][row]:
        return "found"
    return "clear" if review.applies[code][row] else "not applicable"


def receipt(estimates: tuple[Estimate, ...]) -> None:
    """Show what the risk rests on: inputs with dates, equation, each term and where its number stands."""
    with st.expander("Receipt for the risk: inputs, equation, terms, source, limits"):
        shown = [one for one in estimates if isinstance(one, RiskEstimate)]
        if shown:
            st.html(receipt_html(shown))
        else:
            st.html(withheld_html(equation(equation_of(estimates[0]))))
