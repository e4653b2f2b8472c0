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

from twin.risk.columns import MANY, Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.trace import Constant, Trace, TracedSum, TracedTerm, row

OUTPUT = "risk_kidney_failure"
HORIZONS = (2, 5)
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
    compiled = columns.size >= MANY and _compiled_is_true(equation_id)
    total, log_baseline = (compiled_sums if compiled else sums)(equation_id, columns)
    # 1 - S0 ** exp(sum), written so that a small risk keeps its digits
    np.exp(total, out=total)
    total *= log_baseline
    np.expm1(total, out=total)
    return {OUTPUT: np.negative(total, out=total)}


def sums(equation_id: str, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's sum, and the logarithm of the baseline survival of their continent and horizon."""
    total = np.zeros(columns.size)
    for term, (weight, mean) in slopes(equation_id).items():
        total += weight * (TERMS[term](columns) - mean)
    north_american = (columns["north_american"] == 1).astype(np.intp)
    horizon = np.select([columns["horizon_years"] == years for years in HORIZONS], range(len(HORIZONS)), -1)
    return total, np.where(horizon < 0, np.nan, log_baselines(equation_id)[north_american, horizon])


def compiled_sums(equation_id: str, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Return what `sums` does, from the compiled loop."""
    from twin.risk.equations.kfre_kernel import add_up, baselines

    terms = slopes(equation_id)
    added = [TERMS[term](columns) for term in list(terms)[4:]]
    total = np.empty(columns.size)
    add_up(
        columns["age"],
        columns["sex"],
        columns["egfr"],
        np.log(columns["uacr"]),
        np.array(added) if added else np.empty((0, columns.size)),
        *np.array(list(terms.values())).T.copy(),
        total,
    )
    together = {"north_american", "horizon_years"} <= columns.same  # then one baseline is that of all
    asked = [columns[name][: 1 if together else None] for name in ("north_american", "horizon_years")]
    log_baseline = np.empty(len(asked[0]))
    baselines(*asked, log_baselines(equation_id), log_baseline)
    return total, log_baseline


@cache
def _compiled_is_true(equation_id: str) -> bool:
    """Say whether the compiled loop gives the very digits of the plain arithmetic; a stale build would not."""
    random = np.random.default_rng(0)
    some = {
        name: random.uniform(1, 100, 512) for name in ("age", "egfr", "uacr", "phosphate", "bicarbonate", "calcium")
    }
    some |= {name: random.integers(0, 2, 512).astype(float) for name in ("sex", "north_american")}
    some |= {name: random.integers(0, 2, 512).astype(float) for name in ("has_diabetes", "has_hypertension")}
    some |= {"albumin": random.uniform(1, 6, 512), "horizon_years": random.choice([2.0, 5.0, 3.0, np.nan], 512)}
    columns = Columns(some, {"sex": ("female", "male")})
    return all(
        np.array_equal(a, b, equal_nan=True)
        for a, b in zip(compiled_sums(equation_id, columns), sums(equation_id, columns), strict=True)
    )


@cache
def log_baselines(equation_id: str) -> np.ndarray:
    """Return the logarithm of the baseline survival by continent (elsewhere, North America) and horizon."""
    return np.log(
        [
            [baseline_survival(equation_id, north_american=here, horizon_years=years) for years in HORIZONS]
            for here in (False, True)
        ]
    )


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
