"""Can the comparison be used by keyboard alone, without colour, at any zoom, and be read off year by year?"""

import re

from tests.browser.conftest import VIEWPORT, go
from tests.browser.desk import QUIET, at_worklist, cells, chart, choose, named
from twin.ui.site import SITE

STOPS = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')];
  const groups = new Set();
  window.stops = all.filter(node => node.tabIndex >= 0 && !node.disabled
    && node.checkVisibility({ visibilityProperty: true })
    && !(node.role === 'radio' && groups.has(node.parentElement) || !groups.add(node.parentElement)));
  return window.stops.length;
}"""
"""Notes all that Tab should reach, in the page's order; of radio buttons one, since arrows move between them."""

FOCUS = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect();
  const header = document.querySelector('[data-testid=stLayoutWrapper]:has(> .st-key-patient-header)');
  const around = [node, node.parentElement, ...[node.closest('[role=group], .stSlider, .stCheckbox')].filter(Boolean)];
  const within = node.closest('[data-testid=stMain]') && !header.contains(node) && node.tagName !== 'MAIN';
  return {
    index: window.stops.indexOf(node),
    what: (node.ariaLabel || node.innerText || node.tagName).trim(),
    part: node.closest('nav') ? 'nav' : header.contains(node) ? 'header'
        : node.closest('[data-testid=stSidebar]') ? 'settings' : node.closest('.st-key-compare-controls') ? 'horizon'
        : node.closest('table.compare') ? 'links' : node.matches('.cp-read') ? 'figure'
        : node.matches('summary') ? 'sections' : /^Make report/.test(node.innerText) ? 'report' : 'rest',
    ring: around.some(one => getComputedStyle(one).boxShadow.startsWith('rgb(255, 184, 28)')),
    top: box.top, bottom: box.bottom, least: within ? header.getBoundingClientRect().bottom - 1 : 0,
  };
}"""


def tab_to_the_report(page):
    """Press Tab from the skip link to the last button and return where the focus went."""
    page.locator("a", has_text="Skip to main content").focus()
    expected = page.evaluate(STOPS)
    seen = [page.evaluate(FOCUS)]
    while len(seen) < expected + 5 and seen[-1]["what"] != "Make report for the patient":
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUS))
    return expected, seen


def test_tab_reaches_everything_in_order_and_the_focus_is_always_seen(three_plans):
    expected, seen = tab_to_the_report(three_plans)
    assert sorted(found["index"] for found in seen) == list(range(expected))  # nothing is skipped, nothing comes twice
    parts = [found["part"] for found in seen]
    for one in set(parts):
        places = [found["index"] for found in seen if found["part"] == one]
        assert places == sorted(places), one
    order = ["nav", "settings", "header", "horizon", "links", "figure", "sections", "report"]
    assert [parts.index(part) for part in order] == sorted(parts.index(part) for part in order)
    assert [found["what"] for found in seen if found["part"] == "nav"] == [page.title for page in SITE]
    assert {"Systolic BP change (mmHg)", "Systolic BP change, typed (mmHg)"} <= {found["what"] for found in seen}
    for found in seen[:-1][::-1]:  # and back the same way
        three_plans.keyboard.press("Shift+Tab")
        assert three_plans.evaluate(FOCUS)["index"] == found["index"]
    for found in seen:
        assert found["ring"], found
        is_tall = found["bottom"] - found["top"] > VIEWPORT["height"] - found["least"]  # its upper end is seen then
        assert found["least"] <= found["top"] < VIEWPORT["height"], found
        assert is_tall or found["bottom"] <= VIEWPORT["height"] + 1, found


def tab_to(page, text):
    """Press Tab until what has the focus says so."""
    said = "(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()"
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(said).startswith(text):
            return
    raise AssertionError(f"Tab never reached {text}")


def test_the_main_job_is_done_by_keyboard_alone(chromium, three_people):
    """Open a patient, set a plan, choose the horizon, read the curves, carry the report away; the mouse rests."""
    with at_worklist(chromium, three_people) as page:
        tab_to(page, "DOE, Jane")
        page.keyboard.press("Enter")
        page.locator("h1", has_text=re.compile("^Summary$")).wait_for()
        page.locator("[data-testid=stMain] button", has_text="Compare plans").first.wait_for()
        page.wait_for_function(QUIET)
        tab_to(page, "Compare plans")
        page.keyboard.press("Enter")
        page.locator(".cp-live[data-state=answered]").wait_for()
        page.wait_for_function(QUIET)
        tab_to(page, "Systolic BP change (mmHg)")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        named(page, "A", "BP −10")
        assert page.evaluate("document.activeElement.ariaLabel") == "Systolic BP change (mmHg)"
        tab_to(page, "5 years")
        page.keyboard.press("Enter")
        page.locator("table.compare tbody th", has_text="in 5 years").wait_for()
        page.wait_for_function(QUIET)
        tab_to(page, "Read the chart by year")
        assert page.evaluate("document.activeElement.ariaValueNow") == "5"
        tab_to(page, "Make report")
        with page.expect_download() as coming:
            page.keyboard.press("Enter")
        assert coming.value.suggested_filename.startswith("plans-")


def figures_numbers(page):
    """Return the table behind the figure: for each year the text of every plan."""
    section = page.locator("[data-testid=stExpander]", has_text="Numbers behind the chart")
    section.locator("summary").click()
    section.locator("table").wait_for()
    rows = section.locator("table tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )
    section.locator("summary").click()
    return {row[0]: row[1:] for row in rows if row[0].startswith("Year ")}


def test_pointer_and_arrow_keys_read_the_same_year_off_every_plan(three_plans):
    page, reader = three_plans, three_plans.locator(".cp-read")
    numbers = figures_numbers(page)
    names = [head.replace("\n", " ") for head in page.locator("table.compare thead th").all_inner_texts()]
    reading = page.locator(".cp-chart .reading text.value")
    reader.scroll_into_view_if_needed()
    box = reader.bounding_box()
    wide = box["width"] * 0.85 / len(names)  # one panel with its margin
    for panel, year in ((0, 3), (2, 7), (3, 10)):
        x = box["x"] + box["width"] * 0.15 + panel * wide + 0.9 * wide * year / 10
        page.mouse.move(x, box["y"] + 60)
        assert reading.all_text_contents() == numbers[f"Year {year}"]
        assert page.locator(".cp-chart .reading text.tick").all_text_contents() == [f"Year {year}"] * len(names)
    page.mouse.move(box["x"], box["y"] - 100)
    assert reading.count() == 0

    reader.focus()
    assert reading.all_text_contents() == numbers["Year 10"]
    for key, year in (("ArrowLeft", 9), ("ArrowLeft", 8), ("Home", 0), ("ArrowRight", 1), ("End", 10), ("ArrowUp", 10)):
        page.keyboard.press(key)
        said = "; ".join(" ".join(pair) for pair in zip(names, numbers[f"Year {year}"], strict=True))
        assert reader.get_attribute("aria-valuetext") == f"Year {year}: {said}"
        assert reader.get_attribute("aria-valuenow") == str(year)
        assert reading.all_text_contents() == numbers[f"Year {year}"]
    for cell, text in zip(cells(page, "risk"), numbers["Year 10"], strict=True):
        assert abs(float(text.partition(" ")[0]) - float(cell.partition(" ")[0])) <= 0.551  # one rounds to whole people
    reader.blur()
    assert reading.count() == 0


CONTRASTS = """() => {
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const parse = text => { const n = (text.match(/[\\d.]+/g) ?? []).map(Number); return n.length < 3 ? null : n; };
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const behind = node => {
    for (const layers = []; ; node = node.parentElement) {
      const colour = node ? parse(getComputedStyle(node).backgroundColor) : [255, 255, 255];
      if (colour && (colour[3] ?? 1) > 0) layers.push(colour);
      if (!node || (colour && (colour[3] ?? 1) === 1)) return layers.reduceRight((below, top) => over(top, below));
    }
  };
  const ratio = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  const found = [];
  const walk = document.createTreeWalker(document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), node = walk.currentNode.parentElement;
    if (!text || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (node.closest('style, script, .hidden, :disabled, [aria-disabled=true], [data-testid=stIconMaterial]')) continue;
    const style = getComputedStyle(node), below = behind(node);
    const ink = over(parse(node instanceof SVGElement ? style.fill : style.color), below);
    found.push([ratio(light(ink), light(below)), text.slice(0, 40)]);
  }
  const lines = [...document.querySelectorAll('.cp-chart :is(.line, .now, .zero)')]
    .map(node => [ratio(light(parse(getComputedStyle(node).stroke)), 1), node.getAttribute('class')]);
  return { text: found, lines };
}"""


SHOWN = """() => [...document.querySelectorAll('table.compare td *')]
  .every(node => getComputedStyle(node).color !== 'rgba(0, 0, 0, 0)')"""
"""New numbers come 40 ms after the old ones went."""


def too_faint(page):
    page.wait_for_function(SHOWN)
    found = page.evaluate(CONTRASTS)
    assert len(found["text"]) > 40
    faint = [(round(ratio, 2), what) for ratio, what in found["text"] if ratio < 4.5]
    return faint + [(round(ratio, 2), what) for ratio, what in found["lines"] if ratio < 3.0]


def test_text_and_lines_stand_out_on_compare_and_summary(compare):
    choose(compare, "Statin", "Atorvastatin 40 mg")
    named(compare, "A", "Statin")
    assert too_faint(compare) == []
    go(compare, "Summary")
    assert too_faint(compare) == []


def test_without_colour_the_plans_are_told_apart_by_place_letter_and_shape(three_plans):
    heads = three_plans.locator("table.compare thead th")
    assert [text[:2] for text in heads.all_inner_texts()] == ["Cu", "A ", "B ", "C "]
    boxes = [head.bounding_box() for head in heads.all()]
    axes = chart(three_plans).locator("text.axis")
    assert [text.partition(":")[0] for text in axes.all_text_contents()] == ["Current care", "A", "B", "C"]
    for box, axis in zip(boxes, axes.all(), strict=True):  # and stands below its column
        assert box["x"] < axis.bounding_box()["x"] < box["x"] + box["width"]
    dashes = (
        chart(three_plans)
        .locator("path.now")
        .evaluate_all("all => all.map(one => getComputedStyle(one).strokeDasharray)")
    )
    assert len(dashes) == 3 and set(dashes) != {"none"}  # current care is dotted in every plan's panel
    drawn = [
        re.findall(r"stroke-linecap(?:=|%3D|%22|\")+(\w+)", source)
        for source in three_plans.locator("table.compare img").evaluate_all("all => all.map(one => one.src)")
    ]
    assert all({"butt", "round"} <= set(caps) or {"square", "round"} <= set(caps) for caps in drawn)


def test_every_target_is_large_enough(three_plans):
    small = three_plans.evaluate(
        """() => [...document.querySelectorAll('section :is(button, a, input, select, summary)')]
          .filter(node => node.offsetParent !== null && !node.closest('.hidden'))
          .map(node => [node, node.getBoundingClientRect(), getComputedStyle(node).display])
          .filter(([node, box, display]) => box.width > 1 && Math.min(box.width, box.height) < 24
            && display !== 'inline' && !(node.closest('label')?.getBoundingClientRect().height >= 24))
          .map(([node, box]) => `${node.tagName} ${node.innerText || node.ariaLabel} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_at_twice_the_size_only_the_tables_scroll_sideways(three_plans):
    three_plans.set_viewport_size({"width": 683, "height": 768})
    try:
        three_plans.wait_for_function("document.querySelector('[data-testid=stMain]').clientWidth <= 683")
        three_plans.wait_for_function("document.querySelector('.cp-chart svg').clientWidth <= 683")
        wide = three_plans.evaluate(
            """() => [...document.querySelectorAll('[data-testid=stMain], [data-testid=stMain] *')]
              .filter(node => node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
              .filter(node => ['auto', 'scroll'].includes(getComputedStyle(node).overflowX))
              .map(node => node.className)"""
        )
        assert set(wide) <= {"scroll"}
    finally:
        three_plans.set_viewport_size(VIEWPORT)
