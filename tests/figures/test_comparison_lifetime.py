"""Are years free of disease said with their range, and does one that is withheld say why?"""

import pytest

from twin.figures.comparison_lifetime import lifetime_column, title_of, why_only
from twin.plans.lifelong import Lifelong
from twin.plans.plan import CURRENT_CARE, Plan
from twin.plans.results import Difference


def found(gained=None, *, years=25.04, better=0.97, outcome="cvd"):
    plan = CURRENT_CARE if gained is None else Plan("A")
    return Lifelong(plan, 89, years, 24.0, 26.0, gained, None if gained is None else better, outcome)


def test_current_care_has_years_and_no_change():
    said = lifetime_column(found())
    assert (said.years, said.likely, said.bold) == ("25.0 years", "likely range 24.0 to 26.0", "")


@pytest.mark.parametrize(
    ("gained", "bold", "rest"),
    [
        (Difference(1.26, 0.4, 2.1), "1.3 more", "years (0.4 to 2.1)"),
        (Difference(-0.5, -0.9, -0.1), "0.5 fewer", "years (0.1 to 0.9)"),
        (Difference(0.02, 0.01, 0.05), "Less than 0.1 more", "years (0.0 to 0.1)"),
        (Difference(0.3, -0.1, 0.8), "No clear difference", "(from 0.1 fewer to 0.8 more)"),
        (Difference(0.0, 0.0, 0.0), "No difference", ""),
        (Difference(0.9, 1.0, 1.2), "0.9 more", "years (0.9 to 1.2)"),
    ],
)
def test_what_a_plan_adds_is_said_with_its_range(gained, bold, rest):
    said = lifetime_column(found(gained))
    assert (said.bold, said.rest, said.chance) == (bold, rest, "97%")


def test_what_is_withheld_says_why():
    why = "This equation covers ages 30 to 79."
    said = lifetime_column(Lifelong(Plan("A"), 89, None, None, None, None, None, "cvd", why))
    assert (said.years, said.reason) == ("", why)


def test_an_outcome_without_a_lifetime_says_so():
    assert why_only("cvd", found()) == ""
    assert "Kidney failure has no lifetime estimate" in why_only("kidney_failure", found())
    assert title_of(found()) == "Years free of heart attack, stroke or heart failure, to age 89"


def test_after_an_event_the_years_are_those_until_another():
    assert why_only("ascvd", found(outcome="ascvd")) == ""
    said = why_only("cvd", found(outcome="ascvd"))
    assert said.endswith("Shown: another heart attack, stroke or cardiovascular death.")
    assert title_of(found(outcome="ascvd")).startswith("Years free of another heart attack")
