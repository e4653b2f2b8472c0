"""How is a table shown whose rows can be opened without leaving the visit?

A link in plain HTML loads the page anew, which ends the visit, and carries the patient in its address.
Here each row's first cell is a button of a real table that tells the server its row.
"""

from collections.abc import Callable, Sequence

import streamlit as st

_SCRIPT = """
export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  const cell = (kind, text, extra) => {
    const node = Object.assign(document.createElement(kind), extra);
    const [main, small] = [].concat(text);
    node.textContent = main;
    if (small) node.append(cell("span", small, { className: "small" }));
    return node;
  };
  table.caption.textContent = data.caption;
  table.tHead.rows[0].replaceChildren(...data.head.map((text) => cell("th", text, { scope: "col" })));
  table.tBodies[0].replaceChildren(
    ...data.rows.map((row, index) => {
      const line = document.createElement("tr");
      const name = cell("th", "", { scope: "row" });
      const open = cell("button", row[0], { type: "button" });
      open.onclick = () => setTriggerValue("opened", { row: index, key: data.keys[index] });
      name.append(open);
      line.append(name, ...row.slice(1).map((text) => cell("td", text)));
      return line;
    }),
  );
}
"""

_table = st.components.v2.component(
    "counterpart_worklist",
    html='<div class="scroll"><table class="cp worklist"><caption class="hidden"></caption>'
    "<thead><tr></tr></thead><tbody></tbody></table></div>",
    js=_SCRIPT,
    isolate_styles=False,
)


def openable_table(
    head: Sequence[str],
    rows: Sequence[Sequence[str | tuple[str, str]]],
    keys: Sequence[str],
    *,
    caption: str,
    key: str,
    on_open: Callable[[str], None] = lambda _: None,
) -> str | None:
    """Show a table and return the key of the row that was just opened.

    Parameters
    ----------
    head
        Column heads.
    rows
        Text of the cells, or text and a smaller line below it; the first cell of each row is its button.
    keys
        What each row stands for, for example a patient's internal id; never shown.
    caption
        What the table holds, for screen readers.
    key
        Of the element.
    on_open
        Called with the key of the opened row before anything runs again.
    """
    result = _table(
        key=key,
        data={"head": list(head), "rows": [list(row) for row in rows], "keys": list(keys), "caption": caption},
        height="content",
        on_opened_change=lambda: on_open(st.session_state[key]["opened"]["key"]),
    )
    return result.opened["key"] if result.opened else None
