"""How does the comparison become a real table on the page?"""

from collections.abc import Callable, Sequence

from twin.figures.comparison_counts import Change
from twin.figures.comparison_table import HARMS_SHOWN, Column, ComparisonTable
from twin.figures.icons import people_uri
from twin.ui.html import Html, image, tag


def anchor(part: str, column: Column) -> str:
    """Return the id that a link in the table leads to, for example ``src-A``, or ``checks-now`` of current care."""
    return f"{part}-{column.letter or 'now'}"


def comparison_html(table: ComparisonTable, *, editing: str) -> Html:
    """Return the table with its notes: one column a plan, the rows always in the same order.

    Parameters
    ----------
    editing
        Letter of the plan whose numbers may be on their way.
    """
    rows: tuple[tuple[str, Callable[[Column], Sequence[Html]], str], ...] = (
        (f"{table.outcome.label} in {table.horizon_years} years", _risk, "risk"),
        ("Change from current care", _change, "change"),
        (f"{table.denominator:,} people like this", _people, "people"),
        ("Serious harm from treatment", _harm, "harm"),
        ("What it involves", _involves, "involves"),
        ("Certainty of evidence", _certainty, "certainty"),
    )
    heads = [tag("th", column.heading, scope="col", style=f"--plan: {column.colour}") for column in table.columns]
    body = [
        tag("tr", tag("th", label, scope="row"), *(tag("td", *cell(column)) for column in table.columns), css=css)
        for label, cell, css in rows
    ]
    caption = f"Current care and {len(table.columns) - 1} plans: {table.outcome.label} in {table.horizon_years} years"
    inner = tag(
        "table",
        tag("caption", caption, css="hidden"),
        tag("thead", tag("tr", tag("td", tag("span", f"Working out plan {editing}", css="working")), *heads)),
        tag("tbody", *body),
        css="compare",
    )
    return tag("div", inner, css="scroll", role="region", aria_label="Comparison of plans", tabindex="0")


def notes_html(table: ComparisonTable) -> Html:
    """Return what must be known to read the numbers rightly: of all plans, then of single ones."""
    lines = [tag("p", " ".join(table.notes))] if table.notes else []
    for column in table.columns:
        for index, caveat in enumerate(column.caveats):
            lines.append(tag("p", f"{column.letter}: {caveat}", id=anchor("notes", column) if index == 0 else None))
    return tag("div", *lines, css="compare-notes")


def _small(*children: object) -> Html:
    return tag("span", *children, css="small")


def _risk(column: Column) -> list[Html]:
    if not column.is_withheld:
        return [tag("span", column.risk, css="number"), _small(column.likely)]
    why = [_small(tag("strong", "Stop", css="stop"), f" {stop}") for stop in column.stops]
    if not why and column.letter and column.reason:  # why current care has none stands above the table
        why = [_small(column.reason)]
    return [tag("span", "No estimate shown", css="number none"), *why]


def _change(column: Column) -> list[Html]:
    if not column.letter:
        return [_plain("Reference")]
    if column.change is None:
        return [_plain("Not calculated")]
    return [_headline(column.change), *([_small(column.change.nnt)] if column.change.nnt else [])]


def _plain(text: str) -> Html:
    return tag("span", text, css="amount")


def _headline(change: Change) -> Html:
    rest = " ".join(text for text in (change.rest, f"({change.likely})" if change.likely else "") if text)
    return tag("span", tag("b", change.bold), f" {rest}" if rest else "", css="amount")


def _people(column: Column) -> list[Html]:
    if column.people is None:
        return [_plain("Not calculated")]
    return [image(people_uri(column.people, colour=column.colour), alt=column.people_text, css="people")]


def _harm(column: Column) -> list[Html]:
    if column.harms:
        cell = [part for harm in column.harms[:HARMS_SHOWN] for part in (_headline(harm.change), _small(harm.label))]
    else:
        cell = [_plain(column.harms_text)]
    cell += [_small(column.uncounted)] if column.uncounted else []
    links = [
        _link("harms", column, column.other_harms, "other harm"),
        _link("checks", column, column.checks_found, "safety check found", "safety checks found"),
    ]
    return [*cell, *([tag("span", *_joined(links), css="small")] if any(links) else [])]


def _link(part: str, column: Column, count: int, one: str, many: str = "") -> Html | None:
    if not count:
        return None
    return tag("a", f"{count} {one if count == 1 else many or one + 's'}", href=f"#{anchor(part, column)}")


def _joined(parts: Sequence[Html | None]) -> list[Html | str]:
    shown = [part for part in parts if part]
    return [piece for part in shown for piece in (part, ", ")][:-1]


def _involves(column: Column) -> list[Html]:
    burden, *rest = column.involves
    return [_plain(burden), *(_small(text) for text in rest)]


def _certainty(column: Column) -> list[Html]:
    if not column.letter:
        return [tag("span", tag("a", "Inputs and equation", href="#receipt"))]
    links = [
        tag("a", f"Sources for {column.letter}", href=f"#{anchor('src', column)}"),
        _link("notes", column, len(column.caveats), "caveat"),
    ]
    return [tag("span", f"{column.certainty or 'No effect'} ", *_joined(links))]
