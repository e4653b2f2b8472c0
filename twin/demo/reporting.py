"""Which values does the record hold of each visit?"""

from dataclasses import dataclass

import numpy as np

from twin.demo.course import Course
from twin.demo.measuring import FRIEDEWALD_LIMIT, total_cholesterol
from twin.demo.settings import DAYS_PER_YEAR, noise_of

EAG_SLOPE, EAG_OFFSET = 28.7, 46.7  # estimated average glucose from HbA1c [mg/dL], SRC-ADAG-2008
FASTING_SHARE = 0.9  # of the average glucose
UNSTEADY_ABOVE = 6.3  # HbA1c from which glucose varies as in diabetes [%]
UNSTEADY_CV = 0.11
SENSOR_CV = 0.04
SENSOR_SHARE = 0.35  # of people with diabetes
SENSOR_VISITS = 0.6  # of their visits, in the years in which sensors are in use
SENSOR_YEARS = 4.0  # before the last day in which sensors are in use
HOME_SHARE = 0.35  # of people with hypertension who measure at home
HOME_VISITS = 0.22  # of their visits that follow a week of measuring at home


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The reported values of one variable: the rows of `Visits` they belong to, and the numbers."""

    rows: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def _present(values: np.ndarray) -> Values:
    rows = np.flatnonzero(~np.isnan(values))
    return Values(rows, values[rows])


def _since(course: Course, keys: tuple[str, ...]) -> np.ndarray:
    """Return the day from which each person has one of several diagnoses on record, infinite for never."""
    since = np.full(len(course.people), np.inf)
    for diagnosis in course.clinic.diagnoses:
        if diagnosis.key in keys:
            since[diagnosis.person] = min(since[diagnosis.person], diagnosis.recorded)
    return since


def _glucose(course: Course, results: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, Values]:
    visits = course.visits
    average = EAG_SLOPE * visits.felt_hba1c - EAG_OFFSET
    steady = noise_of("fasting_glucose", "laboratory")[0]
    cv = np.where(visits.felt_hba1c >= UNSTEADY_ABOVE, UNSTEADY_CV, steady)
    is_taken = ~np.isnan(results["potassium"]) & (rng.random(len(average)) < 0.9)
    is_fasting = ~np.isnan(results["ldl_cholesterol"])
    error = np.exp(cv * rng.standard_normal(len(average)))
    fasting = np.where(is_taken & is_fasting, np.round(FASTING_SHARE * average * error), np.nan)
    random = np.where(is_taken & ~is_fasting, np.round(average * error), np.nan)
    wears = rng.random(len(course.people)) < SENSOR_SHARE
    since = np.maximum(_since(course, ("type_1", "type_2")), course.people.end_day - DAYS_PER_YEAR * SENSOR_YEARS)
    worn = wears[visits.person] & (visits.day >= since[visits.person]) & (rng.random(len(average)) < SENSOR_VISITS)
    sensor = np.where(worn, np.round(average * np.exp(SENSOR_CV * rng.standard_normal(len(average)))), np.nan)
    return {"fasting_glucose": _present(fasting), "glucose": _present(random), "mean_glucose": _present(sensor)}


def _body_size(course: Course, weight: np.ndarray, rng: np.random.Generator) -> dict[str, Values]:
    visits, people = course.visits, course.people
    first = np.zeros(len(visits.person), dtype=bool)
    first[np.unique(visits.person, return_index=True)[1]] = True
    error = noise_of("height", "office")[1] * rng.standard_normal((2, len(first)))
    at_first = np.round(people.height + error[0][first][np.argsort(visits.person[first])])
    again = ~first & (rng.random(len(first)) < 0.06)
    height = np.where(first, at_first[visits.person], np.round(people.height[visits.person] + error[1]))
    known = at_first[visits.person] / 100.0
    return {
        "height": _present(np.where(first | again, height, np.nan)),
        "bmi": _present(np.round(weight / known**2, 1)),
    }


def _inr(course: Course, rng: np.random.Generator) -> Values:
    """Return INR at the visits at which somebody takes warfarin."""
    visits = course.visits
    takes = np.zeros(len(visits.person), dtype=bool)
    for drawn in course.treatment.courses:
        if drawn.drug.ingredient == "warfarin":
            stop = np.inf if drawn.stop is None else drawn.stop
            takes |= (visits.person == drawn.person) & (visits.day > drawn.start) & (visits.day < stop)
    cv = noise_of("inr", "laboratory")[0]
    usual = rng.normal(2.5, 0.15, len(course.people))[visits.person]
    return _present(np.where(takes, np.round(usual * np.exp(cv * rng.standard_normal(len(takes))), 1), np.nan))


def _home_pressures(course: Course, names: tuple[str, ...], rng: np.random.Generator) -> dict[str, Values]:
    """Return the means of a week at home, at the visit that follows it."""
    visits = course.visits
    measures = rng.random(len(course.people)) < HOME_SHARE
    since = _since(course, ("hypertension",))
    week = measures[visits.person] & (since[visits.person] < visits.day - 30.0)
    week &= rng.random(len(week)) < HOME_VISITS
    shared = rng.standard_normal(len(week))
    found = {}
    for name in ("systolic_bp", "diastolic_bp"):
        level = visits.levels[:, names.index(name)]
        error = 0.6 * shared + 0.8 * rng.standard_normal(len(week))
        values = np.round(level * (1.0 + noise_of(name, "home")[0] * error))
        found[f"home_{name}"] = _present(np.where(week, values, np.nan))
    return found


def report(course: Course, names: tuple[str, ...], rng: np.random.Generator) -> dict[str, Values]:
    """Return every reported variable with its values.

    Parameters
    ----------
    course
        The simulated panel.
    names
        The columns of `course.visits.results`.
    rng
        Source of randomness for what is only reported, not acted on.

    Returns
    -------
        Canonical name to values; ``home_systolic_bp`` and ``home_diastolic_bp`` are means of a week at home, and
        ``ldl_direct`` is LDL where Friedewald's formula does not hold.
    """
    results = {name: course.visits.results[:, column] for column, name in enumerate(names)}
    ldl, hdl, triglycerides = (results[n] for n in ("ldl_cholesterol", "hdl_cholesterol", "triglycerides"))
    total = total_cholesterol(ldl=ldl, hdl=hdl, triglycerides=triglycerides)
    is_direct = (triglycerides >= FRIEDEWALD_LIMIT) | np.isnan(total)
    values = {name: _present(column) for name, column in results.items() if name != "ldl_cholesterol"}
    return {
        **values,
        "ldl_cholesterol": _present(np.where(is_direct, np.nan, ldl)),
        "ldl_direct": _present(np.where(is_direct, ldl, np.nan)),
        "total_cholesterol": _present(total),
        "creatinine": _present(course.visits.creatinine),
        **_glucose(course, results, rng),
        **_body_size(course, results["weight"], rng),
        "inr": _inr(course, rng),
        **_home_pressures(course, names, rng),
    }
