"""Can a clinician keep a plan and use it again, ask what else could be done, and carry the answer away?"""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import go
from tests.browser.desk import QUIET, choose, named


def unfold(page, label):
    """Open a section and wait for what it holds."""
    box = page.locator("[data-testid=stExpander]", has_text=label)
    box.locator("summary").click()
    box.locator("[data-testid=stExpanderDetails]", has_text=re.compile(r"\S")).wait_for()
    page.wait_for_function(QUIET)
    return box


def open_other(page, name):
    """Open the comparison of another patient."""
    go(page, "Patients")
    page.locator("table.worklist button", has_text=name).click()
    page.locator("h1", has_text=re.compile("^Summary$")).wait_for()
    go(page, "Compare plans")
    page.locator(".cp-live[data-state=answered]").wait_for()
    page.wait_for_function(QUIET)


def test_a_plan_is_kept_found_again_and_fitted_to_another_patient(compare):
    page = compare
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    box = unfold(page, "Saved plans and templates")
    box.get_by_label("Name of plan A").fill("Statin at night")
    box.get_by_label("Name of plan A").press("Tab")
    box.get_by_role("button", name="Save plan A").click()
    named(page, "A", "Statin at night")
    box.get_by_text("Saved: Statin at night.").wait_for()
    box.get_by_text("Any patient, as a template").click()
    page.get_by_role("radio", name="Any patient, as a template", checked=True).wait_for()
    box.get_by_label("Name of plan A").fill("Usual start")
    box.get_by_label("Name of plan A").press("Tab")
    box.get_by_role("button", name="Save plan A").click()
    box.get_by_role("button", name="Usual start").wait_for()

    open_other(page, "POE, Paula")
    box = unfold(page, "Saved plans and templates")
    assert box.get_by_role("button", name="Statin at night").count() == 0
    box.get_by_role("button", name="Usual start").click()
    named(page, "A", "Usual start")
    box.get_by_text("Loaded as plan A: Usual start.").wait_for()
    assert "Atorvastatin 40 mg" in page.locator("table.compare tr.involves").inner_text()

    choose(page, "Statin", "Atorvastatin 80 mg")  # a name holds for what it was given to
    named(page, "A", "Statin")
    assert "Usual start" not in page.locator("table.compare thead").inner_text()
    box.get_by_role("button", name="Remove", exact=True).click()
    box.get_by_text("Removed: Usual start.").wait_for()


def test_the_equations_own_answer_is_grey_and_on_request_only(compare):
    page = compare
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    assert page.locator("table.naive").count() == 0
    risk = page.locator("table.compare tr.risk td").nth(1).inner_text()
    page.get_by_text("Show what the equation alone would say").click()
    page.locator("table.naive").wait_for()
    page.wait_for_function(QUIET)
    causal, naive = page.locator("table.naive tbody tr").all_inner_texts()
    assert risk.split("\n")[0] in causal
    assert re.search(r"\d+ in 100", naive)
    assert "mark of the people who were given one" in naive
    colour = "e => getComputedStyle(e).color"
    answers = page.locator("table.naive td span")
    assert answers.nth(1).evaluate(colour) != page.locator("table.naive .grey").first.evaluate(colour)
    page.get_by_text("Show what the equation alone would say").click()
    page.locator("table.naive").wait_for(state="detached")
    assert page.locator("table.compare tr.risk td").nth(1).inner_text() == risk


def test_a_net_harm_has_the_size_of_type_of_a_benefit(compare):
    page = compare
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    page.get_by_role("button", name="Add plan").click()
    named(page, "B", "No change yet")
    page.get_by_role("combobox", name="Other treatments").click()
    page.keyboard.type("Aspirin 81 mg")
    page.get_by_role("option", name="Aspirin 81 mg", exact=True).click()
    page.keyboard.press("Escape")
    named(page, "B", "Antiplatelet")
    cells = page.locator("table.benefit tbody tr").first.locator("td b")
    good, bad = cells.all_inner_texts()
    assert "more prevented than caused" in good
    assert "more caused than prevented" in bad or "No clear net effect" in bad
    style = "e => [getComputedStyle(e).fontSize, getComputedStyle(e).color, getComputedStyle(e).fontWeight].join()"
    assert cells.nth(0).evaluate(style) == cells.nth(1).evaluate(style)


def test_a_found_plan_is_put_on_the_desk(compare):
    page = compare
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    box = unfold(page, "Plans worth discussing")
    said = box.locator("p.note").first.inner_text()
    tried, possible = (
        int(n.replace(",", "")) for n in re.match(r"([\d,]+) combinations .*?; ([\d,]+) can", said).groups()
    )
    assert 100 < possible <= tried
    chart = box.locator("[data-testid=stPlotlyChart]")
    assert "plans, serious events prevented less caused" in chart.get_attribute("aria-label")
    first = box.locator("table.worklist tbody tr").nth(1)
    drugs = first.locator("button").inner_text()
    first.locator("button").click()
    page.wait_for_function("document.querySelectorAll('table.compare thead th').length === 3")
    page.wait_for_function(QUIET)
    involves = page.locator("table.compare tr.involves td").nth(2).inner_text()
    assert re.sub(r"^\d+ ", "", drugs).split(" + ")[0].lower() in involves.lower()
    box = unfold(page, "All single changes")
    box.locator("table.worklist tbody tr").first.wait_for()  # it comes in its own time
    assert box.locator("table.worklist tbody tr").count() > 8
    assert "order says nothing about which to choose" in box.inner_text()
    box = unfold(page, "Plans against each other")
    assert re.search(r"in (more than |fewer than )?\d+% of simulations", box.inner_text())
    words = page.locator("[data-testid=stMain]").inner_text().lower()
    assert not any(word in words for word in ("recommended", "optimal", "best plan", "★", "✓"))


def test_a_lifetime_has_years_and_harms_in_one_view(compare):
    page = compare
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    page.get_by_text("Lifetime", exact=True).click()
    page.locator("table.lifetime").wait_for()
    page.wait_for_function(QUIET)
    rows = page.locator("table.lifetime tbody tr")
    assert re.search(r"\d+\.\d years", rows.nth(0).inner_text())
    assert "more" in rows.nth(1).inner_text()
    size = "e => getComputedStyle(e).fontSize"
    assert rows.nth(1).locator(".amount").nth(1).evaluate(size) == rows.nth(2).locator(".amount").nth(1).evaluate(size)
    assert rows.nth(2).bounding_box()["y"] < 768
    assert "has no lifetime estimate of its own" in page.locator("[data-testid=stMain]").inner_text()
    page.get_by_text("10 years", exact=True).click()
    page.locator("table.compare").wait_for()


@pytest.mark.parametrize(
    ("button", "name"), [("Make report", "plans"), ("Make report for the patient", "plans-for-patient")]
)
def test_a_report_is_carried_away(compare, button, name, tmp_path):
    page = compare
    choose(page, "Statin", "Atorvastatin 40 mg")
    named(page, "A", "Statin")
    with page.expect_download() as coming:
        page.get_by_role("button", name=button, exact=True).click()
    file = coming.value
    assert re.fullmatch(rf"{name}-\d{{4}}-\d\d-\d\d\.html", file.suggested_filename)
    file.save_as(tmp_path / "report.html")
    text = Path(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "DOE, Jane" in text
    for cell in page.locator("table.compare tr.risk td .number").all_inner_texts():
        assert f">{cell}</b>" in text
