"""Do event and death compete as two constant hazards do?"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from twin.risk.competing import course_of, hazards_of, risk_of

EVENT = np.array([[0.05, 0.2, 0.0, 0.4], [0.3, 0.0, 0.0, 0.01]])
DEATH = np.array([[0.02, 0.1, 0.0, 0.9], [0.0, 0.0, 0.5, 0.2]])


def integrated(event, death):
    """Return who had the event at the end of each year, from the differential equation."""

    def change(time, state):
        year = min(int(time), len(event) - 1)
        return [-(event[year] + death[year]) * state[0], event[year] * state[0]]

    had, state = [], [1.0, 0.0]
    for year in range(len(event)):
        solved = solve_ivp(change, (year, year + 1 - 1e-9), state, rtol=1e-10, atol=1e-12)
        state = [float(part[-1]) for part in solved.y]
        had.append(state[1])
    return had


def test_risk_is_that_of_the_differential_equation():
    risks = risk_of(EVENT.T, DEATH.T)
    for person in range(len(EVENT)):
        assert risks[:, person] == pytest.approx(integrated(EVENT[person], DEATH[person]), abs=1e-7)


def test_the_course_says_the_same_and_nobody_is_lost():
    course = course_of(EVENT, DEATH)
    np.testing.assert_allclose(course.event[:, 1:], risk_of(EVENT.T, DEATH.T).T, atol=1e-14)
    np.testing.assert_allclose(course.free + course.event + course.death, 1.0, atol=1e-14)


def test_without_death_it_is_the_plain_risk():
    np.testing.assert_allclose(risk_of(EVENT.T, 0.0 * DEATH.T), 1 - np.exp(-np.cumsum(EVENT.T, axis=0)), atol=1e-14)


def test_hazards_give_the_chances_back():
    event, death = np.array([[0.1, 0.0, 0.0, 0.7]]), np.array([[0.2, 0.0, 0.3, 0.3]])
    hazards, deaths = hazards_of(event, death)
    for year in range(4):
        assert risk_of(hazards[:, year : year + 1], deaths[:, year : year + 1])[0, 0] == pytest.approx(event[0, year])
        assert risk_of(deaths[:, year : year + 1], hazards[:, year : year + 1])[0, 0] == pytest.approx(death[0, year])


def test_chances_beyond_all_leave_the_event_its_own():
    hazards, deaths = hazards_of(np.array([[0.8, 0.5]]), np.array([[0.9, 0.1]]))
    assert risk_of(hazards.T, deaths.T)[:, 0] == pytest.approx([0.8, 0.8])
