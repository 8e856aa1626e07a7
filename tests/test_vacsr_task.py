"""The loss of a batch, switch by switch, against one worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from planted import planted_pairs
from vacsr_core import FitConfig, fit_adapters
from vacsr_core.errors import DataError
from vacsr_core.vacsr_task import VacsrTask

SMALL = FitConfig(hidden=16, latent=4, batch=24)
BATCH = torch.arange(12), torch.arange(0, 24, 2)


def task(member: int = 0, **switches) -> VacsrTask:
    """A task with a network whose every weight matters."""
    made = VacsrTask(*planted_pairs(30), replace(SMALL, **switches), None, member=member)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for value in made.model.parameters():
            value.add_(0.2 * torch.randn(value.shape, generator=generator))
    made.generator.manual_seed(1)
    return made


@torch.no_grad()
def by_hand(made: VacsrTask, negatives: int) -> float:
    """L_sigma- of a batch with one pair an image, in plain loops over rows and columns."""
    cosine, mean, log_var = made.model.posterior(
        made.image_rows[BATCH[0]], made.caption_rows[BATCH[1]]
    )
    _, score = made.model.decode(cosine, mean, log_var, torch.Generator().manual_seed(1))
    values = []
    for row in range(12):
        strangers = [column for column in range(12) if column != row]
        strangers.sort(key=lambda column: -float(score[row, column]))
        for column in strangers[:negatives]:
            squashed = torch.sigmoid(log_var[row, column])
            error = (1.0 - score[row, column]) ** 2
            each = 0.5 * (error / squashed + squashed.log()).mean(dim=-1)
            values.append(float(each @ made.model.weights))
    return float(np.mean(values))


@pytest.mark.parametrize("negatives", [1, 3, 11])
def test_hard_negatives_are_the_highest_scores_of_each_row(negatives):
    made = task(hard_negatives=negatives)
    found = float(made.loss(*BATCH)["sigma_negative"].detach())
    assert found == pytest.approx(by_hand(made, negatives), rel=1e-4)


def test_more_hard_negatives_change_nothing_else():
    one, four = (task(hard_negatives=count).loss(*BATCH) for count in (1, 4))
    for name in ("reconstruction", "kl", "sigma_positive"):
        assert one[name].item() == four[name].item()
    assert one["sigma_negative"].item() != four["sigma_negative"].item()
    assert FitConfig().hard_negatives == 1


def test_the_baseline_is_cross_entropy_of_the_posterior_mean_and_draws_nothing():
    made = task(is_deterministic=True, positive_share=None)
    before = made.generator.get_state()
    (name, value), = made.loss(*BATCH).items()  # fmt: skip
    assert name == "reconstruction" and torch.equal(made.generator.get_state(), before)
    _, means, _ = made.model.logit_mixture(
        made.images.vectors[BATCH[0]], made.captions.vectors[BATCH[1]]
    )
    chance = 1 / (1 + np.exp(-(means @ made.model.weights.detach().numpy()).astype(float)))
    label = np.eye(12)
    wanted = -(label * np.log(chance) + (1 - label) * np.log(1 - chance)).mean()
    assert value.item() == pytest.approx(wanted, rel=1e-4)


def test_the_baseline_learns_the_mean_and_leaves_the_variance():
    made = task(is_deterministic=True)
    head = [value.clone() for value in made.model.log_var_head.parameters()]
    mean = made.model.mean_head.weight.clone()
    first = made.validate()["loss"]
    for _ in range(20):
        made.step(0.0)
    for one, other in zip(head, made.model.log_var_head.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(mean, made.model.mean_head.weight)
    assert made.validate()["loss"] < first


def test_a_fitted_baseline_doubts_every_pair_alike():
    images, captions, owner = planted_pairs(60)
    config = replace(SMALL, is_deterministic=True, epochs=3)
    sim = fit_adapters(images, captions, owner, config).similarity(images, captions)
    assert np.ptp(sim.logit_variances, axis=(0, 1)).max() < 1e-5
    assert np.ptp(sim.logit_means) > 1.0


def test_the_validation_of_the_baseline_is_its_own_loss_on_held_out_pairs():
    made = task(is_deterministic=True)
    images, captions = made.held_out_images, made.held_out_captions
    sim = made.model.similarity(made.images[images], made.captions[captions])
    logit = sim.logit_means @ sim.weights
    own = images[:, None] == made.owner[captions][None, :]
    each = np.where(own, np.logaddexp(0, -logit), np.logaddexp(0, logit))
    wanted = (each[own].mean() + 23 * each[~own].mean()) / 24  # as in a batch of 24
    assert made.validate()["loss"] == pytest.approx(wanted, rel=1e-5)
    even = task(is_deterministic=True, positive_share=0.5).validate()["loss"]
    assert even == pytest.approx(0.5 * each[own].mean() + 0.5 * each[~own].mean(), rel=1e-5)


def test_members_differ_in_weights_and_batches_but_hold_out_the_same_images():
    plain = [VacsrTask(*planted_pairs(30), SMALL, None, member=member) for member in (0, 0, 1)]
    first, again, other = plain
    assert torch.equal(first.model.encoder_weight, again.model.encoder_weight)
    assert not torch.equal(first.model.encoder_weight, other.model.encoder_weight)
    assert np.array_equal(first.held_out_images, other.held_out_images)
    assert torch.equal(first.model.scale, other.model.scale)  # all start at the same cosine
    assert torch.equal(first._batch(), again._batch())
    assert not torch.equal(first._batch(), other._batch())


@pytest.mark.parametrize("name", ["components", "hard_negatives", "members"])
def test_switches_below_one_and_switches_that_exclude_each_other_are_refused(name):
    with pytest.raises(DataError, match=f"{name} is 0; wanted is at least 1"):
        FitConfig(**{name: 0})
    with pytest.raises(DataError, match="choose one of them"):
        FitConfig(is_deterministic=True, is_ranking_kept=True)


@pytest.mark.parametrize("components", [1, 2, 4])
def test_any_number_of_components_is_fitted(components):
    images, captions, owner = planted_pairs(40)
    fitted = fit_adapters(images, captions, owner, replace(SMALL, components=components, epochs=2))
    sim = fitted.similarity(images, captions)
    assert sim.logit_means.shape == (40, 80, components) and len(sim.weights) == components
    assert (np.ptp(sim.logit_variances, axis=(0, 1)) > 0).all()
