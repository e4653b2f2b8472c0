"""What could be worked out once a variable that was never measured is known?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import cache

import numpy as np

from twin.physiology.longitudinal import Twin
from twin.record.patient import Patient, Series
from twin.risk.catalogue import equation, equations
from twin.risk.choose import Choice, choices, fullest_prevent

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
    then = choices(known, on=on)
    was = {choice.equation.id: set(choice.withheld) for choice in before if choice.applies != "none"}
    said = []
    for choice in then:
        if choice.applies == "none" or choice.equation.id.startswith("prevent_"):
            continue
        new = was.get(choice.equation.id, set(choice.equation.outputs)) - set(choice.withheld)
        labels = [output.label for name, output in choice.equation.outputs.items() if name in new]
        if labels:
            said.append(f"{', '.join(labels)} ({choice.equation.short})")
    now, fullest = (fullest_prevent(one, on=on)[0] for one in (patient, known))
    applies = any(choice.equation.id == fullest and choice.applies != "none" for choice in then)
    if applies and (fullest != now or now not in was):
        said.insert(0, f"{equation(fullest).outputs['risk_cvd'].label} ({equation(fullest).short})")
    return tuple(said)


def _with_values(patient: Patient, whole: Twin, names: Sequence[str], on: date) -> Patient:
    """Return the person with one value today of each variable, as the twin expects it."""
    when = np.array([datetime.combine(on, time(12))], dtype="M8[s]")
    label = np.array([HYPOTHETICAL])
    added = {name: Series(name, when, np.array([whole.level(name)[0]]), label, label) for name in names}
    return replace(patient, series={**patient.series, **added})
