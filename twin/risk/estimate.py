"""How likely is an event for this patient, with every input and term, or why is no estimate shown?"""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

from twin.record.patient import Patient
from twin.risk.catalogue import equation
from twin.risk.check import Finding, findings, in_sentence, to_columns
from twin.risk.columns import Columns
from twin.risk.equation import Equation
from twin.risk.equations import smart_reach
from twin.risk.hazard import CURVES
from twin.risk.inputs import Gathered, inputs_of, stated
from twin.risk.results import HAS_DIED, Estimate, RiskEstimate, Withheld
from twin.words import concept_in_words

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
        One of the equation's horizons, or for PREVENT, KFRE and SMART-REACH a year before the last of them. [years]
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
    reason = exclusion(known, patient, on=on) or _beyond(known, horizon_years)
    if reason is not None:
        return tuple(Withheld(_outcome(output), horizon_years, known.versioned, reason) for output in known.outputs)
    return _estimates(known, gathered, on, horizon_years)


def exclusion(known: Equation, patient: Patient, *, on: date) -> str | None:
    """Say why an equation is not for this patient, whatever the inputs; ``None`` if it is."""
    if patient.has_died(on):
        return HAS_DIED
    for condition in patient.conditions:
        began = condition.onset is None or condition.onset <= on
        ever = began and any(condition.is_a(concept) for concept in known.excludes_ever)
        now = condition.is_active(on) and any(condition.is_a(concept) for concept in known.excludes_now)
        if ever or now:
            return f"{known.short} is not for people with this in their record: {condition.display}. No estimate shown."
    if known.requires_any and not any(patient.ever_had(concept, on) for concept in known.requires_any):
        names = [concept_in_words(concept) for concept in known.requires_any]
        return f"{known.short} is for people who have {' or '.join(names)}. No estimate shown."
    return None


def _outcome(output: str) -> str:
    return output.removeprefix("risk_")


def _beyond(known: Equation, horizon_years: int) -> str | None:
    if horizon_years in known.horizons or (known.id in CURVES and horizon_years < max(known.horizons)):
        return None
    if not known.horizons:
        return f"{known.short} gives no risk over time."
    published = " and ".join(str(years) for years in known.horizons)
    return f"{known.short} gives risks over {published} years. No estimate shown for {horizon_years} years."


def _estimates(known: Equation, gathered: Gathered, on: date, horizon_years: int) -> tuple[Estimate, ...]:
    anchor = min(years for years in known.horizons if years >= horizon_years)
    given: dict[str, list[Value]] = {name: [used.value] for name, used in gathered.used.items()}
    if "horizon_years" in {i.name for i in known.inputs}:
        given["horizon_years"] = [anchor]
    columns = to_columns(known, given)
    found = list(findings(known, columns))
    with np.errstate(all="ignore"):  # what is missing or outside is withheld below
        terms = known.terms(columns)
        risk_of = _risks(known, columns, anchor, horizon_years)
    notes = tuple(f.text(known, np.nan, None) for f in found if not f.outputs)
    if horizon_years != anchor:
        notes += (_between(known, horizon_years, anchor),)
    results: list[Estimate] = []
    for output in known.outputs:
        against = [finding for finding in found if output in finding.outputs]
        if against:
            results.append(_withheld(known, output, horizon_years, against, columns.values, given))
            continue
        risk = risk_of(output)
        if risk != risk:
            sentence = f"{known.short} gives no risk from these values together. No estimate shown."
            results.append(Withheld(_outcome(output), horizon_years, known.versioned, sentence))
            continue
        needed = [i.name for i in known.needs(output) if i.name in gathered.used]
        results.append(
            RiskEstimate(
                outcome=_outcome(output),
                horizon_years=horizon_years,
                risk=risk,
                equation=known.versioned,
                source_id=known.source_id,
                inputs=tuple(gathered.used[name] for name in needed),
                terms={name: float(value[0]) for name, value in terms[output].items()},
                problems=gathered.problems(needed, on) + notes,
            )
        )
    return tuple(results)


def _between(known: Equation, horizon_years: int, anchor: int) -> str:
    if known.id == smart_reach.ID:
        return f"The first {horizon_years} of the model's {anchor} years; the terms are of each of them."
    return f"Read from the curve through the published risk over {anchor} years; the terms are of that risk."


def _risks(known: Equation, columns: Columns, anchor: int, horizon_years: int) -> Callable[[str], float]:
    if horizon_years == anchor:
        risks = known.compute(columns)
        return lambda output: float(risks[output][0])
    curves = CURVES[known.id](columns)
    return lambda output: float(curves[output].risk(np.array([horizon_years]))[0, 0])


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
