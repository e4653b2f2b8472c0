"""Does every page carry the frame: who, what, and nothing of the patient where it does not belong?"""

import itertools
import re

import pytest

from tests.browser.conftest import Server, go, open_first_patient, visit
from twin.ui.site import SITE

TITLES = tuple(page.title for page in SITE)
OF_PATIENT = tuple(page.title for page in SITE if page.is_of_patient)
HEADER = re.compile(
    r"^[A-Z' -]+, .+ Born \d{2}-[A-Z][a-z]{2}-\d{4} \(\d+y\) Sex (Female|Male) "
    r"ID .+ Allergies .+ Data to \d{2}-[A-Z][a-z]{2}-\d{4}"
)
FACTS = """() => ({
  title: document.title,
  address: location.href.toLowerCase(),
  language: document.documentElement.lang,
  header: document.querySelector('.patient-line').innerText.replace(/\\s+/g, ' ').trim(),
  headers: document.querySelectorAll('.st-key-patient-header').length,
  question: document.querySelector('.question').innerText,
  statuses: document.querySelectorAll('[role=status]').length,
  dialogs: document.querySelectorAll('[role=dialog]').length,
  canvases: document.querySelectorAll('[data-testid=stDataFrame]').length,
  levels: [...document.querySelectorAll('[data-testid=stMain] :is(h1, h2, h3, h4)')]
    .map(node => Number(node.tagName[1])),
  links: [...document.querySelectorAll("nav[aria-label='App pages'] a")]
    .filter(node => node.offsetParent !== null).map(node => node.innerText.trim()),
})"""


@pytest.fixture(scope="module")
def tour(chromium, server):
    """What one visit with a patient open sees on every page, and what it asks of the network."""
    asked, facts = [], {}
    with visit(chromium) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.url)
        open_first_patient(page)
        for title in TITLES:
            go(page, title)
            facts[title] = page.evaluate(FACTS)
    return facts, {url for url in asked if not url.startswith((server.url, "data:", "blob:"))}


def test_a_cold_deep_link_gets_the_frame(chromium, tmp_path):
    with Server(tmp_path, COUNTERPART_DEMO_PATIENTS="0") as server, visit(chromium) as page:
        page.goto(f"{server.url}/compare")
        page.get_by_text("No patient chosen. Compare plans shows one patient at a time.").wait_for()
        assert page.locator(".st-key-patient-header").count() == 1
        assert page.title() == "Compare plans - Counterpart"
        assert page.evaluate(FACTS)["links"] == list(TITLES)
        page.get_by_role("link", name="Choose a patient").click()
        page.get_by_text("No patients yet. Import brings records in.").wait_for()
        assert not page.locator("table.worklist").is_visible()
        page.get_by_role("link", name="Import records").click()
        page.locator("input[type=file]").wait_for(state="attached")


def test_the_header_is_the_same_on_every_page(tour):
    said = {facts["header"] for facts in tour[0].values()}
    assert len(said) == 1
    assert HEADER.match(*said)
    assert {facts["headers"] for facts in tour[0].values()} == {1}


def test_a_synthetic_patient_says_so_on_every_page(tour):
    assert all(facts["header"].endswith("Synthetic patient") for facts in tour[0].values())


def test_neither_title_nor_address_names_the_patient(tour):
    for title, facts in tour[0].items():
        family, given = re.match(r"([^,]+), (.+?) (?:\(|Born)", facts["header"]).groups()
        assert facts["title"] == f"{title} - Counterpart"
        assert "?" not in facts["address"]
        assert family.lower() not in facts["address"]
        assert given.lower() not in facts["address"]


def test_every_page_has_one_first_heading_and_skips_no_level(tour):
    for title, facts in tour[0].items():
        levels = facts["levels"]
        assert levels.count(1) == 1, title
        assert levels[0] == 1, title
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (title, levels)


def test_every_page_asks_one_question(tour):
    questions = {facts["question"] for facts in tour[0].values()}
    assert len(questions) == len(TITLES)
    assert all(question.endswith("?") for question in questions)


def test_every_page_name_is_visible_without_a_menu(tour):
    assert all(facts["links"] == list(TITLES) for facts in tour[0].values())


def test_every_page_has_its_language_one_status_and_no_dialog(tour):
    for facts in tour[0].values():
        assert (facts["language"], facts["statuses"], facts["dialogs"]) == ("en", 1, 0)


def test_no_clinical_number_is_drawn_on_a_canvas(tour):
    assert all(facts["canvases"] == 0 for facts in tour[0].values())


def test_nothing_is_asked_of_another_host(tour):
    assert tour[1] == set()


def test_the_header_stays_below_the_navigation(patient_page):
    main = patient_page.locator("[data-testid=stMain]")
    for title in ("Summary", "Timeline", "About"):
        go(patient_page, title)
        main.evaluate("node => { node.scrollTop = 500 }")
        assert main.evaluate("node => node.scrollTop") > 0
        top = patient_page.locator(".st-key-patient-header").bounding_box()["y"]
        toolbar = patient_page.locator("[data-testid=stHeader]").bounding_box()
        assert top == pytest.approx(toolbar["y"] + toolbar["height"], abs=1)


def test_every_chart_has_words_and_numbers(patient_page):
    go(patient_page, "Timeline")
    chart = patient_page.locator("[data-testid=stPlotlyChart]")
    chart.wait_for()
    assert chart.count() == 1
    assert "Timeline from" in patient_page.locator("[role=figure]").get_attribute("aria-label")
    patient_page.get_by_text("Numbers behind the chart").click()
    patient_page.locator("details table").first.wait_for()


def test_alerts_are_few_and_each_leads_somewhere(patient_page):
    alerts = patient_page.locator("[class*=st-key-alert-]")
    assert 1 <= alerts.count() <= 3
    for alert in alerts.all():
        assert re.search(r"TWN0\d\d, SRC-", alert.inner_text())
        assert alert.get_by_role("button").count() == 1
    target = alerts.first.get_by_role("button")
    title = target.inner_text().strip()
    target.click()
    patient_page.locator("h1", has_text=title).wait_for()


def test_the_status_is_one_node_that_changes(page):
    page.locator("[role=status]", has_text="patients").evaluate("node => { node.dataset.kept = 'yes' }")
    before = page.locator("[role=status]").inner_text()
    page.get_by_label("Search by name or ID").fill("no such person")
    page.get_by_text("No patient found. Search by").wait_for()
    page.wait_for_function("before => document.querySelector('[role=status]').innerText !== before", arg=before)
    assert page.locator("[role=status]").get_attribute("data-kept") == "yes"


def test_a_failing_page_gives_a_reference_and_no_more(chromium, tmp_path):
    """Checks the guard behind a real server: nothing of the error, its place or its text is on the page."""
    command = ("tests/browser/broken_app.py",)
    with (
        Server(tmp_path, command=command, COUNTERPART_DEMO_PATIENTS="0") as server,
        visit(chromium) as page,
    ):
        page.goto(f"{server.url}/about")
        alert = page.get_by_role("alert")
        alert.wait_for()
        reference = re.fullmatch(
            r"Something went wrong\. Nothing was changed\. Reference ([0-9A-F]{4})\.", alert.inner_text().strip()
        )
        body = page.locator("body").inner_text()
        for word in ("Traceback", "Ask ChatGPT", "Ask Google", ".py", "told in confidence"):
            assert word not in body
        log = server.log.read_text()
        assert f"reference {reference[1]}: RuntimeError" in log
        assert "told in confidence" not in log


def test_the_worklist_says_how_many_patients_are_synthetic(page):
    page.wait_for_function("document.querySelector('[role=status]')?.innerText.endsWith('Synthetic patients 40')")
