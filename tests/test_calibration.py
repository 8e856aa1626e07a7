"""Calibration on a gallery: the planted spread, odds and offset are found again."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from planted import planted_pairs
from vacsr_core import Adapters, Similarity, calibration
from vacsr_core.errors import DataError
from vacsr_core.marked_pairs import MarkedPairs


def gallery(images: int, spread: float = 1.0, seed: int = 0) -> tuple[Similarity, np.ndarray]:
    """True logits have the standard deviation 0.8 around what is believed; the best one is own.

    Args:
        spread: what the believed standard deviation is multiplied by.
    """
    generator = np.random.default_rng(seed)
    believed = generator.normal(0, 1, (images, 3 * images))
    truth = believed + 0.8 * generator.standard_normal(believed.shape)
    variances = np.full((*believed.shape, 1), (0.8 * spread) ** 2, np.float32)
    sim = Similarity(believed.astype(np.float32), believed[..., None].astype(np.float32), variances)
    return sim, truth.argmax(axis=0)


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.5])
def test_the_planted_spread_is_recovered(spread, monkeypatch):
    sim, owner = gallery(40, spread)
    # Captions choose their image here; images do not choose a caption.
    both = calibration.leaders
    monkeypatch.setattr(calibration, "leaders", lambda sim, axis, most: both(sim, 0, most))
    assert calibration.fit_spread(sim, owner, 0) == pytest.approx(1 / spread, rel=0.12)


def planted_odds(images: int, seed: int) -> tuple[Similarity, np.ndarray]:
    """Log-likelihood ratio 2 x - 2 with x ~ N(2, 1) for own pairs and N(0, 1) for others."""
    generator = np.random.default_rng(seed)
    owner = np.repeat(np.arange(images), 2)
    is_own = owner[None, :] == np.arange(images)[:, None]
    x = generator.standard_normal(is_own.shape) + 2.0 * is_own
    logits = x[..., None].astype(np.float32)
    return Similarity(logits[..., 0], logits, np.full_like(logits, 1e-6)), owner


def test_the_odds_of_chance_are_recovered_and_hold_in_a_gallery_of_another_size():
    sim, owner = planted_odds(300, seed=1)
    pairs = calibration.gallery_pairs(sim, owner, seed=0)
    assert pairs.weights @ pairs.labels == 600
    assert pairs.weights.sum() == pytest.approx(300 * 600)
    scale, offset = calibration.fit_match(sim, pairs)
    assert scale == pytest.approx(2.0, abs=0.25) and offset == pytest.approx(-2.0, abs=0.25)
    new, its_owner = planted_odds(600, seed=2)
    new = replace(new, match_scale=scale, match_offset=offset)
    rows, columns = calibration.shortlist(new, its_owner)
    is_own = its_owner[columns] == rows
    chance = new.match_probability[rows, columns]
    truth = expit(2 * new.logit_means[rows, columns, 0] - 2 - np.log(599))
    assert np.abs(chance - truth).max() < 0.08
    assert chance.mean() == pytest.approx(is_own.mean(), rel=0.1)


def test_few_pairs_without_a_mistake_give_a_finite_slope():
    """Ten images whose captions are told apart without a mistake prove no certainty."""
    logits = np.where(np.eye(10, dtype=bool), 1.0, -1.0)[..., None].astype(np.float32)
    sim = Similarity(logits[..., 0], logits, np.full_like(logits, 1e-3))
    scale, offset = calibration.fit_match(sim, calibration.gallery_pairs(sim, np.arange(10), 0))
    assert 1.0 < scale < 6.0 and np.isfinite(offset)
    assert 0.3 < calibration.fit_spread(sim, np.arange(10), 0) <= 1.01


def test_unsure_pairs_and_captions_without_an_image_stay_out():
    sim, owner = planted_odds(30, seed=3)
    owner[:4] = -1
    marked = MarkedPairs.of([(5, 20, "unsure"), (6, 21, "match"), (5, 10, "no match")])
    pairs = calibration.gallery_pairs(sim, marked.settled(owner), 0, marked)
    said = set(zip(pairs.rows.tolist(), pairs.columns.tolist(), pairs.labels, strict=True))
    assert not {(5, 20, 0.0), (5, 20, 1.0)} & said
    assert (6, 21, 1.0) in said and (5, 10, 1.0) not in said
    assert pairs.columns.min() == 4 and 10 not in pairs.columns  # it has no image any more
    with pytest.raises(DataError, match="at least two images"):
        calibration.gallery_pairs(sim, np.full(60, -1), 0)


def test_calibrated_adapters_keep_the_cosines_order_where_they_must_and_tell_figures():
    images, captions, owner = planted_pairs(60, seed=4)
    fresh = Adapters.unfitted(images.dimension)
    fresh.vacsr.is_ranking_kept = True
    before = fresh.similarity(images, captions)
    after = calibration.calibrated(fresh, images, captions, owner, seed=0)
    sim = after.similarity(images, captions)
    assert np.abs(sim.mean - before.mean).max() < 1e-6
    factor = after.history["spread_factor"]
    assert sim.logit_variances == pytest.approx(factor**2 * before.logit_variances, rel=1e-4)
    figures = after.history["validation"]
    assert figures["images"] == 60 and 0 < figures["brier_skill"] < 1
    again = calibration.calibrated(after, images, captions, owner, seed=0)
    assert again.history["spread_factor"] == pytest.approx(1.0, abs=0.25)
