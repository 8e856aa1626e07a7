"""The closed-form distance of Gaussians, and what their variances come to mean."""

import numpy as np
import pytest
import torch
from torch.nn.functional import softplus

from planted import DIMENSION, planted_pairs
from vacsr_core.contenders import RivalConfig, gaussians
from vacsr_core.contenders.gaussians import GaussianAdapter, expected_square_distance
from vacsr_core.metrics.uncertainty import error_auroc

QUICK = RivalConfig(epochs=4, batch=32, hidden=16)


def test_the_distance_is_that_of_samples():
    generator = torch.Generator().manual_seed(0)
    mean, other = (torch.randn(count, 5, generator=generator) for count in (2, 3))
    var, other_var = (torch.rand(count, 5, generator=generator) for count in (2, 3))
    found = expected_square_distance(mean, var.sum(1), other, other_var.sum(1))
    draws = 200_000
    for i in range(2):
        for j in range(3):
            a = mean[i] + var[i].sqrt() * torch.randn(draws, 5, generator=generator)
            b = other[j] + other_var[j].sqrt() * torch.randn(draws, 5, generator=generator)
            sampled = (a - b).square().sum(1).mean().item()
            assert found[i, j].item() == pytest.approx(sampled, rel=0.01)


def test_an_unfitted_adapter_ranks_as_the_cosine():
    images, captions, owner = planted_pairs(60)
    verdict = gaussians.fit(images, captions, owner, RivalConfig(epochs=0)).judge(images, captions)
    cosine = images.vectors @ captions.vectors.T
    apart = 2 - 2 * cosine + 2 * gaussians.START_VARIANCE
    assert verdict.score == pytest.approx(-apart, abs=1e-5)
    assert verdict.image_doubt["variance"] == pytest.approx(gaussians.START_VARIANCE, rel=1e-4)


def test_the_loss_is_the_cross_entropy_of_the_match_probability():
    model = GaussianAdapter(DIMENSION, 8, temperature=0.1, midpoint=1.5, rivals=3, seed=0)
    images, captions, _ = planted_pairs(4)
    pictures, texts = (torch.from_numpy(f.vectors) for f in (images, captions[::2]))
    apart = 2 - 2 * pictures @ texts.T + 2 * gaussians.START_VARIANCE
    logit = -5.0 * apart + 5.0 * 1.5
    own = torch.eye(4, dtype=torch.bool)
    each_own = softplus(-logit)[own].sum() + softplus(logit)[~own].sum()
    loss = model.losses(pictures, texts, own.float())["loss"]
    assert loss.item() == pytest.approx(each_own.item() / 4, rel=1e-4)


def test_variances_are_read_off_the_items():
    images, captions, owner = planted_pairs(60)
    fitted = gaussians.fit(images, captions, owner, QUICK)
    verdict = fitted.judge(images, captions)
    _, image, _, caption = (part.numpy() for part in fitted.model.gaussians(images, captions))
    assert verdict.caption_doubt["variance"] == pytest.approx(caption) and caption.std() > 0
    first = verdict.score.argmax(axis=0)
    assert verdict.caption_doubt["variance of both"] == pytest.approx(image[first] + caption)
    assert verdict.caption_doubt["1 - P(match)"] == pytest.approx(1 - verdict.chance.max(axis=0))
    assert fitted.parameters == sum(p.numel() for p in fitted.model.parameters()) + 3


def test_planted_generic_captions_get_the_larger_variance():
    fitted = gaussians.fit(*planted_pairs(160), RivalConfig(batch=64))
    doubt = fitted.judge(*planted_pairs(100, seed=1)[:2]).caption_doubt["variance"]
    assert error_auroc(np.arange(200) % 2 == 1, doubt) > 0.7


def test_the_same_seed_gives_the_same_numbers():
    data = planted_pairs(40)
    one, same = (gaussians.fit(*data, QUICK).judge(*data[:2]) for _ in range(2))
    assert np.array_equal(one.score, same.score) and np.array_equal(one.chance, same.chance)
