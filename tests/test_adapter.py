"""The pair adapter: unfitted it ranks as the cosine; blocks do not matter; decoding is exact."""

import copy
import json

import numpy as np
import pytest
import torch

from planted import DIMENSION, planted_pairs
from vacsr_core import Adapters, Features
from vacsr_core.adapter import PairAdapter
from vacsr_core.errors import DataError, ShapeError


@pytest.fixture
def busy():
    """An adapter whose every weight matters."""
    model = PairAdapter(DIMENSION, hidden=16, latent=5, components=3)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.3 * torch.randn(value.shape, generator=generator))
    return model


def test_unfitted_adapter_ranks_exactly_as_the_cosine():
    images, captions, _ = planted_pairs(60)
    sim = Adapters.unfitted(DIMENSION).similarity(images, captions)
    order = np.argsort(sim.cosine, axis=None, kind="stable")
    for values in (sim.mean, sim.match_probability, sim.quantile(0.9)):
        step = np.diff(values.ravel()[order])
        assert step.min() > -2e-7  # one unit of float32 just below 1, and another to spare
        assert (step[np.diff(sim.cosine.ravel()[order]) > 1e-3] > 0).all()
    assert np.ptp(sim.logit_variances, axis=(0, 1)).max() == 0.0


@pytest.mark.parametrize("pairs_at_once", [1, 7, 50, 10_000])
def test_any_block_size_gives_the_same_result(busy, pairs_at_once):
    images, captions, _ = planted_pairs(13)
    wanted = busy.logit_mixture(images.vectors, captions.vectors)
    found = busy.logit_mixture(images.vectors, captions.vectors, pairs_at_once=pairs_at_once)
    for one, other in zip(wanted, found, strict=True):
        assert other == pytest.approx(one, rel=2e-5, abs=2e-5)


def test_closed_form_logit_is_the_decoded_posterior(busy):
    """The mixture that is shown must be that of w . z + base for z drawn from the posterior."""
    images, captions, _ = planted_pairs(3)
    tensors = torch.from_numpy(images.vectors), torch.from_numpy(captions.vectors)
    with torch.no_grad():
        cosine, mean, log_var = busy.posterior(*tensors)
        drawn = torch.stack(
            [
                busy.decode(cosine, mean, log_var, torch.Generator().manual_seed(seed))[0]
                for seed in range(20_000)
            ]
        ).double()
    _, means, variances = busy.logit_mixture(images.vectors, captions.vectors)
    weights = busy.weights.detach().numpy()
    first = means @ weights
    second = (variances + means**2) @ weights - first**2
    assert drawn.mean(0).numpy() == pytest.approx(first, abs=4.5 * float(second.max()) ** 0.5 / 141)
    assert drawn.var(0).numpy() == pytest.approx(second, rel=0.06)


def test_score_is_the_sigmoid_of_the_posterior_mean(busy):
    images, captions, _ = planted_pairs(4)
    tensors = torch.from_numpy(images.vectors), torch.from_numpy(captions.vectors)
    _, score = busy.decode(*busy.posterior(*tensors), torch.Generator().manual_seed(0))
    _, means, _ = busy.logit_mixture(images.vectors, captions.vectors)
    wanted = 1 / (1 + np.exp(-(means @ busy.weights.detach().numpy())))
    assert score.numpy() == pytest.approx(wanted, abs=1e-5)


def test_saved_adapters_come_back_the_same(busy, tmp_path):
    images, captions, _ = planted_pairs(9)
    adapters = Adapters(busy, (1.5, -0.3), True, "some-backbone", "nine pairs", {"epochs": [1]})
    adapters.save(tmp_path)
    again = Adapters.load(tmp_path)
    assert (again.match, again.is_fitted, again.backbone_id) == ((1.5, -0.3), True, "some-backbone")
    assert (again.fitted_on, again.history) == ("nine pairs", {"epochs": [1]})
    one = adapters.similarity(images, captions)
    other = again.similarity(images, captions)
    assert np.array_equal(one.match_probability, other.match_probability)
    assert not list(tmp_path.glob("*.pkl")) + list(tmp_path.glob("*.pt"))


def test_saved_ensembles_come_back_the_same(busy, tmp_path):
    images, captions, _ = planted_pairs(9)
    others = [copy.deepcopy(busy) for _ in range(2)]
    for factor, other in enumerate(others, 2):
        with torch.no_grad():
            other.mean_head.weight.mul_(factor)
        other.scale_spread(0.5 * factor)  # each has a range of its own
    adapters = Adapters(busy, others=tuple(others))
    adapters.save(tmp_path)
    again = Adapters.load(tmp_path)
    assert [m.log_var_range for m in again.members] == [m.log_var_range for m in adapters.members]
    one, other = (a.similarity(images, captions) for a in (adapters, again))
    assert one.members == other.members == 3
    assert np.array_equal(one.logit_means, other.logit_means)
    assert np.array_equal(one.logit_variances, other.logit_variances)
    assert np.array_equal(one.epistemic, other.epistemic) and one.epistemic.max() > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "adapters.json",
        "vacsr.safetensors",
    ]


def test_a_file_of_one_member_names_none_and_a_missing_member_is_told(busy, tmp_path):
    Adapters(busy).save(tmp_path)
    settings = json.loads((tmp_path / "adapters.json").read_text())
    assert "members" not in settings
    assert len(Adapters.load(tmp_path).members) == 1
    settings["members"] = [{"log_var_range": [-9.0, 4.0]}] * 2
    (tmp_path / "adapters.json").write_text(json.dumps(settings))
    with pytest.raises(DataError, match=r"No adapters could be read.*member-1/"):
        Adapters.load(tmp_path)


def test_damaged_missing_and_newer_adapters_are_named(busy, tmp_path):
    with pytest.raises(DataError, match=r"adapters\.json and vacsr\.safetensors"):
        Adapters.load(tmp_path)
    Adapters(busy).save(tmp_path)
    (tmp_path / "vacsr.safetensors").write_bytes(b"not tensors")
    with pytest.raises(DataError, match="No adapters could be read"):
        Adapters.load(tmp_path)
    settings = tmp_path / "adapters.json"
    settings.write_text(settings.read_text().replace('"format": 2', '"format": 99'))
    with pytest.raises(DataError, match="format 99"):
        Adapters.load(tmp_path)


def test_stages_and_misfits():
    images, captions, _ = planted_pairs(8)
    adapters = Adapters.unfitted(DIMENSION)
    plain = adapters.similarity(images, captions, stages=())
    assert plain.cosine == pytest.approx(images.vectors @ captions.vectors.T, abs=1e-6)
    assert np.array_equal(plain.mean.argsort(axis=1), plain.cosine.argsort(axis=1))
    with pytest.raises(ShapeError, match="unknown stage \\['magic'\\]"):
        adapters.similarity(images, captions, stages=("magic",))
    with pytest.raises(ShapeError, match="caption features and image features"):
        adapters.similarity(captions, images)
    other = Features.from_vectors(np.eye(5), "caption")
    with pytest.raises(ShapeError, match="have 5 columns and the adapter was made for 24"):
        adapters.similarity(images, other)
