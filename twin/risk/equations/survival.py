"""How does a sum of terms become a risk when the equation is a proportional hazards model?"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import equation_coefficients
from twin.risk.linear import LinearPredictor
from twin.risk.trace import Constant, Trace, row


class SurvivalModel:
    """``1 - baseline_survival ** exp(sum)`` for one output, with coefficients and baseline by group.

    Parameters
    ----------
    equation_id
        Names the coefficient table; rows without an output hold ``baseline_survival``.
    output
        The risk.
    prepare, group_of, groups
        As in `LinearPredictor`.
    """

    def __init__(
        self,
        equation_id: str,
        output: str,
        *,
        prepare: Callable[[Columns], Mapping[str, np.ndarray]],
        group_of: Callable[[Columns], np.ndarray],
        groups: Sequence[tuple[str, ...]],
    ) -> None:
        self._id = equation_id
        self._output = output
        self._groups = tuple(groups)
        self._group_of = group_of
        self._predictor = LinearPredictor(equation_id, prepare=prepare, group_of=group_of, groups=groups)

    def log_hazard(self, columns: Columns) -> np.ndarray:
        """Return the logarithm of the cumulative hazard at the horizon."""
        table = equation_coefficients(self._id)
        survival = np.array([table[(*group, "", "baseline_survival")] for group in self._groups] + [np.nan])
        return np.log(-np.log(survival[self._group_of(columns)])) + self._predictor(columns)[self._output]

    def compute(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return the risk."""
        return {self._output: -np.expm1(-np.exp(self.log_hazard(columns)))}

    def terms(self, columns: Columns) -> dict[str, dict[str, np.ndarray]]:
        """Return what each term adds to the sum."""
        return self._predictor.contributions(columns)

    def trace(self, columns: Columns, output: str) -> Trace:
        """Return one person's sum and baseline survival."""
        key = (*self._groups[int(self._group_of(columns)[0])], "", "baseline_survival")
        survival = Constant("baseline survival", equation_coefficients(self._id)[key], row(self._id, key))
        return Trace("survival", (self._predictor.trace(columns, output),), (survival,))
