import re
from dataclasses import replace

import numpy as np
import pytest

from tests.figures.comparison_cases import comparison, harm, plan_result, random_comparison, shown, withheld
from twin.figures.comparison_table import comparison_table
from twin.plans.plan import ChangeVariable, Plan, StartTherapy
from twin.plans.results import Check

STATIN = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))


def one_plan(result, **parts):
    current = plan_result(shown("ascvd", 0.20))
    return comparison_table(comparison(current, plan_result(result, plan=STATIN, **parts)), "ascvd")


def everything(table) -> str:
    """Return every word of the table."""
    return " ".join(str(column) for column in table.columns) + table.sentence + " ".join(table.notes)


def test_current_care_comes_first_and_is_the_reference():
    table = one_plan(shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03)))
    current, plan = table.columns
    assert (current.heading, current.risk, current.likely, current.change) == (
        "Current care",
        "20 in 100",
        "likely range 16 to 24",
        None,
    )
    assert (plan.heading, plan.risk, plan.change.bold) == ("A Statin", "15 in 100", "5 fewer")
    assert table.sentence == "Plan A: 15 in 100, 5 fewer than now."


@pytest.mark.parametrize("seed", range(20))
def test_every_denominator_is_the_same(seed):
    table = comparison_table(random_comparison(np.random.default_rng(seed)), "ascvd")
    counted = [int(number.replace(",", "")) for number in re.findall(r"\d in ([\d,]+)", everything(table))]
    assert set(counted) == {table.denominator}
    assert all(column.people.total == table.denominator for column in table.columns)
    assert (table.denominator == 1000) == any("1,000" in note for note in table.notes)


@pytest.mark.parametrize("seed", range(200))
def test_icons_agree_with_the_numbers_beside_them(seed):
    table = comparison_table(random_comparison(np.random.default_rng(seed)), "ascvd")
    current = table.columns[0].people
    for column in table.columns[1:]:
        people = column.people
        assert people.events + people.avoided + people.unaffected == table.denominator
        assert column.people_text.startswith(f"Of {table.denominator:,} people like this, ")
        if column.change.bold.startswith("No clear"):
            assert (people.avoided, people.added) == (0, 0)
        else:
            assert people.avoided - people.added == current.events - people.events


def test_no_clear_difference_is_said_with_its_range():
    plan = one_plan(shown("ascvd", 0.19, difference=(-0.01, -0.03, 0.01))).columns[1]
    assert (plan.change.bold, plan.change.likely, plan.change.nnt) == (
        "No clear difference",
        "from 3 fewer to 1 more",
        "",
    )


def test_a_withheld_plan_says_why_and_leaves_the_others():
    plan = one_plan(withheld("ascvd", "Not shown: pregnancy.")).columns[1]
    assert plan.is_withheld
    assert (plan.risk, plan.change, plan.people, plan.reason) == ("", None, None, "Not shown: pregnancy.")
    assert one_plan(withheld("ascvd", "Not shown: pregnancy.")).columns[0].risk == "20 in 100"


def test_a_reason_of_current_care_is_said_once():
    result = withheld("ascvd", "This equation covers ages 30 to 79. This patient is 82.")
    table = comparison_table(comparison(plan_result(result), plan_result(result, plan=STATIN)), "ascvd")
    assert [column.reason for column in table.columns] == [result.baseline.clinical, ""]
    assert table.columns[1].is_withheld
    assert table.sentence == "Plan A: no estimate shown."


def test_missing_inputs_are_named_by_their_labels():
    result = withheld("ascvd", "An input is missing.", missing=("total_cholesterol", "smoking_status"))
    reason = comparison_table(comparison(plan_result(result)), "ascvd").columns[0].reason
    assert reason == "An input is missing. Needed: Total cholesterol, Smoking status."
    said = withheld("ascvd", "This risk needs: Total cholesterol.", missing=("total_cholesterol",))
    assert comparison_table(comparison(plan_result(said)), "ascvd").columns[0].reason == said.baseline.clinical


def test_serious_harms_come_largest_first_and_others_are_counted():
    plan = one_plan(
        shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03)),
        harms=(
            harm("syncope", "Syncope with hospital care", (0.01, 0.005, 0.02)),
            harm("hypotension", "Hypotension with hospital care", (0.03, 0.02, 0.05)),
            harm("muscle_symptoms", "Muscle symptoms from the drug", (0.08, 0.02, 0.1)),
            harm("new_diabetes", "New diabetes", (0.0, 0.0, 0.0)),
        ),
    ).columns[1]
    assert [(line.label, line.change.bold) for line in plan.harms] == [
        ("Hypotension with hospital care", "3 more"),
        ("Syncope with hospital care", "1 more"),
    ]
    assert plan.other_harms == 2


def test_what_could_not_be_used_of_a_plan_is_a_caveat():
    result = plan_result(shown("ascvd", 0.2, difference=(0.0, 0.0, 0.0)), plan=STATIN, caveats=("A.",))
    current = plan_result(shown("ascvd", 0.2))
    found = comparison(
        replace(current, problems=("Said of all.",)), replace(result, problems=("Said of all.", "Already taken."))
    )
    assert comparison_table(found, "ascvd").columns[1].caveats == ("A.", "Already taken.")


def test_silence_about_harms_is_not_no_harm():
    result = shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03))
    current = plan_result(shown("ascvd", 0.20))

    def harms(plan):
        return comparison_table(comparison(current, plan_result(result, plan=plan)), "ascvd").columns[1].harms_text

    assert harms(STATIN) == "None expected"
    assert harms(Plan("BP", (ChangeVariable("systolic_bp", -10.0),))) == "Not counted"


def test_what_a_plan_involves_names_drugs_share_of_doses_and_start():
    plan = Plan("Statin", (StartTherapy("atorvastatin 40 mg", 0.8),), start=5.0)
    result = plan_result(shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03)), plan=plan)
    table = comparison_table(comparison(plan_result(shown("ascvd", 0.2)), result), "ascvd")
    assert table.columns[1].involves == ("No change", "Atorvastatin 40 mg (80% of doses)", "From year 5")


def test_certainty_checks_and_caveats_are_carried():
    check = Check("TWN142", "High potassium", "found", "Potassium is above 5.0.", "SRC-X, p 1")
    clear = Check("TWN143", "Low eGFR", "clear", "eGFR 80.", "SRC-X, p 1")
    plan = one_plan(
        shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03)),
        certainty="very_low",
        checks=(check, clear),
        caveats=("Two effects multiply.",),
    ).columns[1]
    assert (plan.certainty, plan.checks_found, plan.caveats) == ("Very low", 1, ("Two effects multiply.",))


def test_after_an_event_the_table_says_what_its_equation_counts():
    found = comparison(plan_result(shown("ascvd", 0.3, equation="smart_reach@2018")), plan_result(shown("ascvd", 0.2)))
    table = comparison_table(found, "ascvd")
    assert table.outcome.label == "Another heart attack, stroke or cardiovascular death"
    assert "30 have another heart attack or stroke, or die of cardiovascular" in table.columns[0].people_text
    assert comparison_table(found, "death").outcome.label == "Death"


def test_what_weakens_current_care_is_said_once_for_all():
    current = plan_result(shown("ascvd", 0.3), problems=("Too old.",))
    plan = plan_result(shown("ascvd", 0.2), plan=STATIN, problems=("Too old.", "Not carried over."))
    now, first = comparison_table(comparison(current, plan), "ascvd").columns
    assert now.caveats == ("Too old.",) and first.caveats == ("Not carried over.",)
