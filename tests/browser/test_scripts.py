"""Does the app do its work where scripts of components are blocked, break, or never begin?"""

import re

from tests.browser.conftest import go, visit
from tests.browser.desk import QUIET, ask_for_compare, at_worklist, cells, named, press, ready, slider
from twin.ui.compare.sidebar import NOT_STARTED

BROKEN, IDLE = "export default ((;", "export default () => {}"


def scripts_with(part, *, become):
    """Return what makes every script that holds some text become another one, before the page loads."""
    return f"""
      const Whole = window.Blob;
      window.Blob = class extends Whole {{
        constructor(parts, ...rest) {{ super(String(parts).includes({part!r}) ? [{become!r}] : parts, ...rest); }}
      }};
    """


def goes_on_with_plain_controls(page):
    """Check that the comparison stands in plain widgets, and that they move it."""
    page.locator("[data-testid=stPlotlyChart]").wait_for()
    page.wait_for_function(QUIET)
    assert page.locator(".cp-live, .cp-slider").count() == 0
    before = cells(page, "risk")[0]
    press(page, "Systolic BP change (mmHg)", "ArrowLeft", 2)
    named(page, "A", "BP −10")
    assert page.get_by_label("Systolic BP change, typed (mmHg)").input_value() == "-10"
    assert cells(page, "risk")[0] == before
    said = page.locator("[data-testid=stPlotlyChart]").get_attribute("aria-label")
    assert all(cell.split("\n")[0] in said for cell in cells(page, "risk"))
    assert "BidiComponent" not in page.locator("body").inner_text()


def test_with_every_script_blocked_a_patient_is_opened_and_treated(chromium, three_people):
    with visit(chromium) as page:
        page.add_init_script(scripts_with("export default", become=BROKEN))
        page.goto(three_people.url)
        page.get_by_text("patients, ").wait_for()  # the status, in plain markup
        heads = page.locator("table[class='cp'] tbody th")
        heads.filter(has_text="DOE, Jane (Ms)").wait_for()  # held back for as long as a script may take to begin
        rows = heads.all_inner_texts()
        page.get_by_label("Name", exact=True).click()
        assert page.get_by_role("option").all_inner_texts() == rows
        page.get_by_role("option", name="DOE, Jane (Ms)").click()
        page.get_by_role("button", name="Choose").click()
        page.locator("h1", has_text=re.compile("^Summary$")).wait_for()
        assert page.locator(".patient-line .name").inner_text() == "DOE, Jane (Ms)"
        assert "?" not in page.url
        go(page, "Compare plans")
        goes_on_with_plain_controls(page)
        assert page.get_by_text("Plain controls", exact=True).count() == 0  # there is no choice


def test_the_plain_list_is_not_seen_where_scripts_run(chromium, three_people):
    with at_worklist(chromium, three_people) as page:
        assert not page.get_by_role("button", name="Choose").is_visible()
        assert page.locator("[role=status]:visible, p.plain:visible").count() == 1


def test_a_broken_figure_brings_the_plain_controls_and_says_so(chromium, three_people):
    with visit(chromium) as page:
        page.add_init_script(scripts_with("class Live", become=BROKEN))
        page.goto(three_people.url)
        ask_for_compare(page)
        goes_on_with_plain_controls(page)
        assert page.get_by_text(NOT_STARTED).is_visible()


def test_sliders_that_never_begin_bring_the_plain_controls(chromium, three_people):
    with visit(chromium) as page:
        page.add_init_script(scripts_with("class Slider", become=IDLE))
        page.goto(three_people.url)
        ask_for_compare(page)
        page.locator(".cp-live[data-state=answered]").wait_for()
        goes_on_with_plain_controls(page)


def test_a_figure_that_breaks_under_the_hand_hides_its_numbers_and_can_be_tried_again(compare):
    masked = "getComputedStyle(document.querySelector('table.compare .number')).color === 'rgba(0, 0, 0, 0)'"
    watch = f"() => {{ window.seen = []; new MutationObserver(() => window.seen.push({masked})).observe("
    compare.evaluate(watch + "document.querySelector('.cp-live'), { attributes: true }) }")
    ready(compare, "Systolic BP change (mmHg)")
    compare.evaluate("() => { window.whole = document.createElementNS; document.createElementNS = () => null }")
    press(compare, "Systolic BP change (mmHg)", "ArrowLeft")
    compare.locator(".cp-live[data-script=failed]").wait_for(state="attached")
    assert compare.evaluate("window.seen").pop()
    compare.evaluate("() => { document.createElementNS = window.whole }")
    compare.locator("[data-testid=stPlotlyChart]").wait_for()
    compare.get_by_text("Plain controls", exact=True).click()
    compare.locator(".cp-live[data-state=answered]").wait_for()
    compare.wait_for_function(QUIET)
    assert compare.get_by_text(NOT_STARTED).count() == 0
    assert slider(compare, "Systolic BP change (mmHg)").is_visible()
