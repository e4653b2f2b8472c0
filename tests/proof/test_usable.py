"""Is what a back-test leaves out or takes for unknown said, with a count, and nothing else changed?"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from twin.proof.backtest import backtest
from twin.proof.usable import usable, usable_treatments

TODAY = date(2026, 11, 24)


def panel(patients=40, values=8):
    """Return clean values of a few patients."""
    rng = np.random.default_rng(0)
    count = patients * values
    person = np.repeat(np.arange(patients), values)
    return pd.DataFrame(
        {
            "patient_id": [f"p{p}" for p in person],
            "sex": np.where(person % 2, "female", "male"),
            "birth_date": pd.Timestamp("1960-05-01"),
            "time": pd.Timestamp("2015-01-01") + pd.to_timedelta(np.tile(np.arange(values) * 180, patients), unit="D"),
            "variable": "systolic_bp",
            "value": 140 + 10 * rng.standard_normal(patients)[person] + 6 * rng.standard_normal(count),
            "source": "",
        }
    )


def courses(**given):
    """Return one course of amlodipine a patient, with some columns set."""
    frame = pd.DataFrame(
        {
            "patient_id": [f"p{p}" for p in range(0, 40, 2)],
            "therapy": "amlodipine 5 mg",
            "start": pd.Timestamp("2016-01-01"),
            "stop": pd.NaT,
            "dose": np.nan,
        }
    )
    return frame.assign(**given)


def told(observations, **options):
    return usable(observations, **options)[1]


@pytest.fixture(scope="module")
def clean():
    return backtest(panel(), holdout_days=400, today=TODAY)


def test_a_clean_table_passes_unchanged_and_unremarked(clean):
    left, problems = usable(panel(), today=TODAY)
    pd.testing.assert_frame_equal(left, panel(), check_dtype=False)
    assert problems == [] == clean["problems"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"therapy": "dragon root"}, "treatments of no therapy, ingredient or drug class"),
        ({"patient_id": "nobody"}, "treatments of patients without values: 20 left out"),
        ({"stop": pd.Timestamp("2015-06-01")}, "treatments that stop before they start: 20 left out"),
    ],
)
def test_treatments_that_can_change_nothing_are_counted_and_change_nothing(clean, given, says):
    found = backtest(panel(), holdout_days=400, treatments=courses(**given), today=TODAY)
    (problem,) = found["problems"]
    assert problem.startswith(says) and problem.endswith("20 left out")
    assert found["variables"] == clean["variables"]


def test_useless_treatments_beside_good_ones_change_nothing():
    mixed = pd.concat([courses(), courses(therapy="dragon root"), courses(patient_id="nobody")], ignore_index=True)
    good = backtest(panel(), holdout_days=400, treatments=courses())
    found = backtest(panel(), holdout_days=400, treatments=mixed)
    assert good["problems"] == [] and len(found["problems"]) == 2
    assert found["variables"] == good["variables"]


def test_therapies_ingredients_and_classes_are_known():
    for name in ("amlodipine 5 mg", "amlodipine", "calcium_channel_blocker"):
        left, problems = usable_treatments(courses(therapy=name), [f"p{p}" for p in range(40)])
        assert len(left) == 20 and problems == [], name


def test_a_class_whose_effect_depends_on_the_drug_is_not_taken_silently():
    left, problems = usable_treatments(courses(therapy="statin"), [f"p{p}" for p in range(40)])
    assert left is None and len(problems) == 1


def test_repeated_rows_are_counted_once_and_it_is_said(clean):
    found = backtest(pd.concat([panel(), panel().head(3)], ignore_index=True), holdout_days=400)
    assert found["problems"] == ["values given again for the same patient, variable and moment: 3, counted once"]
    assert found["variables"] == clean["variables"]


def test_contradicting_sex_is_not_known():
    table = panel()
    table.loc[0, "sex"] = "female"
    left, problems = usable(table)
    assert problems == ["patients who are female and male in different rows, sex taken as not known: 1"]
    assert set(left.loc[left["patient_id"] == "p0", "sex"]) == {""}
    assert set(left.loc[left["patient_id"] != "p0", "sex"]) == {"female", "male"}


def test_what_one_row_leaves_out_another_tells():
    table = panel()
    table.loc[0, ["sex", "birth_date"]] = ["", pd.NaT]
    left, problems = usable(table)
    assert problems == [] and left["sex"][0] == "male" and left["birth_date"][0] == pd.Timestamp("1960-05-01")


def test_missing_contradicting_and_impossible_births_are_not_known():
    table = panel()
    for patient, birth in (("p1", pd.NaT), ("p2", pd.Timestamp("2016-01-01"))):
        table.loc[table["patient_id"] == patient, "birth_date"] = birth
    table.loc[table.index[table["patient_id"] == "p3"][0], "birth_date"] = pd.Timestamp("1961-05-01")
    left, problems = usable(table)
    assert problems == [
        "patients with more than one birth date, age taken as not known: 1",
        "patients without birth date, age taken as not known: 1",
        "patients whose birth date cannot be, age taken as not known: 1",
    ]
    assert set(left.loc[left["birth_date"].isna(), "patient_id"]) == {"p1", "p2", "p3"}


def test_missing_ages_do_not_spoil_the_regression_on_age():
    table = panel()
    person = table["patient_id"].str[1:].astype(int)
    table["birth_date"] = pd.Timestamp("1940-05-01") + pd.to_timedelta(person * 365, unit="D")
    table["value"] += 80 - 2 * person
    whole = backtest(table, holdout_days=400)["variables"]["systolic_bp"]["rmse"]["regression"]
    table.loc[person == 20, "birth_date"] = pd.NaT  # of the mean age
    holed = backtest(table, holdout_days=400)["variables"]["systolic_bp"]["rmse"]["regression"]
    assert holed == pytest.approx(whole, rel=0.02)


def test_an_age_may_be_missing_too():
    table = panel().drop(columns="birth_date").assign(age_at_start=60.0)
    table.loc[table["patient_id"] == "p1", "age_at_start"] = np.nan
    table.loc[table["patient_id"] == "p2", ["age_at_start", "sex"]] = [-3.0, ""]
    assert told(table) == [
        "patients without a sex, taken as between the two: 1",
        "patients without age, age taken as not known: 1",
        "patients whose age cannot be, age taken as not known: 1",
    ]


def test_a_slip_into_the_future_is_left_out(clean):
    slip = panel().head(1).assign(time=pd.Timestamp("2204-01-01"))
    found = backtest(pd.concat([panel(), slip], ignore_index=True), holdout_days=400, today=TODAY)
    assert found["problems"] == ["values dated after today: 1 left out"]
    assert found["variables"] == clean["variables"]


def test_tables_with_shifted_dates_stay_whole():
    shifted = panel()
    shifted["time"] += pd.Timedelta(days=365 * 150)
    shifted["birth_date"] += pd.Timedelta(days=365 * 150)
    left, problems = usable(shifted, today=TODAY)
    assert len(left) == len(shifted)
    assert problems == ["values dated after today: 320, too many for slips; dates are taken as shifted"]


def test_problems_name_no_patient():
    table = panel()
    table.loc[0, "sex"] = "female"
    found = backtest(table, holdout_days=400, treatments=courses(therapy="dragon root", patient_id="Erika"))
    assert found["problems"] and not any(word in str(found["problems"]) for word in ("p0", "dragon", "Erika"))
