"""PREVENT: how likely is cardiovascular disease in the next 10 or 30 years in an adult who has none?

Notes
-----
For each outcome, sex and horizon the risk is ``1 / (1 + exp(-sum))``. The terms are centred and scaled as
in the supplement's tables S12A to S12J; continuous inputs are piecewise linear with one knot (SBP 110,
BMI 30, eGFR 60). The base equation and its four extensions (UACR, HbA1c, social deprivation, all three)
share the terms and differ in their coefficients; each extension has a term of its own for a missing value.

References
----------
.. [1] SRC-PREVENT
"""

from collections.abc import Mapping
from functools import cache, partial

import numpy as np

from twin.risk.columns import MANY, Columns
from twin.risk.equation import Equation, Terms, published
from twin.risk.equations.prevent_terms import ADDED_TERMS, BASE_INPUTS, BASE_TERMS, VARIANTS, Addition, base_terms
from twin.risk.linear import LinearPredictor
from twin.risk.trace import Trace

GROUPS = (("10", "female"), ("10", "male"), ("30", "female"), ("30", "male"))
# BMI enters the heart failure equation only, cholesterol and statins all but that one. NaN times a weight
# of zero would spoil an output that does not use the input.
PARTIAL = ("bmi", "total_cholesterol", "hdl_cholesterol", "on_statin")


def group_of(columns: Columns) -> np.ndarray:
    """Return each person's place in `GROUPS`; -1 where horizon or sex is not known."""
    horizon, sex = columns["horizon_years"], columns.code("sex")
    later = np.where(horizon == 30, 2, np.where(horizon == 10, 0, -4))
    return np.where(sex < 0, -1, np.maximum(later + sex, -1))


def prepare(additions: tuple[Addition, ...], columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms of a variant by the names of its coefficient table."""
    terms = dict(zip(BASE_TERMS, base_terms(*(columns[name] for name in BASE_INPUTS)), strict=True))
    for addition in additions:
        terms |= addition(columns)
    return terms


@cache
def predictor(equation_id: str) -> LinearPredictor:
    """Return the sums of a variant, its terms in the order in which they are added."""
    additions = VARIANTS[equation_id]
    return LinearPredictor(
        equation_id,
        prepare=partial(prepare, additions),
        group_of=group_of,
        groups=GROUPS,
        names=(*BASE_TERMS, *(name for addition in additions for name in ADDED_TERMS[addition])),
    )


def compiled_sums(equation_id: str, columns: Columns, sums: np.ndarray) -> None:
    """Fill the five sums of a run of people with the compiled loop."""
    from twin.risk.equations.prevent_kernel import add_up

    added = [term for addition in VARIANTS[equation_id] for term in addition(columns).values()]
    add_up(
        *(columns[name] for name in BASE_INPUTS),
        np.array(added) if added else np.empty((0, columns.size)),
        group_of(columns),
        _weights(equation_id),
        sums,
    )


@cache
def _weights(equation_id: str) -> np.ndarray:
    return np.ascontiguousarray(predictor(equation_id).weights.transpose(0, 2, 1))


@cache
def _compiled_is_true(equation_id: str) -> bool:
    """Say whether the compiled loop gives the very digits of the plain arithmetic; a stale build would not."""
    random = np.random.default_rng(0)
    some = {name: random.uniform(20, 200, 512) for name in (*BASE_INPUTS, "uacr", "hba1c")}
    some |= {name: random.integers(0, 2, 512).astype(float) for name in (*BASE_INPUTS[6:], "sex")}
    some |= {"sdi_decile": random.integers(1, 11, 512).astype(float), "horizon_years": random.choice([10.0, 30.0], 512)}
    columns = Columns(some, {"sex": ("female", "male")})
    sums = np.empty((5, 512))
    compiled_sums(equation_id, columns, sums)
    return all((a == b).all() for a, b in zip(sums, predictor(equation_id)(columns).values(), strict=True))


def _logistic(sums: np.ndarray) -> None:
    np.negative(sums, out=sums)
    np.exp(sums, out=sums)
    sums += 1.0
    np.reciprocal(sums, out=sums)


def _fill(columns: Columns) -> Columns:
    holes = {name: np.isnan(columns[name]) for name in PARTIAL}
    return columns.replace(**{name: np.where(hole, 0.0, columns[name]) for name, hole in holes.items() if hole.any()})


def compute(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return the five risks."""
    columns = _fill(columns)
    names = predictor(equation_id).outputs
    if columns.size < MANY or not _compiled_is_true(equation_id):
        found = predictor(equation_id)(columns)
    else:
        sums = np.empty((len(names), columns.size))
        compiled_sums(equation_id, columns, sums)
        found = dict(zip(names, sums, strict=True))
    for risk in found.values():
        _logistic(risk)
    return found


def contributions(equation_id: str, columns: Columns) -> Terms:
    """Return what each term adds to the sum of each outcome."""
    return predictor(equation_id).contributions(_fill(columns))


def trace(equation_id: str, columns: Columns, output: str) -> Trace:
    """Return one person's sum for an outcome with the rows of its coefficients."""
    return Trace("logistic", (predictor(equation_id).trace(_fill(columns), output),))


def equations() -> Mapping[str, Equation]:
    """Return the five variants by id."""
    return {
        equation_id: published(
            equation_id,
            scale="logistic",
            compute=partial(compute, equation_id),
            terms=partial(contributions, equation_id),
            trace=partial(trace, equation_id),
        )
        for equation_id in VARIANTS
    }
