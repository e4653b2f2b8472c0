"""SCORE2, SCORE2-OP and SCORE2-Diabetes: how likely is a cardiovascular event within 10 years in Europe?

Notes
-----
A proportional hazards model by sex gives the risk of the derivation cohorts. It is then rescaled to one of
four regions of Europe: ``1 - exp(-exp(scale_1 + scale_2 x ln(-ln(1 - risk))))``. The published models have
terms for diabetes that are zero when the equation is used as meant, in people without it; SCORE2-Diabetes
carries them for everyone. Cholesterol enters in mmol/L, HbA1c in mmol/mol.

References
----------
.. [1] SRC-SCORE2
.. [2] SRC-SCORE2-OP
.. [3] SRC-SCORE2-DIABETES
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, equation_coefficients, published
from twin.risk.equations.survival import SurvivalModel
from twin.risk.trace import Constant, Trace, row
from twin.units import from_canonical

OUTPUT = "risk_cvd"
GROUPS = (("", "female"), ("", "male"))


def _cholesterol(columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    return tuple(from_canonical(name, columns[name], "mmol/L") for name in ("total_cholesterol", "hdl_cholesterol"))


def _with_products(age: np.ndarray, others: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the terms, then each one's product with age."""
    return {"age": age, **others, **{f"age_x_{name}": age * value for name, value in others.items()}}


def score2_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms for ages 40 to 69."""
    total_mmol_l, hdl_mmol_l = _cholesterol(columns)
    age, sbp = (columns["age"] - 60) / 5, (columns["systolic_bp"] - 120) / 20
    total, hdl, smoking = total_mmol_l - 6, (hdl_mmol_l - 1.3) / 0.5, columns["current_smoker"]
    return _with_products(age, {"smoking": smoking, "sbp": sbp, "total_cholesterol": total, "hdl": hdl})


def score2_op_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms for ages from 70; ``mean`` is taken off the sum."""
    total_mmol_l, hdl_mmol_l = _cholesterol(columns)
    age, sbp = columns["age"] - 73, columns["systolic_bp"] - 150
    total, hdl, smoking = total_mmol_l - 6, hdl_mmol_l - 1.4, columns["current_smoker"]
    terms = _with_products(age, {"smoking": smoking, "sbp": sbp, "total_cholesterol": total, "hdl": hdl})
    return {**terms, "mean": np.full(columns.size, -1.0)}


def diabetes_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms of SCORE2 with those of diabetes, its age at diagnosis, HbA1c and eGFR."""
    terms = score2_terms(columns)
    hba1c = (from_canonical("hba1c", columns["hba1c"], "mmol/mol") - 31) / 9.34
    egfr = (np.log(columns["egfr"]) - 4.5) / 0.15
    return {
        **terms,
        "diabetes": np.ones(columns.size),
        "age_x_diabetes": terms["age"],
        "age_at_diabetes": (columns["age_at_diabetes"] - 50) / 5,
        "hba1c": hba1c,
        "egfr": egfr,
        "egfr_squared": egfr * egfr,
        "age_x_hba1c": terms["age"] * hba1c,
        "age_x_egfr": terms["age"] * egfr,
    }


TERMS = {"score2": score2_terms, "score2_op": score2_op_terms, "score2_diabetes": diabetes_terms}


def _scales(equation_id: str, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Return both numbers that rescale the risk to each person's region and sex."""
    table = equation_coefficients(equation_id)
    regions, sexes = columns.words("region"), columns.words("sex")
    place = columns.code("region"), columns.code("sex")
    known = (place[0] >= 0) & (place[1] >= 0)

    def scale(number: int) -> np.ndarray:
        values = np.array([[table[region, sex, "", f"scale_{number}"] for sex in sexes] for region in regions])
        return np.where(known, values[place], np.nan)

    return scale(1), scale(2)


def _compute(equation_id: str, model: SurvivalModel, columns: Columns) -> dict[str, np.ndarray]:
    scale_1, scale_2 = _scales(equation_id, columns)
    return {OUTPUT: -np.expm1(-np.exp(scale_1 + scale_2 * model.log_hazard(columns)))}


def _trace(equation_id: str, model: SurvivalModel, columns: Columns, output: str) -> Trace:
    """Add the two numbers of the region to what the model itself traces."""
    plain = model.trace(columns, output)
    place = {name: columns.words(name)[int(columns.code(name)[0])] for name in ("region", "sex")}
    keys = [(place["region"], place["sex"], "", f"scale_{number}") for number in (1, 2)]
    table = equation_coefficients(equation_id)
    scales = [Constant(f"scale {key[-1][-1]} of the region", table[key], row(equation_id, key)) for key in keys]
    return Trace("rescaled survival", plain.sums, (*plain.constants, *scales))


def _model(equation_id: str, terms: Callable[[Columns], dict[str, np.ndarray]]) -> SurvivalModel:
    return SurvivalModel(
        equation_id, OUTPUT, prepare=terms, group_of=lambda columns: columns.code("sex"), groups=GROUPS
    )


def equations() -> Mapping[str, Equation]:
    """Return the three equations by id."""
    models = {equation_id: _model(equation_id, terms) for equation_id, terms in TERMS.items()}
    return {
        equation_id: published(
            equation_id,
            scale="survival",
            compute=partial(_compute, equation_id, model),
            terms=model.terms,
            trace=partial(_trace, equation_id, model),
        )
        for equation_id, model in models.items()
    }
