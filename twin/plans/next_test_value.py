"""In how many possible results would another plan come first, and what would knowing it be worth?

A result y shows the person's state x through noise, and what a plan does depends on x. So what a plan does on average,
given y, is what it does given the components of x that y shows (a polynomial fitted to the draws), averaged over what
y leaves open. With Hermite polynomials that average is exact: each is multiplied by the strength of its component to
the power of its degree. The polynomial is fitted to the state itself, not to noisy results, so that a test that shows
little can promise little. What a result does not show of the draws is fitted beside it, so that its luck does not
count.

Notes
-----
Fitting draws instead of nesting simulations follows Strong and others (SRC-STRONG-2015); fitting the state
and shrinking is possible here since state and result are jointly normal. The expected gain is the expected value of
sample information.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from math import sqrt

import numpy as np

from twin.physiology.longitudinal.preposterior import Clues
from twin.plans.draws import normals

RESULTS = 1000  # possible results looked at
GROUPS = 20  # of draws, each left out once for the Monte-Carlo error
ENOUGH = 5  # draws a fitted coefficient
SURE = 2.0  # standard errors
TIE = 1e-12  # two plans closer than this are one
_MOST = {1: 3}  # degree of the polynomial by number of components; 2 beyond


@dataclass(frozen=True, slots=True)
class Value:
    """What a measurement is worth to a choice between plans.

    `changes` is the share of possible results after which another plan comes first, `gain` what choosing by the
    result would add on average to what is maximised (serious events prevented less caused, as a share of people).
    Each comes with the standard error of its simulation.
    """

    changes: float
    changes_error: float
    gain: float
    gain_error: float

    @property
    def is_clear(self) -> bool:
        """Say whether the gain stands out from the error of its simulation; plans that all but tie change by chance."""
        return self.gain > SURE * self.gain_error


def value_of(clues: Clues, benefits: np.ndarray) -> Value:
    """Work out what a result would do to the choice.

    Parameters
    ----------
    benefits
        What each plan does to each draw, the more the better, shape (plans, draws).
    """
    if not len(clues.strength):
        return Value(0.0, 0.0, 0.0, 0.0)
    basis, degrees = _beside_the_rest(clues)
    possible = _possible(len(clues.strength)) * np.prod(clues.strength**degrees, axis=1)
    here, there = _in_groups(basis), _in_groups(benefits.T)
    inner, outer = here.transpose(0, 2, 1) @ here, here.transpose(0, 2, 1) @ there
    left = np.linalg.solve(inner.sum(axis=0) - inner, outer.sum(axis=0) - outer)
    whole = np.linalg.solve(inner.sum(axis=0), outer.sum(axis=0))
    fitted = np.concatenate([whole[None], left])[:, : len(degrees)]
    (changes, gain), *parts = _chosen(possible, fitted)
    errors = np.sqrt((GROUPS - 1) * np.var(parts, axis=0))  # a jackknife's
    return Value(float(changes), float(errors[0]), float(gain), float(errors[1]))


def _beside_the_rest(clues: Clues) -> tuple[np.ndarray, np.ndarray]:
    """Return the polynomials of the scores, with the rest where draws are enough, and the polynomials' degrees."""
    basis, degrees = basis_of(clues.scores)
    columns = basis.shape[1] + clues.rest.shape[1]
    return (np.hstack([basis, clues.rest]) if len(basis) >= ENOUGH * columns else basis), degrees


def _in_groups(rows: np.ndarray) -> np.ndarray:
    """Deal rows out to the groups, in turn; where they do not come out even, rows of zeros, which add nothing."""
    padded = np.zeros((-(-len(rows) // GROUPS) * GROUPS, rows.shape[1]))
    padded[: len(rows)] = rows
    return padded.reshape(-1, GROUPS, rows.shape[1]).transpose(1, 0, 2)


def _chosen(possible: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Return the share of results after which another plan than now comes first, and what it adds on average.

    Parameters
    ----------
    fitted
        Coefficients, shape (fits, polynomials, plans).

    Returns
    -------
        Shape (fits, 2).
    """
    fits, size, plans = fitted.shape
    flat = fitted.transpose(1, 0, 2).reshape(size, fits * plans)  # one product for all: quicker than one a fit
    expected = (possible @ flat).reshape(len(possible), fits, plans)
    now = fitted[:, 0].argmax(axis=1)  # the constant is the mean over all results
    ahead = expected.max(axis=2) - expected[:, np.arange(fits), now]
    ahead[ahead < TIE] = 0.0
    return np.stack([(ahead > 0).mean(axis=0), ahead.mean(axis=0)], axis=1)


def explained(clues: Clues, quantities: np.ndarray) -> np.ndarray:
    """Return the share of each quantity's variance over the draws that a result would take away, 0 to 1.

    Parameters
    ----------
    quantities
        One value a draw, shape (quantities, draws).
    """
    variance = np.var(quantities, axis=1)
    if not len(clues.strength):
        return np.zeros(len(quantities))
    basis, degrees = _beside_the_rest(clues)
    inverse = np.linalg.inv(basis.T @ basis)
    fitted = inverse @ (basis.T @ quantities.T)
    rest = np.var(quantities.T - basis @ fitted, axis=0) * len(basis) / (len(basis) - len(fitted))
    noise = np.diag(inverse)[:, None] * rest  # what chance adds to a squared coefficient
    shrunk = np.prod(clues.strength ** (2 * degrees), axis=1)[1:]
    taken = shrunk @ (fitted**2 - noise)[1 : len(degrees)]
    return np.clip(np.divide(taken, variance, out=np.zeros_like(taken), where=variance > 0), 0.0, 1.0)


def basis_of(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Hermite polynomials of the scores, each of mean 0 (but the first) and variance 1, and their degrees."""
    components = scores.shape[1]
    most = _MOST.get(components, 2)
    single = np.stack(
        [np.ones_like(scores), scores, (scores**2 - 1) / sqrt(2), (scores**3 - 3 * scores) / sqrt(6)][: most + 1]
    )
    degrees = _degrees(components, most)
    columns = np.ones((len(scores), len(degrees)))
    for component in range(components):
        columns *= single[degrees[:, component], :, component].T
    return columns, degrees


@cache
def _degrees(components: int, most: int) -> np.ndarray:
    """Return the degree of every product of polynomials in each component, none first."""
    rows = [
        [chosen.count(component) for component in range(components)]
        for degree in range(most + 1)
        for chosen in combinations_with_replacement(range(components), degree)
    ]
    return np.array(rows, dtype=int)


@cache
def _possible(components: int) -> np.ndarray:
    """Return the polynomials at possible results, each component evenly spread over its distribution."""
    places = [normals(f"result|{component}", draws=RESULTS, seed=0)[1:] for component in range(components)]
    return basis_of(np.stack(places, axis=1))[0]
