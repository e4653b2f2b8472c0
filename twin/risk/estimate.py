"""How likely is an event for this patient, with every input and term, or why is no estimate shown?"""

from collections.abc import Mapping
from datetime import date

import numpy as np

from twin.record.patient import Patient
from twin.risk.catalogue import apply, equation
from twin.risk.check import Finding, findings, in_sentence, to_columns
from twin.risk.equation import Equation
from twin.risk.inputs import Gathered, inputs_of, stated
from twin.risk.results import Estimate, RiskEstimate, Withheld

Value = float | bool | str


def estimate(
    patient: Patient,
    equation_id: str,
    *,
    on: date,
    horizon_years: int,
    replace: Mapping[str, Value] | None = None,
) -> tuple[Estimate, ...]:
    """Estimate each outcome of an equation for one patient.

    Parameters
    ----------
    patient
        The frozen view of the record.
    equation_id
        Of the catalogue.
    on
        The day the question is asked.
    horizon_years
        One of the equation's horizons. [years]
    replace
        Inputs to take as given instead of from the record.

    Returns
    -------
        One estimate an outcome, in the equation's order; withheld where an input it needs is missing or
        outside the equation's range, or where the equation is not for this patient.
    """
    known = equation(equation_id)
    gathered = inputs_of(patient, equation_id, on=on)
    for name, value in (replace or {}).items():
        gathered = Gathered(
            {**gathered.used, name: stated(known, name, value)}, tuple(m for m in gathered.missing if m != name)
        )
    reason = exclusion(known, patient, on=on)
    if reason is not None:
        return tuple(Withheld(_outcome(output), horizon_years, known.versioned, reason) for output in known.outputs)
    return _estimates(known, gathered, on, horizon_years)


def exclusion(known: Equation, patient: Patient, *, on: date) -> str | None:
    """Say why an equation is not for this patient, whatever the inputs; ``None`` if it is."""
    for concepts, asks in ((known.excludes_ever, "began"), (known.excludes_now, "active")):
        for condition in patient.conditions:
            counts = condition.is_active(on) if asks == "active" else condition.onset is None or condition.onset <= on
            if counts and any(condition.is_a(concept) for concept in concepts):
                return (
                    f"{known.short} is not for people with this in their record: {condition.display}. "
                    "No estimate shown."
                )
    return None


def _outcome(output: str) -> str:
    return output.removeprefix("risk_")


def _estimates(known: Equation, gathered: Gathered, on: date, horizon_years: int) -> tuple[Estimate, ...]:
    given: dict[str, list[Value]] = {name: [used.value] for name, used in gathered.used.items()}
    if any(i.name == "horizon_years" for i in known.inputs):
        given["horizon_years"] = [horizon_years]
    columns = to_columns(known, given)
    found = list(findings(known, columns))
    scored = apply(known, columns, found, given)
    with np.errstate(all="ignore"):
        terms = known.terms(columns)
    results: list[Estimate] = []
    for output in known.outputs:
        against = [finding for finding in found if output in finding.outputs]
        if against:
            results.append(_withheld(known, output, horizon_years, against, columns.values, given))
            continue
        needed = [i.name for i in known.needs(output) if i.name in gathered.used]
        notes = tuple(f.text(known, 0.0, None) for f in found if not f.outputs)
        results.append(
            RiskEstimate(
                outcome=_outcome(output),
                horizon_years=horizon_years,
                risk=float(scored.outputs[output][0]),
                equation=known.versioned,
                source_id=known.source_id,
                inputs=tuple(gathered.used[name] for name in needed),
                terms={name: float(value[0]) for name, value in terms[output].items()},
                problems=gathered.problems(needed, on) + notes,
            )
        )
    return tuple(results)


def _withheld(
    known: Equation,
    output: str,
    horizon_years: int,
    against: list[Finding],
    values: Mapping[str, np.ndarray],
    given: Mapping[str, list[Value]],
) -> Withheld:
    missing = tuple(f.input for f in against if f.kind == "missing")
    outside = tuple(f for f in against if f.kind != "missing")
    sentences = [f.clinical(float(values[f.input.name][0]), given.get(f.input.name, [""])[0]) for f in outside]
    if missing:
        labels = ", ".join(in_sentence(i.label) for i in missing)
        sentences.append(f"{known.outputs[output].label} over {horizon_years} years needs: {labels}.")
    if outside:
        sentences.append("No estimate shown.")
    return Withheld(
        outcome=_outcome(output),
        horizon_years=horizon_years,
        equation=known.versioned,
        clinical=" ".join(sentences),
        missing=tuple(i.name for i in missing),
        out_of_range=tuple(dict.fromkeys(f.input.name for f in outside)),
    )
