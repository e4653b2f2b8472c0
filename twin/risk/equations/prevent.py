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
from functools import partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, published
from twin.risk.linear import LinearPredictor

MMOL_L_PER_MG_DL = 0.02586  # of cholesterol, as the supplement converts
UACR_FLOOR = 0.1  # [mg/g]; lower values count as this
GROUPS = (("10", "female"), ("10", "male"), ("30", "female"), ("30", "male"))


def group_of(columns: Columns) -> np.ndarray:
    """Return each person's place in `GROUPS`; -1 where horizon or sex is not known."""
    horizon, sex = columns["horizon_years"], columns.code("sex")
    later = np.where(horizon == 30, 2, np.where(horizon == 10, 0, -4))
    return np.where(sex < 0, -1, np.maximum(later + sex, -1))


def base_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms that all variants share, by the names of the coefficient tables."""
    age = (columns["age"] - 55) / 10
    hdl_mmol_l = columns["hdl_cholesterol"] * MMOL_L_PER_MG_DL
    non_hdl = columns["total_cholesterol"] * MMOL_L_PER_MG_DL - hdl_mmol_l - 3.5
    hdl = (hdl_mmol_l - 1.3) / 0.3
    sbp, bmi, egfr = columns["systolic_bp"], columns["bmi"], columns["egfr"]
    sbp_above_110 = (np.maximum(sbp, 110) - 130) / 20
    bmi_above_30 = (np.maximum(bmi, 30) - 30) / 5
    egfr_below_60 = (np.minimum(egfr, 60) - 60) / -15
    diabetes, smoking = columns["has_diabetes"], columns["current_smoker"]
    bp_treated, statin = columns["bp_treated"], columns["on_statin"]
    return {
        "age": age,
        "age_squared": age * age,  # 30 years only
        "non_hdl": non_hdl,
        "hdl": hdl,
        "sbp_below_110": (np.minimum(sbp, 110) - 110) / 20,
        "sbp_above_110": sbp_above_110,
        "diabetes": diabetes,
        "smoking": smoking,
        "bmi_below_30": (np.minimum(bmi, 30) - 25) / 5,
        "bmi_above_30": bmi_above_30,
        "egfr_below_60": egfr_below_60,
        "egfr_above_60": (np.maximum(egfr, 60) - 90) / -15,
        "bp_treated": bp_treated,
        "statin": statin,
        "bp_treated_x_sbp_above_110": bp_treated * sbp_above_110,
        "statin_x_non_hdl": statin * non_hdl,
        "age_x_non_hdl": age * non_hdl,
        "age_x_hdl": age * hdl,
        "age_x_sbp_above_110": age * sbp_above_110,
        "age_x_diabetes": age * diabetes,
        "age_x_smoking": age * smoking,
        "age_x_bmi_above_30": age * bmi_above_30,
        "age_x_egfr_below_60": age * egfr_below_60,
        "constant": np.ones(columns.size),
    }


def uacr_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the albuminuria terms; a missing value has a coefficient of its own."""
    uacr = columns["uacr"]
    missing = np.isnan(uacr)
    return {
        "ln_uacr": np.where(missing, 0.0, np.log(np.maximum(uacr, UACR_FLOOR))),
        "uacr_missing": missing.astype(float),
    }


def hba1c_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the HbA1c terms, apart for people with and without diabetes."""
    hba1c, diabetes = columns["hba1c"], columns["has_diabetes"]
    missing = np.isnan(hba1c)
    above = np.where(missing, 0.0, hba1c - 5.3)
    return {
        "hba1c_diabetes": above * diabetes,
        "hba1c_no_diabetes": above * (1 - diabetes),
        "hba1c_missing": missing.astype(float),
    }


def sdi_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms of the social deprivation index; deciles 1 to 3 are the reference."""
    decile = columns["sdi_decile"]
    return {
        "sdi_decile_4_to_6": ((decile >= 4) & (decile < 7)).astype(float),
        "sdi_decile_7_to_10": (decile >= 7).astype(float),
        "sdi_missing": np.isnan(decile).astype(float),
    }


VARIANTS = {
    "prevent_base": (base_terms,),
    "prevent_uacr": (base_terms, uacr_terms),
    "prevent_hba1c": (base_terms, hba1c_terms),
    "prevent_sdi": (base_terms, sdi_terms),
    "prevent_full": (base_terms, sdi_terms, uacr_terms, hba1c_terms),
}


def _prepare(parts: tuple, columns: Columns) -> dict[str, np.ndarray]:
    return {name: term for part in parts for name, term in part(columns).items()}


# BMI enters the heart failure equation only, cholesterol and statins all but that one. NaN times a weight
# of zero would spoil an output that does not use the input.
_PARTIAL = ("bmi", "total_cholesterol", "hdl_cholesterol", "on_statin")


def _fill(columns: Columns) -> Columns:
    holes = {name: np.isnan(columns[name]) for name in _PARTIAL}
    return columns.replace(**{name: np.where(hole, 0.0, columns[name]) for name, hole in holes.items() if hole.any()})


def _compute(predictor: LinearPredictor, columns: Columns) -> dict[str, np.ndarray]:
    risks = predictor(_fill(columns))
    for sums in risks.values():
        np.negative(sums, out=sums)
        np.exp(sums, out=sums)
        sums += 1.0
        np.reciprocal(sums, out=sums)
    return risks


def _terms(predictor: LinearPredictor, columns: Columns) -> Terms:
    return predictor.contributions(_fill(columns))


def equations() -> Mapping[str, Equation]:
    """Return the five variants by id."""
    found = {}
    for equation_id, parts in VARIANTS.items():
        predictor = LinearPredictor(equation_id, prepare=partial(_prepare, parts), group_of=group_of, groups=GROUPS)
        found[equation_id] = published(
            equation_id,
            scale="logistic",
            compute=partial(_compute, predictor),
            terms=partial(_terms, predictor),
        )
    return found
