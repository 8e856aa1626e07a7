"""Shrinking a fit: what is kept of it, and that held-out comparisons decide how much."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from planted import DIMENSION, planted_pairs
from vacsr_core import FitConfig, fit_adapters
from vacsr_core.adapter import PairAdapter
from vacsr_core.errors import CancelledError
from vacsr_core.features import Features
from vacsr_core.shrink import SHARES, shrink


def wild(mean: float, spread: float) -> PairAdapter:
    """A network with noise of this size in what it adds to the cosine, and in its spreads."""
    model = PairAdapter(DIMENSION, 16, 2, 1, log_var_range=(-9.0, 9.0))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for head, size in ((model.mean_head, mean), (model.log_var_head, spread)):
            head.weight.copy_(size * torch.randn(head.weight.shape, generator=generator))
    return model.requires_grad_(False)


def products(images: Features, captions: Features, owner: np.ndarray) -> np.ndarray:
    return images.vectors[owner] * captions.vectors


def test_half_of_what_was_learnt_is_half_way_to_the_average():
    images, captions, owner = planted_pairs(40)
    model, given = wild(1.0, 0.3), products(images, captions, owner)
    half, none = copy.deepcopy(model), copy.deepcopy(model)
    half.shrink(0.5, 0.5, given)
    none.shrink(0.0, 0.0, given)
    rows = torch.from_numpy(given)
    learnt, halved, constant = (m.log_variances(rows) for m in (model, half, none))
    assert torch.allclose(halved, 0.5 * (learnt + constant), atol=1e-5)
    assert torch.allclose(constant, learnt.mean(dim=0).expand_as(constant), atol=1e-5)
    sim = none.similarity(images, captions)
    added = sim.logit_means[..., 0] - (8.0 * sim.cosine - 2.0)
    assert np.ptp(added) < 1e-5 and np.ptp(model.similarity(images, captions).logit_means) > 1
    same = copy.deepcopy(model)
    same.shrink(1.0, 1.0, given)
    assert torch.equal(same.log_variances(rows), learnt)


@pytest.mark.parametrize(("mean", "spread"), [(6.0, 0.0), (0.0, 3.0)])
def test_noise_is_taken_back_and_the_cosine_is_left(mean, spread):
    """Pairs that the cosine tells apart, and a network that only spoils them."""
    images, captions, owner = planted_pairs(60)
    exact = np.arange(0, len(owner), 2)
    given = images, captions[exact], owner[exact]
    model = wild(mean, spread)
    found = shrink([model], *given, seed=0)
    assert found["mean_share" if mean else "spread_share"] < 0.5
    assert found["kept"] < found["learnt"] - 0.1
    shares = set(SHARES)
    assert {found["mean_share"], found["spread_share"]} <= shares


def test_a_full_fit_says_what_was_kept_and_one_as_learnt_says_nothing():
    config = FitConfig(epochs=2, batch=32, hidden=8, latent=2)
    found = fit_adapters(*planted_pairs(30), config).history["shrunk"]
    assert found["kept"] <= found["learnt"]
    as_learnt = fit_adapters(*planted_pairs(30), replace(config, is_shrunk=False))
    assert "shrunk" not in as_learnt.history


def test_of_many_images_some_are_drawn(monkeypatch):
    images, captions, owner = planted_pairs(60)
    model, seen = wild(6.0, 0.0), []
    asked = PairAdapter.similarity
    monkeypatch.setattr("vacsr_core.shrink.MOST_IMAGES", 20)
    monkeypatch.setattr(
        PairAdapter,
        "similarity",
        lambda self, one, other: seen.append((len(one), len(other))) or asked(self, one, other),
    )
    assert shrink([model], images, captions, owner, seed=0)["mean_share"] < 1
    assert set(seen) == {(20, 40)}


def test_nothing_to_compare_changes_nothing_and_a_stop_is_heeded():
    images, captions, owner = planted_pairs(20)
    model = wild(1.0, 1.0)
    before = copy.deepcopy(model.state_dict())
    assert shrink([model], images, captions, np.full(len(owner), -1), seed=0) == {}
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())

    def stop() -> None:
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        shrink([model], images, captions, owner, seed=0, tick=stop)
