"""Is the panel the same whenever it is asked for, complete, and safe to ask for?"""

import hashlib
import json
from datetime import date

import pytest

from twin.demo.panel import Cancelled, write_panel
from twin.errors import BadFile

TODAY = date(2026, 1, 15)


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "panel.json"
    }


def test_equal_arguments_give_equal_files(tmp_path):
    for name in ("a", "b"):
        write_panel(tmp_path / name, patients=25, seed=5, today=TODAY)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


@pytest.mark.parametrize("changed", [{"seed": 6}, {"today": date(2026, 1, 16)}, {"patients": 26}])
def test_other_arguments_give_other_patients(tmp_path, changed):
    write_panel(tmp_path / "a", **{"patients": 25, "seed": 5, "today": TODAY})
    write_panel(tmp_path / "b", **{"patients": 25, "seed": 5, "today": TODAY, **changed})
    first, second = (
        {json.loads(line)["id"] for line in (tmp_path / name / "fhir" / "Patient.ndjson").read_text().splitlines()}
        for name in "ab"
    )
    assert not first & second


def test_summary_counts_the_lines_of_the_files(written):
    lines = {path.stem: path.read_bytes().count(b"\n") for path in (written.folder / "fhir").glob("*.ndjson")}
    assert dict(written.summary.resources_by_type) == lines
    assert written.summary.resources == sum(lines.values())
    assert json.loads((written.folder / "truth" / "panel.json").read_text()) == written.summary.to_json()


def test_a_patient_has_a_clinic_patients_record(written, values):
    assert len(written.resources["Patient"]) == 300
    visits = sum(e["class"]["code"] == "AMB" for e in written.resources["Encounter"]) / 300
    assert 22 <= visits <= 40
    assert 200 <= len(values) / 300 <= 450
    span = values["day"].max() - values["day"].min()
    assert 11.5 <= span.days / 365.25 <= 12.0
    assert values["day"].max() <= values["day"].max().normalize()
    assert values.loc[values["source"] != "home", "day"].max().date() <= TODAY


def test_adults_of_both_sexes_and_all_ages(people):
    births = [date.fromisoformat(p["birthDate"]) for p in people.values()]
    ages = [(TODAY - birth).days / 365.25 for birth in births]
    assert 30 <= min(ages) < 40 and 80 < max(ages) <= 90.1
    assert 0.4 < sum(p["gender"] == "female" for p in people.values()) / len(people) < 0.6


def test_some_die_and_nothing_is_measured_after_death(people, values):
    deaths = {i: p["deceasedDateTime"] for i, p in people.items() if "deceasedDateTime" in p}
    assert 0.04 < len(deaths) / len(people) < 0.2
    last = values.groupby("patient")["day"].max()
    assert all(last[patient] <= values["day"].dtype.type(day) for patient, day in deaths.items())


def test_progress_rises_to_the_end(tmp_path):
    told = []
    write_panel(tmp_path, patients=5, seed=1, today=TODAY, progress=lambda share, text: told.append((share, text)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1.0 and shares[0] < 0.2
    assert len({text for _, text in told}) >= 3


@pytest.mark.parametrize("calls_before", [0, 20, 60])
def test_a_cancelled_panel_leaves_the_earlier_one(tmp_path, calls_before):
    write_panel(tmp_path, patients=5, seed=1, today=TODAY)
    before = digests(tmp_path)
    calls = iter(range(10_000))
    with pytest.raises(Cancelled) as caught:
        write_panel(tmp_path, patients=9, seed=2, today=TODAY, cancelled=lambda: next(calls) >= calls_before)
    assert "Nothing was changed" in caught.value.clinical
    assert digests(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fhir", "truth"]


def test_a_folder_with_other_files_is_not_replaced(tmp_path):
    (tmp_path / "fhir").mkdir()
    (tmp_path / "fhir" / "export.ndjson").write_text("{}")
    with pytest.raises(BadFile):
        write_panel(tmp_path, patients=2, seed=1, today=TODAY)
    assert (tmp_path / "fhir" / "export.ndjson").read_text() == "{}"


def test_one_patient_is_a_panel(tmp_path):
    assert write_panel(tmp_path, patients=1, seed=0, today=date(2024, 2, 29)).patients == 1
