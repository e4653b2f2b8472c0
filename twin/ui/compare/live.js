// How do table and curves follow the hand? They are drawn from views in ready words: the server's exact answer, or the
// place of a slider that is being moved. A number that neither can answer for is hidden until the answer comes.

const desk = (globalThis.counterpartDesk ??= Object.assign(new EventTarget(), { at: {}, lines: {}, armed: "" }));
const SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function element(part) {
  if (typeof part === "string") return document.createTextNode(part);
  if (!Array.isArray(part)) return people(part);
  const [name, css, href, ...children] = part;
  const node = document.createElement(name);
  if (css) node.className = css;
  if (href) node.href = href;
  node.append(...children.map(element));
  return node;
}

function people({ row, pitch, total, marks, text }) {
  const width = row * pitch;
  const height = (total / row) * pitch;
  const svg = drawn("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, fill: "none" });
  for (const { first, count, colour, size, cap, hole } of marks) {
    let d = "";
    for (let i = first; i < first + count; i++)
      d += `M${((i % row) + 0.5) * pitch} ${height - (Math.floor(i / row) + 0.5) * pitch}h0`;
    for (const [stroke, share] of hole ? [[colour, size], ["#FFFFFF", hole]] : [[colour, size]])
      svg.append(drawn("path", { d, stroke, "stroke-width": share * pitch, "stroke-linecap": cap }));
  }
  const image = document.createElement("img");
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  image.alt = text;
  image.className = "people";
  return image;
}

function cell(name, scope) {
  const node = document.createElement(name);
  if (scope) node.scope = scope;
  return node;
}

class Live {
  constructor(root) {
    this.root = root.querySelector(".cp-live");
    this.table = root.querySelector("table");
    this.chart = root.querySelector(".cp-chart");
    this.figure = root.querySelector(".cp-figure");
    this.reader = root.querySelector(".cp-read");
    this.hand = new Map(); // field -> value moved to and not yet answered
    this.filled = new WeakMap();
    this.year = null; // that is read off the figure
    this.reads();
    this.moved = ({ detail }) => this.follow(detail);
    desk.addEventListener("moved", this.moved);
    this.resized = new ResizeObserver(() => this.view && this.draw_chart());
    this.resized.observe(this.chart);
  }

  leave() {
    desk.removeEventListener("moved", this.moved);
    this.resized.disconnect();
    Object.assign(desk, { plan: undefined, at: {}, lines: {} });
  }

  answer(data) {
    if (data.plan !== this.data?.plan) this.hand.clear();
    this.data = data;
    Object.assign(desk, { plan: data.plan, at: data.at, lines: data.lines });
    for (const [field, value] of this.hand) if (data.at[field] === value) this.hand.delete(field);
    if (!this.hand.size) this.show(data.view, "answered");
    desk.dispatchEvent(new Event("answered"));
  }

  follow({ field, value, view }) {
    const { at } = this.data;
    const is_alone = [...this.hand.keys()].every((other) => other === field);
    const is_underway = !this.hand.size && this.root.closest("[data-stale='true']");
    if (value === at[field]) this.hand.delete(field);
    else this.hand.set(field, value);
    if (!this.hand.size) this.show(this.data.view, "answered");
    else if (view && is_alone && !is_underway) this.show(view, "moving");
    else this.root.dataset.state = "unknown";
  }

  // What could not be drawn whole is hidden, and plain widgets come.
  show(view, state) {
    this.view = view;
    try {
      this.draw_table();
      this.draw_chart();
      this.root.dataset.state = state;
      if (this.root.dataset.script === "waiting") this.root.dataset.script = "runs"; // what broke once stays so
    } catch (error) {
      this.root.dataset.state = "unknown";
      this.root.dataset.script = "failed";
      throw error;
    }
  }

  draw_table() {
    const { table, view, data } = this;
    const [head, body] = [table.tHead, table.tBodies[0]];
    if (head.rows[0]?.cells.length !== view.columns.length + 1 || body.rows.length !== view.rows.length) {
      const heads = view.columns.map(() => cell("th", "col"));
      const working = Object.assign(document.createElement("span"), { className: "working" });
      head.replaceChildren(document.createElement("tr"));
      head.rows[0].append(cell("td"), ...heads);
      head.rows[0].cells[0].append(working);
      body.replaceChildren(
        ...view.rows.map(([css]) => {
          const row = document.createElement("tr");
          row.className = css;
          row.append(cell("th", "row"), ...view.columns.map(() => cell("td")));
          return row;
        }),
      );
    }
    table.caption.textContent = view.caption;
    head.querySelector(".working").textContent = `Working out plan ${data.editing}`;
    view.columns.forEach((column, index) => {
      const top = head.rows[0].cells[index + 1];
      top.style.setProperty("--plan", column.colour);
      this.fill(top, [column.heading]);
      column.cells.forEach((parts, row) => this.fill(body.rows[row].cells[index + 1], parts));
    });
    view.rows.forEach(([, label], row) => this.fill(body.rows[row].cells[0], [label]));
  }

  // Only what reads differently is replaced, and a link that has the focus gives it to its successor.
  fill(node, parts) {
    const text = JSON.stringify(parts);
    if (this.filled.get(node) === text) return;
    this.filled.set(node, text);
    const link = node.contains(document.activeElement) && document.activeElement.getAttribute("href");
    node.replaceChildren(...parts.map(element));
    if (link) [...node.querySelectorAll("a")].find((one) => one.getAttribute("href") === link)?.focus();
  }

  draw_chart() {
    const { chart, figure, view, data } = this;
    this.panels = [];
    chart.hidden = !view.axis;
    if (!view.axis) return;
    const { first_column, height, per_risk } = data.figure;
    const width = figure.clientWidth;
    if (!width) return;
    const [top, step] = view.axis;
    const [above, below] = [8, height - 40];
    const y = (people) => below - (people / (top * 1.02)) * (below - above);
    const wide = (width * (1 - first_column)) / view.columns.length;
    const svg = drawn("svg", { width, height, role: "img", "aria-label": [view.about, ...view.columns.map((c) => c.said)].join(" ") });
    const write = (x, at, css, text, more = {}) => svg.append(drawn("text", { x, y: at, class: css, ...more }, text));
    const start = width * first_column;
    const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
    for (const tick of ticks) write(start - 6, y(tick) + 4, "tick", tick.toLocaleString("en-US"), { "text-anchor": "end" });
    const middle = (above + below) / 2;
    const turned = { "text-anchor": "middle", transform: `rotate(-90 ${start - 44} ${middle})` };
    write(start - 44, middle, "tick", `People in ${view.of.toLocaleString("en-US")}`, turned);
    view.columns.forEach((column, index) => {
      const left = start + index * wide;
      const right = left + wide * 0.9;
      const last = view.years.at(-1);
      const x = (year) => left + (year / last) * (right - left);
      const point = (value, i) => `${x(view.years[i]).toFixed(1)} ${y((value / per_risk) * view.of).toFixed(1)}`;
      const path = (values) => `M${values.map(point).join("L")}`;
      for (const tick of ticks) svg.append(drawn("path", { d: `M${left} ${y(tick)}H${right}`, class: tick ? "grid" : "zero" }));
      for (const year of [0, last / 2, last]) write(x(year), below + 15, "tick", String(year), { "text-anchor": "middle" });
      const whose = index ? column.heading[0] : column.heading;
      write((left + right) / 2, below + 32, "tick axis", `${whose}: years from today`, { "text-anchor": "middle" });
      if (!column.lines) return write((left + right) / 2, (above + below) / 2, "tick", "No estimate shown", { "text-anchor": "middle" });
      const [mean, low, high] = column.lines;
      const back = low.map((value, i) => point(value, i)).reverse();
      svg.append(drawn("path", { d: `${path(high)}L${back.join("L")}Z`, class: "band" }));
      if (index) svg.append(drawn("path", { d: path(view.columns[0].lines[0]), class: "now" }));
      svg.append(drawn("path", { d: path(mean), class: "line", style: `stroke: ${column.colour}` }));
      write(right + 3, y((mean.at(-1) / per_risk) * view.of) + 5, "end", column.end, { style: `fill: ${column.colour}` });
      lines_of(data.figure.notes[index] ?? "", (right - left) / 5.4).forEach((line, row) => write(left + 2, above + 12 + 14 * row, "tick note", line));
      const values = mean.map((value) => (value / per_risk) * view.of);
      this.panels.push({ column, left, right, above, below, x, y: (year) => y(between(view.years, values, year)) });
    });
    figure.replaceChildren(svg);
    this.read(this.year);
  }

  // A pointer over a panel, or the arrow keys, read the same year off every plan.
  reads() {
    const { reader } = this;
    const last = () => this.view.years.at(-1);
    const is_focused = () => reader === document.activeElement;
    const keys = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -100, End: 100 };
    for (const sign of ["pointerdown", "pointermove"])
      reader.addEventListener(sign, ({ offsetX }) => {
        const { left, right } = this.panels.findLast((one) => one.left <= offsetX) ?? this.panels[0];
        this.read(Math.round(((offsetX - left) / (right - left)) * last()));
      });
    reader.addEventListener("pointerleave", () => is_focused() || this.read(null));
    reader.addEventListener("focus", () => this.read(this.year ?? last()));
    reader.addEventListener("blur", () => this.read(null));
    reader.addEventListener("keydown", (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      this.read((this.year ?? last()) + keys[event.key]);
    });
  }

  read(wanted) {
    const { reader, panels, view } = this;
    const last = view.years.at(-1);
    const year = wanted === null ? null : Math.min(Math.max(wanted, 0), last);
    this.year = year;
    const at = year ?? last;
    const said = ({ heading, read }) => `${heading} ${read ? read[at] : "no estimate shown"}`;
    const about = `Read the chart by year: people in ${view.of.toLocaleString("en-US")}, likely range in brackets`;
    const values = { label: about, valuemin: 0, valuemax: last, valuenow: at };
    values.valuetext = `Year ${at}: ${view.columns.map(said).join("; ")}`;
    for (const [name, value] of Object.entries(values)) reader.setAttribute(`aria-${name}`, value);
    const svg = this.figure.querySelector("svg");
    svg.querySelector(".reading")?.remove();
    svg.classList.toggle("is-read", year !== null);
    if (year === null) return;
    const marks = panels.flatMap(({ column, left, above, below, x, y }) => [
      drawn("path", { d: `M${x(year)} ${above}V${below}`, class: "guide" }),
      drawn("circle", { cx: x(year), cy: y(year), r: 5, fill: column.colour }),
      drawn("text", { x: left + 4, y: above + 10, class: "tick" }, `Year ${year}`),
      drawn("text", { x: left + 4, y: above + 26, class: "value" }, column.read[year]),
    ]);
    svg.append(drawn("g", { class: "reading", "aria-hidden": true }, ...marks));
  }
}

// Breaks a note where its panel is too narrow for it.
function lines_of(text, most) {
  const lines = [];
  for (const word of text.split(" ").filter(Boolean))
    if (lines.length && `${lines.at(-1)} ${word}`.length <= most) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  return lines;
}

function between(years, values, year) {
  const i = Math.max(1, years.findIndex((one) => one >= year));
  const share = (year - years[i - 1]) / (years[i] - years[i - 1]);
  return values[i - 1] + share * (values[i] - values[i - 1]);
}

const lives = new WeakMap();

export default function ({ data, parentElement }) {
  if (!lives.has(parentElement)) lives.set(parentElement, new Live(parentElement));
  const live = lives.get(parentElement);
  live.answer(data);
  return () => live.leave();
}
