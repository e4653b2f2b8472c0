"""Does the shell say what it can do, and does wrong use end with 2 and both messages?"""

import json
import re

import pytest
from click.testing import CliRunner

from twin.cli.main import COMMANDS, main
from twin.plans.toml import read_plans


@pytest.fixture
def shell():
    return CliRunner()


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_explains_itself_with_an_example(shell, command):
    result = shell.invoke(main, [command, "--help"])
    assert result.exit_code == 0, result.output
    assert re.search(rf"^ +Example:\n +python -m twin {command}", result.output, re.MULTILINE), result.output
    assert "\\b" not in result.output


def test_examples_of_commands_within_a_command_stand_on_their_lines(shell):
    result = shell.invoke(main, ["audit", "verify", "--help"])
    assert "Example:\n    python -m twin audit verify --home clinic\n" in result.output


def test_a_folder_that_cannot_be_made_is_said(shell, tmp_path):
    (tmp_path / "file").write_text("")
    result = shell.invoke(main, ["audit", "verify", "--home", str(tmp_path / "file" / "clinic")])
    assert result.exit_code == 2
    assert "TWN-E009" in result.stderr and "cannot be made" in result.stderr


def test_a_place_where_nothing_can_be_written_is_said(shell, tmp_path):
    (tmp_path / "file").write_text("")
    result = shell.invoke(main, ["demo", "--patients", "1", "--out", str(tmp_path / "file" / "demo")])
    assert result.exit_code == 2
    assert "Not a directory. Choose another place" in result.stderr


def test_work_that_is_not_measured_is_wrong_use(shell, monkeypatch):
    monkeypatch.setattr("twin.cli.proof_commands.measure", lambda only: iter(()))
    result = shell.invoke(main, ["bench", "--only", "weather"])
    assert result.exit_code == 2 and "weather" in result.stderr


def test_the_plans_that_compare_shows_can_be_read(shell):
    text = shell.invoke(main, ["compare", "--help"]).output
    first = text.index("[[plans]]")
    (plan,) = read_plans(text[first : text.index("Options:")])
    assert len(plan.changes) == 4


def test_an_unknown_command_is_wrong_use(shell):
    assert shell.invoke(main, ["prophesy"]).exit_code == 2


def test_an_unknown_equation_is_wrong_use_and_says_both_messages(shell, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("age\n50\n")
    result = shell.invoke(main, ["score", "horoscope", str(file)])
    assert result.exit_code == 2
    assert "TWN-E004" in result.stderr
    assert result.stdout == ""


def test_a_missing_file_is_named(shell, tmp_path):
    result = shell.invoke(main, ["score", "ckd_epi_2021", str(tmp_path / "nowhere.csv")])
    assert result.exit_code == 2
    assert "nowhere.csv" in result.stderr


def test_score_keeps_order_and_says_what_is_wrong_in_a_column(shell, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("creatinine [umol/L],age,sex\n88.42,50,female\n,50,male\n88.42,50,male\n")
    result = shell.invoke(main, ["score", "ckd_epi_2021", str(file), "--json"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    assert [row["egfr"] is None for row in rows] == [False, True, False]
    assert rows[0]["egfr"] < rows[2]["egfr"]
    assert "creatinine" in rows[1]["problems"].lower()


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("patient_id,creatinine,age,sex\nP1,1.0,50,female\n")
    return file


def test_score_writes_the_table_and_the_object_when_both_are_asked_for(shell, tmp_path, people):
    result = shell.invoke(main, ["score", "ckd_epi_2021", str(people), "-o", str(tmp_path / "out.csv"), "--json"])
    assert result.exit_code == 0, result.output
    egfr = json.loads(result.stdout)["rows"][0]["egfr"]
    assert (tmp_path / "out.csv").read_text() == f"egfr,problems\n{egfr},\n"
    assert "Not used by ckd_epi_2021: patient_id." in result.stderr


def test_score_does_not_write_over_its_table(shell, people):
    before = people.read_text()
    result = shell.invoke(main, ["score", "ckd_epi_2021", str(people), "-o", str(people)])
    assert (result.exit_code, people.read_text()) == (2, before)
    assert "Choose another place" in result.stderr


def test_score_says_when_the_result_cannot_be_written(shell, tmp_path, people):
    result = shell.invoke(main, ["score", "ckd_epi_2021", str(people), "-o", str(tmp_path / "absent" / "out.csv")])
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_equations_lists_inputs_with_ranges(shell):
    result = shell.invoke(main, ["equations", "--json"])
    found = {e["id"]: e for e in json.loads(result.stdout)["equations"]}
    age = next(i for i in found["prevent_base"]["inputs"] if i["name"] == "age")
    assert (age["low"], age["high"]) == (30, 79)
