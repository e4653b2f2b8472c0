"""How is a patient's present state said in three sentences?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from twin import words
from twin.physiology.longitudinal import Twin, expected
from twin.record.patient import Patient
from twin.risk.choose import NEXT_EVENT, event_equation
from twin.risk.estimate import estimate
from twin.risk.results import Estimate, InputUsed, RiskEstimate, equation_of
from twin.variables import variable

KEY_MEASURES = ("systolic_bp", "diastolic_bp", "ldl_cholesterol", "hba1c", "egfr", "uacr", "weight")
OUTCOMES = {"ascvd": "heart attack or stroke", "heart_failure": "heart failure"}
"""Parts of cardiovascular disease that the first sentence names."""
HORIZON_YEARS = 10
OLD_VALUE = "TWN001"
DRIVERS_SAID = 3
LOOK_BACK_DAYS = 365

# Terms of the risk equations by the clinical matter they belong to. A term with "x" belongs to the part
# that is not the age; treatment terms belong to what is treated.
_MATTERS = {
    "sbp": "systolic_bp",
    "bp_treated": "systolic_bp",
    "non_hdl": "total_cholesterol",
    "hdl": "total_cholesterol",
    "statin": "total_cholesterol",
    "diabetes": "has_diabetes",
    "smoking": "current_smoker",
    "bmi": "bmi",
    "egfr": "egfr",
    "atrial_fibrillation": "atrial_fibrillation",
    "heart_failure": "heart_failure",
    "ln_uacr": "uacr",
    "hba1c": "hba1c",
    "age": "age",
}


def matter_of(term: str) -> str | None:
    """Return the input that a term of the sum belongs to; ``None`` for one that is no input, as the constant."""
    main = term.removeprefix("age_x_")
    return next((name for start, name in _MATTERS.items() if main.startswith(start)), None)


def drivers(terms: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the inputs that raise the sum above the equation's reference person, the largest share first."""
    shares: dict[str, float] = {}
    for term, value in terms.items():
        if (name := matter_of(term)) is not None:
            shares[name] = shares.get(name, 0.0) + value
    return sorted(((n, v) for n, v in shares.items() if v > 0), key=lambda share: -share[1])


def estimates_of(patient: Patient, *, on: date) -> tuple[Estimate, ...]:
    """Return the ten-year estimates, the whole first, of the equation that is made for this patient."""
    return estimate(patient, event_equation(patient, on=on), on=on, horizon_years=HORIZON_YEARS)


def risk_sentence(estimates: tuple[Estimate, ...]) -> str:
    """Say what the number in front of it counts, and which parts of it are known.

    Parameters
    ----------
    estimates
        Of one equation; the first is the whole and is not withheld.
    """
    whole, *others = estimates
    if equation_of(whole) == NEXT_EVENT:
        return (
            f"people like this have another cardiovascular event within {whole.horizon_years} years under current care "
            "(SMART-REACH, for people with known vascular disease)."
        )
    parts = [
        f"{OUTCOMES[part.outcome]} {words.in_people(part.risk)}"
        for part in others
        if isinstance(part, RiskEstimate) and part.outcome in OUTCOMES
    ]
    said = f"people like this get cardiovascular disease within {whole.horizon_years} years under current care"
    return f"{said}: {', '.join(parts)}; some get both." if len(parts) == len(OUTCOMES) else f"{said}."


def weak_points(problems: tuple[str, ...]) -> str:
    """Say what weakens an estimate, the old inputs in one sentence."""
    mark = f"{OLD_VALUE}: "
    old = [text.removeprefix(mark).rstrip(".") for text in problems if text.startswith(mark)]
    rest = [text for text in problems if not text.startswith(mark)]
    return " ".join([*([f"Old inputs ({OLD_VALUE}): {'; '.join(old)}."] if old else []), *rest])


def driver_sentence(estimate: RiskEstimate) -> str | None:
    """Say which inputs raise the risk most; ``None`` if none lies above the equation's reference person."""
    used = {one.name: one for one in estimate.inputs}
    said = [_input_words(used[name]) for name, _ in drivers(estimate.terms)[:DRIVERS_SAID] if name in used]
    if not said:
        return None
    return f"What adds most to it: {listed(said)}."


def _input_words(used: InputUsed) -> str:
    if used.value is True:
        return {"current_smoker": "smoking"}.get(used.name, used.label.lower())
    if used.name == "age":
        return f"age {used.value:g}"
    known = variable(used.name)
    return f"{known.short_label} {known.format(float(used.value))} {known.unit}"


def listed(said: list[str]) -> str:
    """Join words as in a sentence."""
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


@dataclass(frozen=True, slots=True)
class Moved:
    """A level that moved by more than its likely range between two days."""

    name: str
    before: float
    after: float

    def __str__(self) -> str:
        known = variable(self.name)
        verb = "rose" if self.after > self.before else "fell"
        return f"{known.short_label} {verb} from {known.format(self.before)} to {known.format(self.after)} {known.unit}"


def moved_levels(patient: Patient, twin: Twin, since: date) -> list[Moved]:
    """Return the key measures whose likely ranges of the level, then and now, do not meet."""
    times = np.array([since, twin.on], dtype="datetime64[s]")
    found = []
    for name in KEY_MEASURES:
        if not twin.has(name) or patient.series[name].times[0] > times[0]:
            continue
        bands = expected(twin, name, times)
        apart = bands.level_low80[1] > bands.level_high80[0] or bands.level_high80[1] < bands.level_low80[0]
        if apart:
            middle = (bands.level_low80 + bands.level_high80) / 2
            found.append(Moved(name, float(middle[0]), float(middle[1])))
    return found


def change_sentence(patient: Patient, twin: Twin | None, today: date) -> str:
    """Say what moved and which drugs began or ended in the last 12 months; without a twin, only the drugs."""
    since = today - timedelta(days=LOOK_BACK_DAYS)
    said = [str(moved) for moved in moved_levels(patient, twin, since)] if twin is not None else []
    for verb, attribute in (("started", "start"), ("stopped", "stop")):
        for medication in patient.medications:
            when = getattr(medication, attribute)
            if medication.ingredient and when is not None and since < when <= today:
                said.append(f"{medication.ingredient} {verb} on {words.day(when)}")
    if not said:
        measures = "no clear change of a key measure, " if twin is not None else ""
        return f"Since {words.day(since)}: {measures}no drug started or stopped."
    return f"Since {words.day(since)}: {'; '.join(dict.fromkeys(said))}."
