"""The losses against PyTorch's own distributions and against their closed forms."""

import pytest
import torch

from vacsr_core import losses


def test_kl_of_one_component_is_pytorchs():
    mean, log_var = torch.tensor([[[0.3, -1.0]]]), torch.tensor([[[0.25, 2.0]]]).log()
    normal = torch.distributions.Normal(mean, (0.5 * log_var).exp())
    wanted = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0)).sum()
    found = losses.kl_to_standard_normal(mean, log_var, torch.ones(1))
    assert found.item() == pytest.approx(wanted.item(), abs=1e-6)
    single = losses.kl_to_standard_normal(mean[..., :1], log_var[..., :1], torch.ones(1))
    assert single.item() == pytest.approx(0.3631, abs=1e-4)  # mu = 0.3, variance = 0.25


def _monte_carlo_kl(mean, log_var, weights, draws=200_000):
    torch.manual_seed(0)
    parts = torch.distributions.Independent(
        torch.distributions.Normal(mean, (0.5 * log_var).exp()), 1
    )
    both = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(weights), parts)
    prior = torch.distributions.Independent(
        torch.distributions.Normal(torch.zeros_like(mean[0]), torch.ones_like(mean[0])), 1
    )
    z = both.sample((draws,))
    return (both.log_prob(z) - prior.log_prob(z)).mean().item()


def test_mixture_kl_is_an_upper_bound_and_tight_for_equal_components():
    weights = torch.tensor([0.3, 0.7])
    mean = torch.tensor([[1.5, 0.0], [-1.0, 0.5]])
    log_var = torch.tensor([[-1.0, -0.5], [0.2, -1.5]])
    bound = losses.kl_to_standard_normal(mean, log_var, weights).item()
    assert bound > _monte_carlo_kl(mean, log_var, weights) + 0.05
    same = mean[:1].repeat(2, 1), log_var[:1].repeat(2, 1)
    bound = losses.kl_to_standard_normal(*same, weights).item()
    assert bound == pytest.approx(_monte_carlo_kl(*same, weights), abs=0.02)


def test_reconstruction_gradient_is_label_minus_sigmoid():
    logit = torch.tensor([-2.0, 0.1, 3.0], requires_grad=True)
    target = torch.tensor([1.0, 0.0, 1.0])
    value = losses.reconstruction(target, logit)
    value.sum().backward()
    assert torch.allclose(value, 0.5 * (target - torch.sigmoid(logit)) ** 2)
    assert torch.allclose(logit.grad, torch.sigmoid(logit.detach()) - target)


@pytest.mark.parametrize("error", [0.1, 0.5, 0.8])
def test_uncertainty_is_least_where_the_squashed_variance_is_the_squared_error(error):
    log_var = torch.linspace(-8, 4, 4_001)
    value = losses.uncertainty(torch.full((4_001,), error), log_var[:, None, None], torch.ones(1))
    best = log_var[value.argmin()].exp().item()
    assert best / (1 + best) == pytest.approx(error**2, rel=0.01)
    plain = losses.uncertainty(
        torch.full((4_001,), error), log_var[:, None, None], torch.ones(1), is_squashed=False
    )
    assert log_var[plain.argmin()].exp().item() == pytest.approx(error**2, rel=0.01)


def test_uncertainty_teaches_the_variance_alone():
    error = torch.tensor([0.4], requires_grad=True)
    log_var = torch.zeros(1, 2, 3, requires_grad=True)
    losses.uncertainty(error, log_var, torch.tensor([0.5, 0.5])).sum().backward()
    assert error.grad is None
    assert (log_var.grad != 0).all()


def test_hardest_negatives_are_the_highest_allowed_scores():
    score = torch.tensor([[0.9, 0.2, 0.7], [0.1, 0.8, 0.3], [0.5, 0.6, 0.4], [0.2, 0.1, 0.3]])
    allowed = torch.tensor(
        [[False, True, True], [True, False, True], [False, False, False], [True, True, True]]
    )

    def found(count):
        return [tuple(pair) for pair in torch.stack(
            losses.hardest_negatives(score, allowed, count)).T.tolist()]  # fmt: skip

    assert found(1) == [(0, 2), (1, 2), (3, 2)]
    assert found(2) == [(0, 2), (0, 1), (1, 2), (1, 0), (3, 2), (3, 0)]
    assert found(9) == [*found(2), (3, 1)]  # a row gives no more than it has


def test_cross_entropy_is_the_logarithm_of_the_chance_of_the_label():
    logit, target = torch.tensor([0.7, -2.0, 30.0]), torch.tensor([1.0, 0.0, 0.25])
    chance = torch.sigmoid(logit.double())
    wanted = -(target * chance.log() + (1 - target) * (1 - chance).log())
    assert losses.cross_entropy(target, logit).tolist() == pytest.approx(wanted.tolist(), rel=1e-4)


def test_pairs_are_weighted_by_side_or_all_alike():
    loss = torch.tensor([[1.0, 2.0], [4.0, 100.0]])
    positive = torch.tensor([[True, False], [False, False]])
    negative = torch.tensor([[False, True], [True, False]])
    assert losses.weighted_pairs(loss, positive, negative, 0.5).item() == pytest.approx(2.0)
    assert losses.weighted_pairs(loss, positive, negative, None).item() == pytest.approx(7 / 3)
