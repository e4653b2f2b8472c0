import csv
import io

import numpy as np
import pytest

from twin.errors import BadFile, UnknownName
from twin.risk.catalogue import score
from twin.risk.table import LARGE, score_file

HEADER = "creatinine,age,sex"


def write(tmp_path, text, name="people.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def rows_of(scored):
    return list(csv.DictReader(io.StringIO(scored.to_csv())))


def test_one_row_out_per_row_in_and_in_order(tmp_path):
    scored = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,50,male\n,50,male\n2.0,50,female\n"))
    rows = rows_of(scored)
    assert [row["problems"] for row in rows] == ["", "creatinine missing", ""]
    assert rows[1]["egfr"] == ""
    assert scored.rows == 3
    assert scored.rows_with_problems == 1


def test_outputs_are_unrounded(tmp_path):
    scored = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,50,male\n"))
    exact = score("ckd_epi_2021", {"creatinine": [1.0], "age": [50], "sex": ["male"]}).outputs["egfr"][0]
    assert float(rows_of(scored)[0]["egfr"]) == exact


def test_byte_order_mark_and_windows_line_ends_are_tolerated(tmp_path):
    plain = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,50,male\n"))
    windows = score_file("ckd_epi_2021", write(tmp_path, f"\ufeff{HEADER}\r\n1.0,50,male\r\n"))
    assert windows.to_csv() == plain.to_csv()


def test_units_in_brackets_are_converted(tmp_path):
    si = score_file("ckd_epi_2021", write(tmp_path, "creatinine [umol/L],age [years],sex\n88.42,50,male\n"))
    exact = score("ckd_epi_2021", {"creatinine": [1.0], "age": [50], "sex": ["male"]}).outputs["egfr"][0]
    assert si.outputs["egfr"][0] == pytest.approx(exact, rel=1e-4)


def test_json_has_none_where_an_output_is_withheld(tmp_path):
    scored = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,12,male\n"))
    assert scored.to_json() == {"rows": [{"egfr": None, "problems": "age 12 outside 18 to 120 years"}]}


def test_a_strange_word_is_a_problem_of_its_row(tmp_path):
    scored = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,50,m\n1.0,50,male\n"))
    assert scored.problems.tolist() == ["sex “m” is not one of female, male", ""]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("creatinine,age,sex,foo\n1,50,male,2\n", "field “foo”"),
        ("Creatinine,age,sex\n1,50,male\n", "column 1: write “creatinine”"),
        ("creatinine,age,sex,\n1,50,male,\n", "column 4: is not the name of an input"),
        ("creatinine;age;sex\n1;50;male\n", "separated by commas"),
        ("sodium,potassium\n140,4\n", "no column is an input of ckd_epi_2021"),
        (f"{HEADER}\n1.0,50,male\nx,50,male\n", "row 3, field “creatinine”: not a number"),
        (f"{HEADER}\n1.0,50,male\n\n1.0,50,male\n", "row 3: 0 cells under 3 columns"),
        (f"{HEADER}\nnan,50,male\n", "row 2, field “creatinine”"),
        (f"{HEADER}\n1_0,50,male\n", "row 2, field “creatinine”"),
        (f"{HEADER}\n1.0,50\n", "row 2: 2 cells under 3 columns"),
        ("creatinine [mg/gallon],age,sex\n1,50,male\n", "unit “mg/gallon” is not known for it; Creatinine cannot"),
        ("creatinine,creatinine,sex\n1,1,male\n", "the column is there twice"),
        ("", "is empty"),
        (b"\xff\xfe\x00\x00", "not UTF-8"),
    ],
)
def test_a_damaged_file_is_refused_whole(tmp_path, text, named):
    with pytest.raises(BadFile) as refusal:
        score_file("ckd_epi_2021", write(tmp_path, text))
    assert named in str(refusal.value)
    assert "people.csv" in refusal.value.clinical
    assert "Nothing was changed" in refusal.value.clinical


@pytest.mark.parametrize("text", [f"{HEADER}\nMuster,50,male\n", "Maria Muster,age,sex\n1.0,50,male\n"])
def test_a_refusal_does_not_repeat_what_may_be_a_patients_data(tmp_path, text):
    with pytest.raises(BadFile) as refusal:
        score_file("ckd_epi_2021", write(tmp_path, text))
    assert "Muster" not in str(refusal.value) + refusal.value.clinical


def test_columns_of_other_equations_are_read_past_and_named(tmp_path):
    text = "patient_id,creatinine,sodium [mmol/L],age,sex\nP1,1.0,?,50,male\n"
    scored = score_file("ckd_epi_2021", write(tmp_path, text))
    plain = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,50,male\n", "plain.csv"))
    assert scored.to_csv() == plain.to_csv()
    assert (scored.unused, plain.unused) == (("patient_id", "sodium"), ())


def test_empty_lines_at_the_end_are_nobody(tmp_path):
    assert score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n1.0,50,male\n\n\r\n")).rows == 1


def test_an_empty_line_under_one_column_is_somebody(tmp_path):
    scored = score_file("eag", write(tmp_path, "hba1c\n7\n\n"))
    assert scored.problems.tolist() == ["", "hba1c missing"]


def test_a_word_is_no_boolean(tmp_path):
    with pytest.raises(BadFile, match=r"row 2, field “north_american”: not true, false or empty"):
        score_file("kfre_4", write(tmp_path, "age,north_american\n50,perhaps\n"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadFile, match="cannot be opened"):
        score_file("ckd_epi_2021", tmp_path / "absent.csv")


def test_an_equation_that_is_not_there(tmp_path):
    with pytest.raises(UnknownName, match="ckd_epi_1999"):
        score_file("ckd_epi_1999", write(tmp_path, f"{HEADER}\n"))


def test_a_table_without_rows(tmp_path):
    scored = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n"))
    assert scored.to_csv() == "egfr,problems\n"


def test_many_batches_read_as_one(tmp_path):
    lines = "".join(f"{0.5 + (i % 100) / 50},50,male\n" for i in range(50_123))
    scored = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n{lines}"))
    assert scored.rows == 50_123
    assert scored.outputs["egfr"][0] == scored.outputs["egfr"][50_100]


def large(**changed):
    """Write a table above the size at which it is read in one go, one row changed."""
    rows = [f"{0.5 + (i % 100) / 50},50,male" for i in range(100_000)]
    for number, row in changed.items():
        rows[int(number.removeprefix("row_"))] = row
    return HEADER + "\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    "row", ["1.25,50,male", "1.25,50,", ",50,male", '1.25,50,"male"', " 1.25 ,50,m", "1.25,200,female"]
)
def test_a_large_file_reads_as_a_small_one(tmp_path, row):
    text = large(row_70000=row)
    assert len(text) > LARGE
    found = score_file("ckd_epi_2021", write(tmp_path, text))
    alone = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n{row}\n", "one.csv"))
    assert found.rows == 100_000
    assert found.problems[70_000] == alone.problems[0]
    np.testing.assert_array_equal(found.outputs["egfr"][70_000], alone.outputs["egfr"][0])
    assert found.rows_with_problems == bool(alone.problems[0])


def test_a_large_file_may_end_in_empty_lines_and_hold_columns_of_other_equations(tmp_path):
    rows = [f"P{i},{0.5 + (i % 100) / 50},140,50,male" for i in range(100_000)]
    text = "patient_id,creatinine,sodium,age,sex\n" + "\n".join(rows) + "\n\n\n"
    found = score_file("ckd_epi_2021", write(tmp_path, text))
    small = score_file("ckd_epi_2021", write(tmp_path, f"{HEADER}\n0.5,50,male\n", "one.csv"))
    assert (found.rows, found.unused) == (100_000, ("patient_id", "sodium"))
    assert found.outputs["egfr"][0] == small.outputs["egfr"][0]


@pytest.mark.parametrize(
    "row", ["", "1.25,50", "1.25,50,male,9", "nan,50,male", "x,50,male", "inf,50,male", "1_0,50,male"]
)
def test_a_large_file_names_its_bad_row(tmp_path, row):
    with pytest.raises(BadFile, match="row 70002"):
        score_file("ckd_epi_2021", write(tmp_path, large(row_70000=row)))


def test_a_large_file_may_have_units_and_windows_line_ends(tmp_path):
    rows = [f"{60 + i % 100},50,male" for i in range(100_000)]
    text = "creatinine [umol/L],age,sex\r\n" + "\r\n".join(rows) + "\r\n"
    quick = score_file("ckd_epi_2021", write(tmp_path, "\ufeff" + text))
    slow = score_file("ckd_epi_2021", write(tmp_path, text.replace("60,50,male", '"60",50,male', 1)))
    assert quick.rows_with_problems == 0
    np.testing.assert_array_equal(quick.outputs["egfr"], slow.outputs["egfr"])
