import numpy as np
import pandas as pd
import pytest

from twin.data_files import DATA, read_table
from twin.errors import BadFile, UnknownName
from twin.evidence.coefficients import coefficients
from twin.evidence.sources import source
from twin.risk import catalogue
from twin.risk.catalogue import equations, score

ALL = equations()
CATALOGUE = ("equations", "inputs", "outputs")


@pytest.mark.parametrize("known", ALL.values(), ids=ALL.keys())
def test_every_equation_says_what_a_reader_needs(known):
    assert known.title
    assert known.short
    assert known.population
    assert known.not_for
    assert known.inputs
    assert known.outputs
    assert known.source.citation
    assert known.source.read_in
    for wanted in known.inputs:
        assert wanted.label
        assert set(wanted.outputs) <= set(known.outputs)
        assert (wanted.kind in ("word", "choice")) == bool(wanted.words)
        for limit in wanted.limits:
            assert limit.low < limit.high
            assert source(limit.source_id)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_catalogue_names_only_equations_that_exist(name):
    for row in read_table(f"coefficients/catalogue/{name}.csv"):
        named = row.get("equations") or row["id"]
        assert set(named.split(";")) <= set(ALL)


@pytest.mark.parametrize("path", sorted((DATA / "coefficients").glob("*.csv")), ids=lambda path: path.stem)
def test_every_coefficient_has_its_source_and_its_equation(path):
    table = coefficients(path.stem)
    assert table
    assert {key[0] for key in table} == {path.stem}
    assert path.stem in ALL or path.stem.startswith("life_table")


@pytest.mark.parametrize("known", ALL.values(), ids=ALL.keys())
def test_it_becomes_plain_data(known):
    plain = known.to_json()
    assert plain["id"] == known.id
    assert [i["name"] for i in plain["inputs"]] == [i.name for i in known.inputs]
    assert plain["source"]["citation"]


def test_unknown_names_are_refused():
    with pytest.raises(UnknownName):
        score("prevent", {})
    with pytest.raises(UnknownName, match="weight"):
        score("ckd_epi_2021", {"weight": [80]})


def test_columns_of_different_length_are_refused():
    with pytest.raises(BadFile, match="rows where another column has"):
        score("ckd_epi_2021", {"age": [50, 60], "sex": ["male"], "creatinine": [1.0, 1.0]})


def test_a_value_of_the_wrong_kind_is_refused():
    with pytest.raises(BadFile, match="creatinine holds a value that is no number") as refusal:
        score("ckd_epi_2021", {"age": [50], "sex": ["male"], "creatinine": ["Muster"]})
    assert "Muster" not in refusal.value.clinical  # the value may be a patient's
    with pytest.raises(BadFile, match="north_american holds a value that is neither true nor false"):
        score("kfre_4", {"north_american": [2]})


def test_a_value_just_outside_is_not_said_to_be_the_limit():
    scored = score("ckd_epi_2021", {"age": [17.99999999, 12.0], "sex": ["male"] * 2, "creatinine": [1.0] * 2})
    assert scored.problems.tolist() == ["age 17.99999999 outside 18 to 120 years", "age 12 outside 18 to 120 years"]


def test_an_input_not_given_is_missing_for_all():
    scored = score("ckd_epi_2021", {"age": [50, 60], "sex": ["male", "female"]})
    assert scored.problems.tolist() == ["creatinine missing", "creatinine missing"]


@pytest.mark.parametrize(
    "sexes",
    [
        np.array(["male", "female", ""], dtype=object),
        np.array(["male", "female", ""]),
        pd.Series(["male", "female", None], dtype="str").to_numpy(),
        pd.Categorical(["male", "female", None]),
        ["male", "female", None],
    ],
    ids=["objects", "fixed width", "pandas text", "categorical", "list"],
)
def test_words_may_come_in_any_array(sexes):
    scored = score("ckd_epi_2021", {"age": [50, 50, 50], "sex": sexes, "creatinine": [1.0, 1.0, 1.0]})
    assert scored.problems.tolist() == ["", "", "sex missing"]
    assert scored.outputs["egfr"][0] > scored.outputs["egfr"][1]


def test_nobody_is_scored_without_complaint():
    empty = score("ckd_epi_2021", {"age": [], "sex": [], "creatinine": []})
    assert empty.rows == 0


def test_pieces_of_a_large_table_say_the_same_as_the_whole(monkeypatch):
    people = 1050
    columns = {
        "age": np.linspace(25.0, 85.0, people),
        "sex": np.where(np.arange(people) % 2, "female", "male").astype(object),
        "creatinine": np.where(np.arange(people) % 7, 1.0, np.nan),
    }
    whole = score("ckd_epi_2021", columns)
    monkeypatch.setattr(catalogue, "PIECE", 100)
    pieces = score("ckd_epi_2021", {name: values.tolist() for name, values in columns.items()})
    np.testing.assert_array_equal(pieces.outputs["egfr"], whole.outputs["egfr"])
    assert pieces.problems.tolist() == whole.problems.tolist()
    assert pieces.rows_with_problems == whole.rows_with_problems == 150


def test_a_bad_value_in_a_later_piece_is_named(monkeypatch):
    monkeypatch.setattr(catalogue, "PIECE", 2)
    ages = [60.0, 61.0, 62.0, 63.0, "old"]
    with pytest.raises(BadFile, match="age holds a value that is no number"):
        score("ckd_epi_2021", {"age": ages, "sex": ["male"] * 5, "creatinine": [1.0] * 5})
    with pytest.raises(BadFile, match="sex has 4 rows where another column has 5"):
        score("ckd_epi_2021", {"age": [60.0] * 5, "sex": ["male"] * 4, "creatinine": [1.0] * 5})


MEN = {"age": [60.0, 75.0, np.nan], "egfr": [35.0, 70.0, 20.0], "uacr": [100.0, 0.0, 300.0]}


@pytest.mark.parametrize("people", [1, 30_000])
def test_one_value_stands_for_everybody(people):
    columns = {name: np.resize(values, people) for name, values in MEN.items()}
    one = score("kfre_4", {**columns, "sex": "male", "north_american": True, "horizon_years": 5})
    full = {"sex": ["male"] * people, "north_american": [True] * people, "horizon_years": [5] * people}
    every = score("kfre_4", {**columns, **full})
    np.testing.assert_array_equal(one.outputs["risk_kidney_failure"], every.outputs["risk_kidney_failure"])
    assert one.problems.tolist() == every.problems.tolist()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sex": "man"}, "sex “man” is not one of"),
        ({"horizon_years": 3}, "horizon_years “3” is not one of"),
        ({"north_american": ""}, "north_american missing"),
        ({"age": 17.0}, "age 17 outside"),
    ],
)
def test_one_value_for_everybody_is_checked_as_any(changed, said):
    given = {**MEN, "sex": "male", "north_american": True, "horizon_years": 5, **changed}
    assert all(said in problem for problem in score("kfre_4", given).problems)


def test_one_value_of_the_wrong_kind_is_refused():
    with pytest.raises(BadFile, match="north_american"):
        score("kfre_4", {**MEN, "sex": "male", "north_american": "perhaps", "horizon_years": 5})


def test_values_alone_are_one_person():
    alone = {"age": 60.0, "egfr": 35.0, "uacr": 100.0, "sex": "male", "north_american": True, "horizon_years": 5}
    (risk,) = score("kfre_4", alone).outputs["risk_kidney_failure"]
    (same,) = score("kfre_4", {name: [value] for name, value in alone.items()}).outputs["risk_kidney_failure"]
    assert risk == same > 0.0
