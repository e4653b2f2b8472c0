"""Which values astonished the twin, and is it still in step with its patient?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal

import numpy as np

from twin.physiology.longitudinal.engine import DOWNWEIGHT, REJECTED
from twin.physiology.longitudinal.events import Events, to_datetimes
from twin.physiology.longitudinal.parameters import Parameters
from twin.physiology.longitudinal.scale import forward, inverse
from twin.physiology.longitudinal.treatments import Input
from twin.record.patient import Series
from twin.units import conversions
from twin.variables import registry

# Root of the summed squares of the two strongest standardised shifts from which the twin is withheld. On demo
# panels of other seeds than the shipped one about 1 in 100 unchanged patients reach it.
OUT_OF_SYNC = 3.6
UNTAKEN = 0.8  # a lost response explains a shift if it is at least this much of it
NAMED = 2.5  # a second variable is named from this size on


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
    events: Events,
    parameters: Parameters,
    series: Mapping[str, Series],
    innovation: np.ndarray,
    variance: np.ndarray,
    weight: np.ndarray,
) -> tuple[Surprise, ...]:
    """List one patient's astonishing values, oldest first; `series` leads back to where each came from."""
    z = np.divide(innovation, np.sqrt(variance), out=np.zeros_like(variance), where=variance > 0.0)
    found = []
    for e in np.flatnonzero((np.abs(z) > DOWNWEIGHT) & (events.column >= 0)):
        column = int(events.column[e])
        name, power = parameters.variables[column], parameters.power[column]
        limits = parameters.low[column], parameters.high[column]
        value = float(events.value[e])
        centre, sd = float(forward(value, power) - innovation[e]), float(np.sqrt(variance[e]))
        band = inverse(np.array([centre - 1.96 * sd, centre + 1.96 * sd]), power, *limits)
        unit = _fitting_unit(name, value, band)
        kind = "unit" if unit else ("refused" if weight[e] <= REJECTED else "unexpected")
        when = to_datetimes(events.time[e], parameters.unit_days)
        expected, text = float(inverse(centre, power, *limits)), _text(name, value, band, kind, unit)
        text += _what_next(e, np.flatnonzero(events.column == column))
        found.append(
            Surprise(name, when.item(), value, expected, float(z[e]), kind, text, _origin(series, name, when, value))
        )
    for one in events.duplicates:
        name, when = parameters.variables[one.column], to_datetimes(one.time, parameters.unit_days)
        origin = _origin(series, name, when, one.value, which=-1)
        found.append(
            Surprise(name, when.item(), one.value, None, None, "duplicate", "Recorded twice; counted once.", origin)
        )
    return tuple(sorted(found, key=lambda s: s.time))


def _origin(series: Mapping[str, Series], name: str, when: np.datetime64, value: float, *, which: int = 0) -> str:
    """Return the resource a value came from; of a duplicate, the last of them."""
    one = series[name]
    found = np.flatnonzero((one.times == when) & (one.values == value))
    return str(one.resource_ids[found[which]]) if len(found) else ""


@cache
def _conversions(name: str) -> tuple[tuple[str, float, float], ...]:
    """Return unit, factor and offset of every other unit of a variable."""
    return tuple(
        (unit, factor, offset)
        for (variable, unit), (factor, offset) in conversions().items()
        if variable == name and abs(factor - 1.0) > 1e-6
    )


def _fitting_unit(name: str, value: float, band: np.ndarray) -> str | None:
    """Return a unit in which the recorded figure would lie in the expected band."""
    for unit, factor, offset in _conversions(name):
        if band[0] <= value * factor + offset <= band[1]:
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
    return f"{text} Not learned from: the next value does not bear it out." if kind == "refused" else text


def _what_next(event: int, same: np.ndarray) -> str:
    """Say what the next value will show, after the only or the newest value of a variable."""
    if len(same) == 1:
        return " It is the only value so far; a second will show whether it is usual for this patient."
    return " It is the newest value; the next will show whether it lasts." if event == same[-1] else ""


def out_of_sync_reason(
    inputs: Sequence[Input], parameters: Parameters, names: tuple[str, ...], shift: np.ndarray
) -> str:
    """Say in plain words why the twin is out of step with its patient, and what would mend it; empty if it is not.

    Parameters
    ----------
    names
        The patient's variables, in the order of the state.
    shift
        Strongest test for a lasting shock to each state: statistic, size, time.
    """
    strength = np.abs(shift[: len(names), 0])
    strongest = np.argsort(-strength)[:2]
    if np.sqrt(np.sum(strength[strongest] ** 2)) < OUT_OF_SYNC:
        return ""
    said = [slot for i, slot in enumerate(strongest) if i == 0 or strength[slot] > NAMED]
    since = to_datetimes(min(shift[slot, 2] for slot in said), parameters.unit_days).item()
    parts = ", ".join(_how_far(names[slot], float(shift[slot, 1]), parameters) for slot in said)
    text = f"Since {since:%B %Y} the values have differed from what the twin expected: {parts}."
    return f"{text} {_mend(inputs, shift, names, said)}"


def _how_far(name: str, size: float, parameters: Parameters) -> str:
    known = registry().get(name)
    label = known.label if known else name
    label = label[0].lower() + label[1:] if label.split()[0][1:].islower() else label
    power = parameters.power[parameters.variables.index(name)]
    if power == 0.0:
        amount = f"{abs(np.expm1(size)) * 100:.0f} % "
    elif power == 1.0 and known:
        unit = "percentage points" if known.unit == "%" else known.unit
        amount = f"{abs(size):.{known.decimals}f} {unit} "
    else:
        amount = ""
    return f"{label} {amount}{'higher' if size > 0 else 'lower'}"


def _mend(inputs: Sequence[Input], shift: np.ndarray, names: tuple[str, ...], said: list[int]) -> str:
    """Say what would bring the twin back in step: a drug that looks untaken, or a check of the values."""
    drugs: dict[str, None] = {}
    for k, one in enumerate(inputs):
        z, size, _ = shift[3 * len(names) + k]
        for slot in said:
            if one.variable == names[slot] and size < 0.0 and abs(z) > UNTAKEN * abs(shift[slot, 0]):
                drugs.update(dict.fromkeys(one.ingredients))
    if drugs:
        return (
            f"It looks as if {' or '.join(drugs)} were no longer taken as recorded: ask, and record the stop or the "
            "adherence; otherwise mark the values as wrong or explained."
        )
    return (
        "Ask for a change of treatment or a new illness and record it, or mark the values as wrong or explained; "
        "without one, the twin finds its step again as further values come in."
    )
