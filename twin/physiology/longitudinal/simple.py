"""What would a person's own past say of a value without any model?"""

import numpy as np

SIMPLE = ("last", "mean", "trend")


def simple_forecasts(
    time: np.ndarray, value: np.ndarray, group: np.ndarray, known: np.ndarray, groups: int
) -> np.ndarray:
    """Forecast every value by its group's last known value, their mean, and their straight line.

    A line needs three values; with fewer the mean stands for it. A group without a known value gives 0.

    Parameters
    ----------
    time, value, group
        Values of `groups` groups, sorted by time within each.
    known
        Which of them may be used.

    Returns
    -------
        One row a value, one column each of `SIMPLE`.
    """
    g, t, v = group[known], time[known], value[known]
    found = np.bincount(g, minlength=groups)
    count = np.maximum(found, 1)
    last = np.zeros(groups)
    last[g] = v  # sorted by time, so that the newest stays
    mean, middle = (np.bincount(g, part, groups) / count for part in (v, t))
    spread = np.bincount(g, (t - middle[g]) ** 2, groups)
    slope = np.bincount(g, (t - middle[g]) * v, groups) / np.where(spread > 0, spread, 1.0)
    slope = np.where((count >= 3) & (spread > 0), slope, 0.0)
    return np.column_stack([last[group], mean[group], mean[group] + slope[group] * (time - middle[group])])
