"""Does Proof work itself out, show its numbers as text too, and lead to the patients whose twin is out of sync?"""

import re

import pytest

from tests.browser.conftest import Server, go, visit

PATIENTS = 60


@pytest.fixture(scope="module")
def proof(chromium, tmp_path_factory):
    """The page after its first opening has worked everything out; a panel large enough to have twins out of sync."""
    home = tmp_path_factory.mktemp("proof")
    with Server(home, COUNTERPART_DEMO_PATIENTS=str(PATIENTS)) as server, visit(chromium) as page:
        page.goto(f"{server.url}/proof")
        page.locator("p.lead").wait_for()
        page.wait_for_function("!document.querySelector('[data-stale=true]') && document.querySelector('.page-footer')")
        yield page


def test_the_first_sentence_says_how_often(proof):
    said = proof.locator("p.lead").inner_text()
    assert re.match(
        r"Twelve months ago the twin forecast [\d,]+ values of \d+ patients; \d+ in 100 fell within its 80 % band.",
        said,
    )
    assert "Synthetic patients" in said


def test_the_picture_is_described_and_followed_by_its_numbers(proof):
    said = proof.locator("[data-testid=stPlotlyChart] [role=figure], [role=figure]").first.get_attribute("aria-label")
    within = re.search(r"All values (\d+), (\d+), (\d+);", said)
    assert within
    proof.get_by_text("Numbers behind the chart").click()
    row = proof.get_by_role("row", name=re.compile("^All values"))
    cells = row.get_by_role("cell").all_inner_texts()
    assert [cell.split()[0] for cell in cells[2:5]] == list(within.groups())
    assert f"{within[2]} in 100" in proof.locator("p.lead").inner_text()


def test_every_measure_stands_beside_the_naive_forecasts(proof):
    rows = proof.get_by_role("region", name="Score (CRPS)").get_by_role("row")
    heads = rows.first.get_by_role("columnheader").all_inner_texts()
    assert heads == [
        *("Measure", "Values", "Twin", "Last value", "Patient's mean", "Age and sex", "Patient's trend"),
        "Twin beside the best naive",
    ]
    assert rows.count() > 5


def test_nothing_scrolls_sideways_at_twice_the_size(proof):
    proof.set_viewport_size({"width": 683, "height": 384})
    try:
        main = proof.locator("[data-testid=stMain]")
        assert main.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    finally:
        proof.set_viewport_size({"width": 1366, "height": 768})


def test_a_twin_out_of_sync_is_marked_on_the_worklist_and_listed_here(proof):
    head = proof.get_by_role("heading", name=re.compile("out of sync")).inner_text()
    number = int(head.split()[0])
    assert number > 0
    proof.get_by_text("Who, and why").click()
    assert proof.locator(".st-key-out-of-sync tbody tr").count() == number
    name = proof.locator(".st-key-out-of-sync button").first.inner_text()
    go(proof, "Patients")
    proof.get_by_label("Search by name or ID").fill(name.split(" (")[0])
    row = proof.get_by_role("row", name=name)
    row.get_by_text("Twin out of sync: its numbers are withheld").wait_for()
    proof.wait_for_function("document.querySelectorAll('table.worklist tbody tr').length === 1")
    proof.get_by_label("Search by name or ID").fill("")
    proof.wait_for_function("document.querySelectorAll('table.worklist tbody tr').length > 1")
    go(proof, "Proof")
    proof.get_by_text("Who, and why").click()
    proof.locator(".st-key-out-of-sync button").first.click()
    proof.locator("h1", has_text=re.compile("^Summary$")).wait_for()
    assert proof.locator(".patient-line .name").inner_text() == name
