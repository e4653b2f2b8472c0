"""KFRE: how likely is kidney failure in the next 2 or 5 years in chronic kidney disease?

Notes
-----
``risk = 1 - baseline_survival ** exp(sum of coefficient x (term - mean))`` with terms age / 10, male sex,
eGFR / 5 and ln(UACR), to which the 6-variable equation adds diabetes and hypertension, and the 8-variable
equation albumin, phosphate, bicarbonate and calcium. Baseline survival depends on horizon and continent.

References
----------
.. [1] SRC-KFRE
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.trace import Constant, Trace, TracedSum, TracedTerm, row

OUTPUT = "risk_kidney_failure"
EQUATIONS = ("kfre_4", "kfre_6", "kfre_8")
TERMS = {
    "age": lambda columns: columns["age"] / 10,
    "male": lambda columns: columns.equals("sex", "male").astype(float),
    "egfr": lambda columns: columns["egfr"] / 5,
    "ln_uacr": lambda columns: np.log(columns["uacr"]),
    "diabetes": lambda columns: columns["has_diabetes"],
    "hypertension": lambda columns: columns["has_hypertension"],
    "albumin": lambda columns: columns["albumin"],
    "phosphate": lambda columns: columns["phosphate"],
    "bicarbonate": lambda columns: columns["bicarbonate"],
    "calcium": lambda columns: columns["calcium"],
}


@cache
def slopes(equation_id: str) -> dict[str, tuple[float, float]]:
    """Return coefficient and mean of each term, in the order of the table."""
    table = equation_coefficients(equation_id)
    return {
        term: (value, table["mean", "", "", term])
        for (quantity, _region, _horizon, term), value in table.items()
        if quantity == "coefficient"
    }


def baseline_survival(equation_id: str, *, north_american: bool, horizon_years: int) -> float:
    """Return the share of the reference group without kidney failure at the horizon."""
    region = "north_america" if north_american else "elsewhere"
    return equation_coefficients(equation_id)["baseline_survival", region, str(horizon_years), "all"]


def contributions(equation_id: str, columns: Columns) -> Terms:
    """Return what each term adds to the logarithm of the hazard ratio to the reference group."""
    return {
        OUTPUT: {term: weight * (TERMS[term](columns) - mean) for term, (weight, mean) in slopes(equation_id).items()}
    }


def compute(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return the risk of treated kidney failure."""
    total = np.zeros(columns.size)
    for term, (weight, mean) in slopes(equation_id).items():
        total += weight * (TERMS[term](columns) - mean)
    # 1 - S0 ** exp(sum), written so that a small risk keeps its digits
    return {OUTPUT: -np.expm1(log_baseline(equation_id, columns) * np.exp(total))}


def log_baseline(equation_id: str, columns: Columns) -> np.ndarray:
    """Return the logarithm of the baseline survival of each person's continent and horizon."""
    result = np.full(columns.size, np.nan)
    for north_american in (True, False):
        for horizon in (2, 5):
            same = (columns["north_american"] == north_american) & (columns["horizon_years"] == horizon)
            survival = baseline_survival(equation_id, north_american=north_american, horizon_years=horizon)
            np.copyto(result, np.log(survival), where=same)
    return result


def trace(equation_id: str, columns: Columns, _output: str) -> Trace:
    """Return one person's sum with the rows of coefficients and means, and the baseline survival."""
    found = []
    for term, (weight, mean) in slopes(equation_id).items():
        value = float(TERMS[term](columns)[0]) - mean
        coefficient, average = (row(equation_id, (quantity, "", "", term)) for quantity in ("coefficient", "mean"))
        uses = (Constant("mean", mean, average),)
        found.append(TracedTerm(term, value, weight, weight * value, coefficient, uses))
    region = "north_america" if columns["north_american"][0] else "elsewhere"
    key = ("baseline_survival", region, f"{columns['horizon_years'][0]:g}", "all")
    survival = Constant("baseline survival", equation_coefficients(equation_id)[key], row(equation_id, key))
    return Trace("survival", (TracedSum("", tuple(found)),), (survival,))


def equations() -> Mapping[str, Equation]:
    """Return the 4-, 6- and 8-variable equations by id."""
    return {
        equation_id: published(
            equation_id,
            scale="survival",
            compute=partial(compute, equation_id),
            terms=partial(contributions, equation_id),
            trace=partial(trace, equation_id),
        )
        for equation_id in EQUATIONS
    }
