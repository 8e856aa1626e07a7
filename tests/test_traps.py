"""Mistakes seen in published code, and three ways in which honest figures mislead.

One test each: the first five that our measures are free of the mistake, the last three that ours
show what the misleading figure hides.
"""

import numpy as np
import pytest
import torch
from scipy.stats import linregress, norm
from sklearn.metrics import average_precision_score, r2_score
from torch import distributions

from vacsr_core import losses, mixture
from vacsr_core.metrics import calibration, retrieval, uncertainty


def test_trap_1_kl_takes_the_logarithm_of_the_variance():
    """Read as the logarithm of a std, or halved first, 0.3631 becomes 0.1416."""
    mean, variance = torch.tensor([[0.3]]), torch.tensor([[0.25]])
    found = losses.kl_to_standard_normal(mean, variance.log(), torch.ones(1)).item()
    wanted = distributions.kl_divergence(
        distributions.Normal(0.3, 0.5), distributions.Normal(0.0, 1.0)
    ).item()
    assert wanted == pytest.approx(0.3631, abs=1e-4)
    assert found == pytest.approx(wanted, abs=1e-6)


def test_trap_2_a_closed_form_of_two_densities_is_their_integral():
    """An inclusion score with its log-variance terms doubled is off by 1.

    We use none; P(one pair is above the other) is our integral over a product of densities.
    """
    weights = np.array([0.35, 0.65])
    first = np.array([0.4, -1.2]), np.array([0.05, 1.5])
    second = np.array([0.9, -0.3]), np.array([2.0, 0.3])
    grid = np.linspace(-15, 15, 60_001)

    def of_mixture(of_normal, pair):
        return sum(
            w * of_normal(grid, m, np.sqrt(v)) for w, m, v in zip(weights, *pair, strict=True)
        )

    wanted = np.trapezoid(of_mixture(norm.pdf, first) * of_mixture(norm.cdf, second), grid)
    assert 0.2 < wanted < 0.45
    assert mixture.prob_greater(first, second, weights) == pytest.approx(wanted, abs=1e-6)


def test_trap_3_the_kl_of_a_mixture_is_an_upper_bound_tight_where_components_agree():
    weights = torch.tensor([0.4, 0.6])
    mean, log_var = torch.tensor([[2.0], [-1.0]]), torch.tensor([[-1.0], [-0.5]])

    def integral(mean: torch.Tensor, log_var: torch.Tensor) -> float:
        grid = torch.linspace(-12, 12, 40_001)
        each = distributions.Normal(mean, (0.5 * log_var).exp())  # (K, 1)
        log_density = torch.logsumexp(each.log_prob(grid) + weights.log()[:, None], dim=0)
        ratio = log_density - distributions.Normal(0.0, 1.0).log_prob(grid)
        return torch.trapezoid(log_density.exp() * ratio, grid).item()

    bound = losses.kl_to_standard_normal(mean, log_var, weights).item()
    assert integral(mean, log_var) + 0.3 < bound
    same = mean[:1].repeat(2, 1), log_var[:1].repeat(2, 1)
    bound = losses.kl_to_standard_normal(*same, weights).item()
    assert bound == pytest.approx(integral(*same), abs=1e-4)


def test_trap_4_scores_below_0_count_and_map_at_r_is_divided_by_r():
    """A library's average precision takes targets of scores <= 0 for misses: 0.0 for 0.83."""
    scores, own = np.array([-0.1, -0.2, -0.3]), np.array([True, False, True])
    assert average_precision_score(own, scores) == pytest.approx(5 / 6)
    assert uncertainty.error_average_precision(own, scores) == pytest.approx(5 / 6)
    generator = np.random.default_rng(0)
    scores, own = generator.normal(size=(20, 40)), generator.random((20, 40)) < 0.1
    for measure in (retrieval.mean_average_precision_at_r, retrieval.r_precision):
        assert measure(scores - 9, own) == measure(scores + 9, own) > 0
    assert (
        retrieval.best_ranks(scores - 9, own)[0] == retrieval.best_ranks(scores + 9, own)[0]
    ).all()
    # One hit, at the first of R = 3 places: cut at R and divided by the hits it would be 1.
    scores, own = np.array([[9.0, 8, 7, 6, 5]]), np.array([[1, 0, 0, 1, 1]], bool)
    assert retrieval.mean_average_precision_at_r(scores, own) == pytest.approx(1 / 3)


def test_trap_5_r_squared_is_of_the_fitted_line():
    """The coefficient of determination of levels against values is no R² of their line."""
    quality = np.repeat([0.9, 0.7, 0.5, 0.3, 0.1], 20)
    levels, doubt = np.arange(5), np.arange(100)
    assert r2_score(levels, [0.9, 0.7, 0.5, 0.3, 0.1]) < -1  # a perfect line
    assert uncertainty.bin_pearson(doubt, quality, bins=5) ** 2 == pytest.approx(1.0)
    noisy = quality + np.random.default_rng(0).normal(size=100)
    means = noisy.reshape(5, 20).mean(axis=1)
    wanted = linregress(levels, means).rvalue ** 2
    assert 0.05 < wanted < 0.95
    assert uncertainty.bin_pearson(doubt, noisy, bins=5) ** 2 == pytest.approx(wanted)


def test_warning_1_binned_correlation_is_no_evidence():
    """A doubt that hardly knows anything draws an almost perfect line through bins."""
    generator = np.random.default_rng(0)
    is_error = generator.random(25_000) < 0.5
    doubt = generator.normal(size=25_000) + 0.17 * is_error
    assert uncertainty.bin_pearson(doubt, ~is_error) < -0.9
    assert uncertainty.error_auroc(is_error, doubt) < 0.56
    assert uncertainty.partial_spearman(doubt, is_error) < 0.1
    assert uncertainty.normalised_aurc(is_error, doubt) < 0.15


def test_warning_2_calibration_error_over_all_pairs_is_empty():
    """Where one pair in 5,000 matches, saying so of every pair looks calibrated; skill says 0."""
    labels = np.arange(500_000) % 5_000 == 0
    found = calibration.figures(np.full(500_000, 2e-4), labels)
    assert found["ece"] < 1e-5 and found["ece_width"] < 1e-5
    assert found["prevalence"] == pytest.approx(2e-4)
    assert found["brier_skill"] == pytest.approx(0.0, abs=1e-9)


def test_warning_3_one_convention_of_aurc():
    """Surest right, next right, last wrong: 0.111 as the mean of risks, 0.083 by trapezia."""
    is_error, doubt = np.array([0, 1, 0]), 1 - np.array([0.7, 0.6, 0.8])
    assert uncertainty.aurc(is_error, doubt) == pytest.approx(1 / 9)
