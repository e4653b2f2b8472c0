"""Does the Proof page say of real people what was measured, failures as plainly as successes?"""

import re
from datetime import date

import pytest

from twin.proof.cohorts import CohortRow, cohort_rows
from twin.proof.next_values import NextValues
from twin.ui.views.proof_cohorts import _cohort, after_one_value, sentences


def row(**changes):
    fields = {
        "cohort": "one",
        "title": "One cohort",
        "source": "A package",
        "tuned_on": True,
        "variable": "albumin",
        "holdout_days": 365.0,
        "patients": 90,
        "n": 300,
        "covered": (0.5, 0.8, 0.95),
        "quarters": (0.8, 0.8, 0.8, 0.8),
        "crps": 0.9,
        "rmse": 0.95,
        "kept": True,
        "notes": (),
        "measured_on": date(2026, 11, 24),
        "command": "python -m twin.proof.cohorts one",
    }
    return CohortRow(**{**fields, **changes})


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(html)))


def test_the_sentences_count_values_measures_and_what_was_not_tuned_on():
    rows = [
        row(),
        row(variable="ast", n=100, covered=(0.4, 0.6, 0.9), kept=False),
        row(cohort="two", title="Two", tuned_on=False, crps=1.1, kept=False),
    ]
    all_of, fresh, when = map(text_of, sentences(rows))
    assert "2 published cohorts of real people, 700 hidden values: 77 in 100 fell within the 80 % band" in all_of
    assert "75% to 85% of values in 2 of 3 measures; better than each naive forecast in 2;" in all_of
    assert all_of.strip().endswith("in every quarter of the forecasts too, in 1.")
    assert "nobody looked at" in fresh and "1 of 1 measures; better than each naive forecast in 0;" in fresh
    assert "24-Nov-2026" in when


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Kept."),
        ({"kept": False, "crps": 1.0}, "Not kept."),
        ({"kept": False, "notes": ("80 % bands too narrow overall: 70% (may be chance).",)}, "perhaps by chance."),
        ({"kept": False, "notes": ("80 % bands too narrow overall: 60% of values inside.",)}, "Not kept."),
        ({"notes": ("The bands were checked beforehand on 9 patients only.",)}, "Kept. The bands were checked"),
    ],
)
def test_a_measure_says_whether_the_promise_was_kept(changes, said):
    assert said in text_of(_cohort("One cohort", [row(**changes)]))


def test_what_lies_outside_is_bold():
    html = str(_cohort("One cohort", [row(quarters=(0.74, 0.8, 0.86, 0.75), crps=1.02)]))
    assert re.findall(r"<strong>([^<]+)</strong>", html) == ["74", "86", "1.02"]


def test_every_shipped_row_can_be_shown():
    rows = cohort_rows()
    assert len(rows) > 20 and not all(one.kept for one in rows)
    shown = text_of(_cohort(rows[0].title, [one for one in rows if one.cohort == rows[0].cohort]))
    assert rows[0].command in shown


def test_what_one_value_is_worth_is_said_of_usual_and_of_unusual_patients():
    rows = (
        NextValues("first", 0.0, 1.0, 900, (0.5, 0.82, 0.95)),
        NextValues("first", 3.0, 4.0, 60, (0.5, 0.8, 0.95)),
        NextValues("first", 8.0, float("inf"), 40, (0.3, 0.6, 0.9)),
        NextValues("newest", 1.0, 2.0, 70, (0.5, 0.9, 0.95)),
        NextValues("newest", 4.0, 5.0, 50, (0.3, 0.7, 0.9)),
    )
    said = text_of(after_one_value(rows))
    assert "within the 80 % band in 81 in 100 of 1,000 series" in said
    assert "more than 3 standard deviations from what is usual, in 72 in 100 of 100." in said
    assert said.strip().endswith("the next did in 70 in 100 of 50.")
