"""Decisions of the past about the patient of whom all is known, each due where a value was measured."""

from datetime import date, timedelta

from twin.meeting.cases import Versions, basis_of
from twin.meeting.receipts import receipt_of
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare
from twin.plans.toml import read_plans
from twin.record.decisions import Decided, decide
from twin.record.meetings import take_case
from twin.record.store import Store

PLANS = read_plans(
    """
    [[plans]]
    name = "Statin and a blood-pressure drug"
    [[plans.changes]]
    therapy = "atorvastatin 40 mg"
    [[plans.changes]]
    therapy = "amlodipine 5 mg"
    """
)
VISITS = 4
VALUE_AFTER = 91  # days after a decision


def _prepared(store: Store, patient_id: str, day: date):
    patient = store.patient(patient_id)
    twin = fit(patient, on=day)
    found = compare(patient, twin, PLANS, on=day, horizon_years=10, draws=200, seed=0)
    carried = basis_of(store, patient, found, outcome="cvd", versions=Versions("earlier", "0", day), on=day)
    receipt = receipt_of(patient, twin, PLANS, 1, on=day, draws=200, seed=0)
    return take_case(store, patient_id, day, carried), carried, receipt


def decide_again_and_again(store: Store, patient_id: str, *, today: date) -> int:
    """Decide before each of the newest visits, put the patient on today's list, and return how many decisions."""
    for visit in reversed(range(VISITS)):
        day = today - timedelta(days=21 + 182 * visit + VALUE_AFTER)
        case, carried, receipt = _prepared(store, patient_id, day)
        fields = Decided("plan", 1, "As discussed", "Dr Okafor", day + timedelta(days=100))
        decide(store, case, fields, carried, receipt.to_json(), today=day)
    _prepared(store, patient_id, today)
    return VISITS
