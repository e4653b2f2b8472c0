"""Does the receipt on screen lead from a risk to every number it rests on?"""

import math
import re
from dataclasses import replace
from datetime import date

import pytest

from twin.data_files import read_table
from twin.proof.plan_speed import patient
from twin.risk.catalogue import equation
from twin.risk.estimate import estimate
from twin.ui.receipt import input_value, receipt_html, withheld_html

TODAY = date(2026, 11, 24)
ROW = re.compile(r"data/coefficients/prevent_base\.csv: horizon_years (\d+), sex (\w+), output (\w+), term (\w+)")


@pytest.fixture(scope="module")
def estimates():
    return estimate(patient(), "prevent_base", on=TODAY, horizon_years=10)


@pytest.fixture(scope="module")
def shown(estimates):
    return receipt_html(estimates)


def test_every_term_names_the_row_its_coefficient_stands_in(shown):
    table = {
        (row["horizon_years"], row["sex"], row["output"], row["term"]): float(row["coefficient"])
        for row in read_table("coefficients/prevent_base.csv")
    }
    rows = re.findall(r"<tr>.*?</tr>", shown)
    checked = 0
    for row in rows:
        if place := ROW.search(row):
            printed = float(re.findall(r'<td class="number">([^<]*)</td>', row)[0])
            assert printed == pytest.approx(table[place.groups()], rel=1e-5)
            checked += 1
    assert checked > 50


def test_the_printed_products_add_up_to_the_printed_risk(estimates, shown):
    for one in estimates:
        part = next(d for d in shown.split("<details")[1:] if f"{one.risk:.2%}" in d)
        products = [float(row) for row in re.findall(r"([+-]\d+\.\d{4})</td><td>data/", part)]
        assert 1 / (1 + math.exp(-sum(products))) == pytest.approx(one.risk, abs=2e-3)


def test_inputs_stand_once_with_date_age_and_range(shown):
    assert shown.count('<th scope="row">Systolic blood pressure</th>') == 1
    assert "Age in days" in shown
    assert "90 to 200" in shown


def test_a_risk_that_its_inputs_do_not_give_is_called_untraceable(estimates):
    wrong = replace(estimates[0], risk=estimates[0].risk + 0.01)
    assert receipt_html([wrong]) == "<p>This risk cannot be traced back to its inputs; its receipt is not shown.</p>"


def test_without_a_risk_the_equation_still_says_whom_it_is_for():
    shown = withheld_html(equation("kfre_4"))
    assert "kfre_4@2016" in shown
    assert "Not for" in shown


def test_inputs_are_written_as_the_registry_says(estimates):
    values = {used.name: input_value(used) for used in estimates[0].inputs}
    assert values["has_diabetes"] == "Yes"
    assert values["sex"] in ("Female", "Male")
    assert values["systolic_bp"].endswith(" mmHg")
