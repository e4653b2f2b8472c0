"""What does a patient's record say about each input of an equation, since when, and from where?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from twin.record.patient import Measurement, Patient
from twin.risk.catalogue import equation, score
from twin.risk.equation import Equation, Input
from twin.risk.results import InputUsed
from twin.variables import registry
from twin.words import day, months_between

BLOOD_PRESSURE_CLASSES = ("ace_inhibitor", "arb", "calcium_channel_blocker", "thiazide", "beta_blocker", "mra")
NORTH_AMERICAN = True  # where this installation's patients live, until a site says otherwise
STALE_AFTER_MONTHS = 12
ALBUMINURIA_FROM = 30  # [mg/g], moderately increased by KDIGO 2024 (SRC-KDIGO-2024)
MEASURED_TOO = ("albuminuria",)  # inputs that follow from a measurement by definition
INFARCTION = "cardiovascular/coronary/myocardial_infarction"
STROKE = "cardiovascular/stroke"
EVER = {  # inputs that ask what came before: how it is said, and the concepts that count
    "coronary_disease": ("coronary disease", "cardiovascular/coronary"),
    "cerebrovascular_disease": (
        "stroke or transient ischaemic attack",
        STROKE,
        "cardiovascular/transient_ischemic_attack",
    ),
    "peripheral_artery_disease": ("peripheral artery disease", "cardiovascular/peripheral_artery_disease"),
    "heart_failure": ("heart failure", "cardiovascular/heart_failure"),
    "atrial_fibrillation": ("atrial fibrillation", "atrial_fibrillation"),
    "myocardial_infarction": ("myocardial infarction", INFARCTION),
    "stroke": ("stroke", STROKE),
    "blindness": ("blindness", "blindness"),
    "foot_ulcer": ("foot ulcer", "foot_ulcer"),
    "amputation": ("amputation", "amputation"),
    "kidney_failure": ("kidney failure", "kidney/dialysis", "kidney/transplant"),
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """The inputs of one equation for one patient: those found, and the names of those not in the record."""

    used: Mapping[str, InputUsed]
    missing: tuple[str, ...]

    def problems(self, names: Iterable[str], on: date) -> tuple[str, ...]:
        """Say which of these inputs are old (check TWN001) or unusual."""
        return tuple(text for name in names if name in self.used for text in _problems(self.used[name], on))


def _problems(used: InputUsed, on: date) -> list[str]:
    said = []
    if used.time is not None and (used.name in registry() or used.name in MEASURED_TOO):
        months = months_between(used.time.date(), on)
        if months >= STALE_AFTER_MONTHS:
            said.append(f"TWN001: {used.label} from {day(used.time.date())}, {months} months old.")
    if used.time is not None and used.name in registry():
        known = registry()[used.name]
        if not known.is_plausible(float(used.value)):
            said.append(f"{used.label} of {known.format(float(used.value))} {known.unit} is unusual. Check the value.")
    return said


def inputs_of(patient: Patient, equation_id: str, *, on: date) -> Gathered:
    """Gather the inputs of an equation from a patient's record.

    Derives only what follows by definition: age from the birth date, BMI from weight and height, eGFR from
    creatinine by CKD-EPI 2021 when the creatinine is newer than any stored eGFR, total cholesterol from HDL
    and non-HDL of one sample, treatment from the list of medicines, diagnoses from the problem list. The
    horizon is not an input of the patient and is left out.

    Parameters
    ----------
    patient
        The frozen view of the record.
    equation_id
        Of the catalogue.
    on
        The day the question is asked; nothing later is read.
    """
    known = equation(equation_id)
    used: dict[str, InputUsed] = {}
    missing = []
    for wanted in known.inputs:
        if wanted.name == "horizon_years":
            continue
        found = _FINDERS.get(wanted.name, _measured)(patient, wanted, on)
        if found is None:
            missing.append(wanted.name)
        else:
            used[wanted.name] = found
    return Gathered(used, tuple(missing))


def stated(known: Equation, name: str, value: float | bool | str) -> InputUsed:
    """Return an input whose value was given by hand instead of read from the record."""
    wanted = known.input(name)
    return InputUsed(name, wanted.label, value, wanted.unit, None, None, "stated", "entered for this question")


def _used(
    wanted: Input,
    value: float | bool | str,
    *,
    origin: str,
    source: str = "record",
    time: datetime | None = None,
    on: date | None = None,
) -> InputUsed:
    age_days = (on - time.date()).days if time is not None and on is not None else None
    return InputUsed(wanted.name, wanted.label, value, wanted.unit, time, age_days, source, origin)


def _from_measurement(
    wanted: Input, found: Measurement | None, on: date, origin: str | None = None
) -> InputUsed | None:
    if found is None:
        return None
    origin = origin or found.resource_id
    return _used(wanted, found.value, origin=origin, source=found.source, time=found.time, on=on)


def _measured(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    return _from_measurement(wanted, patient.latest(wanted.name, on), on)


def _age(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    age = patient.age_years(on)
    return None if age is None else _used(wanted, age, origin=f"born {day(patient.birth_date)}")


def _sex(patient: Patient, wanted: Input, _on: date) -> InputUsed | None:
    return None if patient.sex is None else _used(wanted, patient.sex, origin="patient")


def _egfr(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    stored, creatinine = patient.latest("egfr", on), patient.latest("creatinine", on)
    if creatinine is None or (stored is not None and stored.time >= creatinine.time):
        return _from_measurement(wanted, stored, on)
    age = patient.age_years(creatinine.time.date())
    value = None if age is None or patient.sex is None else _ckd_epi(creatinine.value, age, patient.sex)
    if value is None:
        return _from_measurement(wanted, stored, on)
    written = registry()["creatinine"].format(creatinine.value)
    origin = f"CKD-EPI 2021 from creatinine {written} mg/dL ({creatinine.resource_id})"
    return _from_measurement(wanted, replace(creatinine, variable="egfr", value=value), on, origin)


def _ckd_epi(creatinine: float, age: int, sex: str) -> float | None:
    value = float(score("ckd_epi_2021", {"creatinine": [creatinine], "age": [age], "sex": [sex]}).outputs["egfr"][0])
    return value if value == value else None


def _bmi(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    stored, weight, height = (patient.latest(name, on) for name in ("bmi", "weight", "height"))
    if weight is None or height is None or (stored is not None and stored.time >= weight.time):
        return _from_measurement(wanted, stored, on)
    value = weight.value / (height.value / 100) ** 2
    origin = (
        f"weight {weight.value:.1f} kg ({weight.resource_id}) and height {height.value:.0f} cm ({height.resource_id})"
    )
    return _from_measurement(wanted, replace(weight, variable="bmi", value=value), on, origin)


def _total_cholesterol(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    stored, non_hdl, hdl = (
        patient.latest(name, on) for name in ("total_cholesterol", "non_hdl_cholesterol", "hdl_cholesterol")
    )
    one_sample = non_hdl is not None and hdl is not None and non_hdl.time == hdl.time
    if not one_sample or (stored is not None and stored.time >= non_hdl.time):
        return _from_measurement(wanted, stored, on)
    origin = f"HDL ({hdl.resource_id}) plus non-HDL cholesterol ({non_hdl.resource_id})"
    summed = replace(non_hdl, variable="total_cholesterol", value=non_hdl.value + hdl.value)
    return _from_measurement(wanted, summed, on, origin)


def _diagnosed(concept: str, name: str) -> Callable[[Patient, Input, date], InputUsed]:
    def find(patient: Patient, wanted: Input, on: date) -> InputUsed:
        for condition in patient.conditions:
            if condition.is_a(concept) and condition.is_active(on):
                return _used(wanted, True, origin=f"{condition.display} ({condition.resource_id})")
        return _used(wanted, False, origin=f"no {name} in the problem list")

    return find


def _ever(name: str, *concepts: str) -> Callable[[Patient, Input, date], InputUsed]:
    def find(patient: Patient, wanted: Input, on: date) -> InputUsed:
        for condition in patient.conditions:
            began = condition.onset is None or condition.onset <= on
            if began and any(condition.is_a(concept) for concept in concepts):
                return _used(wanted, True, origin=f"{condition.display} ({condition.resource_id})")
        return _used(wanted, False, origin=f"no {name} in the problem list")

    return find


def _taken(classes: tuple[str, ...], name: str) -> Callable[[Patient, Input, date], InputUsed]:
    def find(patient: Patient, wanted: Input, on: date) -> InputUsed:
        listed = [m for m in patient.current_medications(on) if m.drug_class in classes]
        for medication in listed:
            if patient.share_taken(medication.ingredient, on):
                return _used(wanted, True, origin=f"{medication.display} ({medication.resource_id})")
        if listed:
            untaken = f"{listed[0].display} ({listed[0].resource_id})"
            return _used(wanted, False, origin=f"{untaken}, of which no dose is taken")
        return _used(wanted, False, origin=f"no {name} in the list of medicines")

    return find


def _angina(patient: Patient, wanted: Input, on: date) -> InputUsed:
    """Look for coronary disease that is no infarction."""
    for condition in patient.conditions:
        began = condition.onset is None or condition.onset <= on
        if began and condition.is_a("cardiovascular/coronary") and not condition.is_a(INFARCTION):
            return _used(wanted, True, origin=f"{condition.display} ({condition.resource_id})")
    return _used(wanted, False, origin="no coronary disease other than infarction in the problem list")


def _age_at_diabetes(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    """Count the completed years from birth to the first recorded day of diabetes."""
    known = [c for c in patient.conditions if c.is_a("diabetes") and c.onset is not None and c.onset <= on]
    if not known or patient.birth_date is None:
        return None
    first = min(known, key=lambda condition: condition.onset)
    age = patient.age_years(first.onset)
    return _used(wanted, age, origin=f"{first.display} since {day(first.onset)} ({first.resource_id})")


def _albuminuria(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    """Read albuminuria from the ratio to creatinine, from 30 mg/g on."""
    found = patient.latest("uacr", on)
    if found is None:
        return None
    written = registry()["uacr"].format(found.value)
    origin = f"urine albumin to creatinine ratio of {written} mg/g ({found.resource_id}); from {ALBUMINURIA_FROM} on"
    is_raised = found.value >= ALBUMINURIA_FROM
    return _used(wanted, is_raised, origin=origin, source=found.source, time=found.time, on=on)


def _smoker(patient: Patient, wanted: Input, on: date) -> InputUsed | None:
    smoking = patient.smoking
    if smoking is None or smoking.status == "unknown" or smoking.time.date() > on:
        return None
    origin = f"smoking status {smoking.status} ({smoking.resource_id})"
    return _used(wanted, smoking.status == "current", origin=origin, time=smoking.time, on=on)


def _north_american(_patient: Patient, wanted: Input, _on: date) -> InputUsed:
    return _used(wanted, NORTH_AMERICAN, origin="setting of this installation", source="setting")


_FINDERS: dict[str, Callable[[Patient, Input, date], InputUsed | None]] = {
    "age": _age,
    "sex": _sex,
    "egfr": _egfr,
    "bmi": _bmi,
    "total_cholesterol": _total_cholesterol,
    "has_diabetes": _diagnosed("diabetes", "diabetes"),
    "has_hypertension": _diagnosed("hypertension", "hypertension"),
    **{name: _ever(said, *concepts) for name, (said, *concepts) in EVER.items()},
    "angina": _angina,
    "age_at_diabetes": _age_at_diabetes,
    "albuminuria": _albuminuria,
    "bp_treated": _taken(BLOOD_PRESSURE_CLASSES, "blood pressure drug"),
    "on_statin": _taken(("statin",), "statin"),
    "current_smoker": _smoker,
    "north_american": _north_american,
}
