"""Do the values of the panel belong together as those of people do?"""

import numpy as np
import pandas as pd
import pytest

from twin.data_files import read_table
from twin.demo.measuring import total_cholesterol
from twin.demo.settings import biomarkers
from twin.risk.catalogue import score

# How far the mean of people without diabetes and kidney disease may lie from NHANES, beyond three standard errors
# of the mean of a group. NHANES has everybody: for HbA1c the comparison is with the median, which diabetes moves
# little; for eGFR and BMI the panel's part without disease must stand better, and may by this much.
TOLERANCES = {
    "systolic_bp": 4.0,
    "diastolic_bp": 3.0,
    "total_cholesterol": 12.0,
    "hdl_cholesterol": 4.0,
    "ldl_cholesterol": 10.0,
    "triglycerides": 25.0,
    "hba1c": 0.15,
    "bmi": 2.0,
    "egfr": 10.0,
}


def test_hba1c_goes_with_mean_glucose(wide):
    for name, at_least in (("mean_glucose", 0.7), ("fasting_glucose", 0.7), ("glucose", 0.7)):
        both = wide[["hba1c", name]].dropna()
        assert len(both) > 100
        assert np.corrcoef(both["hba1c"], both[name])[0, 1] > at_least


def test_systolic_pressure_keeps_from_visit_to_visit(wide):
    pressures = wide[["patient", "day", "systolic_bp"]].dropna().sort_values(["patient", "day"])
    before = pressures.groupby("patient")["systolic_bp"].shift(1)
    assert 0.4 < pressures["systolic_bp"].corr(before) < 0.8


def test_hba1c_is_higher_in_diabetes(wide, has_since):
    is_diabetic = has_since("E10", "E11")
    with_it, without = wide.loc[is_diabetic, "hba1c"].mean(), wide.loc[~is_diabetic, "hba1c"].mean()
    assert with_it > without + 1.0
    assert without < 5.8


def test_kidney_function_falls_faster_in_kidney_disease(wide, has_since):
    wide = wide.assign(diseased=has_since("N18"))

    def slope(group):
        group = group[["day", "egfr"]].dropna()
        years = (group["day"] - group["day"].iloc[0]).dt.days / 365.25 if len(group) else group["day"]
        return np.polyfit(years, group["egfr"], 1)[0] if len(group) >= 6 else np.nan

    slopes = {
        diseased: np.nanmedian([slope(g) for _, g in part.groupby("patient")])
        for diseased, part in wide.groupby("diseased")
    }
    assert slopes[True] < -1.3
    assert slopes[True] < slopes[False] < 0.0


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ("systolic_bp", "diastolic_bp", 0.2, 0.8),
        ("bmi", "hdl_cholesterol", -0.6, -0.1),
        ("hdl_cholesterol", "triglycerides", -0.7, -0.2),
        ("alt", "ast", 0.3, 0.9),
        ("egfr", "potassium", -0.6, -0.05),
        ("bmi", "hba1c", 0.05, 0.5),
    ],
)
def test_levels_of_people_go_together(wide, a, b, low, high):
    means = wide.groupby("patient")[[a, b]].mean().dropna()
    assert low < means[a].corr(means[b]) < high


def test_total_cholesterol_is_the_sum_of_its_parts(wide):
    lipids = wide[["total_cholesterol", "ldl_cholesterol", "hdl_cholesterol", "triglycerides"]].dropna()
    valid = lipids[lipids["triglycerides"] < 400]
    friedewald = valid["total_cholesterol"] - valid["hdl_cholesterol"] - valid["triglycerides"] / 5.0
    assert len(valid) > 1000
    assert (friedewald - valid["ldl_cholesterol"]).abs().max() <= 0.51


def test_egfr_is_the_equations_answer_to_creatinine(wide, people):
    rows = wide[["patient", "day", "creatinine", "egfr"]].dropna()
    births = pd.to_datetime(rows["patient"].map(lambda i: people[i]["birthDate"]))
    age = np.floor((rows["day"] - births).dt.days / 365.25)
    sex = rows["patient"].map(lambda i: people[i]["gender"]).tolist()
    columns = {"creatinine": rows["creatinine"].tolist(), "age": age.tolist(), "sex": sex}
    expected = score("ckd_epi_2021", columns).outputs["egfr"]
    assert len(rows) > 1000
    assert np.abs(expected - rows["egfr"]).max() <= 0.5 + 1e-9


def test_bmi_is_weight_by_height(values, wide):
    height = values[values["variable"] == "height"].sort_values("day").groupby("patient")["value"].first()
    rows = wide[["patient", "weight", "bmi"]].dropna()
    expected = rows["weight"] / (rows["patient"].map(height) / 100.0) ** 2
    assert len(rows) > 1000
    assert (expected - rows["bmi"]).abs().max() <= 0.06  # half a digit, and the rounding of weights in pounds


def _without_disease(course):
    """Return results by visit of those who have neither diabetes nor kidney disease on record by then."""
    since = np.full(len(course.people), np.inf)
    for found in course.clinic.diagnoses:
        if found.key in ("type_1", "type_2") or found.key.startswith("ckd"):
            since[found.person] = min(since[found.person], found.recorded)
    visits = course.visits
    table = pd.DataFrame(visits.results, columns=biomarkers().names)
    table["total_cholesterol"] = total_cholesterol(
        ldl=table["ldl_cholesterol"], hdl=table["hdl_cholesterol"], triglycerides=table["triglycerides"]
    )
    table["bmi"] = table["weight"] / (course.people.height[visits.person] / 100.0) ** 2
    age = (visits.day - course.people.birth_day[visits.person]) / 365.25
    table["person"], table["is_male"] = visits.person, course.people.is_male[visits.person]
    table["group"] = np.clip((age // 10).astype(int) * 10, 30, 70)
    return table[since[visits.person] > visits.day]


@pytest.mark.parametrize("name", TOLERANCES)
def test_people_without_disease_stand_near_the_survey(large_course, name):
    centre = "p50" if name == "hba1c" else "mean"
    survey = {
        (row["sex"] == "male", int(row["age_low"])): float(row[centre])
        for row in read_table("demo/nhanes.csv")
        if row["variable"] == name
    }
    means = _without_disease(large_course).groupby(["is_male", "group", "person"])[name].mean().dropna()
    groups = means.groupby(["is_male", "group"]).agg(["mean", "std", "count"])
    assert len(groups) == len(survey) == 10
    for key, row in groups.iterrows():
        allowed = TOLERANCES[name] + 3.0 * row["std"] / np.sqrt(row["count"])
        assert abs(row["mean"] - survey[key]) < allowed, (name, key, row["mean"], survey[key])
    # Over all groups chance averages out: half of the tolerance must do, and all of it where disease counts.
    overall = np.mean([row["mean"] - survey[key] for key, row in groups.iterrows()])
    assert abs(overall) < TOLERANCES[name] * (1.0 if name in ("egfr", "bmi", "triglycerides") else 0.5)
