"""A panel written once, read back from its files as anyone would read it."""

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from twin.demo.course import Course, run, streams
from twin.demo.panel import PanelSummary, write_panel
from twin.units import to_canonical
from twin.variables import registry

TODAY = date(2026, 1, 15)
PATIENTS, SEED = 300, 3
VARIABLE_OF = {code: v.name for v in registry().values() for code in v.loinc}


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """The files of a panel as plain data."""

    folder: Path
    summary: PanelSummary
    resources: dict[str, list[dict]]

    def truth(self, name: str) -> list[dict[str, str]]:
        with open(self.folder / "truth" / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def patient_of(self, resource: dict) -> str:
        return (resource.get("subject") or resource["patient"])["reference"].removeprefix("Patient/")


def read_resources(folder: Path) -> dict[str, list[dict]]:
    return {
        path.stem: [orjson.loads(line) for line in path.read_bytes().splitlines()]
        for path in sorted((folder / "fhir").glob("*.ndjson"))
    }


@pytest.fixture(scope="session")
def written(tmp_path_factory) -> Written:
    folder = tmp_path_factory.mktemp("panel")
    summary = write_panel(folder, patients=PATIENTS, seed=SEED, today=TODAY)
    return Written(folder, summary, read_resources(folder))


@pytest.fixture(scope="session")
def values(written) -> pd.DataFrame:
    """Every good number of the panel: patient, variable, time, value in the canonical unit, where from."""
    bad = {row["resource_id"] for row in written.truth("errors") if row["kind"] not in ("other_unit",)}
    rows = []
    for resource in written.resources["Observation"]:
        if resource["id"] in bad:
            continue
        time = resource.get("effectiveDateTime") or resource["effectivePeriod"]["start"]
        source = "home" if "performer" in resource else resource["category"][0]["coding"][0]["code"]
        for part in (resource, *resource.get("component", ())):
            if "valueQuantity" in part:
                name = VARIABLE_OF[part["code"]["coding"][0]["code"]]
                quantity = part["valueQuantity"]
                is_canonical = quantity["code"] == registry()[name].ucum
                value = quantity["value"] if is_canonical else to_canonical(name, quantity["value"], quantity["code"])
                rows.append((written.patient_of(resource), name, time[:10], value, source))
    table = pd.DataFrame(rows, columns=["patient", "variable", "day", "value", "source"])
    return table.assign(day=pd.to_datetime(table["day"], format="%Y-%m-%d"))


@pytest.fixture(scope="session")
def wide(values) -> pd.DataFrame:
    """One row a patient and day, one column a variable; home weeks left out."""
    table = values[values["source"] != "home"].drop_duplicates(["patient", "day", "variable"])
    return table.pivot(index=["patient", "day"], columns="variable", values="value").reset_index()


@pytest.fixture(scope="session")
def people(written) -> dict[str, dict]:
    return {resource["id"]: resource for resource in written.resources["Patient"]}


@pytest.fixture(scope="session")
def onset_of(written) -> dict[str, dict[str, pd.Timestamp]]:
    """First recorded day of each ICD-10 category of each patient."""
    found: dict[str, dict[str, pd.Timestamp]] = defaultdict(dict)
    for resource in written.resources["Condition"]:
        category = resource["code"]["coding"][1]["code"][:3]
        day = pd.Timestamp(resource["recordedDate"])
        known = found[written.patient_of(resource)]
        known[category] = min(day, known.get(category, day))
    return found


@pytest.fixture(scope="session")
def large_course() -> Course:
    """A panel large enough for means by sex and age group."""
    return run(1500, today=TODAY, rngs=streams(11, 1500), go_on=lambda _share: None)


@pytest.fixture(scope="session")
def has_since(wide, onset_of) -> Callable[..., np.ndarray]:
    """Say for each row of `wide` whether the patient has a problem of some categories on record by then."""
    never = pd.Timestamp.max

    def mask(*categories: str) -> np.ndarray:
        firsts = {p: min((days.get(c, never) for c in categories), default=never) for p, days in onset_of.items()}
        return (wide["patient"].map(firsts).fillna(never) <= wide["day"]).to_numpy()

    return mask
