// How does a row open in a table that may be drawn anew at any moment, as a live search does with each letter? A click
// is a press and a release on one row: while a pointer or a key is down on the table its rows stay as they are. And
// no hand answers within `REACTION` to what the eye has just seen: such a press means the row that stood there before.

const REACTION = 200; // ms
const CONTROLS = "a, button, input, select, summary, [role=option]"; // the rows' own buttons take no press then

const cell = (kind, text, extra) => {
  const node = Object.assign(document.createElement(kind), extra);
  const [main, small] = [].concat(text);
  node.textContent = main;
  if (small) node.append(cell("span", small, { className: "small" }));
  return node;
};

class Rows {
  constructor(root) {
    this.table = root.querySelector("table");
    this.table.parentElement.dataset.script = "runs";
    this.rows = []; // each with its key, its name for what it says, and its nodes
    this.left = new AbortController();
    const { signal } = this.left;
    this.table.addEventListener("keydown", ({ key }) => (this.is_held ||= key === " "), { signal });
    addEventListener("pointerdown", (event) => this.press(event), { signal });
    addEventListener("click", () => this.aimed && this.open("opened", { key: this.aimed }), { signal });
    for (const sign of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(sign, () => this.release(), { signal });
  }

  press({ button, target, clientX, clientY }) {
    this.is_held = button === 0 && this.table.contains(target);
    const is_at = ({ left, right, top, bottom }) => left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    this.is_early = "moved" in this.table.dataset && !target.closest(CONTROLS);
    this.aimed = this.is_early && this.before.find(({ place }) => is_at(place))?.key;
  }

  release() {
    this.is_held = false;
    setTimeout(() => {
      this.is_early = this.aimed = false; // after the click that this brings
      this.draw();
    });
  }

  update(data, open) {
    this.open = open;
    this.waiting = data;
    this.draw();
  }

  draw() {
    const { table, waiting, rows } = this;
    if (this.is_held || !waiting) return;
    this.waiting = null;
    const places = rows.map(({ key, head }) => ({ key, place: head.getBoundingClientRect() }));
    table.parentElement.hidden = !waiting.rows.length;
    table.caption.textContent = waiting.caption;
    table.tHead.rows[0].replaceChildren(...waiting.head.map((text) => cell("th", text, { scope: "col" })));
    const known = new Map(rows.map((row) => [row.name, row]));
    this.rows = waiting.rows.map((cells, index) => {
      const [key, name] = [waiting.keys[index], JSON.stringify([waiting.keys[index], cells])];
      return known.get(name) ?? { key, name, ...this.line(cells, key) };
    });
    if (this.rows.length === rows.length && this.rows.every((row, index) => row === rows[index])) return;
    if (!("moved" in table.dataset)) this.before = places;
    const focused = document.activeElement;
    table.tBodies[0].replaceChildren(...this.rows.map(({ line }) => line));
    if (table.contains(focused)) focused.focus({ preventScroll: true });
    if (rows.length) this.settle();
  }

  // Until the hand can know of the new rows, their buttons take no press.
  settle() {
    this.table.dataset.moved = "";
    clearTimeout(this.later);
    this.later = setTimeout(() => delete this.table.dataset.moved, REACTION);
  }

  line([first, ...rest], key) {
    const [line, head] = [document.createElement("tr"), cell("th", "", { scope: "row" })];
    head.append(cell("button", first, { type: "button" }));
    head.onclick = () => this.is_early || this.open("opened", { key }); // also a little beside the button
    line.append(head, ...rest.map((text) => cell("td", text)));
    return { line, head };
  }
}

const tables = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!tables.has(parentElement)) tables.set(parentElement, new Rows(parentElement));
  const rows = tables.get(parentElement);
  rows.update(data, setTriggerValue);
  return () => rows.left.abort();
}
