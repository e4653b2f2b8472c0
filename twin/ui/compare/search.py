"""What does each single change do, and which plans ask least for what they prevent?"""

import time
from collections.abc import Callable
from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from twin.errors import OutOfValidityRange
from twin.evidence.harms import harms
from twin.evidence.monitoring import monitoring
from twin.evidence.therapies import therapy
from twin.figures.comparison_benefit import BenefitColumn, benefit_column
from twin.figures.comparison_counts import change_from
from twin.figures.comparison_table import ComparisonTable
from twin.figures.plan_search import FoundPlan, found_plans, search_figure, search_text
from twin.physiology.longitudinal import Twin
from twin.plans.choices import factors_for
from twin.plans.plan import Plan, StartTherapy
from twin.plans.search import Found, SingleChange, easiest, search, which_single_change_helps_most
from twin.record.patient import Patient
from twin.ui import guard
from twin.ui.compare import memory
from twin.ui.compare.engine import ground
from twin.ui.compare.from_plan import settings_of
from twin.ui.html import tag
from twin.ui.shell import Page
from twin.ui.worklist import openable_table

CHART = {"displayModeBar": False, "doubleClick": False, "showTips": False}
NEUTRAL = "Listed by kind of change. The order says nothing about which to choose."
_SORTS: dict[str, Callable[[SingleChange], float]] = {
    "Kind of change": lambda row: 0.0,
    "Serious events prevented": lambda row: -_prevented(row),
    "Serious harms caused": lambda row: _caused(row),
}
Costs = tuple[tuple[str, float], ...]


@lru_cache(maxsize=32)
def _singles(patient: Patient, twin: Twin, horizon_years: int, start: float) -> tuple[SingleChange, ...]:
    prepared = ground(patient, twin, horizon_years)
    factors = factors_for(prepared)
    order = {option.label: place for place, option in enumerate(o for factor in factors for o in factor.options)}
    rows = which_single_change_helps_most(prepared, factors, start=start)
    return tuple(sorted(rows, key=lambda row: order[row.option.label]))


@lru_cache(maxsize=8)
def _searched(patient: Patient, twin: Twin, horizon_years: int, start: float, costs: Costs) -> tuple[Found, float]:
    prepared = ground(patient, twin, horizon_years)
    begun = time.perf_counter()
    found = search(prepared, start=start, monthly_costs=dict(costs) or None)
    return found, time.perf_counter() - begun


@st.fragment
def single_changes(page: Page, shown: ComparisonTable, outcome: str) -> None:
    """Show, behind a heading that opens, every usual change alone beside current care."""
    try:
        box = st.expander("All single changes", key="compare/singles", on_change="rerun")
        if box.open:
            with box:
                _show_singles(page, shown, outcome)
    except Exception as error:
        guard.report(error)


def _show_singles(page: Page, shown: ComparisonTable, outcome: str) -> None:
    desk = memory.desk()
    rows = _singles(page.patient, page.twin, desk.horizon_years, desk.start)
    wanted = st.selectbox("Sort by", tuple(_SORTS), key="compare/singles/sort", width=260)
    rows = sorted(rows, key=_SORTS[wanted])
    st.html(tag("p", NEUTRAL if wanted == next(iter(_SORTS)) else f"Sorted by you: {wanted.lower()}.", css="note"))
    head = (
        "Put on the desk",
        f"{shown.outcome.label} in {shown.horizon_years} years",
        "Prevented less caused",
        "Prevented",
        "Caused",
        "What it involves",
    )
    labels = [row.option.label for row in rows]
    openable_table(
        head,
        [_single_cells(row, shown, outcome) for row in rows],
        labels,
        caption="All single changes",
        key="compare/singles/table",
        on_open=lambda label: put_on_desk(page, next(r.result.plan for r in rows if r.option.label == label)),
    )


def _single_cells(row: SingleChange, shown: ComparisonTable, outcome: str) -> tuple:
    found = row.result.outcomes[outcome]
    first = (row.option.label, "" if row.factor == row.option.label else row.factor)
    if found.risk is None:
        why = ", ".join(f"Stop: {check.title} ({check.code})" for check in row.result.checks if check.is_stop)
        if not why and not shown.columns[0].is_withheld:  # why current care has none stands above the table
            why = found.baseline.clinical
        return (first, ("No estimate shown", why), "", "", "", row.result.burden)
    change = change_from(
        found.risk - found.difference.mean,
        found.risk,
        found.difference,
        denominator=shown.denominator,
        horizon_years=shown.horizon_years,
    )
    said = benefit_column(row.result.net_benefit, row.option.label, "", shown)
    size = (f"{change.bold} {change.rest}".strip(), change.likely)
    return (first, size, _net_cell(said), _joined(said.prevented), _caused_cell(said), row.result.burden)


def _net_cell(said: BenefitColumn) -> tuple[str, str]:
    return (f"{said.bold} {said.rest}".strip() or "Not calculated", said.likely)


def _caused_cell(said: BenefitColumn) -> tuple[str, str]:
    """Return what is caused, and below it what is not counted, whose reasons stand with the plan's net benefit."""
    uncounted = ", ".join(line.partition(":")[0] for line in said.not_counted)
    return _joined(said.caused), f"Not counted: {uncounted}" if uncounted else ""


def _joined(lines: tuple[str, ...]) -> str:
    return "; ".join(lines) or "None"


def _prevented(row: SingleChange) -> float:
    net = row.result.net_benefit
    return sum(net.prevented.values()) if net else float("-inf")


def _caused(row: SingleChange) -> float:
    net = row.result.net_benefit
    return sum(net.caused.values()) if net else float("inf")


@st.fragment
def plans_searched(page: Page, shown: ComparisonTable) -> None:
    """Show, behind a heading that opens, the plans that ask least for what they prevent."""
    try:
        label = "Plans worth discussing: least burden for each benefit"
        box = st.expander(label, key="compare/search", on_change="rerun")
        if box.open:
            with box:
                _show_search(page, shown)
    except Exception as error:
        guard.report(error)


def _show_search(page: Page, shown: ComparisonTable) -> None:
    desk = memory.desk()
    costs = _costs(page, desk.horizon_years)
    try:
        found, seconds = _searched(page.patient, page.twin, desk.horizon_years, desk.start, costs)
    except OutOfValidityRange as error:
        guard.no_estimate(error.clinical)
        return
    listed = [row for row in easiest(found).tolist() if found.choices[row].any()]
    plans = found_plans(found, listed, denominator=shown.denominator)
    st.html(tag("p", _said(found, seconds, len(plans)), css="note"))
    figure = go.Figure(search_figure(found, plans, denominator=shown.denominator), _validate=False)
    st.plotly_chart(figure, theme=None, config=CHART, alt=search_text(plans), key="compare/search/chart")
    words = "Circle: no injection. Square: injections. Hollow: habits as they are. Numbers are those of the table."
    st.html(tag("p", words, css="note"))
    _table(page, found, plans)
    if found.left_out:
        st.html(tag("p", "Left out:", css="note") + tag("ul", *(tag("li", why) for why in found.left_out), css="note"))


def _said(found: Found, seconds: float, listed: int) -> str:
    counted = "deaths" if found.counted == ("death",) else "serious events"
    return (
        f"{found.tried:,} combinations of {len(found.factors)} decisions searched in {seconds:.1f} s; "
        f"{len(found.choices):,} can be done. For {len(found.front):,} of them no other is at least as good in "
        f"{counted} prevented, tablets, injections, changes of habit, blood tests and visits, serious harms"
        f"{' and cost' if found.burden.monthly_cost is not None else ''}. The {listed} listed are those that no easier "
        f"plan equals in {counted} prevented less harms caused, the easiest first; of equal ones, such as two drugs of "
        "like effect, one. These are numbers without ranges: put a plan on the desk for those. Blood tests and visits "
        "are those that guidelines ask for in the year after a start, shared where drugs are started together. "
        f"Not counted: {_unchecked(found)}{_weightless()}."
    )


def _unchecked(found: Found) -> str:
    """Name the decisions about drugs of which no schedule of tests and visits was read."""
    missing = [
        factor.name
        for factor in found.factors
        for change in factor.options[0].changes
        if isinstance(change, StartTherapy) and therapy(change.therapy).drug_class not in monitoring()
    ]
    return f"tests and visits of {', '.join(dict.fromkeys(missing))}" if missing else "further tests and visits"


def _weightless() -> str:
    """Name the serious harms that weigh nothing against an event, and why."""
    found = (harm for harm in harms().values() if harm.is_serious and not harm.weight)
    return "".join(
        f"; {harm.label.lower()} ({harm.weight_reason[:1].lower()}{harm.weight_reason[1:]})" for harm in found
    )


def _table(page: Page, found: Found, plans: tuple[FoundPlan, ...]) -> None:
    has_cost = found.burden.monthly_cost is not None
    head = ("Put on the desk", "Prevented less caused", "Prevented", "Caused", "Tablets a day", "Injections a week")
    head = (*head, "Habits changed", "Tests and visits, first year", *(["Cost a month"] if has_cost else []))
    rows = [
        (
            f"{plan.number} {plan.name}",
            plan.net,
            plan.prevented,
            plan.caused,
            plan.tablets,
            plan.injections,
            plan.habits,
            plan.checks,
            *([plan.cost] if has_cost else []),
        )
        for plan in plans
    ]
    openable_table(
        head,
        rows,
        [str(plan.row) for plan in plans],
        caption="Plans that no easier plan equals",
        key="compare/search/table",
        on_open=lambda row: put_on_desk(page, found.plan(int(row))),
    )


def _costs(page: Page, horizon_years: int) -> Costs:
    """Ask for monthly costs; none are assumed."""
    options = [
        o.label for factor in factors_for(ground(page.patient, page.twin, horizon_years)) for o in factor.options
    ]
    with st.popover("Give monthly costs"):
        st.html(tag("p", "A cost counts as a burden where one is given; what has none costs nothing here.", css="note"))
        given = [
            (label, st.number_input(label, min_value=0.0, value=None, step=1.0, key=f"compare/search/cost/{label}"))
            for label in options
        ]
    return tuple((label, float(cost)) for label, cost in given if cost is not None)


def put_on_desk(page: Page, plan: Plan) -> None:
    """Add a found plan to the desk, or put it over the edited one where that is empty or there is no room."""
    smokes = page.patient.smoking is not None and page.patient.smoking.status == "current"
    begins_now = Plan(plan.name, plan.changes)  # the desk has a start for all plans
    settings = settings_of(begins_now, taken=memory.drugs_taken(page.patient, on=page.today), smokes=smokes)
    memory.put_plan(settings)
    st.rerun([memory.SETTINGS, memory.COMPARISON])
