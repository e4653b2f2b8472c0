"""KFRE: what are sum and baseline of a million people?

The first loop adds the same products in the same order as `twin.risk.equations.kfre` does over arrays, so that the
digits are the same; that module makes sure of it before it uses the loops.
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
    weights: np.ndarray,
    means: np.ndarray,
    total: np.ndarray,
) -> None:
    """Fill `total`, shape (n,).

    Parameters
    ----------
    added
        The terms beyond the first four, shape (terms - 4, n).
    weights, means
        Of each term.
    """
    for i in range(age.size):  # without a branch, so that several people are worked on at once
        sum_ = weights[0] * (age[i] / 10 - means[0])
        sum_ += weights[1] * ((1.0 if male[i] == 1.0 else 0.0) - means[1])
        sum_ += weights[2] * (egfr[i] / 5 - means[2])
        total[i] = sum_ + weights[3] * (ln_uacr[i] - means[3])
    for k in range(added.shape[0]):
        for i in range(age.size):
            total[i] += weights[4 + k] * (added[k, i] - means[4 + k])


@njit(cache=True, nogil=True, error_model="numpy")
def baselines(
    north_american: np.ndarray, horizon_years: np.ndarray, log_baselines: np.ndarray, log_baseline: np.ndarray
) -> None:
    """Fill `log_baseline`, shape (n,), from `log_baselines` by continent (elsewhere, North America) and horizon."""
    elsewhere_2, elsewhere_5 = log_baselines[0]
    america_2, america_5 = log_baselines[1]
    for i in range(north_american.size):  # without a branch, as above
        here = north_american[i] == 1.0
        after_2 = america_2 if here else elsewhere_2
        after_5 = america_5 if here else elsewhere_5
        years = horizon_years[i]
        log_baseline[i] = after_2 if years == 2.0 else (after_5 if years == 5.0 else np.nan)
