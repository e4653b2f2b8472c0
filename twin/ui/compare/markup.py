"""How does the comparison become a real table on the page?"""

from twin.figures.comparison_table import ComparisonTable
from twin.figures.icons import people_uri
from twin.ui.compare.cells import Part, Picture, anchor, caption, cells_of, row_heads
from twin.ui.html import Html, image, tag


def comparison_html(table: ComparisonTable, *, editing: str) -> Html:
    """Return the table: one column a plan, the rows always in the same order.

    Parameters
    ----------
    editing
        Letter of the plan whose numbers may be on their way.
    """
    heads = [tag("th", column.heading, scope="col", style=f"--plan: {column.colour}") for column in table.columns]
    columns = [[tag("td", *map(_html, cell)) for cell in cells_of(column)] for column in table.columns]
    body = [
        tag("tr", tag("th", label, scope="row"), *cells, css=css)
        for (css, label), *cells in zip(row_heads(table), *columns, strict=True)
    ]
    inner = tag(
        "table",
        tag("caption", caption(table), css="hidden"),
        tag("thead", tag("tr", tag("td", tag("span", f"Working out plan {editing}", css="working")), *heads)),
        tag("tbody", *body),
        css="compare",
    )
    return tag("div", inner, css="scroll", role="region", aria_label="Comparison of plans", tabindex="0")


def _html(part: Part | Picture | str) -> Html | str:
    if isinstance(part, Picture):
        return image(people_uri(part.people, colour=part.colour), alt=part.text, css="people")
    if isinstance(part, Part):
        return tag(part.name, *map(_html, part.children), css=part.css or None, href=part.href or None)
    return part


def notes_html(table: ComparisonTable) -> Html:
    """Return what must be known to read the numbers rightly: of all plans, then of single ones."""
    lines = [tag("p", " ".join(table.notes))] if table.notes else []
    for column in table.columns:
        for index, caveat in enumerate(column.caveats):
            whose = column.letter or column.name
            lines.append(tag("p", f"{whose}: {caveat}", id=anchor("notes", column) if index == 0 else None))
    return tag("div", *lines, css="compare-notes")
