"""Doubtful labels: planted ones are found first, counted, and never mixed up with the others."""

import numpy as np
import pytest

from vacsr_core import Similarity
from vacsr_core.errors import ShapeError
from vacsr_core.suspects import doubtful_labels, unlabelled_matches


@pytest.fixture
def planted():
    """Four images with two captions each; one label is wrong and two matches are not labelled."""
    labels = np.array([0, 0, 1, 1, 2, 2, 3, -1])
    logits = np.full((4, 8), -3.0, np.float32)
    logits[labels[:7], np.arange(7)] = 3.0
    logits[1, 2] = -2.0  # the wrong label
    logits[3, 2] = 2.5  # what caption 2 really shows
    logits[0, 7] = 1.5  # a caption without an image
    means = logits[..., None]
    sim = Similarity(np.zeros((4, 8), np.float32), means, np.full_like(means, 0.2))
    return sim, labels


def test_planted_matches_without_a_label_come_first(planted):
    found = unlabelled_matches(*planted)
    assert list(zip(found.rows, found.columns, strict=True)) == [(3, 2), (0, 7)]
    assert found.total == 2
    assert (np.diff(found.match_probability) < 0).all()


def test_the_planted_wrong_label_is_the_only_one(planted):
    found = doubtful_labels(*planted)
    assert (found.rows.tolist(), found.columns.tolist(), found.total) == ([1], [2], 1)
    assert found.match_probability[0] == pytest.approx(planted[0].match_probability[1, 2])


def test_lists_are_cut_and_the_rest_is_counted(planted):
    sim, labels = planted
    everything = unlabelled_matches(sim, labels, least=0.0, most=5)
    assert len(everything.rows) == 5
    assert everything.total == 4 * 8 - 7
    worst = doubtful_labels(sim, labels, below=1.0, most=3)
    assert (len(worst.rows), worst.total, worst.columns[0]) == (3, 7, 2)


def test_a_labelled_pair_is_never_listed_as_unlabelled(planted):
    sim, labels = planted
    found = unlabelled_matches(sim, labels, least=0.0, most=100)
    assert not (labels[found.columns] == found.rows).any()


def test_each_image_can_be_listed_once_with_its_surest_pair(planted):
    sim, labels = planted
    found = unlabelled_matches(sim, labels, least=0.0, is_once=True)
    assert sorted(found.rows.tolist()) == [0, 1, 2, 3]
    assert found.total == 4 * 8 - 7
    assert (found.rows[0], found.columns[0]) == (3, 2)
    assert (np.diff(found.match_probability) <= 0).all()


def test_labels_that_do_not_fit_are_refused(planted):
    with pytest.raises(ShapeError, match=r"shape \(3,\); pairs of shape \(4, 8\)"):
        unlabelled_matches(planted[0], np.zeros(3, int))


def test_pairs_that_are_known_are_neither_listed_nor_counted(planted):
    known = np.zeros((4, 8), bool)
    known[3, 2] = True
    found = unlabelled_matches(*planted, known=known)
    assert list(zip(found.rows, found.columns, strict=True)) == [(0, 7)]
    assert found.total == 1
