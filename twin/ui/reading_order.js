// In which order does Tab go where the settings stand beside the page? The framework has them before the navigation;
// the page reads navigation, settings, comparison. Only the steps from one part to the next are taken over.

const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";

function stops(part) {
  return [...part.querySelectorAll(STOPS)].filter(
    (node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true }),
  );
}

function step(event) {
  if (event.key !== "Tab" || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  const beside = document.querySelector("[data-testid=stSidebar]");
  const main = document.querySelector("[data-testid=stMain]");
  const navigation = document.querySelector("nav[aria-label='App pages']");
  const skip = document.querySelector("[data-testid=stSkipToContent]");
  if (!beside || !main || !navigation || !skip) return;
  const [links, settings] = [stops(navigation), stops(beside)];
  if (!links.length || !settings.length) return;
  const page = main.tabIndex >= 0 ? main : stops(main)[0];
  const order = [[skip, links[0]], [links.at(-1), settings[0]], [settings.at(-1), page]];
  const pair = order.find(([from, to]) => (event.shiftKey ? to : from) === document.activeElement);
  if (!pair) return;
  event.preventDefault();
  pair[event.shiftKey ? 0 : 1].focus();
}

globalThis.counterpartTab ??= document.addEventListener("keydown", step) ?? true; // once, however often this is loaded
