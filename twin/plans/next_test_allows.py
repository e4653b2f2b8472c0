"""What could be worked out once a variable that was never measured is known?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import cache

import numpy as np

from twin.physiology.longitudinal import Twin
from twin.record.patient import Patient, Series
from twin.risk.catalogue import equations
from twin.risk.choose import Choice, choices, fullest_prevent
from twin.risk.equation import Equation

HYPOTHETICAL = "not yet measured"
FOLLOWED = frozenset({"weight", "height", "non_hdl_cholesterol", "creatinine"})
"""What BMI, total cholesterol and eGFR are derived from; see `twin.risk.inputs`."""


def never_measured(patient: Patient, names: Sequence[str], *, on: date) -> tuple[str, ...]:
    """Return those of some variables that the record has no value of."""
    return tuple(name for name in names if patient.latest(name, on) is None)


@cache
def _inputs() -> frozenset[str]:
    """Return every variable that an equation with a risk over time reads, or that one of its inputs follows from."""
    return frozenset(i.name for known in equations().values() if known.horizons for i in known.inputs) | FOLLOWED


def allowed(
    patient: Patient, whole: Twin, names: Sequence[str], *, on: date, before: Sequence[Choice]
) -> tuple[str, ...]:
    """Return the risks that values of these variables would make available, at the values the twin expects.

    Parameters
    ----------
    names
        Variables never measured, about which `whole` has a belief.
    before
        What every equation can say today.
    """
    names = [name for name in names if whole.has(name) and name in _inputs()]
    if not names:
        return ()
    known = _with_values(patient, whole, names, on)
    now, fullest = (fullest_prevent(one, on=on)[0] for one in (patient, known))
    was = {choice.equation.id: _given(choice) for choice in before}
    said = []
    for choice in choices(known, on=on):
        name = choice.equation.id
        if name.startswith("prevent_") and name != fullest:  # of its variants only the fullest speaks
            continue
        had = () if name == fullest and fullest != now else was[name]
        if gained := [output for output in _given(choice) if output not in had]:
            said.append(_in_words(choice.equation, gained))
    return tuple(said)


def _given(choice: Choice) -> tuple[str, ...]:
    """Return the outputs that an equation gives for a person."""
    if choice.applies == "none":
        return ()
    return tuple(output for output in choice.equation.outputs if output not in choice.withheld)


def _in_words(known: Equation, gained: Sequence[str]) -> str:
    more = f" and {len(gained) - 1} more" if len(gained) > 1 else ""
    return f"{known.outputs[gained[0]].label}{more} ({known.short})"


def _with_values(patient: Patient, whole: Twin, names: Sequence[str], on: date) -> Patient:
    """Return the person with one value today of each variable, as the twin expects it."""
    when = np.array([datetime.combine(on, time(12))], dtype="M8[s]")
    label = np.array([HYPOTHETICAL])
    added = {name: Series(name, when, np.array([whole.level(name)[0]]), label, label) for name in names}
    return replace(patient, series={**patient.series, **added})
