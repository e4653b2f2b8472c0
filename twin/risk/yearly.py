"""How does the risk of another event build up over the years of SMART-REACH, with death competing?

The model gives the chance of the event and of death from another cause for each year of age. Here they become two
hazards, constant within a year, which give back the model's own risk at the end of each of its years.
"""

from dataclasses import dataclass

import numpy as np

from twin.errors import OutOfValidityRange
from twin.risk.columns import Columns
from twin.risk.competing import hazards_of, risk_of
from twin.risk.equations import smart_reach


@dataclass(frozen=True, slots=True, eq=False)
class YearlyCurve:
    """Hazards of the event and of death from another cause in each year, shape (n, years)."""

    outcome: str
    event: np.ndarray
    death: np.ndarray

    def gained(self, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both hazards gained between edges, shape (n, len(edges) - 1) each.

        Raises
        ------
        OutOfValidityRange
            If an edge lies beyond the last year.
        """
        years = self.event.shape[1]
        edges = np.asarray(edges, dtype=float)
        if edges.min() < 0 or edges.max() > years + 1e-9:
            raise OutOfValidityRange(
                f"{self.outcome}: year {edges.max():g} outside 0..{years}",
                clinical=f"The equation gives no risk beyond {years} years for this person. No estimate shown.",
            )
        return _between(self.event, edges), _between(self.death, edges)

    def risk(self, years: np.ndarray) -> np.ndarray:
        """Return the cumulative risk, shape (n, len(years))."""
        wanted = np.asarray(years, dtype=float)
        edges = np.union1d(np.arange(np.ceil(wanted.max()) + 1), wanted)
        edges = edges[edges <= wanted.max()]
        event, death = self.gained(edges)
        by_edge = np.concatenate([np.zeros((1, len(event))), risk_of(event.T, death.T)])
        return by_edge[np.searchsorted(edges, wanted)].T


def yearly_curve(columns: Columns, *, years: int = smart_reach.YEARS) -> YearlyCurve:
    """Return the curve of SMART-REACH.

    Parameters
    ----------
    columns
        Inputs of the equation within its ranges.
    years
        The model's table ends with the year that begins at the age of 89. [years]
    """
    event, death = np.stack([*smart_reach.chances(columns, years=years)], axis=-1)
    return YearlyCurve(smart_reach.OUTPUT.removeprefix("risk_"), *hazards_of(event, death))


def smart_reach_curves(columns: Columns) -> dict[str, YearlyCurve]:
    """Return the curve by output, as for the other equations."""
    return {smart_reach.OUTPUT: yearly_curve(columns)}


def _between(hazards: np.ndarray, edges: np.ndarray) -> np.ndarray:
    whole = np.minimum(edges.astype(int), hazards.shape[1] - 1)
    reached = np.concatenate([np.zeros((len(hazards), 1)), np.cumsum(hazards, axis=1)], axis=1)
    return np.diff(reached[:, whole] + hazards[:, whole] * (edges - whole), axis=1)
