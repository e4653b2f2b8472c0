"""A person who was measured for years, and decisions about that person."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from tests.plans.conftest import ON, make_person
from twin.evidence.therapies import therapy
from twin.meeting.receipts import Forecast, Receipt
from twin.physiology.longitudinal import fit
from twin.plans.plan import Plan, StartTherapy
from twin.plans.templates import to_toml
from twin.record.decisions import Decided, Decision
from twin.record.meetings import Basis
from twin.record.patient import Medication, Patient, Series

STATIN = Plan("Statin", (StartTherapy("atorvastatin 40 mg"),))
PRESSURE = Plan("BP drug", (StartTherapy("amlodipine 5 mg"),))
BASIS = Basis(
    plans=to_toml([STATIN, PRESSURE]),
    outcome="ascvd",
    horizon_years=10,
    draws=400,
    seed=0,
    results='{"current_care": {"outcomes": {"ascvd": {"risk": 0.1}}}, "plans": []}',
    data_version="",
    data_until=ON,
    data_values=0,
    model_version="",
    program_version="",
    results_changed_on=None,
)


def measured(person: Patient, name: str, *values: tuple[date, float]) -> Patient:
    """Return a person with more values of a variable."""
    old = person.series[name]
    times = np.concatenate([old.times, [np.datetime64(day, "s") + np.timedelta64(9, "h") for day, _ in values]])
    return replace(
        person,
        series={
            **person.series,
            name: Series(
                name,
                times.astype("datetime64[s]"),
                np.concatenate([old.values, [value for _, value in values]]),
                np.concatenate([old.sources, [old.sources[0]] * len(values)]),
                np.concatenate([old.resource_ids, [f"{name}-new-{k}" for k in range(len(values))]]),
            ),
        },
    )


def taking(person: Patient, name: str, start: date, stop: date | None = None) -> Patient:
    """Return a person who takes one drug more."""
    known = therapy(name)
    parts = (known.ingredient, known.drug_class, known.label, "", "", known.daily_dose_mg)
    return replace(
        person, medications=(*person.medications, Medication(*parts, start, stop, "active", f"{name}-{start}"))
    )


def decision(*forecasts: Forecast, made_on: date = ON, chosen: int | None = 1, number: int = 1) -> Decision:
    """Return a decision for the statin (1), the BP drug (2) or current care, with its forecasts."""
    care = ("Statin", "BP drug")[chosen - 1] if chosen else "Current care"
    return Decision(
        decision_id=number,
        case_id=number,
        patient_id="reference",
        meeting_day=made_on,
        fields=Decided("plan" if chosen else "none", chosen, "As agreed", "Dr Okafor", made_on + timedelta(days=90)),
        basis=BASIS,
        receipt=Receipt(made_on, care, forecasts).to_json(),
        decided=datetime(made_on.year, made_on.month, made_on.day, 14),
        decided_by="demo",
    )


def said(
    name: str = "systolic_bp", low: float = 126.0, mean: float = 132.0, high: float = 138.0, days: int = 91
) -> Forecast:
    """Return a forecast of 3 months on unless another time is given."""
    return Forecast(name, days, ON + timedelta(days=days), mean, low, high)


def with_history(person: Patient) -> Patient:
    """Return a person with 10 readings of everything, four months apart, that vary as readings do."""
    noise = np.random.default_rng(0)
    times = np.datetime64("2026-11-01", "s") - np.arange(10)[::-1] * np.timedelta64(120 * 86_400, "s")
    series = {
        name: Series(
            name,
            times,
            one.values[0] * (1 + 0.05 * noise.standard_normal(10)),
            np.full(10, "laboratory"),
            np.array([f"{name}-{k}" for k in range(10)]),
        )
        for name, one in person.series.items()
    }
    return replace(person, series=series)


@pytest.fixture(scope="session")
def long_known() -> Patient:
    return with_history(make_person(values={"diastolic_bp": 88.0, "hba1c": 5.6, "weight": 92.0}))


@pytest.fixture(scope="session")
def twin(long_known):
    return fit(long_known, on=ON)
