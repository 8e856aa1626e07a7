"""The cosine keeps its ranking; its temperature comes from held-out pairs alone."""

import dataclasses

import numpy as np
import pytest

from planted import planted_pairs
from vacsr_core import Features
from vacsr_core.contenders import RivalConfig, cosine
from vacsr_core.contenders.config import split_pairs
from vacsr_core.metrics.uncertainty import error_auroc
from vacsr_core.temperature import fit_temperature

DOUBTS = {"max cosine", "margin", "entropy", "1 - softmax of the first", "1 - P(match)"}


def test_score_and_doubts_are_the_cosines():
    images, captions, owner = planted_pairs(60)
    fitted = cosine.fit(images, captions, owner)
    verdict = fitted.judge(images, captions)
    products = images.vectors @ captions.vectors.T
    assert np.array_equal(verdict.score, products) and fitted.parameters == 3
    assert set(verdict.image_doubt) == set(verdict.caption_doubt) == DOUBTS
    assert verdict.image_doubt["max cosine"] == pytest.approx(1 - products.max(axis=1))
    assert verdict.caption_doubt["max cosine"] == pytest.approx(1 - products.max(axis=0))
    part = np.sort(products, axis=0)
    assert verdict.caption_doubt["margin"] == pytest.approx(part[-2] - part[-1], abs=1e-6)


def test_only_held_out_pairs_count():
    images, captions, owner = planted_pairs(60)
    config = RivalConfig(seed=2)
    found = cosine.fit(images, captions, owner, config).softmax
    _, held_out = split_pairs(images, captions, owner, config)
    score = held_out.images.vectors @ held_out.captions.vectors.T
    assert found.temperature == fit_temperature(score, held_out.owner)
    other = cosine.fit(images, captions, owner, dataclasses.replace(config, seed=3)).softmax
    assert other.temperature != found.temperature


def test_the_entropy_finds_generic_captions():
    images, captions, owner = planted_pairs(160)
    fitted = cosine.fit(images, captions, owner)
    fresh = planted_pairs(100, seed=1)
    doubt = fitted.judge(*fresh[:2]).caption_doubt["entropy"]
    is_generic = np.arange(len(doubt)) % 2 == 1
    assert error_auroc(is_generic, doubt) > 0.95


def test_a_gallery_lowers_the_chance_and_leaves_the_score():
    images, captions, owner = planted_pairs(40)
    fitted = cosine.fit(images, captions, owner)
    here, large = (fitted.judge(images, captions, gallery) for gallery in (None, 4_000))
    assert np.array_equal(here.score, large.score)
    assert (large.chance <= here.chance).all() and large.chance.mean() < here.chance.mean()


def test_features_need_not_be_of_the_fitted_size():
    images, captions, owner = planted_pairs(40)
    one = Features(images.vectors[:1], "image")
    verdict = cosine.fit(images, captions, owner).judge(one, captions[:1])
    assert verdict.score.shape == (1, 1) and verdict.image_doubt["margin"].tolist() == [0.0]
