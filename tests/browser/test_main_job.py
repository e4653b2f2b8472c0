"""Can a clinician find a patient, see the twin, and bring a record in?"""

import gzip
import json
import re
from datetime import date
from pathlib import Path

import pytest

from tests.browser.conftest import Server, go, visit
from tests.ui.people import write_bundle

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "fhir_synthea_r4_smart" / "raw_bundles"


@pytest.fixture(scope="module")
def empty_server(chromium, tmp_path_factory):
    """A server with an empty record, for imports."""
    with Server(tmp_path_factory.mktemp("empty"), COUNTERPART_DEMO_PATIENTS="0") as server:
        yield server


@pytest.fixture
def import_page(chromium, empty_server):
    with visit(chromium) as page:
        page.goto(f"{empty_server.url}/import")
        page.locator("input[type=file]").wait_for(state="attached")
        yield page


def bring_in(page, *files):
    """Choose files, import them and wait for the outcome."""
    page.locator("input[type=file]").set_input_files([str(file) for file in files])
    page.get_by_role("button", name="Import", exact=True).and_(page.locator(":enabled")).click()


def count_of(page, name):
    cells = page.locator("tr", has=page.locator(f"th:text-is('{name}')")).locator("td")
    return int(cells.first.inner_text().replace(",", ""))


def test_search_open_the_twin_and_look_back(page):
    names = page.locator("table.worklist button")
    wanted = names.nth(3).inner_text()
    family, given = re.match(r"([^,]+), ([^(]+)", wanted).groups()
    page.get_by_label("Search by name or ID").press_sequentially(f"{given.strip()} {family.lower()}"[:40])
    page.wait_for_function("document.querySelectorAll('table.worklist tbody tr').length < 5")
    names.filter(has_text=wanted).first.click()

    page.locator("h1", has_text="Summary").wait_for()
    assert page.locator(".patient-line .name").inner_text() == wanted
    page.get_by_text("Twin's level now").wait_for()
    assert page.locator("table.cp img[alt*='last']").count() >= 3
    page.get_by_text("Receipt for the risk").click()
    page.get_by_text("prevent_base@2023").wait_for()

    go(page, "Timeline")
    before = page.locator("[role=figure]").get_attribute("aria-label")
    page.get_by_text("12 years", exact=True).click()
    page.wait_for_function(
        "before => document.querySelector('[role=figure]')?.getAttribute('aria-label') !== before", arg=before
    )
    go(page, "Patients")
    assert page.get_by_label("Search by name or ID").input_value()


def test_the_worklist_turns_its_pages(page):
    first = page.locator("table.worklist button").first.inner_text()
    page.get_by_role("button", name="Next 25").click()
    page.wait_for_function("first => document.querySelector('table.worklist button').innerText !== first", arg=first)
    assert page.locator("table.worklist tbody tr").count() == 15
    page.get_by_role("button", name="Previous 25").click()
    page.wait_for_function("first => document.querySelector('table.worklist button').innerText === first", arg=first)


def test_import_a_bundle_and_open_its_patient(import_page, tmp_path):
    file = write_bundle(tmp_path / "people.json", date.today())
    bring_in(import_page, file)
    import_page.get_by_role("button", name="DOE, Jane (Ms)").wait_for()
    resources = len(json.loads(file.read_text())["entry"])
    assert count_of(import_page, "Read") == resources
    assert count_of(import_page, "Stored") == resources
    import_page.get_by_role("button", name="DOE, Jane (Ms)").click()
    import_page.locator("h1", has_text="Summary").wait_for()
    import_page.get_by_text("people like this get cardiovascular disease").wait_for()

    go(import_page, "Import")
    bring_in(import_page, file)
    import_page.get_by_text("No patient's record changed.").wait_for()
    assert count_of(import_page, "Unchanged") == resources
    assert count_of(import_page, "Stored") == 0


def test_a_broken_file_is_refused_with_its_place(import_page, tmp_path):
    broken = tmp_path / "broken.ndjson"
    broken.write_text('{"resourceType": "Patient", "id": "x"}\n{"resourceType": "Patient", \n')
    bring_in(import_page, broken)
    alert = import_page.get_by_role("alert")
    alert.wait_for()
    assert "broken.ndjson" in alert.inner_text()
    assert "TWN-E005" in alert.inner_text()


@pytest.mark.shared
def test_import_a_synthea_bundle_and_open_its_patient(import_page, tmp_path):
    bundles = sorted(SHARED.glob("diabetes__*.json.gz"))
    if not bundles:
        pytest.skip("no independent Synthea bundles beside the checkout")
    packed = tmp_path / "synthea.json.gz"
    packed.write_bytes(bundles[0].read_bytes())
    resources = json.loads(gzip.decompress(packed.read_bytes()))["entry"]
    (patient,) = [one["resource"] for one in resources if one["resource"]["resourceType"] == "Patient"]
    family = patient["name"][0]["family"].upper()
    bring_in(import_page, packed)
    import_page.get_by_role("button", name=re.compile(f"^{family}, ")).click()
    import_page.locator("h1", has_text="Summary").wait_for()
    assert import_page.locator(".patient-line .name").inner_text().startswith(f"{family}, ")
    import_page.locator("table.cp tbody tr").nth(2).wait_for()
    go(import_page, "Timeline")
    import_page.locator("[data-testid=stPlotlyChart]").wait_for()
