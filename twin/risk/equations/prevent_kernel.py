"""PREVENT: what are its five sums for a million people?

The loop adds the same products in the same order as `twin.risk.linear` does over arrays, so that the digits are
the same; `twin.risk.equations.prevent` makes sure of that before it uses the loop.
"""

import numpy as np
from numba import njit

from twin.risk.equations.prevent_terms import BASE_TERMS, base_terms

compiled_terms = njit(inline="always", error_model="numpy")(base_terms)
BASE = len(BASE_TERMS)


@njit(cache=True, nogil=True, error_model="numpy")
def add_up(
    age: np.ndarray,
    total: np.ndarray,
    hdl: np.ndarray,
    sbp: np.ndarray,
    bmi: np.ndarray,
    egfr: np.ndarray,
    diabetes: np.ndarray,
    smoking: np.ndarray,
    bp_treated: np.ndarray,
    statin: np.ndarray,
    added: np.ndarray,
    group: np.ndarray,
    weights: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Fill `sums`, shape (5, n), from `weights`, shape (groups, terms, 5); NaN where a group is negative."""
    for i in range(group.size):
        if group[i] < 0:
            sums[:, i] = np.nan
            continue
        terms = compiled_terms(
            age[i], total[i], hdl[i], sbp[i], bmi[i], egfr[i], diabetes[i], smoking[i], bp_treated[i], statin[i]
        )
        weight = weights[group[i]]
        cvd = ascvd = heart_failure = chd = stroke = 0.0
        for t in range(weight.shape[0]):
            term = terms[t] if t < BASE else added[t - BASE, i]
            cvd += weight[t, 0] * term
            ascvd += weight[t, 1] * term
            heart_failure += weight[t, 2] * term
            chd += weight[t, 3] * term
            stroke += weight[t, 4] * term
        sums[0, i], sums[1, i], sums[2, i], sums[3, i], sums[4, i] = cvd, ascvd, heart_failure, chd, stroke
