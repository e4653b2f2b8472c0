"""What does a case carry, and how does it come onto the list?"""

import streamlit as st

from twin import __version__
from twin.meeting.cases import Versions, basis_of, plans_of
from twin.plans.plan import Plan
from twin.plans.results import Comparison
from twin.proof.kept_twins import model_version
from twin.record.decisions import decisions
from twin.record.meetings import Basis
from twin.ui import access
from twin.ui.changes import results_changed_on
from twin.ui.compare import memory as desks
from twin.ui.compare.engine import compared
from twin.ui.compare.from_plan import settings_of
from twin.ui.shell import Page


def versions() -> Versions:
    """Return what this program's numbers are made with."""
    return Versions(model_version(), __version__, results_changed_on())


def basis(page: Page, found: Comparison, outcome: str) -> Basis:
    """Return a comparison of the open patient as a case keeps it."""
    return basis_of(page.store, page.patient, found, outcome=outcome, versions=versions(), on=page.today)


def basis_of_another(page: Page, patient_id: str) -> Basis:
    """Return what a patient who is not open brings: the plans of the last decision, worked out anew, or none."""
    patient, desk = access.patient(patient_id), desks.Desk()
    made = decisions(page.store, patient_id)
    plans, outcome, years = (), desk.outcome, desk.horizon_years
    if made:
        kept = made[-1].basis
        plans, outcome, years = plans_of(kept), kept.outcome, kept.horizon_years
    found = compared(patient, access.twin(patient, on=page.today), plans, years)
    return basis_of(page.store, patient, found, outcome=outcome, versions=versions(), on=page.today)


def to_desk(page: Page, carried: Basis) -> None:
    """Put what a case carries onto the comparison's desk, in place of what is there."""
    taken = desks.drugs_taken(page.patient, on=page.today)
    smokes = page.patient.smoking is not None and page.patient.smoking.status == "current"

    def settings(plan: Plan):
        return settings_of(plan, taken=taken, smokes=smokes).named(plan.name)

    for widget in ("outcome", "horizon_years", "start"):
        st.session_state.pop(f"compare/{widget}", None)  # they begin anew from the desk
    plans = tuple(settings(plan) for plan in plans_of(carried))
    desks.put(
        desks.desk().renewed(
            plans=plans,
            editing=0,
            outcome=carried.outcome,
            horizon_years=carried.horizon_years,
            start=0.0,
            is_lifetime=False,
        )
    )
