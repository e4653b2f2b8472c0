"""Does learning find the truth of a simulated panel, and do bands learned from it mean what they say?"""

import numpy as np
import pytest
from scipy.special import stdtr

from twin.physiology.longitudinal.engine import fit_events
from twin.physiology.longitudinal.events import EPOCH, arrange
from twin.physiology.longitudinal.learn import learn, time_unit
from twin.physiology.longitudinal.panel import static_terms
from twin.physiology.longitudinal.parameters import CONDITIONS
from twin.physiology.longitudinal.scale import forward
from twin.physiology.longitudinal.search import choose_power, tail_of

PERSONS, VALUES, YEARS = 350, 14, 7.0
LEVEL_SD, DRIFT, DEVIATION_SD, DEVIATION_TIME, NOISE, CORRELATION = 10.0, 2.0, 3.0, 0.4, 4.0, 0.6


def simulated(seed):
    """Return events of two variables (the second on the logarithm) whose levels go together."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky([[1.0, CORRELATION], [CORRELATION, 1.0]])
    male = rng.integers(0, 2, PERSONS)
    parts = []
    for person in range(PERSONS):
        t = np.sort(rng.uniform(0.0, YEARS, VALUES))
        steps = np.sqrt(np.diff(t, prepend=t[0]))[:, None] * (rng.standard_normal((VALUES, 2)) @ root.T)
        level = LEVEL_SD * (root @ rng.standard_normal(2)) + DRIFT * np.cumsum(steps, axis=0)
        keep = np.exp(-np.diff(t) / DEVIATION_TIME)
        deviation = np.empty((VALUES, 2))
        deviation[0] = rng.standard_normal(2)
        for i, k in enumerate(keep):
            deviation[i + 1] = k * deviation[i] + np.sqrt(1 - k * k) * rng.standard_normal(2)
        noise = NOISE * rng.standard_normal((VALUES, 2))
        y = 100.0 + 6.0 * (male[person] - 0.5) + level + DEVIATION_SD * deviation + noise
        parts += [(person, c, t, y[:, c] if c == 0 else np.exp(y[:, c] / 50.0)) for c in (0, 1)]
    lengths = [len(t) for _, _, t, _ in parts]
    person, column = (np.repeat([p[k] for p in parts], lengths) for k in (0, 1))
    time = np.concatenate([t for _, _, t, _ in parts])
    return arrange(
        ids=[str(i) for i in range(PERSONS)],
        person=person,
        column=column,
        times=EPOCH + np.round(time * 365.25 * 86_400).astype("timedelta64[s]"),
        value=np.concatenate([v for *_, v in parts]),
        source=np.full(len(time), ""),
        unit_days=365.25,
        age_at_epoch=np.full(PERSONS, 60.0),
        static=static_terms(male=male.astype(float), conditions=np.zeros((PERSONS, len(CONDITIONS)))),
    )


@pytest.fixture(scope="module")
def panel():
    events = simulated(5)
    last = events.last()
    hidden = events.time > (last - 1.5)[events.person()]
    known, persons = events.part(~hidden)
    assert len(persons) == PERSONS
    limits = {"low": np.array([-1e3, 1e-3]), "high": np.array([1e3, 1e4])}
    parameters = learn(known, ("even", "skewed"), unit_days=365.25, horizon=1.5, **limits)
    return events, hidden, parameters


def test_the_scale_is_found(panel):
    np.testing.assert_array_equal(panel[2].power, [1.0, 0.0])


def test_parameters_are_recovered(panel):
    parameters = panel[2]
    for column, unit in ((0, 1.0), (1, 1.0 / 50.0)):
        level_sd, _, drift, slope_sd, _, deviation_sd, _ = parameters.dynamics[:, column] / unit
        assert level_sd == pytest.approx(LEVEL_SD, rel=0.15)
        assert drift == pytest.approx(DRIFT, rel=0.45)
        assert slope_sd < 1.2
        assert np.hypot(deviation_sd, np.sqrt(parameters.noise[""][column]) / unit) == pytest.approx(
            np.hypot(DEVIATION_SD, NOISE), rel=0.12
        )
        assert parameters.coefficients[column, 1] / unit == pytest.approx(6.0, abs=2.5)
    assert parameters.prior_corr[0, 1] == pytest.approx(CORRELATION, abs=0.12)


def test_bands_cover_as_much_as_they_say(panel):
    events, hidden, parameters = panel
    done = fit_events(events, parameters, until=events.last(), cut=events.last() - 1.5)
    cell = done.layout.variable_at[events.person()] + done.layout.slot
    inside = []
    for column in (0, 1):
        used = hidden & (events.column == column)
        centre = forward(events.value[used], parameters.power[column]) - done.innovation[used]
        at = parameters.predictive(column, centre, done.variance[used], done.count[cell[used]])
        z = (forward(events.value[used], parameters.power[column]) - at[0]) / at[1]
        inside.append(np.abs(stdtr(at[2], z) - 0.5) * 200.0)
    inside = np.concatenate(inside)
    assert len(inside) > 1500
    assert 0.46 < np.mean(inside < 50) < 0.54
    assert 0.77 < np.mean(inside < 80) < 0.83
    assert 0.93 < np.mean(inside < 95) < 0.97


def test_time_unit_is_a_fifth_of_the_median_series():
    days = np.array([0.0, 10.0, 100.0, 0.0, 30.0, 200.0, 5.0])
    assert time_unit(days, np.array([0, 0, 0, 1, 1, 1, 2])) == pytest.approx(30.0)


@pytest.mark.parametrize(("power", "make"), [(0.0, np.exp), (0.5, np.square), (1.0, lambda y: y)])
def test_power_is_chosen_by_likelihood(power, make):
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(200), 6)
    y = 5.0 + rng.standard_normal(200)[person] + 0.7 * rng.standard_normal(1200)
    assert choose_power(make(y), person) == power


def test_values_at_or_below_zero_stay_on_their_own_scale():
    assert choose_power(np.array([-1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])) == 1.0


def test_tail_tells_equal_persons_from_different_ones():
    rng = np.random.default_rng(3)
    count = np.full(500, 12.0)
    equal = rng.chisquare(12, 500)
    different = equal * 4.0 / rng.chisquare(4, 500)
    assert tail_of(equal, count) >= 100
    assert tail_of(different, count) <= 8
