"""Closed forms against libraries and against draws."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from vacsr_core import mixture

WEIGHTS = np.array([0.35, 0.65])
DRAWS = 200_000


@pytest.fixture(scope="module")
def pairs():
    """Thirty pairs from surely different to surely alike, narrow and wide."""
    generator = np.random.default_rng(3)
    means = generator.uniform(-6, 6, size=(30, 2))
    variances = generator.uniform(0.01, 9.0, size=(30, 2))
    return means, variances


def test_probit_sum_is_the_sigmoid():
    x = np.linspace(-40, 40, 20_001)
    mean, _ = mixture.moments(x[:, None], np.full((len(x), 1), 1e-12), np.ones(1))
    assert np.abs(mean - expit(x)).max() < 5e-9
    assert (np.diff(mean) >= 0).all()


@pytest.mark.parametrize("m, v", [(0.3, 0.5), (-4.0, 2.0), (2.0, 25.0), (-1.0, 1e-4)])
def test_moments_agree_with_integration(m, v):
    normal = stats.norm(m, np.sqrt(v))
    first = normal.expect(expit, epsabs=1e-12, limit=400)
    second = normal.expect(lambda x: expit(x) ** 2, epsabs=1e-12, limit=400)
    mean, variance = mixture.moments(np.array([m]), np.array([v]), np.ones(1))
    assert mean == pytest.approx(first, abs=2e-8)
    assert variance == pytest.approx(second - first**2, abs=5e-8)


def test_mean_and_std_agree_with_draws(pairs):
    draws = mixture.sample(DRAWS, 0, *pairs, WEIGHTS).astype(np.float64)
    mean, variance = mixture.moments(*pairs, WEIGHTS)
    error = draws.std(axis=0) / np.sqrt(DRAWS)
    assert (np.abs(draws.mean(axis=0) - mean) < 4.5 * error).all()
    assert draws.std(axis=0) == pytest.approx(np.sqrt(variance), rel=0.01)


@pytest.mark.parametrize("q", [0.05, 0.25, 0.5, 0.95])
def test_quantile_agrees_with_draws_and_inverts_the_cdf(pairs, q):
    draws = mixture.sample(DRAWS, 1, *pairs, WEIGHTS)
    x = mixture.logit_quantile(q, *pairs, WEIGHTS)
    assert mixture.logit_cdf(x, *pairs, WEIGHTS) == pytest.approx(q, abs=1e-8)
    below = (draws < expit(x)).mean(axis=0)
    assert (np.abs(below - q) < 4.5 * np.sqrt(q * (1 - q) / DRAWS)).all()


def test_quantile_of_far_apart_narrow_components():
    means, variances = np.array([[-5.0, 5.0]]), np.full((1, 2), 1e-4)
    x = mixture.logit_quantile(0.35 / 2, means, variances, WEIGHTS)
    assert x == pytest.approx(-5.0, abs=1e-6)  # the median of the first component


def test_one_component_is_the_logit_normal():
    x = np.linspace(0.02, 0.98, 25)
    m, v = np.array([0.4]), np.array([1.7])
    normal = stats.norm(0.4, np.sqrt(1.7))
    assert mixture.cdf(x, m, v, np.ones(1)) == pytest.approx(normal.cdf(logit(x)), abs=1e-12)
    density = normal.pdf(logit(x)) / (x * (1 - x))
    assert mixture.pdf(x, m, v, np.ones(1)) == pytest.approx(density, rel=1e-12)


def test_density_integrates_to_one_and_is_zero_at_the_ends(pairs):
    grid = expit(np.linspace(-30, 30, 40_001))
    density = mixture.pdf(grid, pairs[0][:, None], pairs[1][:, None], WEIGHTS)
    assert np.trapezoid(density, grid, axis=1) == pytest.approx(1.0, abs=2e-4)
    assert mixture.pdf(np.array([0.0, 1.0]), np.zeros(1), np.ones(1), np.ones(1)).tolist() == [0, 0]


def test_prob_greater_agrees_with_draws_and_is_antisymmetric(pairs):
    means, variances = pairs
    first, second = (means[:15], variances[:15]), (means[15:], variances[15:])
    chance = mixture.prob_greater(first, second, WEIGHTS)
    draws = mixture.sample(DRAWS, 2, means, variances, WEIGHTS)
    seen = (draws[:, :15] > draws[:, 15:]).mean(axis=0)
    assert (np.abs(seen - chance) < 4.5 * np.sqrt(0.25 / DRAWS)).all()
    assert mixture.prob_greater(second, first, WEIGHTS) == pytest.approx(1 - chance, abs=1e-12)
    assert mixture.prob_greater(first, first, WEIGHTS) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("rivals", [2, 5, 30])
def test_prob_best_agrees_with_draws(pairs, rivals):
    means, variances = pairs[0][:rivals], pairs[1][:rivals]
    chance = mixture.prob_best(means, variances, WEIGHTS)
    draws = mixture.sample(DRAWS, 4, means, variances, WEIGHTS)
    seen = np.bincount(draws.argmax(axis=1), minlength=rivals) / DRAWS
    assert chance.sum() == pytest.approx(1.0)
    assert np.abs(chance - seen).max() < 4.5 * np.sqrt(0.25 / DRAWS)


def test_prob_best_of_two_is_prob_greater():
    means, variances = np.array([[0.2, 1.0], [0.5, 0.1]]), np.array([[0.5, 2.0], [1e-4, 0.3]])
    greater = mixture.prob_greater((means[0], variances[0]), (means[1], variances[1]), WEIGHTS)
    assert mixture.prob_best(means, variances, WEIGHTS)[0] == pytest.approx(greater, abs=2e-4)


def test_prob_best_of_equals_and_of_a_clear_leader():
    assert mixture.prob_best(np.zeros((7, 1)), np.ones((7, 1)), np.ones(1)) == pytest.approx(1 / 7)
    clear = mixture.prob_best(np.array([[9.0], [0.0], [0.0]]), np.full((3, 1), 0.01), np.ones(1))
    assert clear.tolist() == [1.0, 0.0, 0.0]


def test_prob_best_of_hundreds_agrees_with_plain_quadrature():
    """Narrow and wide rivals together: the worst case for a grid that all of them share."""
    generator = np.random.default_rng(6)
    means = generator.normal(0, 1, (600, 2))
    variances = generator.choice([3e-4, 1e-2, 1.0], (600, 1)) * np.ones(2)
    grid = np.linspace(0, 10, 20_001)
    expected = np.zeros(600)
    for part in np.array_split(np.arange(20_001), 100):
        cells = grid[np.r_[part[0] - (part[0] > 0), part]]
        below = mixture.logit_cdf(cells, means[:, None], variances[:, None], WEIGHTS)
        with np.errstate(divide="ignore", invalid="ignore"):
            others = np.nan_to_num(np.exp(np.log(below).sum(axis=0) - np.log(below)))
        expected += (np.diff(below, axis=1) * (others[:, 1:] + others[:, :-1]) / 2).sum(axis=1)
    assert expected.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.abs(mixture.prob_best(means, variances, WEIGHTS) - expected).max() < 2e-4


def test_same_seed_same_draws(pairs):
    first = mixture.sample(50, 7, *pairs, WEIGHTS)
    assert np.array_equal(first, mixture.sample(50, 7, *pairs, WEIGHTS))
    assert not np.array_equal(first, mixture.sample(50, 8, *pairs, WEIGHTS))
