"""Does every page carry the frame: who, what, and nothing of the patient where it does not belong?"""

import itertools
import re

import pytest

from tests.browser.conftest import PATIENCE, VIEWPORT, Server

QUESTIONS = {
    "Patients": "Who needs a decision?",
    "Summary": "What matters for this person now?",
    "Timeline": "How did we get here?",
    "Compare plans": "Which plan is worth discussing?",
    "Import": "What came in, what was refused?",
    "About": "What is this, and when must I not use it?",
}
OF_PATIENT = ("Summary", "Timeline", "Compare plans")
HEADER = re.compile(
    r"^[A-Z' -]+, .+ Born \d{2}-[A-Z][a-z]{2}-\d{4} \(\d+y\) Sex (Female|Male) "
    r"ID .+ Allergies .+ Data to \d{2}-[A-Z][a-z]{2}-\d{4}"
)


def go(page, title):
    """Follow the navigation and wait until the page has ended."""
    page.locator("nav[aria-label='App pages']").get_by_role("link", name=title, exact=True).click()
    page.locator("h1", has_text=re.compile(f"^{title}$")).wait_for()
    page.locator(f".question:text-is('{QUESTIONS[title]}')").wait_for()
    page.wait_for_function("!document.querySelector('[data-stale=true]') && document.querySelector('.page-footer')")


def header_text(page):
    return " ".join(page.locator(".patient-line").inner_text().split())


def name_of(page):
    """Return family name and given name of the open patient."""
    family, given = page.locator(".patient-line .name").inner_text().split(", ")
    return family, given.split(" (")[0]


def test_a_cold_deep_link_gets_the_frame(chromium, tmp_path):
    server = Server(tmp_path, COUNTERPART_DEMO_PATIENTS="0")
    context = chromium.new_context(viewport=VIEWPORT)
    try:
        server.wait()
        page = context.new_page()
        page.goto(f"{server.url}/compare")
        page.get_by_text("No patient chosen. Compare plans shows one patient at a time.").wait_for()
        assert page.locator(".st-key-patient-header").count() == 1
        assert page.title() == "Compare plans - Counterpart"
        page.locator("nav[aria-label='App pages']").get_by_role("link", name="Timeline").wait_for()
        page.locator("section.stMain, [data-testid=stMain]").get_by_role("link", name="Choose a patient").click()
        page.locator("h1", has_text="Patients").wait_for()
    finally:
        context.close()
        server.stop()


def test_the_header_is_the_same_on_every_page_of_the_patient(patient_page):
    said = header_text(patient_page)
    assert HEADER.match(said), said
    for title in OF_PATIENT:
        go(patient_page, title)
        assert header_text(patient_page) == said


def test_the_header_stays_below_the_navigation(patient_page):
    main = patient_page.locator("[data-testid=stMain]")
    for title in ("Summary", "Timeline", "About"):
        go(patient_page, title)
        main.evaluate("node => { node.scrollTop = 500 }")
        assert main.evaluate("node => node.scrollTop") > 0
        top = patient_page.locator(".st-key-patient-header").bounding_box()["y"]
        toolbar = patient_page.locator("[data-testid=stHeader]").bounding_box()
        assert top == pytest.approx(toolbar["y"] + toolbar["height"], abs=1)


def test_neither_title_nor_address_names_the_patient(patient_page):
    family, given = name_of(patient_page)
    for title in QUESTIONS:
        go(patient_page, title)
        assert patient_page.title() == f"{title} - Counterpart"
        address = patient_page.url.lower()
        assert "?" not in address
        assert family.lower() not in address
        assert given.lower() not in address


def test_every_page_has_one_first_heading_and_skips_no_level(patient_page):
    for title in QUESTIONS:
        go(patient_page, title)
        levels = patient_page.locator("main h1, main h2, main h3, main h4, [data-testid=stMain] :is(h1,h2,h3,h4)")
        found = [int(name[1]) for name in levels.evaluate_all("nodes => nodes.map(node => node.tagName)")]
        assert found.count(1) == 1
        assert found[0] == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(found)), (title, found)


def test_every_page_name_is_visible_without_a_menu(page):
    links = page.locator("nav[aria-label='App pages'] a")
    assert set(QUESTIONS) <= {link.inner_text().strip() for link in links.all() if link.is_visible()}


def test_a_synthetic_patient_says_so_on_every_page(patient_page):
    for title in QUESTIONS:
        go(patient_page, title)
        assert patient_page.get_by_text("Synthetic patient", exact=True).is_visible()


def test_every_chart_has_words_and_numbers(patient_page):
    go(patient_page, "Timeline")
    chart = patient_page.locator("[data-testid=stPlotlyChart]")
    assert chart.count() == 1
    assert "Timeline from" in patient_page.locator("[role=figure]").get_attribute("aria-label")
    patient_page.get_by_text("Numbers behind the chart").click()
    patient_page.locator("details table").first.wait_for()
    assert patient_page.locator("[data-testid=stDataFrame]").count() == 0


def test_alerts_are_few_and_each_leads_somewhere(patient_page):
    alerts = patient_page.locator("[class*=st-key-alert-]")
    assert 1 <= alerts.count() <= 3
    assert patient_page.locator("[role=dialog]").count() == 0
    for alert in alerts.all():
        assert re.search(r"TWN0\d\d, SRC-", alert.inner_text())
        assert alert.get_by_role("button").count() == 1
    target = alerts.first.get_by_role("button")
    title = target.inner_text().strip()
    target.click()
    patient_page.locator("h1", has_text=title).wait_for()


def test_every_page_keeps_its_language_and_one_status(patient_page):
    for title in QUESTIONS:
        go(patient_page, title)
        assert patient_page.locator("html").get_attribute("lang") == "en"
        assert patient_page.locator("[role=status]").count() == 1


def test_the_status_is_one_node_that_changes(page):
    page.evaluate("document.querySelector('[role=status]').dataset.kept = 'yes'")
    before = page.locator("[role=status]").inner_text()
    page.get_by_label("Search by name or ID").fill("no such person")
    page.get_by_text("No patient found.", exact=False).first.wait_for()
    page.wait_for_function("before => document.querySelector('[role=status]').innerText !== before", arg=before)
    assert page.locator("[role=status]").get_attribute("data-kept") == "yes"


def test_nothing_is_asked_of_another_host(chromium, server):
    context = chromium.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    page.locator("table.worklist button").first.click()
    page.locator("h1", has_text="Summary").wait_for()
    for title in QUESTIONS:
        go(page, title)
    context.close()
    assert {url for url in asked if not url.startswith((server.url, "data:", "blob:"))} == set()
