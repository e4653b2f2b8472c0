"""What a browser test of the comparison does again and again: come there, set plans, read the table."""

import re
from contextlib import contextmanager
from datetime import date

from tests.browser.conftest import Server, go, until, visit
from tests.ui.people import write_bundle
from twin.governance.session import command_line_session, demo_session
from twin.record.database import Database
from twin.record.imports import import_paths

QUIET = """() => !document.querySelector('[data-stale=true], .cp-live:not([data-state=answered])')
  && document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'"""


def clinic(home, *, before=lambda store: None, **how):
    """Return a server, not yet waited for, whose record holds the people of `people.py` and what `before` adds."""
    with Database.open(home) as database:
        import_paths(database.session(command_line_session()), [write_bundle(home / "three.json", date.today())])
        before(database.session(demo_session()))
    return Server(home, COUNTERPART_DEMO_PATIENTS="0", **how)


STILL = """node => new Promise(done => {
  let place, frames = 0;
  const look = () => {
    const now = node.getBoundingClientRect().top;
    frames = now === place ? frames + 1 : 0;
    place = now;
    if (frames === 10) done(); else requestAnimationFrame(look);
  };
  look();
})"""


@contextmanager
def at_worklist(chromium, server):
    """Give a fresh visit at the worklist."""
    with visit(chromium) as page:
        page.goto(server.url)
        page.locator("table.worklist button").first.wait_for()
        yield page


def ask_for_compare(page):
    """Go to the comparison of the patient of whom all is known, without waiting for it."""
    page.locator("table.worklist button", has_text="DOE, Jane").click()
    page.locator("h1", has_text=re.compile("^Summary$")).wait_for()
    go(page, "Compare plans")


def open_compare(page):
    """Open the comparison of the patient of whom all is known."""
    ask_for_compare(page)
    page.locator("table.compare").wait_for()
    page.locator(".cp-live[data-state=answered]").wait_for()
    page.get_by_label("Systolic BP change, typed (mmHg)").wait_for()
    page.wait_for_function(QUIET)
    return page


def heads(page):
    return page.locator("table.compare thead th").all_inner_texts()


def cells(page, row):
    return page.locator(f"table.compare tr.{row} td").all_inner_texts()


def chart(page):
    return page.locator(".cp-chart svg")


def named(page, letter, part):
    """Wait until the plan of that letter is named by what was set, and nothing is stale."""
    page.wait_for_function(
        "([letter, part]) => [...document.querySelectorAll('table.compare thead th')]"
        ".some(head => head.innerText.startsWith(letter + ' ') && head.innerText.includes(part))",
        arg=[letter, part],
    )
    page.wait_for_function(QUIET)


def pick(box, option):
    """Open a list and click an option of it; a list that opens while the page still moves closes again."""

    def is_open() -> bool:
        if not option.count():
            box.click()
            box.evaluate(STILL)
        return bool(option.count())

    until(is_open, what="the list")
    option.click()


def choose(page, label, option):
    pick(page.get_by_label(label, exact=True).first, page.get_by_role("option", name=option, exact=True))


def add_plan(page, letter):
    page.get_by_role("button", name="Add plan").click()
    named(page, letter, "No change yet")


def slider(page, label):
    return page.get_by_role("slider", name=label)


def press(page, label, key, times=1):
    slider(page, label).focus()
    for _ in range(times):
        page.keyboard.press(key)


def ready(page, label):
    """Wait until the slider's views have come."""
    slider(page, label).hover()
    page.wait_for_function(
        "slider => slider.closest('.cp-slider').dataset.line === counterpartDesk.lines[counterpartDesk.armed]",
        arg=slider(page, label).element_handle(),
    )
    page.wait_for_function(QUIET)


def set_three_plans(page):
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    add_plan(page, "B")
    press(page, "Systolic BP change (mmHg)", "ArrowLeft", 2)
    named(page, "B", "BP −10")
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "B", "Statin + BP −10")
    add_plan(page, "C")
    page.get_by_label("Weight change, typed (kg)").fill("-8")
    page.keyboard.press("Enter")
    named(page, "C", "Weight −8")
    return page
