"""What stands in each cell of the comparison, before it becomes markup or is drawn as the hand moves?

Both ways onto the page start from the same parts, so that a number reads the same however it got there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twin.figures.comparison_counts import Change
from twin.figures.comparison_table import HARMS_SHOWN, Column, ComparisonTable
from twin.figures.icons import People


@dataclass(frozen=True, slots=True)
class Part:
    """An element of a cell; its children are parts and text."""

    name: str
    children: tuple["Part | str", ...]
    css: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """People as small marks, with the same in words."""

    people: People
    colour: str
    text: str


Cell = Sequence[Part | Picture]
NO_BREAK = "\N{NO-BREAK SPACE}"


def anchor(part: str, column: Column) -> str:
    """Return the id that a link in the table leads to, for example ``src-A``, or ``checks-now`` of current care."""
    return f"{part}-{column.letter or 'now'}"


def row_heads(table: ComparisonTable) -> tuple[tuple[str, str], ...]:
    """Return class and head of every row, always in the same order."""
    heads = (
        f"{table.outcome.label} in {table.horizon_years} years",
        "Change from current care",
        f"{table.denominator:,} people like this",
        "Serious harm from treatment",
        "What it involves",
        "Certainty of evidence",
    )
    return tuple(zip(_ROWS, heads, strict=True))


def cells_of(column: Column) -> tuple[Cell, ...]:
    """Return the cells of one column, from the top."""
    return tuple(cell(column) for cell in _ROWS.values())


def caption(table: ComparisonTable) -> str:
    """Return what the table holds, in a few words."""
    count = len(table.columns) - 1
    plans = "1 plan" if count == 1 else f"{count} plans"
    return f"Current care and {plans}: {table.outcome.label} in {table.horizon_years} years"


def _span(*children: Part | str, css: str = "") -> Part:
    return Part("span", children, css)


def _small(*children: Part | str) -> Part:
    return _span(*children, css="small")


def _plain(text: str) -> Part:
    return _span(text, css="amount")


def _risk(column: Column) -> Cell:
    if not column.is_withheld:
        return [_span(column.risk, css="number"), _small(column.likely)]
    why = [_small(Part("strong", ("Stop",), "stop"), f" {stop}") for stop in column.stops]
    if not why and column.letter and column.reason:  # why current care has none stands above the table
        why = [_small(column.reason)]
    return [_span("No estimate shown", css="number none"), *why]


def _change(column: Column) -> Cell:
    if not column.letter:
        return [_plain("Reference")]
    if column.change is None:
        return [_plain("Not calculated")]
    return [_headline(column.change), *([_small(column.change.nnt)] if column.change.nnt else [])]


def _headline(change: Change) -> Part:
    likely = f"({change.likely})".replace(" ", NO_BREAK) if change.likely.count(" ") == 2 else f"({change.likely})"
    rest = " ".join(text for text in (change.rest, likely if change.likely else "") if text)
    return _span(Part("b", (change.bold,)), *([f" {rest}"] if rest else []), css="amount")


def _people(column: Column) -> Cell:
    if column.people is None:
        return [_plain("Not calculated")]
    return [Picture(column.people, column.colour, column.people_text)]


def _harm(column: Column) -> Cell:
    if column.harms:
        cell = [part for harm in column.harms[:HARMS_SHOWN] for part in (_headline(harm.change), _small(harm.label))]
    else:
        cell = [_plain(column.harms_text)]
    cell += [_small(column.uncounted)] if column.uncounted else []
    links = [
        *_link("harms", column, column.other_harms, "other harm"),
        *_link("checks", column, column.checks_found, "safety check found", "safety checks found"),
    ]
    return [*cell, *([_small(*_joined(links))] if links else [])]


def _link(part: str, column: Column, count: int, one: str, many: str = "") -> list[Part]:
    if not count:
        return []
    return [_to(part, column, f"{count} {one if count == 1 else many or one + 's'}")]


def _to(part: str, column: Column, text: str) -> Part:
    return Part("a", (text,), href=f"#{anchor(part, column)}")


def _joined(links: Sequence[Part]) -> list[Part | str]:
    return [piece for link in links for piece in (link, ", ")][:-1]


def _involves(column: Column) -> Cell:
    burden, *rest = column.involves
    return [_plain(burden), *(_small(text) for text in rest)]


def _certainty(column: Column) -> Cell:
    caveats = _link("notes", column, len(column.caveats), "caveat")
    if not column.letter:
        return [_span(*_joined([Part("a", ("Inputs and equation",), href="#receipt"), *caveats]))]
    links = [_to("src", column, f"Sources for {column.letter}"), *caveats]
    return [_span(f"{column.certainty or 'No effect'} ", *_joined(links))]


_ROWS: dict[str, Callable[[Column], Cell]] = {
    "risk": _risk,
    "change": _change,
    "people": _people,
    "harm": _harm,
    "involves": _involves,
    "certainty": _certainty,
}
