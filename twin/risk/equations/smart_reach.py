"""SMART-REACH: how likely is another cardiovascular event within 10 years in someone who has had one?

Notes
-----
Two models by year of age, one for the event and one for death from another cause: the chance within a year is
``1 - baseline_survival(age) ** exp(sum)``. From year to year the baselines move with age, and in the second
model the term of smoking with age; the event's chance counts for those who are still alive without it, so
that ``risk = sum of free(year) x event(year)`` with ``free(year + 1) = free(year) x (1 - event - death)``. The
terms of the receipt are those of the event's sum. Arteries of heart, brain and legs are the three locations
of disease; one at least must be affected.

References
----------
.. [1] SRC-SMART-REACH
"""

from collections.abc import Iterator, Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.trace import Constant, Trace, TracedSum, TracedTerm, Year, row
from twin.units import from_canonical

ID, OUTPUT, YEARS = "smart_reach", "risk_cvd", 10
MODELS = ("event", "other_death")
HOW = (
    "chance within the year = 1 - (event baseline survival at that age) ^ exp(event); free next year = free x (1 - "
    "chance - the same of other_death, whose sum gains age x (smoking with age) in people who smoke)"
)
LOCATIONS = ("coronary_disease", "cerebrovascular_disease", "peripheral_artery_disease")


def prepare(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms that stay the same from year to year, by the names of the coefficient table."""
    sbp = columns["systolic_bp"]
    total = from_canonical("total_cholesterol", columns["total_cholesterol"], "mmol/L")
    creatinine = from_canonical("creatinine", columns["creatinine"], "umol/L")
    locations = sum(columns[name] for name in LOCATIONS)
    affected = np.where(locations >= 1, 0.0, np.nan)  # without disease the model says nothing
    american = columns["north_american"]
    return {
        "male": np.where(columns.code("sex") < 0, np.nan, columns.equals("sex", "male")),
        "smoking": columns["current_smoker"],
        "diabetes": columns["has_diabetes"],
        "sbp": sbp,
        "sbp_squared": sbp * sbp,
        "total_cholesterol": total,
        "total_cholesterol_squared": total * total,
        "creatinine": creatinine,
        "creatinine_squared": creatinine * creatinine,
        "two_locations": (locations == 2) + affected,
        "three_locations": (locations == 3) + affected,
        "atrial_fibrillation": columns["atrial_fibrillation"],
        "heart_failure": columns["heart_failure"],
        "western_europe": 1 - american,
        "north_america": american,
    }


def _weighed(model: str, columns: Columns) -> dict[str, np.ndarray]:
    table = equation_coefficients(ID)
    terms = prepare(columns)
    return {name: table[model, "", name] * term for name, term in terms.items() if (model, "", name) in table}


def _log_hazards(model: str) -> np.ndarray:
    """Return the cumulative baseline hazard of a year at each age from 0; NaN where the table has no age."""
    found = np.full(100, np.nan)
    for (of_model, age, term), value in equation_coefficients(ID).items():
        if of_model == model and term == "baseline_survival":
            found[int(age)] = -np.log(value)
    return found


def compute(columns: Columns) -> dict[str, np.ndarray]:
    """Return the risk of an event within ten years, deaths from other causes competing."""
    return {OUTPUT: sum(free * chance for free, chance in _years(columns))}


def _years(columns: Columns) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield, for each year, who is alive without another event and the chance of one within it."""
    free = np.ones(columns.size)
    for has_event, dies in chances(columns, years=YEARS):
        yield free, has_event
        free = free * np.maximum(1 - has_event - dies, 0.0)


def chances(columns: Columns, *, years: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield, for each year, the chances of the event and of death from another cause within it, of those still free.

    Parameters
    ----------
    columns
        Inputs of the equation within its ranges.
    years
        How many; the table ends with the year that begins at the age of 89. [years]
    """
    event, death = (sum(_weighed(model, columns).values()) for model in MODELS)
    by_age = equation_coefficients(ID)["other_death", "", "age_x_smoking"]
    baseline = {model: _log_hazards(model) for model in MODELS}
    age = columns["age"]
    whole = np.clip(np.nan_to_num(np.floor(age)), 0, 80).astype(int)
    for year in range(years):
        with_age = death + by_age * (whole + year) * columns["current_smoker"]
        has_event = -np.expm1(-baseline["event"][whole + year] * np.exp(event))
        yield has_event, -np.expm1(-baseline["other_death"][whole + year] * np.exp(with_age))


def terms(columns: Columns) -> Terms:
    """Return what each term adds to the sum of the event's model."""
    return {OUTPUT: _weighed("event", columns)}


def trace(columns: Columns, _output: str) -> Trace:
    """Return one person's two sums, the baselines of ten years of age, and the years."""
    table, prepared = equation_coefficients(ID), prepare(columns)
    sums = []
    for model in MODELS:
        keys = [(model, "", name) for name in prepared if (model, "", name) in table]
        terms = [(key, table[key], float(prepared[key[-1]][0])) for key in keys]
        sums.append(TracedSum(model, tuple(TracedTerm(k[-1], v, w, w * v, row(ID, k)) for k, w, v in terms)))
    whole = int(np.floor(columns["age"][0]))
    keys = [(model, str(whole + year), "baseline_survival") for model in MODELS for year in range(YEARS)]
    constants = [
        Constant(f"{model} baseline survival at {age}", table[model, age, n], row(ID, (model, age, n)))
        for model, age, n in keys
    ]
    by_age = ("other_death", "", "age_x_smoking")
    constants.append(Constant("smoking with age, other_death", table[by_age], row(ID, by_age)))
    years = [Year(year + 1, float(free[0]), float(chance[0])) for year, (free, chance) in enumerate(_years(columns))]
    return Trace("yearly", tuple(sums), tuple(constants), tuple(years), HOW)


def equations() -> Mapping[str, Equation]:
    """Return the equation by id."""
    return {ID: published(ID, scale="steps", compute=compute, terms=terms, trace=trace)}
