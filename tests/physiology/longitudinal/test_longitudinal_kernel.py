"""Is the filter exact? Against the joint Gaussian of all values at once, built another way."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import block_diag, expm

from twin.physiology.longitudinal import kernel

COUNT, RESPONSES = 3, 2
STATES = 3 * COUNT + RESPONSES
GAUSSIAN = (1e12, 0.0)  # values that nothing confirms count as any other


@dataclass
class Case:
    """One person's values and the model they come from."""

    time: np.ndarray
    slot: np.ndarray
    value: np.ndarray
    noise: np.ndarray
    dynamics: np.ndarray
    prior_corr: np.ndarray
    level_corr: np.ndarray
    deviation_corr: np.ndarray
    volatility: np.ndarray
    until: float
    multiplier_slot = np.array([0, 1])
    multiplier_sd = np.array([0.4, 0.6])
    onset = np.array([0.3, 0.1])
    break_at = np.array([0, 2, 3])
    break_time = np.array([0.8, 2.0, -50.0])
    break_size = np.array([-0.9, -0.4, -0.5])

    def inputs(self, k: int, t: float) -> float:
        """Return a treatment's input at a time, straight from its definition."""
        part = slice(self.break_at[k], self.break_at[k + 1])
        since = np.maximum(t - self.break_time[part], 0.0)
        return float(np.sum(self.break_size[part] * (1.0 - np.exp(-since / self.onset[k]))))


def correlation(n: int, rng: np.random.Generator) -> np.ndarray:
    root = rng.standard_normal((n, n + 2))
    matrix = root @ root.T
    return matrix / np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))


def make(*, level_rate=(0.02, 0.3, 1e-4), slope_rate=(0.25, 0.45, 0.5), seed=3, events=14) -> Case:
    rng = np.random.default_rng(seed)
    dynamics = np.array(
        [
            (1.0, 0.8, 1.3),
            level_rate,
            (0.3, 0.2, 0.1),
            (0.2, 0.1, 0.3),
            slope_rate,
            (0.4, 0.3, 0.2),
            (6.0, 3.0, 10.0),
        ]
    )
    time = np.sort(np.round(rng.uniform(0.0, 4.0, events), 2))
    time[5] = time[4]  # two values of one moment
    return Case(
        time=time,
        slot=rng.integers(-1, COUNT, events),
        value=rng.standard_normal(events),
        noise=rng.uniform(0.05, 0.3, events),
        dynamics=dynamics,
        prior_corr=correlation(2 * COUNT, rng),
        level_corr=correlation(COUNT, rng),
        deviation_corr=correlation(COUNT, rng),
        volatility=np.array([1.0, 1.7, 0.6]),
        until=5.5,
    )


def with_moments(case: Case) -> Case:
    """Ask for the state after every event, too."""
    for name in ("time", "slot", "value", "noise"):
        setattr(case, name, np.repeat(getattr(case, name), 2))
    case.slot[1::2] = -1
    return case


def run(case: Case, limits=(1e9, 1e9, 1e9), watch=-1e9, cut=np.inf, lone=GAUSSIAN):
    events, moments = len(case.time), int(np.sum(case.slot < 0))
    out = {
        "state": np.empty(STATES),
        "covariance": np.empty(STATES * STATES),
        "innovation": np.empty(events),
        "variance": np.empty(events),
        "weight": np.empty(events),
        "shift": np.empty((STATES, 3)),
        "kept": (
            *(np.empty((moments, STATES)), np.empty((moments, STATES, STATES))),
            *(np.empty((events, STATES)), np.empty((events, STATES)), np.empty(events)),
        ),
    }
    one = np.array([0, 1])
    kernel.run_filter(
        *(0, 1, np.array([0, events]), case.time, case.slot, case.value, case.noise),
        *(np.array([0, COUNT]), np.arange(COUNT), case.volatility),
        *(np.array([0, RESPONSES]), case.multiplier_slot, case.multiplier_sd, case.onset),
        *(case.break_at, case.break_time, case.break_size),
        *(np.array([case.until]), np.array([cut]), case.dynamics),
        *(case.prior_corr, case.level_corr, case.deviation_corr, np.array([*limits, watch, 1.0, *lone])),
        *(one * STATES, out["state"], one * STATES**2, out["covariance"]),
        *(out["innovation"], out["variance"], out["weight"], out["shift"], True, *out["kept"]),
    )
    return out


def continuous(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return drift matrix, noise intensity and prior covariance of the whole state."""
    level_sd, level_rate, drift, slope_sd, slope_rate, dev_sd, dev_rate = case.dynamics
    a = np.zeros((STATES, STATES))
    levels, slopes, devs = (np.arange(COUNT) + k * COUNT for k in range(3))
    a[levels, levels], a[levels, slopes] = -level_rate, 1.0
    a[slopes, slopes], a[devs, devs] = -slope_rate, -dev_rate
    swing = np.sqrt(np.outer(case.volatility, case.volatility))
    q = np.zeros((STATES, STATES))
    q[np.ix_(levels, levels)] = case.level_corr * np.outer(drift, drift) * swing
    q[slopes, slopes] = 2.0 * slope_rate * slope_sd**2
    q[np.ix_(devs, devs)] = (
        case.deviation_corr * np.outer(dev_sd, dev_sd) * 2.0 * np.sqrt(np.outer(dev_rate, dev_rate)) * swing
    )
    sds = np.concatenate([level_sd, slope_sd])
    stationary = q[np.ix_(devs, devs)] / (dev_rate[:, None] + dev_rate[None, :])
    prior = block_diag(case.prior_corr * np.outer(sds, sds), stationary, np.diag(case.multiplier_sd**2))
    return a, q, prior


def step(a: np.ndarray, q: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return transition and added covariance over a step, by Van Loan's matrix exponential."""
    n = len(a)
    both = expm(np.block([[-a, q], [np.zeros((n, n)), a.T]]) * dt)
    transition = both[n:, n:].T
    return transition, transition @ both[:n, n:]


def dense(case: Case):
    """Return mean and covariance of the state at every event and at the end, given all values, and the rows."""
    a, q, prior = continuous(case)
    times = np.append(case.time, case.until)
    count = len(times)
    covariance = np.zeros((count * STATES, count * STATES))
    transitions, own = [np.eye(STATES)], [prior]
    for before, now in pairwise(times):
        f, added = step(a, q, now - before)
        transitions.append(f)
        own.append(f @ own[-1] @ f.T + added)
    for i in range(count):
        block = own[i]
        covariance[i * STATES : (i + 1) * STATES, i * STATES : (i + 1) * STATES] = block
        for k in range(i + 1, count):
            block = transitions[k] @ block
            covariance[k * STATES : (k + 1) * STATES, i * STATES : (i + 1) * STATES] = block
            covariance[i * STATES : (i + 1) * STATES, k * STATES : (k + 1) * STATES] = block.T
    used = np.flatnonzero(case.slot >= 0)
    rows = np.zeros((len(used), count * STATES))
    known = np.zeros(len(used))
    for r, e in enumerate(used):
        j = case.slot[e]
        rows[r, e * STATES + j] = rows[r, e * STATES + 2 * COUNT + j] = 1.0
        for k in range(RESPONSES):
            if case.multiplier_slot[k] == j:
                rows[r, e * STATES + 3 * COUNT + k] = known_part = case.inputs(k, case.time[e])
                known[r] += known_part
    noise = np.diag(case.noise[used] * case.volatility[case.slot[used]])
    return covariance, rows, noise, case.value[used] - known


@pytest.mark.parametrize(
    "rates", [{}, {"level_rate": (0.25, 0.3, 0.5), "slope_rate": (0.25, 0.3, 0.5)}], ids=["apart", "equal rates"]
)
def test_filter_and_smoother_equal_the_joint_gaussian(rates):
    case = with_moments(make(**rates))
    done = run(case)
    covariance, rows, noise, values = dense(case)
    gain = covariance @ rows.T @ np.linalg.inv(rows @ covariance @ rows.T + noise)
    mean, after = gain @ values, covariance - gain @ rows @ covariance
    tolerance = 1e-8 if not rates else 3e-5  # equal rates are taken as the limit of close ones
    np.testing.assert_allclose(done["state"], mean[-STATES:], atol=tolerance)
    np.testing.assert_allclose(done["covariance"].reshape(STATES, STATES), after[-STATES:, -STATES:], atol=tolerance)
    moments = np.flatnonzero(case.slot < 0)
    asked = np.tile(np.eye(STATES), (len(moments), 1, 1))
    means, variances = np.empty((2, len(moments), STATES))
    kernel.run_smoother(
        *(case.time, case.slot, done["innovation"], np.arange(COUNT), case.dynamics, *done["kept"]),
        *(asked, means, variances),
    )
    events = len(case.time)
    np.testing.assert_allclose(means, mean[:-STATES].reshape(events, STATES)[moments], atol=tolerance)
    np.testing.assert_allclose(variances, np.diag(after)[:-STATES].reshape(events, STATES)[moments], atol=tolerance)


def test_each_value_is_predicted_from_the_earlier_ones_alone():
    case = make()
    done = run(case)
    covariance, rows, noise, values = dense(case)
    joint = rows @ covariance @ rows.T + noise
    used = np.flatnonzero(case.slot >= 0)
    for r in (0, 4, len(used) - 1):
        past = slice(0, r)
        weights = np.linalg.solve(joint[past, past], joint[past, r]) if r else np.zeros(0)
        np.testing.assert_allclose(done["innovation"][used[r]], values[r] - weights @ values[past], atol=1e-8)
        np.testing.assert_allclose(done["variance"][used[r]], joint[r, r] - weights @ joint[past, r], atol=1e-8)


def test_what_comes_after_the_cut_is_forecast_and_not_learned_from():
    case = make()
    cut = case.time[8]
    shortened = make()
    later = shortened.time > cut
    shortened.slot = np.where(later, -1, shortened.slot)
    whole, known = run(case, cut=cut), run(shortened)
    np.testing.assert_allclose(whole["state"], known["state"], atol=1e-12)
    assert np.all(whole["variance"][later & (case.slot >= 0)] > 0)


def test_shift_statistic_is_that_of_a_regression_on_an_unknown_shock():
    case = make()
    done = run(case, watch=100.0)
    covariance, rows, noise, values = dense(case)
    inverse = np.linalg.inv(rows @ covariance @ rows.T + noise)
    a, q, _ = continuous(case)
    for variable in range(COUNT):
        found = []
        for since in np.unique(case.time):
            used = np.flatnonzero(case.slot >= 0)
            effect = np.zeros(len(used))
            for r, e in enumerate(used):
                if case.time[e] >= since:
                    carried = step(a, q, case.time[e] - since)[0][:, variable]
                    effect[r] = rows[r, e * STATES : (e + 1) * STATES] @ carried
            seen = np.sum((case.time[used] >= since) & (case.slot[used] == variable))
            information = effect @ inverse @ effect
            if seen >= 1 and information > 0:
                found.append((effect @ inverse @ values / np.sqrt(information), since))
        strongest = max(found, key=lambda pair: abs(pair[0]))
        assert done["shift"][variable, 0] == pytest.approx(strongest[0], abs=1e-7)


def test_an_unconfirmed_gross_value_is_refused_and_a_confirmed_one_is_not():
    case = make()
    case.slot[:] = 0
    case.time = np.linspace(0.0, 4.0, len(case.time))
    case.value = np.zeros(len(case.time))
    case.value[6] = 40.0
    refused = run(case, limits=(3.0, 5.0, 8.0))
    assert refused["weight"][6] == kernel.REJECTED
    quiet = make()
    quiet.slot, quiet.time, quiet.noise = case.slot.copy(), case.time, case.noise
    quiet.value = np.zeros(len(case.time))
    quiet.slot[6] = -1
    np.testing.assert_allclose(refused["state"], run(quiet, limits=(3.0, 5.0, 8.0))["state"], atol=1e-12)
    case.value[7] = 39.0
    assert 0 < run(case, limits=(3.0, 5.0, 8.0))["weight"][6] < 1
    case.value[8] = 41.0
    jumped = run(case, limits=(3.0, 5.0, 8.0))
    assert jumped["weight"][6] == kernel.JUMP
    assert abs(jumped["innovation"][7]) < 5.0


@pytest.mark.parametrize("off", [1.5, 2.5, 4.0, 7.0, 12.0, 60.0])
@pytest.mark.parametrize("doubted", [8.0, 5.0], ids=["first", "newest"])
def test_a_value_that_nothing_confirms_is_a_mixture_of_an_unusual_person_and_a_passing_moment(doubted, off):
    case = make()
    case.slot[:] = -1
    case.slot[-1] = 2
    case.until = case.time[-1]
    if doubted == 5.0:  # an earlier value that is as expected
        case.slot[2] = 2
        case.value[2] -= run(case)["innovation"][2]
    plain = run(case)
    case.value[-1] -= plain["innovation"][-1] - off * np.sqrt(plain["variance"][-1])
    # The two parts by the ordinary filter: a person `wider` times as spread as usual, and nothing learned.
    before = run(case, cut=np.nextafter(case.until, 0.0))
    freedom, passing = 4.0, 0.1
    wider = (freedom + off**2) / (freedom + 1.0)
    own = (1.0 - passing * min(1.0, (off / 3.0) ** 2)) * min(1.0, (doubted / off) ** 2)
    row = np.zeros(STATES)
    row[[2, 2 * COUNT + 2]] = 1.0
    p = before["covariance"].reshape(STATES, STATES)
    prior, surprise = row @ p @ row, off * np.sqrt(before["variance"][-1])
    gain = prior / before["variance"][-1]
    expected_mean = own * gain * surprise
    within = own * wider * prior * (1.0 - gain) + (1.0 - own) * prior
    between = own * (gain * surprise - expected_mean) ** 2 + (1.0 - own) * expected_mean**2
    found = run(case, limits=(3.0, 5.0, 8.0), lone=(freedom, passing))
    after = found["covariance"].reshape(STATES, STATES)
    assert row @ (found["state"] - before["state"]) == pytest.approx(expected_mean, rel=1e-9)
    assert row @ after @ row == pytest.approx(within + between, rel=1e-9)
    assert np.linalg.eigvalsh(after).min() > -1e-12
    assert found["variance"][-1] == before["variance"][-1]  # how astonishing it was is told by what was usual


def test_a_value_that_a_later_one_follows_is_learned_from_as_it_stands():
    case = make()
    case.slot[:] = -1
    case.slot[[0, 5, 8]] = 1
    for event, off in ((0, 0.5), (5, 2.5), (8, 0.5)):
        plain = run(case)
        case.value[event] -= plain["innovation"][event] - off * np.sqrt(plain["variance"][event])
    plain, told = (run(case, limits=(3.0, 5.0, 8.0), lone=lone) for lone in (GAUSSIAN, (4.0, 0.1)))
    np.testing.assert_array_equal(told["covariance"], plain["covariance"])
    case.slot[8] = -1
    plain, told = (run(case, limits=(3.0, 5.0, 8.0), lone=lone) for lone in (GAUSSIAN, (4.0, 0.1)))
    assert np.trace(told["covariance"].reshape(STATES, STATES)) > np.trace(plain["covariance"].reshape(STATES, STATES))


def test_covariance_stays_symmetric_and_positive_over_a_long_record():
    rng = np.random.default_rng(0)
    case = make(events=400)
    case.time = np.sort(rng.uniform(0, 15, 400))
    case.until = 40.0
    case.noise[:] = 1e-4
    covariance = run(case)["covariance"].reshape(STATES, STATES)
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-10)
    assert np.linalg.eigvalsh(covariance).min() > 0
