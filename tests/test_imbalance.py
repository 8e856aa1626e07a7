"""Noise and insufficiency: nothing at level 0, as much as is said at others, the same by seed."""

import numpy as np
import pytest
from PIL import Image

from vacsr_core import Features
from vacsr_core.errors import DataError
from vacsr_core.imbalance import degrade_image, drop_words, noisy_features

TEXTS = ["a brown dog runs over the wet grass", "two children", "dog", "", "one two three four"]


def test_noise_leaves_the_cosine_that_its_docstring_names():
    rows = Features.from_vectors(np.random.default_rng(1).normal(size=(200, 512)), "image")
    assert np.array_equal(noisy_features(rows, 0.0, 0).vectors, rows.vectors)
    for level in (0.3, 0.5, 0.8):
        noisy = noisy_features(rows, level, 0)
        cosine = (noisy.vectors * rows.vectors).sum(axis=1).mean()
        expected = (1 - level) / np.hypot(1 - level, level)
        assert cosine == pytest.approx(expected, abs=0.01)
        assert np.linalg.norm(noisy.vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    only = noisy_features(rows, 1.0, 0).vectors
    assert abs((only * rows.vectors).sum(axis=1).mean()) < 0.02
    assert np.array_equal(only, noisy_features(rows, 1.0, 0).vectors)
    assert not np.array_equal(only, noisy_features(rows, 1.0, 1).vectors)


def test_noise_drops_the_tokens():
    rows = Features(
        vectors=np.eye(2, dtype=np.float32),
        modality="caption",
        tokens=np.ones((2, 1, 2), np.float32),
        token_mask=np.ones((2, 1), bool),
        words=(("a",), ("b",)),
    )
    assert noisy_features(rows, 0.5, 0).tokens is None


def test_half_of_the_words_go_and_the_rest_keep_their_order():
    assert drop_words(TEXTS, 0.0, 3) == TEXTS
    for text, short in zip(TEXTS, drop_words(TEXTS, 0.5, 3), strict=True):
        words, kept = text.split(), short.split()
        assert len(kept) == max(min(len(words), 1), len(words) - round(len(words) / 2))
        rest = iter(words)
        assert all(word in rest for word in kept)  # a subsequence
    assert [len(text.split()) for text in drop_words(TEXTS, 1.0, 3)] == [1, 1, 1, 0, 1]


def test_more_words_go_at_a_higher_level_and_none_comes_back():
    before = [set(text.split()) for text in drop_words(TEXTS[:1], 0.25, 5)]
    for level in (0.5, 0.75, 1.0):
        now = [set(text.split()) for text in drop_words(TEXTS[:1], level, 5)]
        assert now[0] < before[0]
        before = now
    assert drop_words(TEXTS, 0.5, 5) == drop_words(TEXTS, 0.5, 5) != drop_words(TEXTS, 0.5, 6)


def test_pictures_are_blurred_and_cropped_by_level():
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    spreads = [np.asarray(degrade_image(picture, level, "blur", 0)).std() for level in (0, 0.3, 1)]
    assert spreads[0] == pytest.approx(noise.std()) and spreads[0] > 2 * spreads[1] > 2 * spreads[2]
    assert degrade_image(picture, 0.0, "crop", 0).size == (90, 60)
    window = degrade_image(picture, 0.5, "crop", 4)
    assert window.size == (54, 36)
    is_there = [
        np.array_equal(noise[top : top + 36, left : left + 54], np.asarray(window))
        for top in range(25)
        for left in range(37)
    ]
    assert sum(is_there) == 1
    assert np.array_equal(np.asarray(window), np.asarray(degrade_image(picture, 0.5, "crop", 4)))


def test_what_is_out_of_range_is_a_sentence():
    rows = Features.from_vectors(np.eye(3), "image")
    with pytest.raises(DataError, match=r"level is 1\.5; wanted is a number from 0 to 1"):
        noisy_features(rows, 1.5, 0)
    with pytest.raises(DataError, match="level is -1"):
        drop_words(TEXTS, -1, 0)
    with pytest.raises(DataError, match="level is nan"):
        degrade_image(Image.new("RGB", (4, 4)), float("nan"), "blur", 0)
    with pytest.raises(DataError, match="kind is 'tilt'; choose one of blur, crop"):
        degrade_image(Image.new("RGB", (4, 4)), 0.5, "tilt", 0)
