"""Classes in words: the mean of prompts, and the nearest class."""

import numpy as np
import pytest

from vacsr_core.errors import ShapeError
from vacsr_core.metrics import zero_shot
from vacsr_core.metrics.zero_shot import class_vectors, zero_shot_accuracy, zero_shot_hits


def unit(generator, *shape):
    drawn = generator.normal(size=shape)
    return drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)


def test_class_vectors_are_the_direction_of_the_mean():
    prompts = unit(np.random.default_rng(0), 5, 7, 16)
    for row, of_class in zip(class_vectors(prompts), prompts, strict=True):
        assert np.linalg.norm(row) == pytest.approx(1)
        assert row @ of_class.sum(axis=0) == pytest.approx(np.linalg.norm(of_class.sum(axis=0)))
    assert class_vectors(np.array([[[1.0, 0], [-1, 0]]])).tolist() == [[0, 0]]


def test_accuracy_equals_a_loop(monkeypatch):
    generator = np.random.default_rng(1)
    images, prompts = unit(generator, 90, 8), unit(generator, 4, 3, 8)
    wanted = generator.integers(4, size=90)
    named = [of_class.mean(axis=0) / np.linalg.norm(of_class.mean(axis=0)) for of_class in prompts]
    right = [max(range(4), key=lambda c, i=i: images[i] @ named[c]) for i in range(90)] == wanted
    assert zero_shot_accuracy(images, wanted, prompts) == right.mean()
    assert 0.1 < right.mean() < 0.5  # neither all nor none
    monkeypatch.setattr(zero_shot, "CHUNK", 7)
    assert (zero_shot_hits(images, wanted, class_vectors(prompts)) == right).all()


def test_planted_classes_are_found_and_ties_are_not():
    prompts = np.repeat(np.eye(5)[:, None], 3, axis=1)
    wanted = np.arange(20) % 5
    assert zero_shot_accuracy(np.eye(5)[wanted], wanted, prompts) == 1.0
    assert zero_shot_accuracy(np.eye(5)[wanted], (wanted + 1) % 5, prompts) == 0.0
    same = np.ones((5, 3, 4)) / 2
    assert zero_shot_accuracy(np.ones((20, 4)) / 2, wanted, same) == 0.0


def test_errors_say_what_came():
    with pytest.raises(ShapeError, match=r"\(5, 4\); wanted \(C, T, D\)"):
        class_vectors(np.ones((5, 4)))
    with pytest.raises(ShapeError, match="one of 0 to 2 for each of 2 images"):
        zero_shot_hits(np.ones((2, 3)), np.array([0, 3]), np.eye(3))
    with pytest.raises(ShapeError, match=r"\(2, 4\) and named \(3, 3\)"):
        zero_shot_hits(np.ones((2, 4)), np.array([0, 1]), np.eye(3))
