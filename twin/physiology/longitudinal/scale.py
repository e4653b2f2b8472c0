"""On which scale does a biomarker vary evenly, and how does one come back from it?"""

import numpy as np


def forward(value, power):
    """Bring a natural value to the scale of its power: 1 as it is, 0 the logarithm, else the power itself.

    A negative power is taken with a minus sign, so that every scale rises with the value.
    """
    value, power = np.asarray(value, dtype=float), np.asarray(power, dtype=float)
    if power.ndim == 0:
        if power == 1.0:
            return value
        return np.log(value) if power == 0.0 else np.sign(power) * value**power
    logged = power == 0.0
    safe = np.where(power == 1.0, 1.0, value)  # the identity may be given negative values
    curved = np.sign(power) * safe ** np.where(logged, 1.0, power)
    return np.where(power == 1.0, value, np.where(logged, np.log(safe), curved))


def inverse(scaled, power: float, low: float, high: float):
    """Bring a scaled value back to natural units, held inside the limits `low` to `high`."""
    held = np.clip(scaled, forward(low, power), forward(high, power))
    if power == 1.0:
        return held
    return np.exp(held) if power == 0.0 else (np.sign(power) * held) ** (1.0 / power)


def log_slope(value, power: float):
    """Return the logarithm of the scale's derivative, which makes likelihoods on two scales comparable."""
    if power == 1.0:
        return np.zeros_like(np.asarray(value, dtype=float))
    return (power - 1.0) * np.log(value) + (np.log(abs(power)) if power else 0.0)
