"""How does a further table stand under the comparison, column by column?"""

from collections.abc import Sequence

from twin.figures.comparison_table import ComparisonTable
from twin.ui.html import Html, tag


def small(*children: object) -> Html:
    """Return a smaller line of a cell."""
    return tag("span", *children, css="small")


def beside_html(
    shown: ComparisonTable,
    rows: Sequence[tuple[str, Sequence[Sequence[Html]]]],
    *,
    caption: str,
    css: str,
    reference: str | Sequence[Sequence[Html]] = "",
) -> Html:
    """Return a table whose columns stand under those of the comparison, current care first.

    Parameters
    ----------
    rows
        Heading of each row, and its cells, one a plan.
    reference
        What stands under current care: one text for all rows, or the cells of each row.
    """
    heads = [tag("th", column.heading, scope="col", style=f"--plan: {column.colour}") for column in shown.columns]
    now = [[tag("span", reference, css="amount")]] * len(rows) if isinstance(reference, str) else reference
    body = [
        tag("tr", tag("th", label, scope="row"), *(tag("td", *cell) for cell in (first, *cells)))
        for (label, cells), first in zip(rows, now, strict=True)
    ]
    inner = tag(
        "table",
        tag("caption", caption, css="hidden"),
        tag("thead", tag("tr", tag("td"), *heads)),
        tag("tbody", *body),
        css=f"beside {css}",
    )
    return tag("div", inner, css="scroll", role="region", aria_label=caption, tabindex="0")
