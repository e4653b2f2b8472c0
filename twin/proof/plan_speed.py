"""How fast are plans compared, searched and laid out under a slider, from a twin at hand?"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime

import numpy as np

from twin.physiology.longitudinal import Twin, fit
from twin.plans.compare import compare_on
from twin.plans.draws import DRAWS
from twin.plans.ground import Ground, ground_of
from twin.plans.lifelong import lifelong
from twin.plans.next_test import next_tests, single_changes
from twin.plans.next_test_measurements import measurements
from twin.plans.plan import Lifestyle, Plan, StartTherapy
from twin.plans.search import search
from twin.proof.bench_row import BenchRow, Wanted, everything
from twin.record.patient import Condition, Medication, Patient, Series, SmokingStatus

TODAY = date(2026, 11, 24)
OF_THE_AIM, REPEATS = 1000, 21  # draws that the aim of the engine is set for; a page takes DRAWS
SEARCH, NEXT = "search over feasible plans, with its front", "which test next"  # their rows say how many, too
PLANS = (
    Plan("Statin and ezetimibe", (StartTherapy("atorvastatin 40 mg"), StartTherapy("ezetimibe 10 mg"))),
    Plan(
        "Three blood-pressure drugs and a statin",
        (
            StartTherapy("amlodipine 5 mg"),
            StartTherapy("losartan 50 mg"),
            StartTherapy("hydrochlorothiazide 12.5 mg"),
            StartTherapy("atorvastatin 40 mg"),
        ),
    ),
    Plan("Two glucose drugs", (StartTherapy("empagliflozin 10 mg"), StartTherapy("semaglutide 1 mg weekly"))),
    Plan("Habits", (Lifestyle("smoking"), Lifestyle("weight", -8.0))),
)
ENGINE = (
    f"{len(PLANS)} plans x {OF_THE_AIM:,} draws x 30 years, the twin's draws at hand",
    f"{len(PLANS)} plans x {DRAWS:,} draws x 30 years, as on the page",
    f"draws of a twin and of its baseline risks, {DRAWS:,} x 30 years",
    "slider released: draws and engine together",
)
FOR_LIFE = f"years free of CVD for life, {len(PLANS)} plans x 200 draws"
VALUES = {
    "systolic_bp": 152.0,
    "total_cholesterol": 230.0,
    "hdl_cholesterol": 45.0,
    "ldl_cholesterol": 150.0,
    "egfr": 55.0,
    "uacr": 90.0,
    "hba1c": 7.8,
    "weight": 95.0,
    "height": 178.0,
    "potassium": 4.3,
}


def patient(*, visits: int = 30, seed: int = 0) -> Patient:
    """Return a made-up man of 52 with diabetes who smokes, with a value of everything at each of his visits."""
    draw = np.random.default_rng(seed)
    days = np.arange(visits) * 120
    times = (np.datetime64("2026-11-01") - days[::-1]).astype("datetime64[s]")
    series = {
        name: Series(
            name,
            times,
            value * draw.normal(1.0, 0.04, visits),
            np.full(visits, "office" if name == "systolic_bp" else "laboratory"),
            np.array([f"{name}-{visit}" for visit in range(visits)]),
        )
        for name, value in VALUES.items()
    }
    return Patient(
        id="bench",
        family="Bench",
        given="Man",
        prefix="",
        birth_date=date(1974, 3, 14),
        sex="male",
        identifier="",
        deceased=None,
        is_synthetic=True,
        series=series,
        smoking=SmokingStatus("current", datetime(2026, 1, 1), "smoking"),
        conditions=(Condition("diabetes/type_2", "Type 2 diabetes", "", "", date(2018, 1, 1), None, "diabetes"),),
        medications=(
            Medication("metformin", "metformin", "Metformin", "", "", 2000.0, date(2018, 6, 1), None, "active", "drug"),
        ),
        allergies=(),
    )


def plan_rows(wanted: Wanted = everything) -> Iterator[BenchRow]:
    """Yield the engine alone, the draws it stands on at the longest horizon, and what a page asks for beside them."""
    if not any(map(wanted, (*ENGINE, SEARCH, FOR_LIFE, NEXT))):
        return
    person = patient()
    twin = fit(person, on=TODAY)

    def prepare(draws: int = DRAWS) -> Ground:
        return ground_of(person, twin, on=TODAY, horizon_years=30, draws=draws, seed=0)

    ground = prepare()
    if any(map(wanted, ENGINE)):
        yield from _engine(ground, prepare)
    if wanted(SEARCH):
        yield _search(ground)
    if wanted(FOR_LIFE):
        yield _for_life(ground)
    if wanted(NEXT):
        yield _next_tests(person, twin)


def _engine(ground: Ground, prepare: Callable[..., Ground]) -> Iterator[BenchRow]:
    smaller = prepare(OF_THE_AIM)
    asked = _milliseconds(lambda: compare_on(smaller, PLANS))
    engine = _milliseconds(lambda: compare_on(ground, PLANS))
    drawn = _milliseconds(prepare)
    yield BenchRow(
        work=ENGINE[0],
        value=asked,
        unit="ms",
        aim="< 30 ms",
        met=asked < 30,
        limit="sorting the draws of each year for the bands of five outcomes",
    )
    yield BenchRow(
        work=ENGINE[1],
        value=engine,
        unit="ms",
        aim="part of the row after the next",
        met=None,
        limit="as above",
    )
    yield BenchRow(
        work=ENGINE[2],
        value=drawn,
        unit="ms",
        aim="once a patient, horizon and seed",
        met=None,
        limit="one step of the twin's state a year",
    )
    yield BenchRow(
        work=ENGINE[3],
        value=engine + drawn,
        unit="ms",
        aim="< 350 ms with the page around it",
        met=engine + drawn < 350,
        limit="the two rows above",
    )


def _search(ground: Ground) -> BenchRow:
    found = search(ground)
    searched = _milliseconds(lambda: search(ground), repeats=3)
    return BenchRow(
        work=f"search over {len(found.choices):,} feasible plans (of {found.tried:,}), with its front",
        value=searched / 1000,
        unit="s",
        aim="< 2 s for 2,000 or more",
        met=searched < 2000 and len(found.choices) >= 2000,
        limit="exponentials of every plan and year",
    )


def _for_life(ground: Ground) -> BenchRow:
    return BenchRow(
        work=FOR_LIFE,
        value=_milliseconds(lambda: lifelong(ground, PLANS), repeats=5),
        unit="ms",
        aim="when asked for",
        met=None,
        limit="the equation once a year of life and draw",
    )


def _next_tests(person: Patient, twin: Twin) -> BenchRow:
    ground = ground_of(person, twin, on=TODAY, horizon_years=10, draws=DRAWS, seed=0)
    plans = single_changes(ground)
    told = _milliseconds(lambda: next_tests(ground, twin, plans), repeats=5)
    return BenchRow(
        work=f"which test next: {len(measurements())} tests, {len(plans)} plans x {DRAWS:,} draws x 10 years",
        value=told,
        unit="ms",
        aim="< 300 ms",
        met=told < 300,
        limit="the plans themselves, once without the luck of the trials",
    )


def _milliseconds(work: Callable[[], object], *, repeats: int = REPEATS) -> float:
    """Return the median of some repeats after a warm-up."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return 1000 * statistics.median(seconds)
