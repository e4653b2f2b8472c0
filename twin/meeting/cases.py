"""What does a case carry into a meeting, and does it still fit the record?"""

import hashlib
from dataclasses import dataclass
from datetime import date

import orjson

from twin.plans.plan import Plan
from twin.plans.report import to_json
from twin.plans.results import Comparison
from twin.plans.templates import to_toml
from twin.plans.toml import read_plans
from twin.record.meetings import Basis
from twin.record.patient import Patient
from twin.record.store import Store
from twin.record.twins import data_versions
from twin.variables import registry


@dataclass(frozen=True, slots=True)
class Versions:
    """What the numbers were made with: digest of the twin's code and evidence, program, day results last changed."""

    model: str
    program: str
    results_changed_on: date | None


def basis_of(store: Store, patient: Patient, found: Comparison, *, outcome: str, versions: Versions, on: date) -> Basis:
    """Return plans and results as a case or a decision keeps them.

    Parameters
    ----------
    found
        The comparison on screen.
    outcome
        The one that is looked at.
    on
        Today.
    """
    plans = tuple(result.plan for result in found.plans)
    return Basis(
        plans=to_toml(plans),
        outcome=outcome,
        horizon_years=found.horizon_years,
        draws=found.draws,
        seed=found.seed,
        results=orjson.dumps(to_json(found), option=orjson.OPT_SERIALIZE_NUMPY).decode(),
        data_version=data_version(store, patient, on=on),
        data_until=patient.data_until(),
        data_values=count_values(patient),
        model_version=versions.model,
        program_version=versions.program,
        results_changed_on=versions.results_changed_on,
    )


def plans_of(basis: Basis) -> tuple[Plan, ...]:
    """Return the plans of a case, in their order."""
    return read_plans(basis.plans) if basis.plans.strip() else ()


def risks_of(basis: Basis) -> tuple[float | None, ...]:
    """Return the risk that was worked out for the outcome, of current care and then of each plan."""
    found = orjson.loads(basis.results)
    return tuple(one["outcomes"][basis.outcome]["risk"] for one in (found["current_care"], *found["plans"]))


def count_values(patient: Patient) -> int:
    """Return how many values of the patient count, corrections applied."""
    return sum(map(len, patient.series.values()))


def data_version(store: Store, patient: Patient, *, on: date) -> str:
    """Return a digest of all that numbers about a patient rest on, up to the end of a day."""
    rows = data_versions(store, on=on, variables=tuple(registry()), ids=[patient.id]).get(patient.id, "")
    smoking = patient.smoking and (patient.smoking.status, patient.smoking.time.isoformat())
    return hashlib.sha256(f"{rows}|{smoking}".encode()).hexdigest()


def news(store: Store, patient: Patient, basis: Basis, *, on: date) -> str:
    """Say what came into the record since a case was prepared; empty if nothing did."""
    if data_version(store, patient, on=on) == basis.data_version:
        return ""
    more = count_values(patient) - basis.data_values
    if more > 0:
        return f"{more:,} new value{'s' if more > 1 else ''}"
    return f"{-more:,} value{'s' if more < -1 else ''} fewer" if more else "treatments, problems or values changed"
