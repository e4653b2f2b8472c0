"""Which values astonished the twin, and is it still in step with its patient?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from twin.physiology.longitudinal.engine import DOWNWEIGHT, REJECTED
from twin.physiology.longitudinal.panel import Events, to_datetimes
from twin.physiology.longitudinal.parameters import Parameters
from twin.physiology.longitudinal.scale import forward, inverse
from twin.units import conversions
from twin.variables import registry

OUT_OF_SYNC = 4.5  # standardised size of a lasting shift from which the twin is withheld


@dataclass(frozen=True, slots=True)
class Surprise:
    """One value that the twin did not expect.

    ``unit``: it would fit in another unit; ``refused``: not learned from; ``unexpected``: learned from
    with less weight; ``duplicate``: the same value at the same moment, counted once.
    """

    variable: str
    time: datetime
    value: float
    expected: float | None
    z: float | None
    kind: Literal["unit", "refused", "unexpected", "duplicate"]
    text: str
    resource_id: str


def surprises_of(
    events: Events, parameters: Parameters, innovation: np.ndarray, variance: np.ndarray, weight: np.ndarray
) -> tuple[Surprise, ...]:
    """List one patient's astonishing values, oldest first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(variance > 0.0, innovation / np.sqrt(variance), 0.0)
    times = to_datetimes(events.time, parameters.unit_days)
    found = []
    for e in np.flatnonzero((np.abs(z) > DOWNWEIGHT) & (events.column >= 0)):
        column = int(events.column[e])
        power, low, high = parameters.power[column], parameters.low[column], parameters.high[column]
        value = float(events.value[e])
        centre, sd = float(forward(value, power) - innovation[e]), float(np.sqrt(variance[e]))
        name = parameters.variables[column]
        expected = float(inverse(centre, power, low, high))
        band = inverse(np.array([centre - 1.96 * sd, centre + 1.96 * sd]), power, low, high)
        unit = _fitting_unit(name, value, band)
        kind = "unit" if unit else ("refused" if weight[e] <= REJECTED else "unexpected")
        found.append(
            Surprise(
                name,
                times[e].item(),
                value,
                expected,
                float(z[e]),
                kind,
                _text(name, value, band, kind, unit),
                str(events.origin[e]),
            )
        )
    for _, column, time, value, origin in events.duplicates:
        name = parameters.variables[column]
        when = to_datetimes(time, parameters.unit_days).item()
        found.append(Surprise(name, when, value, None, None, "duplicate", "Recorded twice; counted once.", origin))
    return tuple(sorted(found, key=lambda s: s.time))


def _fitting_unit(name: str, value: float, band: np.ndarray) -> str | None:
    """Return a unit in which the recorded figure would lie in the expected band."""
    for (variable, unit), (factor, offset) in conversions().items():
        if variable == name and abs(factor - 1.0) > 1e-6 and band[0] <= value * factor + offset <= band[1]:
            return unit
    return None


def _text(name: str, value: float, band: np.ndarray, kind: str, unit: str | None) -> str:
    known = registry().get(name)
    if known is None:
        return f"{value:g}; expected {band[0]:.3g} to {band[1]:.3g}."
    text = (
        f"{known.label} {known.format(value)} {known.unit}; "
        f"expected {known.format(band[0])} to {known.format(band[1])}."
    )
    if kind == "unit":
        return f"{text} The figure would fit in {unit}."
    return f"{text} Not learned from until another value confirms it." if kind == "refused" else text


def out_of_sync_reason(events: Events, parameters: Parameters, names: tuple[str, ...], shift: np.ndarray) -> str:
    """Say in plain words why the twin is out of step with its patient, and what would mend it; empty if it is not.

    Parameters
    ----------
    names
        The patient's variables, in the order of the state.
    shift
        Strongest test for a shock to each state: statistic, size, time.
    """
    count = len(names)
    levels = np.abs(shift[:count, 0])
    if not count or levels.max() < OUT_OF_SYNC:
        return ""
    slot = int(levels.argmax())
    statistic, size, since = shift[slot]
    name = names[slot]
    known = registry().get(name)
    label = known.label if known else name
    power = parameters.power[events_column(parameters, name)]
    if power == 0.0:
        amount = f"{abs(np.expm1(size)):.0%}"
    elif power == 1.0:
        amount = f"{abs(size):.3g} {known.unit if known else ''}".strip()
    else:
        amount = "clearly"
    when = to_datetimes(since, parameters.unit_days).item()
    text = f"{label} has run {amount} {'above' if size > 0 else 'below'} what the twin expected since {when:%B %Y}."
    return f"{text} {_mend(events, shift, name, count, float(statistic))}"


def events_column(parameters: Parameters, name: str) -> int:
    """Return the column of a variable."""
    return parameters.variables.index(name)


def _mend(events: Events, shift: np.ndarray, name: str, count: int, statistic: float) -> str:
    """Say what would bring the twin back in step: a drug that looks untaken, or a check of the values."""
    for k, one in enumerate(events.inputs[0]):
        lost = shift[3 * count + k, 1] < 0.0 and abs(shift[3 * count + k, 0]) > 0.8 * abs(statistic)
        if one.variable == name and lost:
            drug = " or ".join(one.ingredients)
            return (
                f"It looks as if {drug} were no longer taken as recorded: ask, and record the stop or the "
                "adherence; otherwise mark the values as wrong or explained."
            )
    return (
        "Ask for a change of treatment or a new illness and record it, or mark the values as wrong or explained; "
        "without one, the twin finds its step again as further values come in."
    )
