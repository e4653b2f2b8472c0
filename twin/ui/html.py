"""How is text put on the page as HTML without anything of a record becoming markup?"""

from collections.abc import Sequence
from html import escape


class Html(str):
    """Markup made here; any other text is escaped before it is shown."""

    __slots__ = ()


def render(content: object) -> Html:
    """Return markup as it is and anything else as escaped text."""
    return content if isinstance(content, Html) else Html(escape(str(content)))


def tag(name: str, *children: object, **attributes: str | None) -> Html:
    """Return one element.

    Parameters
    ----------
    name
        Element name.
    children
        Markup or text, in order.
    attributes
        ``css`` stands for ``class``; an underscore for a hyphen; ``None`` leaves the attribute out.
    """
    written = "".join(
        f' {"class" if key == "css" else key.replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{''.join(render(child) for child in children)}</{name}>")


def image(source: str, *, alt: str, css: str | None = None) -> Html:
    """Return an image element with its text alternative."""
    described = f'<img src="{escape(source)}" alt="{escape(alt)}"'
    return Html(described + (f' class="{escape(css)}">' if css else ">"))


def table(
    head: Sequence[object],
    rows: Sequence[Sequence[object]],
    *,
    caption: str,
    css: str = "",
    numeric: Sequence[int] = (),
) -> Html:
    """Return a real table: column heads, a head for each row, and a caption for screen readers.

    Parameters
    ----------
    head
        One cell a column.
    rows
        One sequence of cells a row; its first cell is the row's head.
    caption
        What the table holds, in a few words.
    numeric
        Columns set flush right.
    """

    def style(column: int) -> str | None:
        return "number" if column in numeric else None

    header = tag("tr", *(tag("th", cell, scope="col", css=style(i)) for i, cell in enumerate(head)))
    body = [
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell, css=style(i)) for i, cell in enumerate(row[1:], 1)))
        for row in rows
    ]
    inner = tag(
        "table",
        tag("caption", caption, css="hidden"),
        tag("thead", header),
        tag("tbody", *body),
        css=f"cp {css}".strip(),
    )
    return tag("div", inner, css="scroll", role="region", aria_label=caption, tabindex="0")
