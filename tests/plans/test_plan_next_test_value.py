"""Is the value of a measurement what the closed form says, and nothing where there is nothing to learn?"""

from math import erf, exp, pi, sqrt

import numpy as np
import pytest

from twin.physiology.longitudinal.preposterior import Clues
from twin.plans.draws import normals
from twin.plans.next_test_value import Value, basis_of, explained, value_of

DRAWS = 4000


def scores(*names):
    return np.stack([normals(name, draws=DRAWS, seed=5)[1:] for name in names], axis=1)


def clues_of(u, strength, rest=None):
    return Clues(u, np.asarray(strength, dtype=float), np.zeros((len(u), 0)) if rest is None else rest)


def normal_cdf(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


def unit_normal_loss(z):
    """Return the mean of what a standard normal number exceeds z by, or 0."""
    return exp(-z * z / 2) / sqrt(2 * pi) - z * (1 - normal_cdf(z))


@pytest.mark.parametrize("ahead", [0.0005, 0.002, 0.006])
@pytest.mark.parametrize("strength", [0.3, 0.9])
def test_two_plans_and_one_normal_unknown_as_in_the_textbook(ahead, strength):
    """Expected value of sample information = sd of the preposterior mean x unit normal loss (Raiffa, Schlaifer)."""
    u, spread = scores("u"), 0.004
    benefits = np.stack([np.zeros(DRAWS), -ahead + spread * u[:, 0]])
    value = value_of(clues_of(u, [strength]), benefits)
    known = spread * strength
    assert value.gain == pytest.approx(known * unit_normal_loss(ahead / known), rel=0.03, abs=1e-7)
    assert value.changes == pytest.approx(1 - normal_cdf(ahead / known), abs=0.003)
    assert value.gain_error < 0.03 * spread


def test_the_same_with_noise_that_no_test_shows_stays_within_its_error():
    u, noise = scores("u"), 0.01 * normals("noise", draws=DRAWS, seed=5)[1:]
    value = value_of(clues_of(u, [0.8]), np.stack([np.zeros(DRAWS), -0.002 + 0.004 * u[:, 0] + noise - noise.mean()]))
    exact = 0.0032 * unit_normal_loss(0.002 / 0.0032)
    assert abs(value.gain - exact) < 3 * value.gain_error
    assert 0 < value.gain_error < 0.3 * exact and value.is_clear


def test_what_a_test_does_not_show_costs_no_precision_where_it_is_known():
    """Another part of the state moves the benefit as much: fitted beside, its luck leaves the answer."""
    u, other = scores("u"), scores("other")
    benefits = np.stack([np.zeros(DRAWS), -0.002 + 0.004 * u[:, 0] + 0.01 * other[:, 0]])
    blind, seeing = (value_of(clues_of(u, [0.8], rest), benefits) for rest in (None, other))
    assert seeing.gain == pytest.approx(0.0032 * unit_normal_loss(0.002 / 0.0032), rel=0.01)
    assert seeing.gain_error < 0.02 * blind.gain_error
    share = explained(clues_of(u, [0.8], other), benefits[1:])[0]
    assert share == pytest.approx(0.64 * 16 / 116, abs=0.002)


def test_two_components_add_up_as_one_along_their_sum():
    u = scores("u", "v")
    both = value_of(
        clues_of(u, [0.6, 0.8]),
        np.stack([np.full(DRAWS, 0.001), 0.003 * u[:, 0] + 0.004 * u[:, 1]]),
    )
    known = sqrt((0.003 * 0.6) ** 2 + (0.004 * 0.8) ** 2)
    assert both.gain == pytest.approx(known * unit_normal_loss(0.001 / known), rel=0.05)


def test_a_curved_benefit_is_averaged_over_what_stays_open():
    """E[u^2 | t] = r^2 t^2 + 1 - r^2, so that the plan leads where t^2 exceeds a bound."""
    u, strength = scores("u"), 0.7
    value = value_of(clues_of(u, [strength]), np.stack([np.full(DRAWS, 2.0), u[:, 0] ** 2]))
    bound = sqrt((2.0 - 1 + strength**2) / strength**2)
    assert value.changes == pytest.approx(2 * (1 - normal_cdf(bound)), abs=0.004)


def test_nothing_to_learn_is_worth_exactly_nothing():
    u = scores("u")
    nothing = Value(0.0, 0.0, 0.0, 0.0)
    ahead = np.stack([np.zeros(DRAWS), 0.05 + 0.001 * u[:, 0]])
    assert value_of(clues_of(np.zeros((DRAWS, 0)), []), ahead) == nothing
    assert value_of(clues_of(u, [0.9]), ahead) == nothing
    equal = np.stack([0.01 * u[:, 0], 0.01 * u[:, 0], 0.01 * u[:, 0]])
    assert value_of(clues_of(u, [0.9]), equal) == nothing
    assert not nothing.is_clear


def test_draws_out_of_order_promise_no_more_than_their_error():
    """The null of the fit: with scores shuffled against benefits there is nothing to learn, however close the plans."""
    u = scores("u", "v")
    benefits = np.stack([np.zeros(DRAWS), -0.001 + 0.01 * u[:, 0]])
    true = value_of(clues_of(u, [0.9, 0.5]), benefits)
    shuffle = np.random.default_rng(0)
    null = [value_of(clues_of(shuffle.permutation(u), [0.9, 0.5]), benefits) for _ in range(40)]
    assert np.mean([one.gain for one in null]) < 0.01 * true.gain
    assert np.mean([one.is_clear for one in null]) <= 0.1
    assert true.is_clear


def test_a_weak_test_promises_little_even_where_the_fit_is_poor():
    u, noise = scores("u"), normals("noise", draws=DRAWS, seed=5)[1:]
    close = np.stack([np.zeros(DRAWS), 0.01 * noise])
    strong, weak = (value_of(clues_of(u, [r]), close).gain for r in (0.9, 0.01))
    assert weak < 0.02 * strong + 1e-9


def test_explained_is_the_closed_form():
    u, noise = scores("u", "v"), normals("noise", draws=DRAWS, seed=5)[1:]
    quantity = 3 * u[:, 0] + 2 * (u[:, 1] ** 2 - 1) / sqrt(2) + 4 * noise
    share, constant = explained(clues_of(u, [0.8, 0.5]), np.stack([quantity, np.ones(DRAWS)]))
    assert share == pytest.approx((9 * 0.64 + 4 * 0.5**4) / (9 + 4 + 16), abs=0.02)
    assert constant == 0.0
    assert explained(clues_of(np.zeros((DRAWS, 0)), []), quantity[None]) == [0.0]


def test_explained_finds_nothing_in_noise():
    u, chance = scores("u", "v", "w"), np.random.default_rng(1)
    found = explained(clues_of(u, [0.99] * 3), chance.standard_normal((30, DRAWS)))
    assert np.mean(found) < 0.002


def test_the_polynomials_are_orthonormal():
    basis, degrees = basis_of(np.random.default_rng(0).standard_normal((200_000, 2)))
    assert degrees.tolist() == [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    np.testing.assert_allclose(basis.T @ basis / len(basis), np.eye(6), atol=0.03)
