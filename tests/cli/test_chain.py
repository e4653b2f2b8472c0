"""Does the whole way hold from the shell: panel, import, twin, forecast, comparison, audit?"""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from twin.cli.main import main
from twin.record.database import Database

TODAY = "2026-11-24"
PLANS = """
[[plans]]
name = "Pressure down"
[[plans.changes]]
variable = "systolic_bp"
change = "-10 mmHg"

[[plans]]
name = "Nothing new"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def run(*arguments, expect=0):
    """Run a command with ``--json`` and return what it wrote."""
    result = CliRunner().invoke(main, [*map(str, arguments), "--json"])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def imported(home):
    run("demo", "--patients", 30, "--seed", 3, "--out", home / "demo", "--today", TODAY)
    return run("import", home / "demo" / "fhir", "--home", home, expect=1)


def test_an_import_with_refused_rows_says_how_many_and_ends_with_1(imported):
    assert imported["stored"] > 5_000
    assert sum(imported["quarantined"].values()) > 0


def test_the_same_import_again_changes_nothing(imported, home):
    again = run("import", home / "demo" / "fhir", "--home", home)
    assert (again["stored"], again["replaced"], again["quarantined"]) == (0, 0, {})
    assert again["unchanged"] >= imported["stored"]


def test_the_lines_of_an_import_add_up_to_what_was_read(imported, home):
    text = CliRunner().invoke(main, ["import", str(home / "demo" / "fhir"), "--home", str(home)]).stdout
    counts = {line.rpartition("  ")[0].strip(): int(line.split()[-1]) for line in text.splitlines()[1:]}
    assert counts.pop("read") == sum(counts.values()) > counts["not used: Device"] == 1


def test_nothing_to_read_is_said_and_ends_with_1(home, tmp_path):
    result = CliRunner().invoke(main, ["import", str(tmp_path), "--home", str(home)])
    assert (result.exit_code, "No FHIR resource" in result.stderr) == (1, True)


def test_a_broken_file_is_wrong_use_and_names_its_line(imported, home, tmp_path):
    broken = tmp_path / "broken.ndjson"
    broken.write_text('{"resourceType":"Patient","id":"x"}\n{"resourceType":"Patient","id":oops}\n{}\n')
    result = CliRunner().invoke(main, ["import", str(broken), "--home", str(home)])
    assert result.exit_code == 2
    assert "broken.ndjson" in result.stderr
    assert "line 2" in result.stderr


def test_calibrate_fits_every_living_and_dead(imported, home):
    found = run("calibrate", "--home", home, "--on", TODAY)
    assert found["n"] == 30
    assert 0 <= found["out_of_sync"] == len(found["reasons"])
    assert (found["refreshed"], found["kept"]) == (30, 0)


def test_calibrate_keeps_what_it_found_and_fits_nothing_again(imported, home):
    first, again = (run("calibrate", "--home", home, "--on", TODAY) for _ in range(2))
    assert (again["n"], again["refreshed"], again["kept"]) == (30, 0, 30)
    assert again["reasons"] == first["reasons"]
    text = CliRunner().invoke(main, ["calibrate", "--home", str(home), "--on", TODAY]).stdout
    assert f"0 fitted, 30 kept; {again['out_of_sync']} out of sync." in text


def test_calibrate_may_fit_one_patient_and_refuses_an_unknown_one(imported, home):
    chosen = json.loads((home / "demo" / "fhir" / "Patient.ndjson").read_text().splitlines()[0])["id"]
    assert run("calibrate", "--patient", chosen, "--home", home, "--on", TODAY)["n"] == 1
    refused = CliRunner().invoke(main, ["calibrate", "--patient", "nobody", "--home", str(home)])
    assert refused.exit_code == 2 and "TWN-E004" in refused.stderr


@pytest.fixture(scope="module")
def estimable(imported, home):
    """A patient in sync whose 10-year risk the equation covers, with what the comparison says."""
    out = run("calibrate", "--home", home, "--on", TODAY)["reasons"]
    plans = home / "plans.toml"
    plans.write_text(PLANS)
    patients = sorted(line for line in (home / "demo" / "fhir" / "Patient.ndjson").read_text().splitlines())
    for patient_id in (json.loads(line)["id"] for line in patients):
        if patient_id in out:
            continue
        found = run("compare", patient_id, "--plans", plans, "--home", home, "--on", TODAY)
        if found["current_care"]["outcomes"]["cvd"]["risk"] is not None:
            return patient_id, found
    raise AssertionError("no patient of the panel has a risk")


def test_ten_millimetres_less_never_raise_the_risk_and_nothing_changes_nothing(estimable):
    _, found = estimable
    current, down, nothing = found["current_care"], *found["plans"]
    risk = current["outcomes"]["cvd"]["risk"]
    assert 0.7 * risk < down["outcomes"]["cvd"]["risk"] < 0.85 * risk
    assert nothing["outcomes"]["cvd"]["risk"] == risk
    assert nothing["outcomes"]["cvd"]["difference"] == {"mean": 0, "low": 0, "high": 0}
    assert down["evidence"]


def test_a_forecast_widens_and_holds_its_mean(estimable, home):
    patient_id, _ = estimable
    found = run("forecast", patient_id, "--years", 2, "--home", home, "--on", TODAY)
    rows = found["variables"]["systolic_bp"]
    assert rows[0]["date"] == TODAY
    assert date.fromisoformat(rows[-1]["date"]).year == 2028
    for row in rows:
        assert row["95"][0] < row["80"][0] < row["50"][0] < row["mean"] < row["50"][1] < row["80"][1] < row["95"][1]
    assert rows[-1]["80"][1] - rows[-1]["80"][0] > rows[0]["80"][1] - rows[0]["80"][0]


def test_a_comparison_in_words_shows_harm_beside_benefit(estimable, home):
    plans = home / "plans.toml"
    plans.write_text('[[plans]]\nname = "A"\n[[plans.changes]]\ntherapy = "aspirin 81 mg"\n')
    asked = ["compare", estimable[0], "--plans", str(plans), "--home", str(home), "--on", TODAY]
    text = CliRunner().invoke(main, asked).stdout
    assert "harm: Major bleeding" in text
    assert "net benefit (negative: harm)" in text


def test_out_of_sync_is_said_once_a_plan(imported, home):
    plans = home / "plans.toml"
    plans.write_text(PLANS)
    chosen = next(iter(run("calibrate", "--home", home, "--on", TODAY)["reasons"]))
    asked = ["compare", chosen, "--plans", str(plans), "--home", str(home), "--on", TODAY]
    text = CliRunner().invoke(main, asked).stdout
    assert text.count("Out of sync: do not use") == 3  # current care and two plans


def test_each_outcome_that_is_withheld_is_named(estimable, home):
    plans = home / "plans.toml"
    plans.write_text(PLANS)
    asked = ["compare", estimable[0], "--plans", str(plans), "--home", str(home), "--on", "2200-01-01"]
    text = CliRunner().invoke(main, asked).stdout
    for outcome in ("ascvd", "heart_failure", "cvd", "death"):
        assert f"\nCurrent care: {outcome}: " in text


def test_a_forecast_before_all_measurements_says_so(estimable, home):
    asked = ["forecast", estimable[0], "--home", str(home), "--on", "2014-06-01"]
    found = run(*asked)
    assert (found["variables"], len(found["problems"])) == ({}, 1)
    assert CliRunner().invoke(main, asked).stdout.startswith("No forecast shown: No measurement")


@pytest.mark.parametrize("years", ["nan", "inf", "0", "31", "two"])
def test_years_that_are_none_are_wrong_use(years):
    assert CliRunner().invoke(main, ["forecast", "anyone", "--years", years]).exit_code == 2


def test_an_unknown_patient_is_refused_without_naming_anyone(imported, home):
    plans = home / "plans.toml"
    plans.write_text(PLANS)
    result = CliRunner().invoke(main, ["compare", "nobody", "--plans", str(plans), "--home", str(home)])
    assert result.exit_code == 2
    assert "TWN-" in result.stderr


def test_the_audit_verifies_and_names_what_was_run(imported, home):
    assert run("audit", "verify", "--home", home)["verified"]
    actions = {row["action"] for row in run("audit", "show", "--last", 500, "--home", home)["rows"]}
    assert {"open", "import", "run", "view"} <= actions


def test_the_end_is_printed_to_be_noted_and_a_cut_is_named(tmp_path):
    first = run("audit", "verify", "--home", tmp_path)
    assert (first["rows"], first["end"].split(":")[0], first["adopted"]) == (1, "1", 0)
    assert run("audit", "verify", "--home", tmp_path, "--noted", first["end"])["verified"]
    text = CliRunner().invoke(main, ["audit", "verify", "--home", str(tmp_path)]).stdout
    assert text.startswith("3 lines verified. The end to note elsewhere: 3:")
    with Database.open(tmp_path) as database, database.cursor() as cursor:
        cursor.execute("DELETE FROM audit WHERE number > 1")
    found = run("audit", "verify", "--home", tmp_path, expect=1)
    assert (found["verified"], found["end"], found["problem"]) == (False, "", "audit rows 2 to 3 are missing")


@pytest.mark.parametrize("noted", ["12", "x:" + "0" * 64, "3:abc"])
def test_a_noted_end_that_is_none_is_wrong_use(tmp_path, noted):
    asked = ["audit", "verify", "--home", str(tmp_path), "--noted", noted]
    assert CliRunner().invoke(main, asked).exit_code == 2


def test_an_import_says_what_was_released(tmp_path):
    value = {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}]},
        "subject": {"reference": "Patient/p1"},
    }
    for name, resource in (("value", value), ("person", {"resourceType": "Patient", "id": "p1"})):
        (tmp_path / f"{name}.json").write_text(json.dumps(resource))
    home = tmp_path / "home"
    assert run("import", tmp_path / "value.json", "--home", home, expect=1)["quarantined"] == {"unknown_patient": 1}
    text = CliRunner().invoke(main, ["import", str(tmp_path / "person.json"), "--home", str(home)]).stdout
    assert [line.split() for line in text.splitlines()[1:]] == [
        ["read", "1"],
        ["stored", "1"],
        ["replaced", "0"],
        ["unchanged", "0"],
        ["released", "1"],
    ]
