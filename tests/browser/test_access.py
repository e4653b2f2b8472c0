"""Can the app be used by keyboard, at any zoom, and with a reader?"""

from tests.browser.conftest import VIEWPORT, ended, go
from twin.ui.site import SITE

FOCUS = """() => {
  const node = document.activeElement, box = node.getBoundingClientRect(), style = getComputedStyle(node);
  const header = document.querySelector('[data-testid=stLayoutWrapper]:has(> .st-key-patient-header)');
  const inside = node.closest('[data-testid=stMain]') && !header.contains(node) && !node.contains(header);
  return {
    text: (node.innerText || node.getAttribute('aria-label') || node.placeholder || '').trim(),
    kind: node.tagName,
    part: node.closest('nav') ? 'nav' : header.contains(node) ? 'header'
        : node.closest('[data-testid=stMain]') ? 'main' : 'skip',
    ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
    hidden: Boolean(inside) && box.bottom > 0 && box.top < header.getBoundingClientRect().bottom - 1,
  };
}"""

SMALL = """() => [...document.querySelectorAll('[data-testid=stMain] :is(button, a, input, select, summary)')]
  .filter(node => node.offsetParent !== null)
  .map(node => [node.tagName, node.innerText || node.getAttribute('aria-label') || '', node.getBoundingClientRect(),
                getComputedStyle(node).display])
  .filter(([tag, , box, display]) => box.width > 0 && Math.min(box.width, box.height) < 24 && display !== 'inline')
  .map(([tag, text, box]) => `${tag} ${text} ${box.width}x${box.height}`)"""


def tab_through(page, most):
    """Press Tab until the browser leaves the page, and return where the focus went."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found["kind"] == "BODY":
            break
        seen.append(found)
    return seen


def test_tab_follows_the_reading_order(patient_page):
    go(patient_page, "Summary")
    patient_page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    patient_page.reload()
    patient_page.locator(".page-footer").wait_for()
    seen = tab_through(patient_page, 12)
    assert "Skip" in seen[0]["text"]
    parts = [found["part"] for found in seen]
    assert parts.index("nav") < parts.index("main")
    assert [found["text"] for found in seen if found["part"] == "nav"] == [page.title for page in SITE]


def test_the_focus_is_visible_and_never_below_the_header(patient_page):
    for title in ("Summary", "Timeline"):
        go(patient_page, title)
        for found in tab_through(patient_page, 30):
            assert found["ring"], found
            assert not found["hidden"], found


def test_a_patient_is_opened_with_the_keyboard_alone(page):
    page.get_by_label("Search by name or ID").focus()
    name = None
    for _ in range(12):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found["kind"] == "BUTTON" and ", " in found["text"]:
            name = found["text"]
            break
    assert name
    page.keyboard.press("Enter")
    page.locator("h1", has_text="Summary").wait_for()
    assert page.locator(".patient-line .name").inner_text() == name


def test_every_target_is_large_enough(patient_page):
    for title in ("Patients", "Summary", "Timeline", "Import", "About"):
        go(patient_page, title)
        if title == "Timeline":  # the fields of a correction come after the page
            patient_page.locator("[data-testid=stMultiSelect] button").first.wait_for()
        assert patient_page.evaluate(SMALL) == [], title


def test_at_twice_the_size_nothing_scrolls_sideways(patient_page):
    """683 px are 1366 px at 200 %; tables scroll inside themselves."""
    for title in ("Patients", "Summary", "Timeline", "Import", "About"):
        patient_page.set_viewport_size(VIEWPORT)
        go(patient_page, title)
        patient_page.set_viewport_size({"width": 683, "height": 768})
        main = patient_page.locator("[data-testid=stMain]")
        patient_page.wait_for_function("document.querySelector('[data-testid=stMain]').clientWidth <= 683")
        assert main.evaluate("node => node.scrollWidth - node.clientWidth") <= 1, title


def test_at_twice_the_size_every_page_is_reached_and_the_header_leaves_room(patient_page):
    page = patient_page
    page.set_viewport_size({"width": 683, "height": 384})
    page.locator("[data-testid=stExpandSidebarButton]").click()
    page.locator("[data-testid=stSidebar]").get_by_role("link", name="About", exact=True).click()
    ended(page, "About")
    page.locator(".patient-line").evaluate("line => line.append('Penicillin (anaphylactic shock), '.repeat(40))")
    header = page.locator("[data-testid=stLayoutWrapper]:has(> .st-key-patient-header)").bounding_box()
    assert header["height"] <= 0.4 * 384 + 1


def test_at_twice_the_size_an_alert_has_the_width_for_its_words(patient_page):
    patient_page.set_viewport_size({"width": 683, "height": 384})
    alert = patient_page.locator("[class*='st-key-alert-']").first
    alert.wait_for()
    text, button = alert.locator("p.alert").bounding_box(), alert.get_by_role("button").bounding_box()
    assert text["y"] + text["height"] <= button["y"]
