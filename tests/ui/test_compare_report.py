"""Is a report whole, of the same numbers as the page, free of scripts, and two pages at most?"""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.plans.conftest import ON, make_person
from twin.evidence.harms import harms
from twin.figures.comparison_table import comparison_table
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare_on
from twin.plans.ground import ground_of
from twin.plans.lifelong import lifelong
from twin.plans.plan import Lifestyle, Plan, StartTherapy
from twin.ui.compare.report_html import Made, report_html
from twin.ui.compare.report_words import FOR_CLINICIAN, FOR_PATIENT

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
MADE = Made(date(2026, 11, 24), "0.1.0", date(2026, 11, 20))
MANY = (
    "atorvastatin 80 mg",
    "amlodipine 5 mg",
    "lisinopril 10 mg",
    "empagliflozin 10 mg",
    "semaglutide 1 mg weekly",
    "ezetimibe 10 mg",
    "metformin 2000 mg",
    "aspirin 81 mg",
)
PLANS = (
    Plan("Statin", (StartTherapy("atorvastatin 40 mg"),)),
    Plan("Eight drugs", tuple(map(StartTherapy, MANY))),
    Plan("Habits", (Lifestyle("weight", -8.0), Lifestyle("smoking"), Lifestyle("activity", 150.0))),
)


@pytest.fixture(scope="module")
def person():
    values = {"hba1c": 8.0, "uacr": 60.0, "weight": 100.0}
    made = make_person(age=55, smoking="current", values=values, conditions=("diabetes/type_2",))
    return replace(made, family="O'Neill <b>", given="Åse")


@pytest.fixture(scope="module")
def compared(person):
    ground = ground_of(person, fit(person, on=ON), on=ON, horizon_years=10, draws=200, seed=0)
    return compare_on(ground, PLANS), lifelong(ground, PLANS, draws=20)


@pytest.fixture(scope="module", params=[False, True], ids=["clinician", "patient"])
def report(request, person, compared):
    return report_html(person, compared[0], "ascvd", made=MADE, lifetimes=compared[1], for_patient=request.param)


def main_table(report):
    return re.search(r'<table class="compare">.*?</table>', report, re.DOTALL)[0]


def test_there_are_as_many_columns_and_panels_as_in_the_comparison(report):
    assert main_table(report).count('scope="col"') == 4
    assert report.count("<polygon") == 4
    assert report.count('role="img"') == 5  # four times people, and the trajectories


def test_it_loads_nothing_and_runs_nothing(report):
    for word in ("<script", "http", "src=", "href=", "url(", "@import", "onload"):
        assert word not in report.lower()


def test_what_a_record_holds_is_never_markup(report):
    assert "O&#x27;NEILL &lt;B&gt;, Åse" in report
    assert "<B>" not in report
    assert "Åse" not in re.search(r"<title>(.*?)</title>", report)[1]


def test_every_element_is_closed(report):
    class Stack(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, _):
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    parser = Stack()
    parser.feed(report)
    assert parser.open == []


def test_the_numbers_are_those_of_the_page(report, compared):
    shown = comparison_table(compared[0], "ascvd")
    for column in shown.columns:
        assert f">{column.risk}</b>" in report
        assert column.likely in report
        assert column.change is None or f">{column.change.bold}</b>" in report


def test_both_wordings_have_the_same_numbers(person, compared):
    texts = [
        report_html(person, compared[0], "ascvd", made=MADE, lifetimes=compared[1], for_patient=one)
        for one in (False, True)
    ]
    risks = [re.findall(r"(?:fewer than )?\d+ in 100", main_table(text)) for text in texts]
    assert risks[0] == risks[1]


def test_it_says_when_and_by_what_it_was_made(report):
    assert "Made on 24-Nov-2026 by Counterpart 0.1.0. Results last changed on 20-Nov-2026." in report


def test_a_clinician_gets_inputs_equations_sources_and_checks(person, compared):
    text = report_html(person, compared[0], "ascvd", made=MADE)
    assert "prevent_base@2023 (SRC-PREVENT) for" in text
    assert "Systolic blood pressure <b>150 mmHg</b>, 01-Nov-2026, laboratory" in text
    used = {card for result in compared[0].plans for card in result.evidence}
    assert used and all(card in text for card in used)
    assert "Stop" not in main_table(text)


def test_a_withheld_comparison_is_still_a_report(compared):
    old = make_person(age=88)
    ground = ground_of(old, fit(old, on=ON), on=ON, horizon_years=10, draws=20, seed=0)
    text = report_html(old, compare_on(ground, PLANS[:1]), "ascvd", made=MADE, lifetimes=lifelong(ground, PLANS[:1]))
    assert "No estimate shown" in main_table(text)
    assert "This equation covers ages 30 to 79" in text
    assert "<polygon" not in text


def test_every_harm_has_plain_words_for_the_patient():
    assert set(FOR_PATIENT.harms) == set(harms())
    assert FOR_CLINICIAN.said("Major bleeding: 1 more") == "Major bleeding: 1 more"
    assert FOR_PATIENT.said("Major bleeding: 1 more") == "A serious bleed: 1 more"


def syllables(word):
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and not word.lower().endswith("le")))


def test_a_reader_of_eleven_can_read_the_patients_sentences():
    """US grade 6 is age 11 to 12; Flesch-Kincaid grade from words a sentence and syllables a word."""
    text = " ".join((*FOR_PATIENT.limits, FOR_PATIENT.reading, FOR_PATIENT.studies.format(count=9), FOR_PATIENT.safety))
    sentences = [part for part in re.split(r"[.!?:]\s*", text) if part]
    words = re.findall(r"[A-Za-z']+", text)
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    assert grade < 6.0


@pytest.mark.browser
def test_it_prints_on_two_pages_at_most(report, tmp_path):
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    page.write_text(report, encoding="utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path}/p")
    subprocess.run(
        [CHROMIUM, *flags, f"--print-to-pdf={paper}", page.as_uri()], check=True, capture_output=True, timeout=60
    )
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) <= 2
