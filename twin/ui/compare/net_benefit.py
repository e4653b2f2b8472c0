"""Does a plan prevent more than it causes, and what was not counted?"""

from collections.abc import Sequence

from twin.figures.comparison_benefit import BenefitColumn, benefit_columns, rules
from twin.figures.comparison_table import ComparisonTable
from twin.plans.results import Comparison
from twin.ui.compare.beside import beside_html, small
from twin.ui.html import Html, tag


def net_benefit_html(comparison: Comparison, shown: ComparisonTable) -> Html:
    """Return the plans' net benefit column by column; an empty section where no plan has one.

    A plan that harms more than it helps says so in the same size of type as one that helps.
    """
    columns = benefit_columns(comparison, shown)
    shared = _shared([column.not_counted for column in columns if column.bold])
    if not any(column.bold for column in columns):
        return tag("section")
    rows = (
        ("Prevented less caused", [_net(column) for column in columns]),
        ("Prevents more than it causes", [[_text(column.chance, column)] for column in columns]),
        ("Prevented", [_list(column.prevented, column) for column in columns]),
        ("Caused", [_list(column.caused, column) for column in columns]),
        ("Benefit ahead of harm", [[_text(column.passes, column)] for column in columns]),
        (
            "Not counted",
            [_list(_own(column, shared), column, "See below" if shared else "Nothing named") for column in columns],
        ),
    )
    now = ("Reference", *(" " for _ in rows[1:]))
    title = f"Serious events prevented and caused in {shown.horizon_years} years"
    return tag(
        "section",
        tag("h2", title, css="section"),
        beside_html(
            shown, rows, caption=title, css="benefit", reference=[[tag("span", word, css="amount")] for word in now]
        ),
        *(tag("p", f"Not counted in any plan: {line}.", css="note") for line in shared),
        *(tag("p", rule, css="note") for rule in rules(comparison)),
        css="behind",
    )


def _shared(of_plans: Sequence[Sequence[str]]) -> list[str]:
    """Return what two or more plans all leave out, so that it is said once."""
    return [line for line in of_plans[0] if all(line in lines for lines in of_plans)] if len(of_plans) > 1 else []


def _own(column: BenefitColumn, shared: Sequence[str]) -> list[str]:
    return [line for line in column.not_counted if line not in shared]


def _net(column: BenefitColumn) -> list[Html]:
    if not column.bold:
        return [_text("", column)]
    rest = " ".join(part for part in (column.rest, f"({column.likely})" if column.likely else "") if part)
    return [tag("span", tag("b", column.bold), f" {rest}" if rest else "", css="amount")]


def _text(text: str, column: BenefitColumn) -> Html:
    return tag("span", text if column.bold else "Not calculated", css="amount")


def _list(lines: Sequence[str], column: BenefitColumn, none: str = "None") -> list[Html]:
    return [small(line) for line in lines] or [_text(none, column)]
