"""What happens to people who may have an event or die before it, interval by interval?

Within an interval both hazards are constant and compete, so that the chance of the event is
``h / (h + d) x (1 - exp(-(h + d)))``, with h and d the hazards of event and death over the interval.
"""

from dataclasses import dataclass

import numpy as np

_MOST_LEAVING = 1.0 - 1e-15  # where published chances add up to all, nearly all


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What happens to people year by year; arrays of shape (n, years + 1), from 1 free and nobody gone.

    `free` is alive without the event, `event` had it, `death` died before it.
    """

    years: np.ndarray
    free: np.ndarray
    event: np.ndarray
    death: np.ndarray
    event_free_years: np.ndarray  # of the years looked at, shape (n,)


def course_of(hazards: np.ndarray, deaths: np.ndarray) -> Course:
    """Follow people through both hazards.

    Parameters
    ----------
    hazards, deaths
        Of the event and of death before it, over each year, shape (n, years).
    """
    total = hazards + deaths
    leaving = -np.expm1(-total)
    people, years = hazards.shape
    free = np.ones((people, years + 1))
    np.cumprod(1 - leaving, axis=1, out=free[:, 1:])
    with np.errstate(invalid="ignore", divide="ignore"):  # a year without any hazard
        share = np.where(total > 0, hazards / total, 0.0)
        lived = np.where(total > 0, leaving / total, 1.0)
    gone = free[:, :-1] * leaving
    event, death = np.zeros_like(free), np.zeros_like(free)
    np.cumsum(gone * share, axis=1, out=event[:, 1:])
    np.cumsum(gone * (1 - share), axis=1, out=death[:, 1:])
    return Course(np.arange(years + 1), free, event, death, (free[:, :-1] * lived).sum(axis=1))


def risk_of(hazards: np.ndarray, deaths: np.ndarray) -> np.ndarray:
    """Return the risk of the event by the end of each interval, time along the first axis.

    Parameters
    ----------
    hazards, deaths
        Gained in each interval, shape (intervals, n) each, or shapes that fit each other.
    """
    total = hazards + deaths
    leaving = -np.expm1(-total)
    free = np.ones_like(total)
    free[1:] = np.exp(-np.cumsum(total[:-1], axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total > 0, hazards / total, 0.0)
    return np.cumsum(free * leaving * share, axis=0)


def hazards_of(event: np.ndarray, death: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hazards whose competition gives these chances of event and death within a year.

    Where both together exceed 1, as a published model may have it, the event keeps its own.
    """
    death = np.minimum(death, 1.0 - event)
    leaving = np.minimum(event + death, _MOST_LEAVING)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(leaving > 0, event / (event + death), 0.0)
    total = -np.log1p(-leaving)
    return total * share, total * (1 - share)
