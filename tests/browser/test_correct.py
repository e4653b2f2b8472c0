"""Can a clinician mark a value wrong, see before and after, keep it, find it in every room, and take it back?"""

import re

import pytest

from tests.browser.conftest import go, visit
from tests.browser.desk import QUIET, at_worklist, clinic, open_compare, pick

SLIP = "152 mmHg"


@pytest.fixture(scope="module")
def server(chromium, tmp_path_factory):
    with clinic(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture
def page(chromium, server):
    with at_worklist(chromium, server) as page:
        yield page


def numbers(page):
    """Return all that Summary and Compare say, and end on Timeline."""
    go(page, "Summary")
    summary = page.locator("[data-testid=stMain] [data-testid=stHtml]").all_text_contents()
    go(page, "Compare plans")
    page.locator("table.compare").wait_for()
    page.wait_for_function(QUIET)
    compare = page.locator("[data-testid=stMain] [data-testid=stHtml]").all_text_contents()
    go(page, "Timeline")
    return " ".join(summary), " ".join(compare)


def preview(page, reason="Cuff too small"):
    page.locator(".js-plotly-plot .xtick").first.wait_for()
    page.locator("#correct-the-record").evaluate("heading => heading.scrollIntoView()")
    page.wait_for_function(QUIET)
    pick(page.get_by_role("combobox", name="Values"), page.get_by_role("option", name=re.compile(SLIP)))
    page.keyboard.press("Escape")
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Show what would change").click()
    page.locator(".st-key-correct-effect").wait_for()
    page.wait_for_function(QUIET)


def test_a_wrong_value_is_marked_kept_seen_everywhere_and_taken_back(page):
    open_compare(page)
    before = numbers(page)
    preview(page)
    effect = page.locator(".st-key-correct-effect")
    assert "Nothing is stored yet." in effect.inner_text()
    heads = effect.locator("table").nth(1).locator("thead th").all_inner_texts()
    assert heads == ["Measure", "Level now, before", "Level now, after", "In 1 year, before", "In 1 year, after"]
    row = effect.locator("tbody tr", has_text="Systolic BP").locator("td").all_inner_texts()
    assert len(row) == 4 and row[0] != row[1] and all(re.match(r"\d+ \(\d+ to \d+\)", cell) for cell in row)

    page.get_by_role("button", name="Keep the correction").click()
    page.get_by_text("Kept: 1 correction.").first.wait_for()
    made = page.locator(".st-key-corrections tbody tr")
    made.first.wait_for()
    assert made.count() == 1
    assert "Systolic BP 152 mmHg" in made.inner_text() and "Cuff too small" in made.inner_text()
    assert re.search(r"demo, \d\d-\w{3}-\d{4} \d\d:\d\d UTC", made.inner_text())
    assert "1 crossed out as wrong" in page.locator("[role=figure]").get_attribute("aria-label")

    after = numbers(page)
    for label, then, now in zip(("Systolic BP ", "Systolic blood pressure"), before, after, strict=True):
        assert f"{label}152 mmHg" in then and f"{label}154 mmHg" not in then
        assert f"{label}154 mmHg" in now and f"{label}152 mmHg" not in now

    page.get_by_role("button", name="Undo 1").click()
    page.get_by_text("Undone: correction 1.").first.wait_for()
    assert page.get_by_text("1 correction undone").is_visible()
    assert numbers(page) == before


def test_the_whole_flow_works_with_the_keyboard(page):
    open_compare(page)
    go(page, "Timeline")
    preview(page)
    page.get_by_role("button", name="Show what would change").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Keep the correction"
    page.keyboard.press("Enter")
    page.get_by_text("Kept: 1 correction.").first.wait_for()
    undo = page.locator(".st-key-corrections button").first
    undo.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Undone: correction").first.wait_for()
    assert page.locator(".st-key-corrections").count() == 0


def test_a_correction_survives_another_visit_and_leaves_no_patient_in_the_address(chromium, server, page):
    open_compare(page)
    go(page, "Timeline")
    preview(page, reason="Steroid course")
    page.get_by_role("button", name="Keep the correction").click()
    page.get_by_text("Kept: 1 correction.").first.wait_for()
    assert page.url.endswith("/timeline")
    with visit(chromium) as other:
        other.goto(server.url)
        other.locator("table.worklist button", has_text="DOE, Jane").click()
        other.locator("h1", has_text=re.compile("^Summary$")).wait_for()
        go(other, "Timeline")
        made = other.locator(".st-key-corrections tbody tr")
        assert "Steroid course" in made.inner_text()
        other.locator(".st-key-corrections button").first.click()
        other.get_by_text("Undone: correction").first.wait_for()
