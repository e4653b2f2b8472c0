"""Are risks, differences, dates and conditions said the same way everywhere?"""

from datetime import date

import pytest

from twin.words import concept_in_words, day, in_people, months_between, number_needed_to_treat


@pytest.mark.parametrize(
    ("risk", "denominator", "said"),
    [
        (0.0, 100, "0 in 100"),
        (0.004, 100, "fewer than 1 in 100"),
        (0.125, 100, "13 in 100"),
        (0.0951, 100, "10 in 100"),
        (0.999, 100, "more than 99 in 100"),
        (1.0, 100, "100 in 100"),
        (0.004, 1000, "4 in 1,000"),
    ],
)
def test_a_risk_is_said_in_people(risk, denominator, said):
    assert in_people(risk, denominator=denominator) == said


@pytest.mark.parametrize("risk", [-0.01, 1.01, float("nan")])
def test_no_risk_beyond_0_and_1_is_said(risk):
    with pytest.raises(ValueError, match="risk must lie"):
        in_people(risk)


@pytest.mark.parametrize(("difference", "people"), [(-0.08, 13), (-0.05, 20), (-0.125, 8), (0.0, None), (0.02, None)])
def test_people_needed_to_treat_are_rounded_up(difference, people):
    assert number_needed_to_treat(difference) == people


@pytest.mark.parametrize(("value", "said"), [(date(2026, 11, 2), "02-Nov-2026"), (None, "Not known")])
def test_a_day_is_written_out(value, said):
    assert day(value) == said


@pytest.mark.parametrize(("later", "months"), [(date(2026, 11, 24), 12), (date(2026, 11, 23), 11)])
def test_months_count_when_they_are_over(later, months):
    assert months_between(date(2025, 11, 24), later) == months


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("diabetes/type_2", "type 2 diabetes"),
        ("cardiovascular/coronary", "coronary disease"),
        ("kidney/chronic_kidney_disease", "chronic kidney disease"),
        ("pregnancy", "pregnancy"),
    ],
)
def test_a_condition_is_said_in_plain_words(path, said):
    assert concept_in_words(path) == said
