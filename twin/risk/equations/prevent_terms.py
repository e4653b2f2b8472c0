"""PREVENT: which terms stand in its sums?

`base_terms` is the one definition of the terms that all variants share. It is plain arithmetic, so that it reads
arrays of people as well as the numbers of one person in the compiled loop of `prevent_kernel`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from twin.risk.columns import Columns

MMOL_L_PER_MG_DL = 0.02586  # of cholesterol, as the supplement converts
UACR_FLOOR = 0.1  # [mg/g]; lower values count as this
BASE_INPUTS = (
    "age",
    "total_cholesterol",
    "hdl_cholesterol",
    "systolic_bp",
    "bmi",
    "egfr",
    "has_diabetes",
    "current_smoker",
    "bp_treated",
    "on_statin",
)
BASE_TERMS = (
    "age",
    "age_squared",
    "non_hdl",
    "hdl",
    "sbp_below_110",
    "sbp_above_110",
    "diabetes",
    "smoking",
    "bmi_below_30",
    "bmi_above_30",
    "egfr_below_60",
    "egfr_above_60",
    "bp_treated",
    "statin",
    "bp_treated_x_sbp_above_110",
    "statin_x_non_hdl",
    "age_x_non_hdl",
    "age_x_hdl",
    "age_x_sbp_above_110",
    "age_x_diabetes",
    "age_x_smoking",
    "age_x_bmi_above_30",
    "age_x_egfr_below_60",
    "constant",
)


def base_terms(
    age_years: Any,
    total_mg_dl: Any,
    hdl_mg_dl: Any,
    sbp_mmhg: Any,
    bmi: Any,
    egfr: Any,
    diabetes: Any,
    smoking: Any,
    bp_treated: Any,
    statin: Any,
) -> tuple:
    """Return the terms in the order of `BASE_TERMS`, from the inputs in the order of `BASE_INPUTS`."""
    age = (age_years - 55.0) / 10.0
    hdl_mmol_l = hdl_mg_dl * MMOL_L_PER_MG_DL
    non_hdl = total_mg_dl * MMOL_L_PER_MG_DL - hdl_mmol_l - 3.5
    hdl = (hdl_mmol_l - 1.3) / 0.3
    sbp_above_110 = (np.maximum(sbp_mmhg, 110.0) - 130.0) / 20.0
    bmi_above_30 = (np.maximum(bmi, 30.0) - 30.0) / 5.0
    egfr_below_60 = (np.minimum(egfr, 60.0) - 60.0) / -15.0
    return (
        age,
        age * age,  # 30 years only
        non_hdl,
        hdl,
        (np.minimum(sbp_mmhg, 110.0) - 110.0) / 20.0,
        sbp_above_110,
        diabetes,
        smoking,
        (np.minimum(bmi, 30.0) - 25.0) / 5.0,
        bmi_above_30,
        egfr_below_60,
        (np.maximum(egfr, 60.0) - 90.0) / -15.0,
        bp_treated,
        statin,
        bp_treated * sbp_above_110,
        statin * non_hdl,
        age * non_hdl,
        age * hdl,
        age * sbp_above_110,
        age * diabetes,
        age * smoking,
        age * bmi_above_30,
        age * egfr_below_60,
        0.0 * age + 1.0,
    )


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


Addition = Callable[[Columns], dict[str, np.ndarray]]
VARIANTS: dict[str, tuple[Addition, ...]] = {
    "prevent_base": (),
    "prevent_uacr": (uacr_terms,),
    "prevent_hba1c": (hba1c_terms,),
    "prevent_sdi": (sdi_terms,),
    "prevent_full": (sdi_terms, uacr_terms, hba1c_terms),
}
ADDED_TERMS: dict[Addition, tuple[str, ...]] = {
    uacr_terms: ("ln_uacr", "uacr_missing"),
    hba1c_terms: ("hba1c_diabetes", "hba1c_no_diabetes", "hba1c_missing"),
    sdi_terms: ("sdi_decile_4_to_6", "sdi_decile_7_to_10", "sdi_missing"),
}
