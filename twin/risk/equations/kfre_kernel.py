"""KFRE: what are sum and baseline of a million people?

The loop adds the same products in the same order as `twin.risk.equations.kfre` does over arrays, so that the digits
are the same; that module makes sure of it before it uses the loop.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def add_up(
    age: np.ndarray,
    male: np.ndarray,
    egfr: np.ndarray,
    ln_uacr: np.ndarray,
    added: np.ndarray,
    north_american: np.ndarray,
    horizon_years: np.ndarray,
    weights: np.ndarray,
    means: np.ndarray,
    log_baselines: np.ndarray,
    total: np.ndarray,
    log_baseline: np.ndarray,
) -> None:
    """Fill `total` and `log_baseline`, shape (n,).

    Parameters
    ----------
    added
        The terms beyond the first four, shape (terms - 4, n).
    weights, means
        Of each term.
    log_baselines
        By continent (elsewhere, North America) and horizon (2 years, 5 years).
    """
    for i in range(age.size):
        sum_ = weights[0] * (age[i] / 10 - means[0])
        sum_ += weights[1] * ((1.0 if male[i] == 1.0 else 0.0) - means[1])
        sum_ += weights[2] * (egfr[i] / 5 - means[2])
        sum_ += weights[3] * (ln_uacr[i] - means[3])
        for k in range(added.shape[0]):
            sum_ += weights[4 + k] * (added[k, i] - means[4 + k])
        total[i] = sum_
        here = 1 if north_american[i] == 1.0 else 0
        if horizon_years[i] == 2.0:
            log_baseline[i] = log_baselines[here, 0]
        elif horizon_years[i] == 5.0:
            log_baseline[i] = log_baselines[here, 1]
        else:
            log_baseline[i] = np.nan
