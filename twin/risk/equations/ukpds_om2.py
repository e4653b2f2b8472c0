"""UKPDS Outcomes Model 2: how likely are complications and death in someone with type 2 diabetes?

Notes
-----
Seventeen published equations: a Weibull or exponential hazard in the years of diabetes for each complication,
``chance within a year = 1 - exp(-exp(sum) ((t + 1)^shape - t^shape))``, a logistic chance for a foot ulcer, a
hazard of death that grows with age as Gompertz described in years without an event, and a logistic chance of
death in the year of one. Risk factors stay as they are today; what has happened changes the chances of the years
after. `ukpds_om2_kernel` carries the share of people in each state forward exactly, where the model's own software
draws it at random. Within a year, complications do not influence each other; death comes last.

The terms of the receipt are those of the first year's sum. Scaling as published: HDL and LDL in mmol/L times ten,
LDL also above 3.5; systolic pressure, heart rate and eGFR by ten, eGFR also below and above 60.

References
----------
.. [1] SRC-UKPDS-OM2
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.trace import Constant, Trace, TracedSum, TracedTerm, Year, row
from twin.units import from_canonical

ID = "ukpds_om2"
PARTS = (
    "heart_failure",
    "ischemic_heart_disease",
    "first_infarction_men",
    "first_infarction_women",
    "second_infarction",
    "first_stroke",
    "second_stroke",
    "blindness",
    "foot_ulcer",
    "first_amputation_no_ulcer",
    "first_amputation_after_ulcer",
    "second_amputation",
    "kidney_failure",
    "death_no_history_no_event",
    "death_first_event",
    "death_history_no_event",
    "death_history_and_event",
)
# What may have come before, in the order of the states: the name in the table and the input.
BEFORE = {
    "heart_failure": "heart_failure",
    "ischemic_heart_disease": "angina",
    "infarction": "myocardial_infarction",
    "stroke": "stroke",
    "blindness": "blindness",
    "foot_ulcer": "foot_ulcer",
    "amputation": "amputation",
    "kidney_failure": "kidney_failure",
}
NOW = (*(f"{name}_now" if name != "amputation" else "first_amputation_now" for name in BEFORE), "second_amputation_now")
FIRSTS = ("risk_heart_failure", "risk_ischemic_heart_disease", "risk_myocardial_infarction", "risk_stroke")
DEATH = "risk_death"
LATER = "; later years mix those with and without new events"
HOW = (
    f"first year: chance = 1 - exp(-exp(sum) x ((t + 1) ^ shape - t ^ shape)), t the years of diabetes{LATER}",
    "first year, if no event comes: chance = 1 - exp(-exp(sum) x exp(growth x age) x (exp(growth) - 1) / growth); "
    f"a year with an event has an equation of its own{LATER}",
)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What happens to a person year by year, as shares of today's people; arrays of shape (years,).

    `first` and `at_risk` hold a row for each of `FIRSTS`: who has a first event within the year, and who was
    alive and without one at its start.
    """

    first: np.ndarray
    at_risk: np.ndarray
    deaths: np.ndarray


def prepare(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms by the names of the coefficient table, without what happens in a year."""
    age, since = columns["age"], columns["age_at_diabetes"]
    egfr, bmi = columns["egfr"], columns["bmi"]
    ldl = 10 * from_canonical("ldl_cholesterol", columns["ldl_cholesterol"], "mmol/L")
    return {
        "constant": np.ones(columns.size),
        "age": age,
        "years_of_diabetes": age - since,
        "age_at_diagnosis": since,
        "female": columns.equals("sex", "female").astype(float),
        "afro_caribbean": columns.equals("ethnicity", "afro_caribbean").astype(float),
        "asian_indian": columns.equals("ethnicity", "asian_indian").astype(float),
        "smoking": columns["current_smoker"],
        "atrial_fibrillation": columns["atrial_fibrillation"],
        "peripheral_artery_disease": columns["peripheral_artery_disease"],
        "albuminuria": columns["albuminuria"],
        "bmi": bmi,
        "bmi_below_18_5": (bmi < 18.5).astype(float),
        "bmi_25_to_30": ((bmi >= 25) & (bmi < 30)).astype(float),
        "egfr": egfr / 10,
        "egfr_to_60": np.minimum(egfr, 60) / 10,
        "egfr_above_60": np.maximum(egfr - 60, 0) / 10,
        "hba1c": columns["hba1c"],
        "hdl": 10 * from_canonical("hdl_cholesterol", columns["hdl_cholesterol"], "mmol/L"),
        "ldl": ldl,
        "ldl_above_3_5": np.maximum(ldl - 35, 0),
        "sbp": columns["systolic_bp"] / 10,
        "heart_rate": columns["heart_rate"] / 10,
        "white_cells": columns["white_cells"],
        "hemoglobin": columns["hemoglobin"],
        **{f"{name}_before": columns[given] for name, given in BEFORE.items()},
    }


@cache
def weights(names: tuple[str, ...]) -> np.ndarray:
    """Return the coefficients of some terms in each of the equations, shape (17, terms)."""
    table = equation_coefficients(ID)
    return np.array([[table.get((part, name), 0.0) for name in names] for part in PARTS])


@cache
def _shapes() -> np.ndarray:
    table = equation_coefficients(ID)
    return np.array([table.get((part, "shape"), table.get((part, "growth"), 1.0)) for part in PARTS])


def course(columns: Columns, person: int, *, years: int) -> Course:
    """Follow one person for some years."""
    return _follow(columns, {name: term[person] for name, term in prepare(columns).items()}, person, years)


def _follow(columns: Columns, terms: Mapping[str, float], person: int, years: int) -> Course:
    from twin.risk.equations import ukpds_om2_kernel as kernel

    lasting = tuple(name for name in terms if not name.endswith("_before"))
    before = tuple(f"{name}_before" for name in BEFORE)
    found = Course(*(np.zeros((len(FIRSTS), years)) for _ in range(2)), np.zeros(years))
    kernel.follow(
        weights(lasting) @ np.array([terms[name] for name in lasting]),
        weights(("age", "years_of_diabetes")).sum(axis=1),
        _shapes(),
        weights(before),
        np.ascontiguousarray(weights(NOW)[kernel.DEATH_FIRST :]),
        np.array([int(terms[name]) for name in before]),
        float(terms["years_of_diabetes"]),
        float(terms["age"]),
        bool(terms["female"]),
        found.first,
        found.at_risk,
        found.deaths,
    )
    return found


def compute(columns: Columns) -> dict[str, np.ndarray]:
    """Return the risk of each first event, and of death, by the horizon."""
    terms = prepare(columns)
    known = [i.name for i in equations()[ID].inputs if i.required]
    usable = np.all([np.isfinite(columns[name]) for name in known], axis=0) & (terms["years_of_diabetes"] >= 0)
    risks = {output: np.full(columns.size, np.nan) for output in (*FIRSTS, DEATH)}
    for person in np.flatnonzero(usable):
        here = {name: term[person] for name, term in terms.items()}
        found = _follow(columns, here, person, int(columns["horizon_years"][person]))
        for place, output in enumerate(FIRSTS):
            if found.at_risk[place, 0] > 0:  # nobody has a first event twice
                risks[output][person] = found.first[place].sum()
        risks[DEATH][person] = found.deaths.sum()
    return risks


def first_year_parts(columns: Columns) -> dict[str, np.ndarray]:
    """Return the place in `PARTS` of the equation that gives each outcome's chance in the first year."""
    woman = columns.equals("sex", "female")
    ill = np.any([columns[given] > 0 for given in BEFORE.values()], axis=0)
    return {
        "risk_heart_failure": np.full(columns.size, PARTS.index("heart_failure")),
        "risk_ischemic_heart_disease": np.full(columns.size, PARTS.index("ischemic_heart_disease")),
        "risk_myocardial_infarction": PARTS.index("first_infarction_men") + woman,
        "risk_stroke": np.full(columns.size, PARTS.index("first_stroke")),
        DEATH: np.where(ill, PARTS.index("death_history_no_event"), PARTS.index("death_no_history_no_event")),
    }


def terms(columns: Columns) -> Terms:
    """Return what each term adds to the sum of the first year's equation of each outcome."""
    prepared = prepare(columns)
    names = tuple(prepared)
    table = weights(names)
    return {
        output: {
            name: table[places, place] * prepared[name]
            for place, name in enumerate(names)
            if table[np.unique(places), place].any()
        }
        for output, places in first_year_parts(columns).items()
    }


def trace(columns: Columns, output: str) -> Trace:
    """Return one person's sum of the first year, and every year's share at risk and chance."""
    part, table, prepared = PARTS[first_year_parts(columns)[output][0]], equation_coefficients(ID), prepare(columns)
    terms = [(name, table[part, name], float(prepared[name][0])) for name in prepared if (part, name) in table]
    sum_ = TracedSum(part, tuple(TracedTerm(n, v, w, w * v, row(ID, (part, n))) for n, w, v in terms))
    keys = [(part, name) for name in ("shape", "growth") if (part, name) in table]
    found = course(columns, 0, years=int(columns["horizon_years"][0]))
    if output == DEATH:
        at_risk = 1 - np.concatenate([[0.0], np.cumsum(found.deaths)[:-1]])
        events = found.deaths
    else:
        place = FIRSTS.index(output)
        at_risk, events = found.at_risk[place], found.first[place]
    chance = np.divide(events, at_risk, out=np.zeros(events.size), where=at_risk > 0)
    years = [Year(y + 1, float(a), float(c)) for y, (a, c) in enumerate(zip(at_risk, chance, strict=True))]
    constants = tuple(Constant(k[-1], table[k], row(ID, k)) for k in keys)
    return Trace("yearly", (sum_,), constants, tuple(years), HOW[output == DEATH])


@cache
def equations() -> Mapping[str, Equation]:
    """Return the model by id."""
    return {ID: published(ID, scale="steps", compute=compute, terms=terms, trace=trace)}
