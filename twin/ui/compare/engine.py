"""Which comparisons are worth remembering between two moves of a slider?"""

from functools import lru_cache

from twin.physiology.longitudinal import Twin
from twin.plans.compare import compare_on
from twin.plans.draws import DRAWS
from twin.plans.ground import Ground, ground_of
from twin.plans.plan import Plan
from twin.plans.results import Comparison
from twin.record.patient import Patient

SEED = 0


@lru_cache(maxsize=64)
def ground(patient: Patient, twin: Twin, horizon_years: int) -> Ground:
    """Return the ground of a patient, which every comparison over the same years shares."""
    return ground_of(patient, twin, on=twin.on, horizon_years=horizon_years, draws=DRAWS, seed=SEED)


@lru_cache(maxsize=256)
def compared(patient: Patient, twin: Twin, plans: tuple[Plan, ...], horizon_years: int) -> Comparison:
    """Return a comparison, worked out once for the same record, twin, plans and horizon.

    A new import makes a new patient and a new twin, and with them a new entry here.
    """
    return compared_once(patient, twin, plans, horizon_years)


def compared_once(patient: Patient, twin: Twin, plans: tuple[Plan, ...], horizon_years: int) -> Comparison:
    """Return a comparison that is not worth remembering, such as that of every place of a slider."""
    return compare_on(ground(patient, twin, horizon_years), plans)
