"""Does a page stand still as it comes, and does a click on a row open its patient whatever becomes of the list?"""

import pytest

from tests.browser.conftest import ended
from tests.browser.desk import at_worklist

WANTED = "POE, Paula (Ms)"
CLICK_WHEN_REDRAWN = """([x, y]) => {
  const tell = (sign) => new PointerEvent(sign, { bubbles: true, button: 0, clientX: x, clientY: y });
  new MutationObserver((_, watch) => {
    watch.disconnect();
    const under = document.elementFromPoint(x, y);
    for (const sign of ["pointerdown", "pointerup"]) under.dispatchEvent(tell(sign));
    under.dispatchEvent(tell("click"));
  }).observe(document.querySelector("table.worklist tbody"), { childList: true });
}"""

CONTROL_AT = """([x, y]) => {
  const style = `position: fixed; z-index: 999; left: ${x - 9}px; top: ${y - 9}px; width: 18px; height: 18px`;
  const control = Object.assign(document.createElement("button"), { style, onclick: () => control.remove() });
  document.body.append(control);
}"""


@pytest.fixture
def page(chromium, three_people):
    with at_worklist(chromium, three_people) as page:
        yield page


def middle(page, name):
    box = page.locator("table.worklist button", has_text=name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def search(page, text):
    page.get_by_label("Search by name or ID").press_sequentially(text)


def opened(page):
    ended(page, "Summary")
    return page.locator(".patient-line .name").inner_text()


@pytest.mark.parametrize(("text", "answer"), [("moe", "1 patient, "), ("nobody", "No patient found")])
def test_a_press_opens_its_row_though_the_search_answers_before_the_release(page, text, answer):
    place = middle(page, WANTED)
    search(page, text)
    page.mouse.move(*place)
    page.mouse.down()
    page.locator(".status", has_text=answer).first.wait_for()
    assert page.locator("table.worklist button", has_text=WANTED).is_visible()
    page.mouse.up()
    assert opened(page) == WANTED


def test_a_click_at_the_moment_the_list_changes_means_what_stood_there_before(page):
    page.evaluate(CLICK_WHEN_REDRAWN, list(middle(page, WANTED)))
    search(page, "moe")
    assert opened(page) == WANTED


def test_another_control_means_itself_though_a_row_stood_there_before(page):
    place = list(middle(page, WANTED))
    page.evaluate(CONTROL_AT, place)
    page.evaluate(CLICK_WHEN_REDRAWN, place)
    search(page, "moe")
    page.wait_for_function("document.querySelectorAll('table.worklist button').length === 1")
    page.locator("table.worklist button").click()
    assert opened(page) == "MOE, Martin (Mr)"


def test_a_row_that_stays_keeps_the_focus_and_opens(page):
    search(page, "moe")
    page.locator("table.worklist button", has_text="MOE, Martin").focus()
    page.locator(".status", has_text="1 patient, ").first.wait_for()
    assert page.locator("table.worklist button:focus").inner_text() == "MOE, Martin (Mr)"
    page.locator("table.worklist button").first.click()
    assert opened(page) == "MOE, Martin (Mr)"
