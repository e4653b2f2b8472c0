"""Does a page stand still from the moment a part of it is seen?"""

from tests.browser.conftest import go, open_first_patient, visit
from tests.browser.desk import QUIET

WATCH = """() => {
  const parts = {
    title: "h1",
    "below the worklist": ".st-key-worklist ~ * .note",
    "below the comparison": ".st-key-compare-live ~ *",
    "first setting": ".st-key-compare-0-A-statin",
    measures: "[data-testid=stMain] .stHtml table.cp thead",
  };
  globalThis.places = {};
  let [page, visits] = ["", 0];
  const look = () => {
    const title = document.querySelector("h1")?.innerText;
    if (title && title !== page) [page, visits] = [title, visits + 1];
    for (const [part, selector] of Object.entries(title ? parts : {})) {
      const node = document.querySelector(selector);
      if (!node?.checkVisibility({ visibilityProperty: true })) continue;
      const seen = (places[`${visits} ${page}, ${part}`] ??= []);
      const top = Math.round(node.getBoundingClientRect().top);
      if (seen.at(-1) !== top) seen.push(top);
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def test_no_part_of_a_page_moves_once_it_is_seen(chromium, server):
    with visit(chromium) as page:
        page.add_init_script(f"({WATCH})()")
        page.goto(server.url)
        open_first_patient(page)
        go(page, "Compare plans")
        page.locator(".cp-live[data-state=answered]").wait_for()
        page.wait_for_function(QUIET)
        for title in ("Timeline", "Summary", "Patients"):
            go(page, title)
        page.locator("table.worklist button").first.wait_for()
        places = page.evaluate("places")
    seen = {"1 Patients, below the worklist", "2 Summary, measures", "3 Compare plans, below the comparison"}
    assert seen <= places.keys()
    places.pop("1 Patients, title")  # of a browser that has no stylesheet of ours yet
    assert {part: tops for part, tops in places.items() if len(tops) > 1} == {}
