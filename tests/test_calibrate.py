"""Chances of a match: parameters recovered, pairs chosen as said."""

import numpy as np
import pytest
from scipy.special import expit

from vacsr_core import calibrate
from vacsr_core.errors import DataError


def test_planted_scale_and_offset_are_recovered():
    generator = np.random.default_rng(0)
    score = generator.normal(0, 3, size=20_000)
    labels = (generator.random(20_000) < expit(0.6 * score - 0.8)).astype(float)
    scale, offset = calibrate.fit(score, labels)
    assert scale == pytest.approx(0.6, abs=0.03)
    assert offset == pytest.approx(-0.8, abs=0.06)


def test_the_chance_is_a_logistic_function_of_the_expected_logit():
    means = np.array([[1.0, 3.0], [-2.0, 0.0]])
    chance = calibrate.match_chance(means, np.array([0.25, 0.75]), (2.0, -1.0))
    assert chance == pytest.approx(expit([2 * 2.5 - 1, 2 * -0.5 - 1]))


def test_chosen_pairs_are_balanced_and_right():
    generator = np.random.default_rng(1)
    owner = np.repeat(np.arange(40), 2)
    cosine = generator.random((40, 80))
    rows, columns, labels = calibrate.choose_pairs(cosine, owner, seed=0)
    assert labels.sum() == 80 and len(labels) == 160
    assert np.array_equal(labels == 1, owner[columns] == rows)
    hard = cosine[rows[80:120], columns[80:120]].mean()
    assert hard > 0.9 > cosine[rows[120:], columns[120:]].mean()


def test_near_misses_are_as_near_in_a_large_gallery():
    generator = np.random.default_rng(2)

    def nearness(images: int) -> float:
        owner = np.repeat(np.arange(images), 5)
        cosine = generator.random((images, len(owner)))
        rows, columns, labels = calibrate.choose_pairs(cosine, owner, seed=0)
        own = int(labels.sum())
        assert (labels[own:] == 0).all() and (owner[columns[own:]] != rows[own:]).all()
        return float(cosine[rows, columns][own : own + (own + 1) // 2].mean())

    # The mean of the five greatest of n uniform numbers is 1 - 3 / (n + 1).
    assert nearness(40) == pytest.approx(1 - 3 / 196, abs=0.003)
    assert nearness(400) == pytest.approx(1 - 3 / 250, abs=0.003)


def test_one_kind_alone_is_refused():
    with pytest.raises(DataError, match="only one kind"):
        calibrate.fit(np.ones(4), np.ones(4))
    with pytest.raises(DataError, match="at least two images"):
        calibrate.choose_pairs(np.ones((1, 2)), np.zeros(2, int), 0)
