"""How fast are twins fitted, by the panel and one by one?"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np

from twin.physiology.longitudinal import draw_levels, expected, fit, fit_panel, forecast, warm_up
from twin.proof.bench_row import BenchRow, Wanted, everything
from twin.record.patient import Medication, Patient, Series

ON = date(2026, 11, 24)
YEARS = 12
# Name, usual value, spread of single values, source.
BIOMARKERS = (
    ("systolic_bp", 140.0, 9.0, "office"),
    ("diastolic_bp", 84.0, 6.0, "office"),
    ("weight", 88.0, 1.5, "office"),
    ("ldl_cholesterol", 120.0, 11.0, "laboratory"),
    ("hdl_cholesterol", 50.0, 3.5, "laboratory"),
    ("triglycerides", 140.0, 28.0, "laboratory"),
    ("hba1c", 7.2, 0.2, "laboratory"),
    ("egfr", 70.0, 4.0, "laboratory"),
)
COURSES = (("atorvastatin", "statin", 40.0, 2020), ("amlodipine", "calcium_channel_blocker", 5.0, 2021))
PANEL_SECONDS, OPEN_SECONDS = 5.0, 0.3
REPEATS = 3
OPEN = "open a cold patient (304 values): fit, forecasts, past, 1,000 draws over 30 years"


def made_up(number: int, visits: int, rng: np.random.Generator) -> Patient:
    """Return a patient with every biomarker at every visit and two drugs; for timing only."""
    seconds = np.sort(rng.integers(0, YEARS * 31_557_600, visits))
    times = np.datetime64("2014-11-24", "s") + seconds.astype("timedelta64[s]")
    labels = np.full(visits, "x")
    series = {
        name: Series(name, times, usual + spread * rng.standard_normal(visits), np.full(visits, source), labels)
        for name, usual, spread, source in BIOMARKERS
    }
    medications = tuple(
        Medication(ingredient, drug_class, "", "", "", dose, date(year, 3, 1), None, "active", "")
        for ingredient, drug_class, dose, year in COURSES
    )
    birth, sex = date(1960, 5, 1), "male" if number % 2 else "female"
    return Patient(str(number), "", "", "", birth, sex, "", None, True, series, None, medications=medications)


def _seconds(work: Callable[[], object]) -> float:
    """Return the median of a few runs. [s]."""
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def twin_rows(wanted: Wanted = everything, *, patients: int = 10_000) -> Iterator[BenchRow]:
    """Measure fitting a panel and opening one patient; compiling is done before.

    Parameters
    ----------
    patients
        Size of the panel the aims are meant for.
    """
    panels = {
        f"fit {patients:,} twins, {what} each": visits
        for visits, what in ((60, "60 visits x 8 values"), (8, "60 values of 8 biomarkers"))
    }
    if not any(map(wanted, (*panels, OPEN))):
        return
    warm_up()
    rng = np.random.default_rng(1)
    for work, visits in panels.items():
        if not wanted(work):
            continue
        panel = [made_up(i, visits, rng) for i in range(patients)]
        seconds = _seconds(lambda panel=panel: fit_panel(panel, on=ON))
        yield BenchRow(
            work,
            seconds,
            "s",
            f"< {PANEL_SECONDS:g} s",
            seconds < PANEL_SECONDS,
            "updating the joint covariance (26 states), on all cores; then laying out the records in Python",
        )
    if wanted(OPEN):
        patient = made_up(0, 38, rng)
        seconds = _seconds(lambda: _open(patient))
        yield BenchRow(
            OPEN,
            seconds * 1000.0,
            "ms",
            f"< {OPEN_SECONDS * 1000:g} ms",
            seconds < OPEN_SECONDS,
            "the smoothed past of eight variables, one pass over the record each",
        )


def _open(patient: Patient) -> None:
    """Do what the patient's pages ask of a twin."""
    twin = fit(patient, on=ON)
    ahead = np.linspace(0.0, 730.0, 25)
    past = np.arange("2014-12-01", "2026-11-01", np.timedelta64(45, "D"), dtype="datetime64[s]")
    for name in twin.variables:
        forecast(twin, ahead, name)
        expected(twin, name, past)
    _ = twin.out_of_sync_reason, twin.surprises, twin.responses
    draw_levels(twin, twin.variables, np.arange(31.0), draws=1000, seed=1)
