"""Does any page break a rule of WCAG 2.0, 2.1 or 2.2, level A or AA, that axe-core can test?"""

from collections import Counter

import pytest

from tests.browser.conftest import VIEWPORT, go, open_first_patient, visit
from tests.browser.desk import QUIET
from twin.ui.site import SITE

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
UNFOLD = "document.querySelectorAll('details:not([open]) > summary').forEach(head => head.click())"
HEIGHT = "document.querySelector('[data-testid=stMain]').scrollHeight"
SETTLED = f"""async () => {{
  for (let calm = 0, before; calm < 10;) {{
    await new Promise(requestAnimationFrame);
    const now = {HEIGHT};
    calm = ({QUIET})() && now === before ? calm + 1 : 0;
    before = now;
  }}
}}"""
BAD = "<p style='color: #bbb; background: #ccc'>pale</p><img src='data:,'><input>"


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed").Axe()


@pytest.fixture(scope="module")
def visited(chromium, server):
    """One visit with a patient open, for tests that only look."""
    with visit(chromium) as page:
        page.goto(server.url)
        page.locator("table.worklist button").first.wait_for()
        open_first_patient(page)
        yield page


def broken(axe, page) -> list[str]:
    """Return each rule that is broken, with the element that breaks it, on the page as it stands."""
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}, {node['target']}, {node['html']}: {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def unfold(page) -> None:
    """Open what is folded and make the window as tall as the page: axe passes over what is not to be seen."""
    for step in (SETTLED, UNFOLD, SETTLED):
        page.evaluate(step)
    page.set_viewport_size({**VIEWPORT, "height": page.evaluate(HEIGHT) + 400})
    page.evaluate(SETTLED)


@pytest.mark.parametrize("title", [page.title for page in SITE])
def test_a_page_and_what_is_folded_on_it_break_no_rule(axe, visited, title):
    visited.set_viewport_size(VIEWPORT)
    go(visited, title)
    unfold(visited)
    assert broken(axe, visited) == []


def test_a_comparison_of_three_plans_breaks_no_rule(axe, three_plans):
    unfold(three_plans)
    assert broken(axe, three_plans) == []


def test_a_break_is_found_far_down_and_in_what_was_folded(axe, visited):
    """Grey on grey, an image without words and a field without a name, or the tests above could not fail."""
    visited.set_viewport_size(VIEWPORT)
    go(visited, "Summary")
    unfold(visited)
    for place in (".page-footer", "[data-testid=stExpanderDetails]"):
        visited.locator(place).last.evaluate("(place, bad) => place.insertAdjacentHTML('beforeend', bad)", BAD)
    found = Counter(line.split(",")[0] for line in broken(axe, visited))
    assert found == {"color-contrast": 2, "image-alt": 2, "label": 2}
