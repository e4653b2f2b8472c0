// How does a number follow the hand? A slider and a typed field on one value, which this script owns while it is shown:
// every move is drawn at once from the slider's line of ready views, and its last value is told to the server.

const desk = (globalThis.counterpartDesk ??= Object.assign(new EventTarget(), { at: {}, lines: {}, armed: "" }));
const PAUSE = 60; // ms within which the page shows that the server is at work

class Slider {
  constructor(root, data) {
    this.field = data.field;
    this.value = data.value;
    this.range = root.querySelector("input[type=range]");
    this.typed = root.querySelector("input[type=number]");
    root.querySelector(".cp-name").textContent = data.label;
    root.querySelector(".cp-hint").textContent = data.hint;
    Object.assign(this.range, { min: data.low, max: data.high, step: data.step });
    this.typed.step = data.step;
    this.range.setAttribute("aria-label", data.label);
    this.typed.setAttribute("aria-label", data.typed_label);
    for (const input of [this.range, this.typed]) input.setAttribute("aria-description", data.hint);
    this.limits = [data.typed_low ?? -Infinity, data.typed_high ?? Infinity];
    this.unit = data.unit;
    this.show();
    this.range.addEventListener("input", () => this.move(Number(this.range.value)));
    this.range.addEventListener("change", () => this.tell());
    this.typed.addEventListener("change", () => this.type());
    for (const sign of ["pointerenter", "pointerdown", "focusin"]) root.addEventListener(sign, () => this.arm());
    this.answered = () => this.follow();
    desk.addEventListener("answered", this.answered);
    this.root = root.querySelector(".cp-slider");
    this.root.dataset.script = "runs";
  }

  update(data, send) {
    this.send = send;
    this.plan = data.plan;
    this.mask(false);
    if (data.line) this.line = data.line;
    this.root.dataset.line = this.line?.of ?? "";
    this.follow();
  }

  leave() {
    clearTimeout(this.later);
    desk.removeEventListener("answered", this.answered);
  }

  show() {
    this.range.value = this.value;
    this.typed.value = this.value;
    this.range.setAttribute("aria-valuetext", `${this.value} ${this.unit}`);
  }

  move(value) {
    this.value = value;
    this.show();
    this.say();
  }

  type() {
    const value = this.typed.valueAsNumber;
    if (!Number.isFinite(value)) return this.show();
    this.move(Math.min(Math.max(value, this.limits[0]), this.limits[1]));
    this.tell();
  }

  say() {
    const { field, value } = this;
    desk.dispatchEvent(new CustomEvent("moved", { detail: { field, value, view: this.view() } }));
    this.mask(!desk.lines[field]);
  }

  // Where nothing on the page can follow, its numbers are hidden until the server has answered.
  mask(is_unknown) {
    const numbers = document.querySelector(".st-key-comparison");
    if (is_unknown && numbers) numbers.dataset.state = "unknown";
    else delete numbers?.dataset.state;
  }

  // The ready view of the value, if there is one and nothing else has changed since.
  view() {
    const { line } = this;
    if (!line || line.of !== desk.lines[this.field]) return null;
    const place = line.places[(this.value - line.low) / line.step];
    if (!place) return null;
    const base = line.bases[place.of];
    const columns = [...base.columns];
    columns[line.moving] = place.column;
    return { ...base, axis: place.axis, columns };
  }

  // After an answer, or with a new line: draw a value that the server has not answered yet, and ask for a line.
  follow() {
    if (desk.plan !== undefined && desk.plan !== this.plan) return; // on its way out: the page is at another plan
    if (this.field in desk.at && desk.at[this.field] !== this.value) this.say();
    if (desk.armed === this.field) this.ask();
  }

  arm() {
    desk.armed = this.field;
    this.ask();
  }

  ask() {
    const wanted = desk.lines[this.field];
    if (!wanted || this.line?.of === wanted || this.wanted === wanted) return;
    this.wanted = wanted;
    this.tell();
  }

  // One thing at a time: the server drops a run that is overtaken, with all it had not shown yet. Only the last value
  // counts, so a held key is told about as often as there are answers.
  tell() {
    clearTimeout(this.later);
    const app = document.querySelector("[data-testid=stApp]");
    const now = performance.now();
    if (app?.dataset.testScriptState === "running" || now - (desk.told ?? -PAUSE) < PAUSE) {
      this.later = setTimeout(() => this.tell(), 10);
      return;
    }
    desk.told = now;
    this.send("hand", { value: this.value, wanted: this.wanted ?? "", at: performance.timeOrigin + now });
  }
}

const sliders = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  if (!sliders.has(parentElement)) sliders.set(parentElement, new Slider(parentElement, data));
  const slider = sliders.get(parentElement);
  slider.update(data, setStateValue);
  return () => slider.leave();
}
