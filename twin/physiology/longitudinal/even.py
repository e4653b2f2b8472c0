"""Which random numbers fill the space of all that is uncertain about a patient evenly?

Whether one plan is better than another depends on where the patient stands, how they answer and what the trials found,
together. One sequence therefore serves both the draws of a twin's state and those of the effects: each reader has
dimensions of its own, the first ones being the most evenly filled.
"""

from functools import cache, lru_cache

import numpy as np
from scipy.special import ndtri

STATE = (*range(32), *range(224, 320))  # what is least known first
EFFECTS = tuple(range(32, 224))
DIMENSIONS = len(STATE) + len(EFFECTS)


@cache
def normal_quantiles(draws: int) -> np.ndarray:
    """Return the middle of each of `draws` equal slices of the standard normal distribution, rising."""
    return ndtri((np.arange(draws) + 0.5) / draws)


@lru_cache(maxsize=4)
def _together(draws: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    if draws < 2 * DIMENSIONS:  # too few to fill so many dimensions
        numbers = random.permuted(np.tile(normal_quantiles(draws)[:, None], DIMENSIONS), axis=0)
    else:
        # Imported here: half a second that only draws need.
        from scipy.stats.qmc import Sobol

        numbers = _in_ranks_of(Sobol(DIMENSIONS, rng=random).random_base2((draws - 1).bit_length())[:draws])
        for _ in range(2):  # far along, some pairs of a Sobol sequence's dimensions are nearly one and the same
            mixed = np.linalg.cholesky(np.corrcoef(numbers.T))
            numbers = _in_ranks_of(np.linalg.solve(mixed, numbers.T).T)
        numbers = numbers[random.permutation(draws)]  # any part of the draws is then like the whole
    numbers.flags.writeable = False
    return numbers


def _in_ranks_of(points: np.ndarray) -> np.ndarray:
    """Return the normal quantiles, each column in the order of the points' column."""
    return normal_quantiles(len(points))[points.argsort(axis=0).argsort(axis=0)]


@lru_cache(maxsize=64)
def state_normals(count: int, *, draws: int, seed: int) -> np.ndarray:
    """Return standard normal numbers for a state's directions, the least known first: (draws, count), read-only."""
    even = _together(draws, seed)[:, STATE[:count]]
    beyond = np.random.default_rng(seed).standard_normal((draws, count - even.shape[1]))
    numbers = np.concatenate([even, beyond], axis=1)
    numbers.flags.writeable = False
    return numbers


def effect_normals(*, draws: int, seed: int) -> np.ndarray:
    """Return standard normal numbers for effects and responses, shape (draws, len(EFFECTS))."""
    return _together(draws, seed)[:, EFFECTS]
