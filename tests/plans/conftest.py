"""People to compare plans for, made from a handful of values."""

import tomllib
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from twin.evidence.therapies import therapy
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare_on
from twin.plans.ground import ground_of
from twin.record.patient import Allergy, Condition, Medication, Patient, Series, SmokingStatus

ON = date(2026, 11, 24)
REFERENCE = tomllib.loads((Path(__file__).resolve().parents[1] / "reference_patients.toml").read_text(encoding="utf-8"))
USUAL = {
    "systolic_bp": 150.0,
    "total_cholesterol": 230.0,
    "hdl_cholesterol": 45.0,
    "ldl_cholesterol": 150.0,
    "egfr": 80.0,
    "bmi": 30.0,
    "potassium": 4.2,
}


def series_of(name: str, value: float, *, day: str = "2026-11-01") -> Series:
    """Return three equal readings, the newest on `day`."""
    times = np.datetime64(day, "s") - np.array([240, 120, 0]) * np.timedelta64(86_400, "s")
    return Series(name, times, np.full(3, value), np.full(3, "laboratory"), np.array([f"{name}-{i}" for i in range(3)]))


def make_person(
    *,
    age: int = 60,
    sex: str = "male",
    values: dict[str, float] | None = None,
    conditions: tuple[str, ...] = (),
    takes: tuple[str, ...] = (),
    smoking: str = "never",
    allergies: tuple[str, ...] | None = (),
    without: tuple[str, ...] = (),
) -> Patient:
    """Return a person of that age today; `values` add to or replace the usual ones."""
    measured = {name: value for name, value in {**USUAL, **(values or {})}.items() if name not in without}
    drugs = [therapy(name) for name in takes]
    return Patient(
        id="reference",
        family="Reference",
        given="Person",
        prefix="",
        birth_date=date(ON.year - age, 3, 14),
        sex=sex,
        identifier="",
        deceased=None,
        is_synthetic=True,
        series={name: series_of(name, value) for name, value in measured.items()},
        smoking=SmokingStatus(smoking, datetime(2026, 11, 1), "smoking"),
        conditions=tuple(Condition(c, c, "", "", date(2015, 1, 1), None, c) for c in conditions),
        medications=tuple(
            Medication(
                d.ingredient, d.drug_class, d.label, "", "", d.daily_dose_mg, date(2020, 1, 1), None, "active", d.name
            )
            for d in drugs
        ),
        allergies=None if allergies is None else tuple(Allergy(a, "", "", a) for a in allergies),
    )


@pytest.fixture(scope="session")
def on() -> date:
    return ON


@pytest.fixture(scope="session")
def person():
    return make_person


@pytest.fixture(scope="session")
def twin_of():
    """Fit a twin, with a reason to be out of sync if one is given."""

    def fitted(patient: Patient, *, out_of_sync: str = ""):
        twin = fit(patient, on=ON)
        vars(twin)["out_of_sync_reason"] = out_of_sync  # worked out when first asked for, so that it stands
        return twin

    return fitted


@pytest.fixture(scope="session")
def compared(twin_of):
    """Compare plans for a person on the day of the tests."""

    def run(patient, *plans, horizon_years=10, draws=400, seed=0, out_of_sync=""):
        twin = twin_of(patient, out_of_sync=out_of_sync)
        ground = ground_of(patient, twin, on=ON, horizon_years=horizon_years, draws=draws, seed=seed)
        return compare_on(ground, plans)

    return run


@pytest.fixture(params=REFERENCE["people"], ids=lambda entry: entry["name"])
def reference(request) -> dict:
    return request.param
