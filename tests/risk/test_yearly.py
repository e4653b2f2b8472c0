"""Do the hazards of SMART-REACH give its own risk back, at every year and between?"""

import numpy as np
import pytest

from twin.errors import OutOfValidityRange
from twin.risk.catalogue import equation
from twin.risk.check import to_columns
from twin.risk.equations import smart_reach
from twin.risk.hazard import CURVES
from twin.risk.lifetime import lifetime_after_event
from twin.risk.yearly import yearly_curve

KNOWN = equation("smart_reach")
PEOPLE = {
    "age": [52.0, 66.0, 80.0],
    "sex": ["female", "male", "male"],
    "current_smoker": [True, False, True],
    "has_diabetes": [True, False, False],
    "systolic_bp": [150.0, 136.0, 120.0],
    "total_cholesterol": [250.0, 230.0, 150.0],
    "creatinine": [0.8, 1.0, 1.4],
    "coronary_disease": [True, True, False],
    "cerebrovascular_disease": [False, True, True],
    "peripheral_artery_disease": [False, False, True],
    "atrial_fibrillation": [False, True, False],
    "heart_failure": [False, False, True],
    "north_american": [True, False, False],
}
COLUMNS = to_columns(KNOWN, PEOPLE)


def test_at_ten_years_it_is_the_published_risk():
    curve = CURVES["smart_reach"](COLUMNS)["risk_cvd"]
    np.testing.assert_allclose(curve.risk([10])[:, 0], KNOWN.compute(COLUMNS)["risk_cvd"], rtol=1e-12)


def test_each_year_adds_the_model_s_own_chance():
    curve = yearly_curve(COLUMNS)
    free, had = np.ones(3), np.zeros(3)
    for year, (event, death) in enumerate(smart_reach.chances(COLUMNS, years=10)):
        had, free = had + free * event, free * (1 - event - death)
        np.testing.assert_allclose(curve.risk([year + 1])[:, 0], had, rtol=1e-12)


def test_between_the_years_it_rises_and_does_not_hang_on_the_grid():
    curve = yearly_curve(COLUMNS)
    fine = curve.risk(np.linspace(0, 10, 41))
    assert (np.diff(fine, axis=1) > 0).all() and (fine[:, 0] == 0).all()
    np.testing.assert_allclose(fine[:, 3], curve.risk([0.75])[:, 0], rtol=1e-12)
    np.testing.assert_allclose(fine[:, 30], curve.risk([2.0, 7.5])[:, 1], rtol=1e-12)


def test_beyond_its_years_it_refuses():
    with pytest.raises(OutOfValidityRange):
        yearly_curve(COLUMNS).gained(np.array([0.0, 10.5]))


def test_a_lifetime_begins_with_the_ten_years_and_a_plan_adds_to_it():
    course = lifetime_after_event(COLUMNS, years=9)
    np.testing.assert_allclose(course.event[:, 9], yearly_curve(COLUMNS).risk([9])[:, 0], rtol=1e-12)
    with_plan = lifetime_after_event(COLUMNS, years=9, hazard_ratios=np.full((3, 9), 0.7))
    assert (with_plan.event_free_years > course.event_free_years).all()
    assert (with_plan.death[:, 9] > course.death[:, 9]).all()  # who is spared the event may die of another cause
    with pytest.raises(OutOfValidityRange):
        lifetime_after_event(COLUMNS, years=11)
