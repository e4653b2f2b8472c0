"""Made-up patients for the twin's tests."""

from datetime import date

import numpy as np

from twin.record.patient import Condition, Medication, Patient, Series

ON = date(2026, 6, 30)


def series(name, days, values, source="laboratory"):
    """Return a series from days before `ON` (as positive numbers) and values, oldest first."""
    times = np.datetime64(ON, "s") - (np.asarray(days, dtype=float) * 86_400).astype("timedelta64[s]")
    order = np.argsort(times, kind="stable")
    ids = np.array([f"{name}-{i}" for i in range(len(values))])
    return Series(name, times[order], np.asarray(values, dtype=float)[order], np.full(len(values), source), ids[order])


def drug(ingredient, drug_class, start, *, stop=None, dose=None, status="active"):
    """Return a course."""
    return Medication(ingredient, drug_class, ingredient, "", "", dose, start, stop, status, f"med-{ingredient}")


def condition(concept, onset=date(2010, 1, 1)):
    """Return a problem."""
    return Condition(concept, concept, "", "", onset, None, f"cond-{concept}")


def patient(*all_series, medications=(), conditions=(), birth_date=date(1960, 3, 1), sex="male", name="p1"):
    """Return a patient with the given series."""
    return Patient(
        name,
        *("", "", ""),
        birth_date,
        sex,
        "",
        None,
        True,
        {s.variable: s for s in all_series},
        None,
        conditions=tuple(conditions),
        medications=tuple(medications),
    )


def steady(name, level, *, years=8, per_year=3, seed=0, spread=0.0, source="laboratory"):
    """Return a series around a constant level."""
    rng = np.random.default_rng(seed)
    days = np.arange(10, years * 365, 365 // per_year)
    return series(name, days, level + spread * rng.standard_normal(len(days)), source)
