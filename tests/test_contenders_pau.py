"""PAU's uncertainty is high for what fits everything; betas come from held-out ranks."""

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from planted import DIMENSION, planted_pairs
from vacsr_core.contenders import RivalConfig, pau
from vacsr_core.metrics.uncertainty import error_auroc

PROTOTYPES = torch.eye(8, 10)


def test_the_formula_on_one_item_by_hand():
    item = normalize(torch.tensor([[3.0, 4.0] + 8 * [0.0]]), dim=1)
    evidence = np.exp(10 * np.array([0.6, 0.8, *6 * [0.0]]) / 5)
    wanted = 1 - 8 / (evidence + 1).sum()
    assert pau.uncertainty(item, 2 * PROTOTYPES, 10.0).item() == pytest.approx(wanted, rel=1e-5)


def test_a_generic_item_gets_more_uncertainty_than_one_that_fits_nothing():
    generic = normalize(torch.tensor([8 * [1.0] + 2 * [0.0]]), dim=1)
    foreign = normalize(torch.tensor([8 * [0.0] + 2 * [1.0]]), dim=1)
    found = pau.uncertainty(torch.cat([generic, foreign, -generic]), PROTOTYPES, 50.0)
    assert found[0] > 0.9 and found[1] == pytest.approx(0.5) and found[2] < 0.1


def test_diversity_is_the_mean_squared_cosine():
    assert pau.diversity(3 * PROTOTYPES).item() == pytest.approx(0.0, abs=1e-6)
    assert pau.diversity(torch.ones(4, 3)).item() == pytest.approx(1.0, abs=1e-5)
    pair = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    assert pau.diversity(pair).item() == pytest.approx(0.36, abs=1e-5)


def test_mean_similarity_leaves_own_pairs_out():
    cosine = torch.tensor([[0.9, 0.2, 0.4], [0.5, 0.0, 0.5], [0.1, 0.1, 0.6]])
    found = pau.mean_similarity(cosine, torch.eye(3))
    assert found.tolist() == pytest.approx([0.5, 1.0, 0.0])


def test_the_total_loss_is_weighted_as_in_the_paper():
    model = pau.PrototypeAdapter(DIMENSION, 8, 0.1, 0)
    images, captions, _ = planted_pairs(8)
    parts = model.losses(
        torch.from_numpy(images.vectors), torch.from_numpy(captions.vectors[::2]), torch.eye(8)
    )
    wanted = parts["contrast"] + 100 * parts["uncertainty"] + 0.015 * parts["diversity"]
    assert parts["loss"].item() == pytest.approx(wanted.item())
    parts["uncertainty"].backward()
    assert model.image_head.last.weight.grad is None and model.log_scale.grad is None
    assert model.text_prototypes.grad.abs().sum() > 0


def test_planted_generic_captions_are_doubted():
    fitted = pau.fit(*planted_pairs(160), RivalConfig(batch=64))
    images, captions, _ = planted_pairs(100, seed=1)
    verdict = fitted.judge(images, captions)
    is_generic = np.arange(200) % 2 == 1
    assert error_auroc(is_generic, verdict.caption_doubt["uncertainty"]) > 0.9
    image, caption = fitted.model.uncertainties(images, captions)
    both = verdict.pair_doubt["uncertainty of both"]
    assert both == pytest.approx(image[:, None] + caption[None, :])
    first = verdict.score.argmax(axis=1)
    at_first = verdict.image_doubt["uncertainty of both"]
    assert at_first == pytest.approx(image + caption[first])


def test_reranking_takes_off_what_the_betas_say():
    model = pau.PrototypeAdapter(DIMENSION, 8, 0.1, 0)
    cosine = np.array([[0.5, 0.4]])
    found = pau.reranked(model, cosine, np.array([0.2]), np.array([0.0, 0.5]), (1.0, 4.0))
    assert found[0] == pytest.approx([5.0 - 0.2, 4.0 - 0.2 - 2.0])


def test_betas_are_those_that_mend_held_out_ranks():
    images, captions, _ = planted_pairs(8)
    model = pau.PrototypeAdapter(DIMENSION, 8, 0.1, 0)
    exact = pau.Pairs(images, captions[::2], np.arange(8))
    cosine = np.full((8, 8), 0.1) + 0.1 * np.eye(8)
    calm = np.zeros(8), np.zeros(8)
    assert pau.choose_betas(model, cosine, calm, exact) == (0.0, 0.0)
    generic = np.r_[1.0, np.zeros(7)]
    cosine[:, 0] += 0.35  # the first caption is 3.5 logits too near to every image, own ones 1
    assert pau.choose_betas(model, cosine, (np.zeros(8), generic), exact) == (0.0, 4.0)
    assert pau.choose_betas(model, cosine.T, (generic, np.zeros(8)), exact) == (4.0, 0.0)


def test_ties_count_against_a_reciprocal_rank():
    score = np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 0.0]])
    own = np.array([[False, False, True], [True, False, False]])
    assert pau.reciprocal_rank(score, own) == pytest.approx(0.5)


def test_the_same_seed_gives_the_same_numbers():
    data, config = planted_pairs(40), RivalConfig(epochs=3, batch=32)
    one, same = (pau.fit(*data, config) for _ in range(2))
    first, second = (fitted.judge(*data[:2]) for fitted in (one, same))
    assert np.array_equal(first.score, second.score)
    assert np.array_equal(first.image_doubt["uncertainty"], second.image_doubt["uncertainty"])
    assert one.betas == same.betas
    assert one.parameters == sum(p.numel() for p in one.model.parameters()) + 5
