import numpy as np
import pytest

from twin.physiology.longitudinal.even import DIMENSIONS, effect_normals, normal_quantiles, state_normals


@pytest.mark.parametrize("draws", [200, 1000])
def test_each_number_is_one_of_the_quantiles_once(draws):
    for numbers in (effect_normals(draws=draws, seed=0), state_normals(40, draws=draws, seed=0)):
        for column in np.sort(numbers, axis=0).T:
            np.testing.assert_array_equal(column, normal_quantiles(draws))


@pytest.mark.parametrize("seed", [0, 7])
def test_no_two_dimensions_are_alike(seed):
    together = np.concatenate(
        [state_normals(DIMENSIONS - 192, draws=1000, seed=seed), effect_normals(draws=1000, seed=seed)], axis=1
    )
    correlations = np.corrcoef(together.T)[np.triu_indices(DIMENSIONS, 1)]
    assert np.abs(correlations).max() < 0.05


def test_few_draws_are_shuffled_one_by_one():
    correlations = np.corrcoef(effect_normals(draws=200, seed=0).T)[np.triu_indices(192, 1)]
    assert np.abs(correlations).max() < 0.4  # a Sobol sequence this short has pairs with 1


def test_the_share_of_a_half_space_is_met_closer_than_by_chance():
    """The sum of five numbers exceeds a bound in a share of draws known exactly."""
    share = 0.2
    bound = 0.8416212335729143 * np.sqrt(5)  # the 80 % quantile
    errors = []
    for seed in range(20):
        numbers = effect_normals(draws=1000, seed=seed)
        errors.append((numbers[:, :5].sum(axis=1) > bound).mean() - share)
    assert np.sqrt(np.mean(np.square(errors))) < np.sqrt(share * (1 - share) / 1000) / 2


def test_a_state_of_many_directions_is_filled_too():
    numbers = state_normals(200, draws=1000, seed=3)
    assert numbers.shape == (1000, 200)
    assert np.abs(numbers.std(axis=0) - 1).max() < 0.15
    np.testing.assert_array_equal(numbers[:, :30], state_normals(30, draws=1000, seed=3))
