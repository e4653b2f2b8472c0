"""Which random numbers does a comparison use, so that every plan meets the same luck?

Column 0 of every array is the point: the published estimate, no luck. The rest are draws. A number is found by
what it is about (an effect, a response), never by the plan that asks: equal plans get equal numbers.

Whether a plan is better depends on several ratios, effects and responses at once. Their draws fill the space of all
of them evenly (a scrambled Sobol sequence), which halves the error of a probability against independent draws.
"""

import math
import zlib
from functools import cache, lru_cache

import numpy as np
from scipy.special import ndtri

from twin.evidence.cards import Effect, effects
from twin.evidence.therapies import biomarker_effects, therapies
from twin.physiology.longitudinal.even import EFFECTS, effect_normals, normal_quantiles

DRAWS = 2000  # of a comparison: with twice as many no probability was seen to move by as much as 0.01
_Z95 = float(ndtri(0.975))


def seed_for(key: str, *, seed: int) -> int:
    """Return a seed of its own for what `key` names."""
    return zlib.crc32(f"{seed}|{key}".encode())


@lru_cache(maxsize=2048)
def normals(key: str, *, draws: int, seed: int) -> np.ndarray:
    """Return 0 and then `draws` standard normal numbers, one from each of as many equal slices, shuffled."""
    shuffled = np.random.default_rng(seed_for(key, seed=seed)).permutation(normal_quantiles(draws))
    numbers = np.concatenate(([0.0], shuffled))
    numbers.flags.writeable = False
    return numbers


@cache
def _columns() -> dict[Effect | tuple[str, str], int]:
    """Return the place of each effect and of each drug class’s response of a variable, while there are places."""
    kinds = ("mediator", "direct", "biomarker", "link", "harm")  # the first places are the most evenly spread
    uncertain = [effect for kind in kinds for effect in effects(kind) if effect.ci_low is not None]
    answers = {(t.drug_class, e.variable): None for t in therapies().values() for e in biomarker_effects(t.name)}
    return {about: column for column, about in zip(range(len(EFFECTS)), [*uncertain, *answers], strict=False)}


@lru_cache(maxsize=16)
def _together(draws: int, seed: int) -> np.ndarray:
    """Return 0 and then standard normal numbers, evenly spread together, a row a place of `_columns`."""
    numbers = effect_normals(draws=draws, seed=seed)
    rows = np.concatenate([np.zeros((numbers.shape[1], 1)), numbers.T], axis=1)
    rows.flags.writeable = False
    return rows


def warm_up(*, draws: int = DRAWS, seed: int = 0) -> None:
    """Load what the first comparison would wait for; for a background thread at start."""
    _together(draws, seed)


def luck(about: Effect | tuple[str, str], *, draws: int, seed: int) -> np.ndarray:
    """Return 0 and then `draws` standard normal numbers for an effect, or for a drug class’s response of a variable."""
    column = _columns().get(about)
    if column is None:
        return normals(str(about), draws=draws, seed=seed)
    return _together(draws, seed)[column]


@lru_cache(maxsize=512)
def log_ratio(effect: Effect, *, draws: int, seed: int, widen: float = 1.0) -> np.ndarray:
    """Return draws of the logarithm of a ratio from its 95 % interval; a ratio without interval does not vary.

    `widen` multiplies the spread, for people unlike those of the trial.
    """
    centre = math.log(effect.estimate)
    if effect.ci_low is None or not draws:
        return np.full(1 + draws, centre)
    spread = (math.log(effect.ci_high) - math.log(effect.ci_low)) / (2 * _Z95)
    return centre + widen * spread * luck(effect, draws=draws, seed=seed)


@lru_cache(maxsize=512)
def estimates(effect: Effect, *, draws: int, seed: int, widen: float = 1.0) -> np.ndarray:
    """Return draws of an effect on a variable, or of a rate difference, from its 95 % interval; see `log_ratio`."""
    if effect.ci_low is None or not draws:
        return np.full(1 + draws, effect.estimate)
    spread = (effect.ci_high - effect.ci_low) / (2 * _Z95)
    return effect.estimate + widen * spread * luck(effect, draws=draws, seed=seed)
