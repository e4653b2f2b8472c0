"""Does the back-test hide the end of each record, score fairly, and name what it cannot read?"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.errors import BadFile, MissingInput
from twin.proof.backtest import backtest, read_observations, read_treatments
from twin.proof.naive import METHODS, naive_forecasts

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "icu_physionet2012" / "set_a.parquet"
HEAD = "patient_id,sex,birth_date,time,variable,value\n"


def table(persons=120, values=10, *, seed=0, years=6.0, variable="weight", treated=None):
    """Return a panel of persons with a level of their own, a slow drift, and noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(persons):
        days = np.sort(rng.uniform(0, years * 365, values)).round(3)
        level = 80 + 12 * rng.standard_normal() + np.cumsum(rng.standard_normal(values) * 0.8)
        value = level + 1.5 * rng.standard_normal(values)
        if treated is not None and person in treated:
            value -= 9.0 * (days > treated[person])
        rows += [
            (f"p{person}", "female" if person % 2 else "male", "1960-05-01", t, variable, v)
            for t, v in zip(days, value, strict=True)
        ]
    frame = pd.DataFrame(rows, columns=["patient_id", "sex", "birth_date", "day", "variable", "value"])
    frame["time"] = pd.Timestamp("2010-01-01") + pd.to_timedelta(frame.pop("day"), unit="D").dt.floor("s")
    frame["birth_date"] = pd.to_datetime(frame["birth_date"])
    frame["source"] = ""
    return frame


@pytest.fixture(scope="module")
def result():
    return backtest(table(), holdout_days=500)


def test_shape_is_that_of_the_interface(result):
    found = result["variables"]["weight"]
    assert (
        set(found["rmse"])
        == set(found["crps"])
        == {"twin", *METHODS}
        == {"twin", "last", "mean", "regression", "trend"}
    )
    assert set(found["coverage"]) == {"50", "80", "95"}
    assert found["n"] >= found["patients"] > 100
    assert found["better_than_naive"] == {
        m: found[m]["twin"] < min(found[m][n] for n in METHODS) for m in ("rmse", "crps")
    }
    assert len(found["coverage_80_by_quarter"]) == 4 and isinstance(found["notes"], list)
    assert list(found["leans_on"]) == ["last", "mean", "trend"] and max(map(abs, found["leans_on"].values())) < 1.0
    assert result["seconds_fit"] > result["seconds_per_patient"] > 0


def test_twin_beats_the_naive_forecasts_where_its_model_holds(result):
    found = result["variables"]["weight"]
    for measure in ("rmse", "crps"):
        assert found[measure]["twin"] < min(found[measure][method] for method in METHODS)
    assert 0.74 < found["coverage"]["80"] < 0.86


def test_nothing_hidden_is_learned_from(result):
    spoiled = table()
    last = spoiled.groupby("patient_id")["time"].transform("max")
    hidden = spoiled["time"] > last - pd.Timedelta(days=500)
    spoiled.loc[hidden, "value"] += 20.0 * np.random.default_rng(1).standard_normal(hidden.sum())
    again = backtest(spoiled, holdout_days=500)["variables"]["weight"]
    before = result["variables"]["weight"]
    # Same forecasts, other truths: what is learned may not have moved, so the errors grow by the spoiling alone.
    for method in ("twin", "last"):
        assert again["rmse"][method] ** 2 - before["rmse"][method] ** 2 == pytest.approx(400.0, rel=0.25)
    growth = {m: again["rmse"][m] ** 2 - before["rmse"][m] ** 2 for m in ("twin", "regression", "mean")}
    assert growth["twin"] == pytest.approx(growth["mean"], rel=0.1)


def test_scores_do_not_depend_on_the_order_of_rows(result):
    shuffled = backtest(table().sample(frac=1.0, random_state=3), holdout_days=500)
    for measure in ("rmse", "crps", "coverage"):
        assert shuffled["variables"]["weight"][measure] == pytest.approx(result["variables"]["weight"][measure])


def test_hours_instead_of_years(result):
    quick = table()
    start = quick["time"].min()
    quick["time"] = start + ((quick["time"] - start) / 1000).dt.floor("s")
    found = backtest(quick, holdout_days=0.5)["variables"]["weight"]
    assert found["crps"]["twin"] == pytest.approx(result["variables"]["weight"]["crps"]["twin"], rel=0.05)


def test_known_treatment_helps():
    starts = dict.fromkeys(range(0, 120, 2), 365.0 * 4.3)
    observations = table(treated=starts, variable="systolic_bp", values=14)
    observations["value"] += 60
    courses = pd.DataFrame(
        {
            "patient_id": [f"p{p}" for p in starts],
            "therapy": "amlodipine 5 mg",
            "start": pd.Timestamp("2010-01-01") + pd.Timedelta(days=365 * 4.3),
            "stop": pd.NaT,
            "dose": np.nan,
        }
    )
    without = backtest(observations, holdout_days=600)["variables"]["systolic_bp"]
    told = backtest(observations, holdout_days=600, treatments=courses)["variables"]["systolic_bp"]
    assert told["crps"]["twin"] < 0.93 * without["crps"]["twin"]
    assert told["crps"]["last"] == without["crps"]["last"]


def test_impossible_values_and_unknown_names_are_said():
    observations = table()
    observations.loc[3, "value"] = 1e6
    other = table(seed=5, variable="new_marker")
    found = backtest(pd.concat([observations, other], ignore_index=True), holdout_days=500)
    assert set(found["variables"]) == {"weight", "new_marker"}
    assert any("weight: 1 values outside" in problem for problem in found["problems"])
    assert any("new_marker: not in the registry" in problem for problem in found["problems"])


def test_too_little_to_learn_from_is_refused():
    with pytest.raises(MissingInput) as caught:
        backtest(table(persons=2), holdout_days=500)
    assert "Hide fewer days" in caught.value.clinical


def test_naive_forecasts_are_what_they_are_called():
    person = np.array([0, 0, 0, 0, 1, 1])
    time = np.array([0.0, 1.0, 2.0, 3.0, 0.0, 1.0])
    value = np.array([1.0, 2.0, 3.0, 9.0, 7.0, 5.0])
    hidden = np.array([False, False, False, True, False, True])
    found = naive_forecasts(person, time, value, np.zeros((6, 2)), hidden, 0.5)
    np.testing.assert_allclose(found["last"][0], [3.0, 7.0])
    np.testing.assert_allclose(found["mean"][0], [2.0, 7.0])
    np.testing.assert_allclose(found["trend"][0], [4.0, 7.0])
    np.testing.assert_allclose(found["regression"][0], [3.25, 3.25])


def write(tmp_path, text):
    path = tmp_path / "obs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_observations_are_read_in_canonical_units(tmp_path):
    text = HEAD + "a,male,1960-01-01,2020-01-01T10:00:00Z,bilirubin [umol/L],17.1\na,male,,2020-02-01,weight,70\n"
    read = read_observations(write(tmp_path, text))
    assert read["variable"].tolist() == ["bilirubin", "weight"]
    assert read["value"].tolist() == pytest.approx([1.0, 70.0], rel=1e-3)
    assert str(read["time"][0]) == "2020-01-01 10:00:00" and pd.isna(read["birth_date"][1])


def test_rows_without_a_value_are_left_out(tmp_path):
    text = HEAD + "a,,1960-01-01,2020-01-01,weight,\na,,1960-01-01,2020-02-01,weight,70\n"
    assert len(read_observations(write(tmp_path, text))) == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,male,1960-01-01,2020-01-01,weight,seventy", "row 3, column value"),
        ("a,male,1960-01-01,2020-01-01,weight,inf", "row 3, column value"),
        ("a,male,1960-01-01,01/02/2020,weight,70", "row 3, column time"),
        ("a,man,1960-01-01,2020-01-01,weight,70", "row 3, column sex"),
        ("a,male,last year,2020-01-01,weight,70", "row 3, column birth_date"),
        ("a,male,1960-01-01,2020-01-01,weight [stone],70", "row 3, column variable"),
        ("a,male,1960-01-01,2020-01-01,Body Weight!,70", "row 3, column variable"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, row, says):
    good = "a,male,1960-01-01,2019-01-01,weight,70\n"
    with pytest.raises(BadFile, match=says) as caught:
        read_observations(write(tmp_path, HEAD + good + row + "\n"))
    assert says in caught.value.clinical and "obs.csv" in caught.value.clinical


@pytest.mark.parametrize("column", ["sex", "birth_date", "time", "variable", "value"])
def test_what_stands_in_a_cell_is_never_told(tmp_path, column):
    cells = dict(zip(HEAD.strip().split(","), ["a", "male", "1960-01-01", "2020-01-01", "weight", "70"], strict=True))
    cells[column] = "Erika Mustermann"
    with pytest.raises(BadFile, match=f"row 2, column {column}") as caught:
        read_observations(write(tmp_path, HEAD + ",".join(cells.values()) + "\n"))
    assert "Muster" not in f"{caught.value} {caught.value.clinical}"
    assert caught.value.__cause__ is None


def test_more_cells_than_columns_are_refused(tmp_path):
    with pytest.raises(BadFile, match="more cells in a row than columns"):
        read_observations(write(tmp_path, HEAD + "a,male,1960-01-01,2020-01-01,weight,70,kg\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("patient_id,sex,time,variable,value\n", "birth_date nor age_at_start"),
        ("patient_id,sex,birth_date,time,value\n", "lacks the column variable"),
        (HEAD, "holds no values"),
        ("", "not a readable CSV table"),
    ],
)
def test_a_bad_table_is_refused_with_its_reason(tmp_path, text, says):
    with pytest.raises(BadFile, match=says):
        read_observations(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile, match="does not exist"):
        read_observations(tmp_path / "none.csv")


def test_treatments_are_read(tmp_path):
    path = tmp_path / "treat.csv"
    path.write_text("patient_id,therapy,start,stop,dose\na,statin,2020-01-01,,\n", encoding="utf-8")
    read = read_treatments(path)
    assert pd.isna(read["stop"][0]) and np.isnan(read["dose"][0]) and read["start"][0].year == 2020


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="PhysioNet 2012 set a is not beside the checkout")
def test_intensive_care_vitals_in_hours():
    raw = pd.read_parquet(SHARED)
    names = {"HR": "heart_rate", "SysABP": "systolic_bp", "Temp": "temperature", "RespRate": "respiratory_rate"}
    chosen = raw["record_id"].unique()[:250]
    raw = raw[raw["record_id"].isin(chosen)]
    stays = raw[raw["parameter"].isin(["Age", "Gender"])].pivot_table(
        index="record_id", columns="parameter", values="value"
    )
    raw = raw[raw["parameter"].isin(names)].reset_index(drop=True)
    observations = pd.DataFrame(
        {
            "patient_id": raw["record_id"].astype(str),
            "sex": raw["record_id"].map(stays["Gender"]).map({1.0: "male", 0.0: "female"}).fillna(""),
            "age_at_start": raw["record_id"].map(stays["Age"]),
            "time": pd.Timestamp("2012-01-01") + pd.to_timedelta(raw["minutes"], unit="min"),
            "variable": raw["parameter"].map(names),
            "value": raw["value"],
            "source": "",
        }
    )
    for name, found in backtest(observations, holdout_days=0.5)["variables"].items():
        assert found["crps"]["twin"] < min(found["crps"][method] for method in METHODS), name
        assert 0.72 < found["coverage"]["80"] < 0.88, name


def test_zeros_are_lifted_so_that_a_logarithm_may_serve():
    observations = table(variable="uacr", persons=60)
    observations["value"] = np.exp((observations["value"] - 80) / 8)
    observations.loc[observations["value"] < observations["value"].quantile(0.04), "value"] = 0.0
    found = backtest(observations, holdout_days=500)
    assert any("zeros are taken as" in problem for problem in found["problems"])
    assert found["variables"]["uacr"]["scale"] == "logarithm"


def test_records_too_short_for_the_horizon_are_still_forecast_and_it_is_said():
    found = backtest(table(values=6), holdout_days=1_300)["variables"]["weight"]
    assert found["coverage"]["80"] > 0.6
    assert any("too short to rehearse" in note for note in found["notes"])


@pytest.mark.parametrize("level", [lambda person: 80.0, lambda person: 70.0 + person % 7])
def test_values_that_never_change_are_forecast_and_the_better_naive_forecast_is_named(level):
    observations = table(persons=60)
    observations["value"] = observations["patient_id"].str[1:].astype(int).map(level)
    found = backtest(observations, holdout_days=500)["variables"]["weight"]
    assert found["coverage"]["80"] > 0.95 and not found["kept"]
    assert found["rmse"]["last"] == 0.0 and any("above zero" in note for note in found["notes"])
