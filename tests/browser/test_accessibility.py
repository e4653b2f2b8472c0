"""Does any page break a rule of WCAG 2.0, 2.1 or 2.2, level A or AA, that axe-core can test?"""

import pytest

from tests.browser.conftest import go, open_first_patient, visit
from tests.browser.desk import QUIET
from twin.ui.site import SITE

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
OPENED = "document.querySelectorAll('details').forEach(part => { part.open = true })"


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
    """Return each rule that is broken, with the element that breaks it."""
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}, {node['target']}, {node['html']}: {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("title", [page.title for page in SITE])
def test_a_page_and_what_opens_on_it_break_no_rule(axe, visited, title):
    go(visited, title)
    visited.wait_for_function(QUIET)
    visited.evaluate(OPENED)
    assert broken(axe, visited) == []


def test_a_comparison_of_three_plans_breaks_no_rule(axe, three_plans):
    three_plans.evaluate(OPENED)
    assert broken(axe, three_plans) == []


def test_a_break_is_found(axe, visited):
    """Grey on grey, an image without words and a field without a name, or the tests above could not fail."""
    visited.evaluate(
        """() => document.querySelector('.page-footer').insertAdjacentHTML('beforeend',
          "<div id='bad'><p style='color: #bbb; background: #ccc'>pale</p><img src='data:,'><input></div>")"""
    )
    try:
        assert {line.split(",")[0] for line in broken(axe, visited)} == {"color-contrast", "image-alt", "label"}
    finally:
        visited.evaluate("document.querySelector('#bad').remove()")
