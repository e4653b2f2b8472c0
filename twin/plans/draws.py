"""Which random numbers does a comparison use, so that every plan meets the same luck?

Column 0 of every array is the point: the published estimate, no luck. The rest are draws. A number is found by
what it is about (an effect, a response), never by the plan that asks: equal plans get equal numbers.

The hazard ratios decide whether a plan is better, several of them at once. Their draws fill the space of all of
them evenly (a scrambled Sobol sequence), which halves the error of a probability against independent draws.
"""

import math
import zlib
from functools import cache, lru_cache

import numpy as np
from scipy.special import ndtri

from twin.evidence.cards import Effect, effects

_Z95 = float(ndtri(0.975))


@cache
def _quantiles(draws: int) -> np.ndarray:
    return ndtri((np.arange(draws) + 0.5) / draws)


def seed_for(key: str, *, seed: int) -> int:
    """Return a seed of its own for what `key` names."""
    return zlib.crc32(f"{seed}|{key}".encode())


@lru_cache(maxsize=2048)
def normals(key: str, *, draws: int, seed: int) -> np.ndarray:
    """Return 0 and then `draws` standard normal numbers, one from each of as many equal slices, shuffled."""
    shuffled = np.random.default_rng(seed_for(key, seed=seed)).permutation(_quantiles(draws))
    numbers = np.concatenate(([0.0], shuffled))
    numbers.flags.writeable = False
    return numbers


def _name(effect: Effect) -> str:
    return f"{effect.card}|{effect.kind}|{effect.agent}|{effect.variable}|{effect.outcome}"


@cache
def _columns() -> dict[Effect, int]:
    ratios = (effect for kind in ("direct", "mediator") for effect in effects(kind))
    return {effect: column for column, effect in enumerate(ratios)}


@lru_cache(maxsize=16)
def _together(draws: int, seed: int) -> np.ndarray:
    """Return standard normal numbers, evenly spread together, a row a hazard ratio."""
    # Imported here: half a second that only a comparison needs.
    from scipy.stats.qmc import Sobol

    sequence = Sobol(len(_columns()), rng=seed_for("ratios", seed=seed))
    points = sequence.random_base2(max(draws - 1, 1).bit_length())[:draws]
    order = points.argsort(axis=0).argsort(axis=0)
    return _quantiles(draws)[order].T


def warm_up(*, draws: int = 1000, seed: int = 0) -> None:
    """Load what the first comparison would wait for; for a background thread at start."""
    _together(draws, seed)


def _luck(effect: Effect, *, draws: int, seed: int) -> np.ndarray:
    column = _columns().get(effect)
    if column is None:
        return normals(_name(effect), draws=draws, seed=seed)
    return np.concatenate(([0.0], _together(draws, seed)[column]))


@lru_cache(maxsize=512)
def log_ratio(effect: Effect, *, draws: int, seed: int, widen: float = 1.0) -> np.ndarray:
    """Return draws of the logarithm of a ratio from its 95 % interval; a ratio without interval does not vary.

    `widen` multiplies the spread, for people unlike those of the trial.
    """
    centre = math.log(effect.estimate)
    if effect.ci_low is None or not draws:
        return np.full(1 + draws, centre)
    spread = (math.log(effect.ci_high) - math.log(effect.ci_low)) / (2 * _Z95)
    return centre + widen * spread * _luck(effect, draws=draws, seed=seed)


@lru_cache(maxsize=512)
def estimates(effect: Effect, *, draws: int, seed: int, widen: float = 1.0) -> np.ndarray:
    """Return draws of an effect on a variable, or of a rate difference, from its 95 % interval; see `log_ratio`."""
    if effect.ci_low is None or not draws:
        return np.full(1 + draws, effect.estimate)
    spread = (effect.ci_high - effect.ci_low) / (2 * _Z95)
    return effect.estimate + widen * spread * _luck(effect, draws=draws, seed=seed)
