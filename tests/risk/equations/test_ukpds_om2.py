import csv
from datetime import date
from itertools import product
from math import exp

import numpy as np
import pytest

from tests.risk.golden_tables import golden
from tests.risk.people import ON, condition, patient, series
from twin.data_files import DATA
from twin.risk.catalogue import equation, score
from twin.risk.check import to_columns
from twin.risk.choose import choices, side_by_side
from twin.risk.equations.ukpds_om2 import DEATH, FIRSTS, course
from twin.risk.estimate import estimate
from twin.risk.results import RiskEstimate, Withheld
from twin.units import to_canonical

KNOWN = equation("ukpds_om2")
HISTORIES = ("angina", "heart_failure", "amputation", "blindness")
HISTORIES += ("kidney_failure", "stroke", "myocardial_infarction", "foot_ulcer")
MAN = {
    "age": [60],
    "sex": ["male"],
    "age_at_diabetes": [52],
    "ethnicity": ["white"],
    "current_smoker": [False],
    "systolic_bp": [140],
    "heart_rate": [72],
    "bmi": [27],
    "hba1c": [7.5],
    "hdl_cholesterol": [to_canonical("hdl_cholesterol", 1.2, "mmol/L")],
    "ldl_cholesterol": [to_canonical("ldl_cholesterol", 3.8, "mmol/L")],
    "egfr": [55],
    "white_cells": [7],
    "hemoglobin": [14],
    "albuminuria": [True],
    "atrial_fibrillation": [False],
    "peripheral_artery_disease": [False],
    **{name: [False] for name in HISTORIES},
    "horizon_years": [10],
}


def risks(**changed):
    found = score("ukpds_om2", MAN | {name: [value] for name, value in changed.items()}).outputs
    return {name: value[0] for name, value in found.items()}


def published():
    """Read the coefficients anew, without the code under test."""
    with open(DATA / "coefficients" / "ukpds_om2.csv", encoding="utf-8", newline="") as file:
        table = {}
        for row in csv.DictReader(file):
            table.setdefault(row["part"], {})[row["term"]] = float(row["coefficient"])
    return table


# -- the authors' own software ------------------------------------------------------------------------------


def official():
    table = golden("ukpds_om2_official.csv")
    rows = len(table["age"])
    none = np.zeros(rows)
    given = {name: table[name] for name in ("age", "sex", "systolic_bp", "hba1c", "heart_rate", "white_cells")}
    given |= {name: table[name] for name in ("hemoglobin", "egfr", "current_smoker", *HISTORIES)}
    given |= dict.fromkeys(("albuminuria", "atrial_fibrillation", "peripheral_artery_disease"), none)
    given |= {"age_at_diabetes": table["age"] - table["years_of_diabetes"], "ethnicity": ["white"] * rows}
    given |= {"bmi": table["weight_kg"] / table["height_m"] ** 2, "horizon_years": np.full(rows, 20)}
    for name in ("hdl_cholesterol", "ldl_cholesterol"):
        given[name] = to_canonical(name, table[f"{name.split('_')[0]}_mmol_l"], "mmol/L")
    return table, to_columns(KNOWN, given)


def standard_errors(table, columns, outcome, years):
    """Return how far the software's 24 results lie from ours, in standard errors of its 1,000 draws."""
    found = []
    for person in range(columns.size):
        ours = course(columns, person, years=years)
        if outcome == DEATH:
            share, theirs = ours.deaths.sum(), table[f"deaths_{years}"][person]
            variance = share * (1 - share) / 1000
        else:
            place = FIRSTS.index(outcome)
            if ours.at_risk[place, 0] == 0:
                continue
            chance = ours.first[place] / ours.at_risk[place]
            free = np.prod(1 - chance)  # as Kaplan and Meier count, with Greenwood's variance
            variance = free**2 * np.sum(chance / (1 - chance) / ours.at_risk[place]) / 1000
            share, theirs = 1 - free, 1 - table[f"{outcome}_free_{years}"][person]
        found.append((theirs - share) / np.sqrt(variance))
    return np.array(found)


@pytest.mark.parametrize("years", [10, 20])
@pytest.mark.parametrize("outcome", [*FIRSTS, DEATH])
def test_agrees_with_the_authors_own_software(outcome, years):
    table, columns = official()
    away = standard_errors(table, columns, outcome, years)
    assert np.abs(away).max() < 3.5
    assert np.mean(away**2) < 2  # 1 expected; its patients share their random numbers
    assert abs(away.mean()) < 0.6


# -- by hand ------------------------------------------------------------------------------------------------


def by_hand(years):
    """Return the risk of a first infarction and of death by plain recursion over every event of every year."""
    table, age, since = published(), 60, 52
    values = {"constant": 1, "age_at_diagnosis": since, "hba1c": 7.5, "hdl": 12, "ldl": 38, "ldl_above_3_5": 3}
    values |= {"sbp": 14, "bmi": 27, "bmi_25_to_30": 1, "egfr": 5.5, "egfr_to_60": 5.5, "heart_rate": 7.2}
    values |= {"white_cells": 7, "hemoglobin": 14, "albuminuria": 1}
    names = ("heart_failure", "ischemic_heart_disease", "infarction", "stroke", "blindness")
    names += ("foot_ulcer", "amputation", "kidney_failure")

    def total(part, before, now=(), year=0):
        here = values | {f"{name}_before": 1 for name in names if before[name]} | dict.fromkeys(now, 1)
        here |= {"age": age + year, "years_of_diabetes": age - since + year}
        return sum(weight * here.get(term, 0) for term, weight in table[part].items())

    def chance(part, before, year):
        t, shape = age - since + year, table[part].get("shape", 1.0)
        return 1 - exp(-exp(total(part, before)) * ((t + 1) ** shape - t**shape))

    def happens(name, before, year):
        level = before[name]
        if name == "foot_ulcer":
            return 0.0 if level else 1 / (1 + exp(-total("foot_ulcer", before)))
        first_amputation = "first_amputation_after_ulcer" if before["foot_ulcer"] else "first_amputation_no_ulcer"
        twice = {
            "infarction": ("first_infarction_men", "second_infarction"),
            "stroke": ("first_stroke", "second_stroke"),
            "amputation": (first_amputation, "second_amputation"),
        }.get(name, (name,))
        return chance(twice[level], before, year) if level < len(twice) else 0.0

    def dies(before, now, year):
        grave = [name for name in now if name not in ("blindness", "foot_ulcer")]
        if not grave:
            part = "death_history_no_event" if any(before.values()) else "death_no_history_no_event"
            growth = table[part]["growth"]
            rise = (exp(growth * (age + year + 1)) - exp(growth * (age + year))) / growth
            return 1 - exp(-exp(total(part, before, year=year)) * rise)
        ill = any(level for name, level in before.items() if name not in ("blindness", "foot_ulcer"))
        second = "amputation" in now and before["amputation"]
        marks = [f"{name}_now" for name in now if name != "amputation"]
        if "amputation" in now:
            marks.append("second_amputation_now" if second else "first_amputation_now")
        marks = ["infarction_now" if mark == "infarction_now" else mark for mark in marks]
        part = "death_history_and_event" if ill else "death_first_event"
        return 1 / (1 + exp(-total(part, before, marks, year)))

    def walk(before, year):
        if year == years:
            return 0.0, 0.0
        p = {name: happens(name, before, year) for name in names}
        infarction = death = 0.0
        for chosen in product((False, True), repeat=len(names)):
            now = [name for name, yes in zip(names, chosen, strict=True) if yes]
            share = np.prod([p[name] if name in now else 1 - p[name] for name in names])
            if share == 0.0:
                continue
            dead = dies(before, now, year)
            later = walk({name: level + (name in now) for name, level in before.items()}, year + 1)
            infarction += share * (float("infarction" in now and not before["infarction"]) + (1 - dead) * later[0])
            death += share * (dead + (1 - dead) * later[1])
        return infarction, death

    return walk(dict.fromkeys(names, 0), 0)


@pytest.mark.parametrize("years", [1, 2])
def test_the_recursion_by_hand(years):
    found = risks(horizon_years=years)
    assert (found["risk_myocardial_infarction"], found["risk_death"]) == pytest.approx(by_hand(years), rel=1e-11)


def test_the_first_year_is_one_line_of_arithmetic():
    total = -12.332 + 0.068 * 52 + 0.072 * 27 - 0.22 * 5.5 + 0.012 * 38 + 0.771
    expected = 1 - exp(-exp(total) * (9**1.514 - 8**1.514))
    assert risks(horizon_years=1)["risk_heart_failure"] == pytest.approx(expected, rel=1e-12)
    terms = KNOWN.terms(to_columns(KNOWN, MAN))["risk_heart_failure"]
    assert sum(value[0] for value in terms.values()) == pytest.approx(total, rel=1e-12)


# -- scaling, where other implementations went wrong --------------------------------------------------------


def test_low_filtration_has_no_jump_at_60():
    def stroke(egfr):
        return risks(egfr=egfr, horizon_years=1)["risk_stroke"]

    assert stroke(59.999) == pytest.approx(stroke(60), rel=1e-4)
    assert stroke(30) > stroke(60) == stroke(90)


def test_ldl_counts_for_women_from_3_5_on_and_by_its_excess():
    def woman(mmol_l):
        ldl = to_canonical("ldl_cholesterol", mmol_l, "mmol/L")
        return risks(sex="female", ldl_cholesterol=ldl, horizon_years=1)["risk_myocardial_infarction"]

    assert woman(2.0) == woman(3.5)
    assert np.log(woman(4.5) / woman(3.5)) == pytest.approx(0.035 * 10, abs=0.01)


# -- what it says of a patient ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "output"),
    [
        ("heart_failure", "risk_heart_failure"),
        ("angina", "risk_ischemic_heart_disease"),
        ("myocardial_infarction", "risk_myocardial_infarction"),
        ("stroke", "risk_stroke"),
    ],
)
def test_a_first_event_cannot_come_twice(history, output):
    scored = score("ukpds_om2", MAN | {history: [True]})
    assert np.isnan(scored.outputs[output][0])
    assert scored.problems[0] == f"{history}: only a first event has a risk here: no {output}"
    assert scored.outputs[DEATH][0] > risks()[DEATH]


def test_an_unknown_ethnicity_is_said_and_counts_as_the_reference():
    scored = score("ukpds_om2", MAN | {"ethnicity": [None]})
    assert scored.outputs[DEATH][0] == risks()[DEATH]
    assert scored.problems[0].startswith("ethnicity missing: counted as neither Afro-Caribbean nor Asian Indian")


def test_diabetes_cannot_begin_after_today():
    scored = score("ukpds_om2", MAN | {"age": [50]})
    assert "no risk_death: it cannot be worked out from what is known" in scored.problems[0]


def someone(*conditions, **values):
    measured = {"heart_rate": 72.0, "hba1c": 7.5, "ldl_cholesterol": 140.0, "white_cells": 7.0, "hemoglobin": 14.0}
    values = measured | {"uacr": 12.0} | values
    diabetes = condition("diabetes/type_2", onset=date(2016, 5, 1))
    return patient(
        conditions=(diabetes, *conditions), extra=tuple(series(n, ("2026-06-01", v)) for n, v in values.items())
    )


def by_outcome(who, years=10):
    return {single.outcome: single for single in estimate(who, "ukpds_om2", on=ON, horizon_years=years)}


def test_a_patient_with_type_2_diabetes_gets_a_model_made_for_it():
    found = by_outcome(someone())
    assert set(found) == {
        "myocardial_infarction", "stroke", "heart_failure", "ischemic_heart_disease", "death"
    }  # fmt: skip
    assert all(isinstance(single, RiskEstimate) for single in found.values())
    origins = {i.name: i.origin for i in found["death"].inputs}
    assert origins["age_at_diabetes"] == "type 2 since 01-May-2016 (Condition/diabetes/type_2)"
    assert origins["albuminuria"].startswith("urine albumin to creatinine ratio of 12 mg/g")
    assert origins["angina"] == "no coronary disease other than infarction in the problem list"
    assert any("ethnicity missing" in problem for problem in found["death"].problems)
    assert found["death"].risk > by_outcome(someone(), 5)["death"].risk


def test_a_history_withholds_only_its_own_first_event():
    found = by_outcome(someone(condition("cardiovascular/coronary/myocardial_infarction")))
    refused = found["myocardial_infarction"]
    assert isinstance(refused, Withheld)
    assert refused.clinical == (
        "This equation gives the risk of a first event. On record: myocardial infarction before. No estimate shown."
    )
    assert isinstance(found["ischemic_heart_disease"], RiskEstimate)
    assert {i.name: i.value for i in found["death"].inputs}["myocardial_infarction"] is True


def test_raised_albuminuria_counts_from_30():
    for uacr, raised in ((29.9, False), (30.0, True)):
        assert {i.name: i.value for i in by_outcome(someone(uacr=uacr))["death"].inputs}["albuminuria"] is raised


def test_it_is_offered_for_type_2_diabetes_and_to_nobody_else():
    def of(who):
        return {choice.equation.id: choice for choice in choices(who, on=ON)}["ukpds_om2"]

    assert of(someone()).applies == "all"
    assert of(patient()).reasons[0].startswith("UKPDS OM2 is for people who have type 2")
    assert of(patient(conditions=(condition("diabetes/type_1"),))).applies == "none"


def test_it_stands_beside_prevent():
    found = side_by_side(someone(), "heart_failure", on=ON, horizon_years=10)
    assert [single.equation for single in found.estimates] == ["prevent_full@2023", "ukpds_om2@2013"]


def test_white_cells_are_not_made_up():
    without = someone(white_cells=7.0)
    bare = patient(
        conditions=without.conditions, series={n: s for n, s in without.series.items() if n != "white_cells"}
    )
    assert by_outcome(bare)["death"].missing == ("white_cells",)
