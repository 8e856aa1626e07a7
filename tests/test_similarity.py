"""Similarity: what the arrays say, in any chunk size, and clear errors."""

from dataclasses import replace

import numpy as np
import pytest

from vacsr_core import Similarity, similarity
from vacsr_core.errors import ShapeError

WEIGHTS = np.array([0.4, 0.6])


@pytest.fixture
def sim():
    generator = np.random.default_rng(0)
    shape = (6, 9, 2)
    return Similarity(
        cosine=generator.uniform(-1, 1, shape[:2]).astype(np.float32),
        logit_means=generator.normal(0, 2, shape).astype(np.float32),
        logit_variances=generator.uniform(0.05, 3, shape).astype(np.float32),
        weights=WEIGHTS,
        match_scale=1.3,
        match_offset=-0.4,
    )


def test_everything_agrees_with_draws(sim):
    draws = sim.sample(40_000, seed=0).astype(np.float64)
    error = 4.5 * draws.std(axis=0) / 200
    assert (np.abs(draws.mean(axis=0) - sim.mean) < error).all()
    assert draws.std(axis=0) == pytest.approx(sim.std, rel=0.03)
    low, high = sim.interval(0.9)
    assert ((draws > low) & (draws < high)).mean(axis=0) == pytest.approx(0.9, abs=0.008)
    assert (draws <= 0.3).mean(axis=0) == pytest.approx(sim.cdf(0.3), abs=0.012)
    logits = np.log(draws / (1 - draws))
    expected = 1.3 * logits.mean(axis=0) - 0.4 - np.log(5)  # six images: odds of 1 to 5
    assert 1 / (1 + np.exp(-expected)) == pytest.approx(sim.match_probability, abs=0.01)


def test_a_larger_gallery_makes_a_match_less_likely_and_parts_keep_it(sim):
    part = sim[[1, 4], [2, 3, 8]]
    assert part.gallery == 6
    assert np.array_equal(part.match_probability, sim.match_probability[np.ix_([1, 4], [2, 3, 8])])
    larger = replace(sim, gallery=5_001)

    def odds(chance: np.ndarray) -> np.ndarray:
        return chance.astype(np.float64) / (1 - chance.astype(np.float64))

    assert (larger.match_probability < sim.match_probability).all()
    few, many = (replace(sim, gallery=images).match_probability for images in (2, 11))
    assert odds(few) == pytest.approx(10 * odds(many), rel=1e-3)
    assert np.array_equal(replace(sim, gallery=1).match_probability, few)


def test_chunks_do_not_change_the_result(sim, monkeypatch):
    whole = sim[:, :]
    wanted = whole.mean, whole.std, whole.match_probability, whole.quantile(0.1), whole.cdf(0.6)
    monkeypatch.setattr(similarity, "PAIRS_AT_ONCE", 7)
    found = sim.mean, sim.std, sim.match_probability, sim.quantile(0.1), sim.cdf(0.6)
    for one, other in zip(wanted, found, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-6)


def test_shapes_and_types(sim):
    assert sim.shape == sim.mean.shape == sim.std.shape == (6, 9)
    assert sim.mean.dtype == sim.std.dtype == sim.match_probability.dtype == np.float32
    assert (sim.std > 0).all() and (sim.std <= 0.5).all()
    grid = np.linspace(0, 1, 11)
    assert sim.pdf(grid).shape == sim.cdf(grid).shape == (6, 9, 11)
    assert sim.cdf(grid)[..., 3] == pytest.approx(sim.cdf(0.3))
    assert sim.sample(5, 1).shape == (5, 6, 9)


def test_subset_is_the_same_pairs(sim):
    part = sim[[4, 1], 2:5]
    assert part.shape == (2, 3)
    assert np.array_equal(part.mean, sim.mean[[4, 1], 2:5])
    assert np.array_equal(part.match_probability, sim.match_probability[[4, 1], 2:5])
    assert sim[3, 7].mean.shape == (1, 1) and sim[3, 7].mean[0, 0] == sim.mean[3, 7]
    mask = np.arange(9) % 2 == 0
    assert np.array_equal(sim[:, mask].std, sim.std[:, mask])


def test_prob_greater_takes_numbers_and_arrays(sim):
    one = sim.prob_greater((0, 1), (2, 3))
    assert isinstance(one, float)
    many = sim.prob_greater((np.array([0, 2]), np.array([1, 3])), (np.array([2, 0]), [3, 1]))
    assert many == pytest.approx([one, 1 - one])


def test_prob_best_sums_to_one_along_its_axis(sim):
    assert sim.prob_best(0).sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    assert sim.prob_best(1).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    winner = sim.sample(30_000, 2).argmax(axis=1)  # (n, M)
    seen = np.stack([(winner == i).mean(axis=0) for i in range(6)])
    assert seen == pytest.approx(sim.prob_best(0), abs=0.014)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda s: s.quantile(0.0), "quantile 0.0 asked for"),
        (lambda s: s.interval(1.5), "level 1.5 asked for"),
        (lambda s: s.cdf(1.2), "each in \\[0, 1\\]"),
        (lambda s: s.prob_best(2), "axis 2 asked for"),
        (lambda s: s[0], "sim\\[rows, columns\\]"),
    ],
)
def test_wrong_questions_get_a_clear_answer(sim, call, message):
    with pytest.raises(ShapeError, match=message):
        call(sim)


def test_bad_arrays_are_refused(sim):
    zeros, ones = np.zeros((2, 2), np.float32), np.ones((2, 2, 2), np.float32)
    with pytest.raises(ShapeError, match="greater than 0"):
        Similarity(zeros, ones, 0 * ones, WEIGHTS)
    with pytest.raises(ShapeError, match="NaN"):
        Similarity(zeros, np.nan * ones, ones, WEIGHTS)
    with pytest.raises(ShapeError, match="wanted \\(N, M\\)"):
        Similarity(zeros, ones[:1], ones, WEIGHTS)


def test_no_pairs_is_not_an_error():
    empty = Similarity(np.zeros((0, 3), np.float32), *[np.ones((0, 3, 1), np.float32)] * 2)
    assert empty.mean.shape == (0, 3) and empty.prob_best(1).shape == (0, 3)
