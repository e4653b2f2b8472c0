"""Builds invented patients for the tests of this room."""

from datetime import date, datetime

import numpy as np

from twin.record.patient import Condition, Medication, Patient, Series, SmokingStatus

ON = date(2026, 11, 24)
VALUES = {"systolic_bp": 150.0, "total_cholesterol": 230.0, "hdl_cholesterol": 45.0, "egfr": 80.0, "bmi": 30.0}


def series(variable: str, *points: tuple[str, float]) -> Series:
    """Return a series of laboratory values from (day, value)."""
    return Series(
        variable,
        np.array([day for day, _ in points], dtype="datetime64[s]"),
        np.array([value for _, value in points]),
        np.array(["laboratory"] * len(points)),
        np.array([f"Observation/{variable}-{day}" for day, _ in points]),
    )


def patient(*, values: dict[str, float | None] | None = None, extra: tuple[Series, ...] = (), **fields) -> Patient:
    """Return the promise-3 man of 60, with changes; a value of ``None`` takes the variable away."""
    found = {name: value for name, value in {**VALUES, **(values or {})}.items() if value is not None}
    all_series = {name: series(name, ("2026-06-01", value)) for name, value in found.items()}
    all_series |= {one.variable: one for one in extra}
    return Patient(
        **{
            "id": "p1",
            "family": "Example",
            "given": "Adam",
            "prefix": "",
            "birth_date": date(1966, 3, 1),
            "sex": "male",
            "identifier": "",
            "deceased": None,
            "is_deceased": False,
            "is_synthetic": True,
            "series": all_series,
            "smoking": SmokingStatus("never", datetime(2026, 1, 5), "Observation/smoking"),
            **fields,
        }
    )


def condition(concept: str, *, onset: date | None = None, abated: date | None = None) -> Condition:
    """Return a problem of the problem list."""
    return Condition(concept, concept.split("/")[-1].replace("_", " "), "", "", onset, abated, f"Condition/{concept}")


def medication(drug_class: str, *, start: date | None = None, stop: date | None = None) -> Medication:
    """Return a course of a drug of some class."""
    return Medication(
        None, drug_class, drug_class, "", "", None, start, stop, "active", f"MedicationRequest/{drug_class}"
    )
