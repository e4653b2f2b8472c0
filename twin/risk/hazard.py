"""How does the risk of an event build up between today and the horizon that an equation was published for?

An equation gives the risk at one or two horizons. A plan that starts next year, or a reader who asks about
five years, needs the time between. The curve here passes exactly through the published risks and takes its
shape from the equation itself; it ends at the last published horizon, since the equation says nothing
beyond it and people outlive the data it was made from.

Notes
-----
With ``H(t) = -ln(1 - risk(t))`` the cumulative hazard:

* PREVENT with both horizons: ``H(t) = a (x^(t/10) - 1)``, the exponential growth of hazard with age that
  Gompertz described, through H(10) and H(30): ``x^2 + x + 1 = H(30) / H(10)``.
* PREVENT above age 59, where only 10 years are published: the same form with ``x = (H10(age + 1) /
  H10(age))^10``, the growth of the equation's own hazard from this birthday to the next.
* KFRE: ``H(t) = H(5) (t / 5)^k``, with k from the two baseline survivals.
* SMART-REACH: its own years, see `twin.risk.yearly`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from twin.errors import OutOfValidityRange
from twin.risk.catalogue import equation
from twin.risk.columns import Columns
from twin.risk.equations import kfre, prevent, smart_reach
from twin.risk.yearly import YearlyCurve, smart_reach_curves

LAST_AGE = 79.0  # of PREVENT
LAST_AGE_30_YEARS = 59.0


@dataclass(frozen=True, slots=True, eq=False)
class HazardCurve:
    """Cumulative hazard of one outcome for one or many people or draws.

    `scale` and `shape` are arrays of shape (n,): ``gompertz`` is ``scale (exp(shape t) - 1)``, ``power`` is
    ``scale t^shape``. A person's curve ends at `last_year`; NaN where the equation gives no risk.
    """

    outcome: str
    form: str
    scale: np.ndarray
    shape: np.ndarray
    last_year: np.ndarray

    def cumulative(self, years: np.ndarray) -> np.ndarray:
        """Return the cumulative hazard, shape (n, len(years)).

        Raises
        ------
        OutOfValidityRange
            If a year lies beyond the last published horizon of someone.
        """
        years = np.atleast_1d(np.asarray(years, dtype=float))
        last = float(np.min(self.last_year))
        if years.size and (years.min() < 0 or years.max() > last + 1e-9):
            raise OutOfValidityRange(
                f"{self.outcome}: year {years.max():g} outside 0..{last:g}, the last published horizon",
                clinical=f"The equation gives no risk beyond {last:g} years for this person. No estimate shown.",
            )
        scale, shape = self.scale[:, None], self.shape[:, None]
        if self.form == "power":
            return scale * years**shape
        return scale * np.expm1(shape * years)

    def at(self, years: np.ndarray) -> np.ndarray:
        """Return each person's cumulative hazard at a time of their own, shape (n,)."""
        if self.form == "power":
            return self.scale * years**self.shape
        return self.scale * np.expm1(self.shape * years)

    def of(self, people: np.ndarray) -> "HazardCurve":
        """Return the curves of the people chosen by a mask."""
        return HazardCurve(self.outcome, self.form, self.scale[people], self.shape[people], self.last_year[people])

    def risk(self, years: np.ndarray) -> np.ndarray:
        """Return the cumulative risk, shape (n, len(years)); the published risk at a published horizon."""
        return -np.expm1(-self.cumulative(years))


def prevent_curves(columns: Columns, *, equation_id: str = "prevent_base") -> dict[str, HazardCurve]:
    """Return a curve for each output of PREVENT, anchored at 10 years and, up to age 59, at 30.

    Where the published 30-year risk is not above the 10-year one, as no course can be, the curve goes on from 10 years
    as for people above 59.

    Parameters
    ----------
    columns
        Inputs of the equation within its ranges, for example draws of one person's levels; the horizon is
        not read.
    equation_id
        The variant.
    """
    age = columns["age"]
    at_10 = cumulative_hazards(equation_id, columns, 10)
    step = np.where(age <= LAST_AGE - 1, 1.0, -1.0)
    next_birthday = cumulative_hazards(equation_id, columns.replace(age=age + step), 10)
    at_30 = cumulative_hazards(equation_id, columns, 30)
    has_30 = age <= LAST_AGE_30_YEARS
    curves = {}
    for name in at_10:
        per_year = np.log(next_birthday[name] / at_10[name]) * step
        with np.errstate(invalid="ignore"):  # the 30-year equation is not for those above 59
            ratio = at_30[name] / at_10[name]
            # Close to 60 and with much against them, a few have a lower 30-year than 10-year risk as published.
            decade = np.where(has_30 & (ratio > 1), _decade_growth(ratio), np.exp(10 * per_year))
        shape = _not_zero(np.log(decade) / 10)
        scale = at_10[name] / np.expm1(10 * shape)
        curves[name] = HazardCurve(name.removeprefix("risk_"), "gompertz", scale, shape, np.where(has_30, 30.0, 10.0))
    return curves


def kfre_curves(columns: Columns, *, equation_id: str = "kfre_4") -> dict[str, HazardCurve]:
    """Return the curve of kidney failure, anchored at 2 and 5 years.

    Parameters
    ----------
    columns
        Inputs of the equation within its ranges; the horizon is not read.
    equation_id
        ``kfre_4``, ``kfre_6`` or ``kfre_8``.
    """
    at_2, at_5 = (cumulative_hazards(equation_id, columns, years)[kfre.OUTPUT] for years in (2, 5))
    shape = np.log(at_5 / at_2) / np.log(5 / 2)
    curve = HazardCurve("kidney_failure", "power", at_5 / 5**shape, shape, np.full(columns.size, 5.0))
    return {kfre.OUTPUT: curve}


def cumulative_hazards(equation_id: str, columns: Columns, years: int) -> dict[str, np.ndarray]:
    """Return ``-ln(1 - risk)`` of each output at a published horizon."""
    at_horizon = columns.replace(horizon_years=np.full(columns.size, float(years)))
    return {name: -np.log1p(-risk) for name, risk in equation(equation_id).compute(at_horizon).items()}


def _decade_growth(ratio: np.ndarray) -> np.ndarray:
    """Solve x^2 + x + 1 = ratio for the growth of hazard from one decade to the next."""
    return (np.sqrt(4 * ratio - 3) - 1) / 2


def _not_zero(shape: np.ndarray) -> np.ndarray:
    """Keep a constant hazard computable as a Gompertz of vanishing growth."""
    return np.where(np.abs(shape) < 1e-8, 1e-8, shape)


CURVES: dict[str, Callable[[Columns], dict[str, HazardCurve | YearlyCurve]]] = {
    **{name: partial(prevent_curves, equation_id=name) for name in prevent.VARIANTS},
    **{name: partial(kfre_curves, equation_id=name) for name in kfre.EQUATIONS},
    smart_reach.ID: smart_reach_curves,
}
