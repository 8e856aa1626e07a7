"""Two-alternative choice and recall against what a slow count gives."""

import numpy as np
import pytest

from vacsr_core.errors import DataError
from vacsr_core.rank_figures import recall_at, two_alternative

OWNER = np.array([0, 0, 1, 2, 2, 2, 3])


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 6, (4, 7)) / 5.0  # with ties


def test_two_alternative_counts_every_stranger_and_half_of_the_ties(scores):
    def beats(mine, other):
        return 1.0 if mine > other else 0.5 if mine == other else 0.0

    images, captions = [], []
    for column, row in enumerate(OWNER):
        mine = scores[row, column]
        images.append(np.mean([beats(mine, scores[i, column]) for i in range(4) if i != row]))
        others = [beats(mine, scores[row, c]) for c in range(7) if OWNER[c] != row]
        captions.append(np.mean(others))
    wanted = 0.5 * (np.mean(images) + np.mean(captions))
    assert two_alternative(scores, OWNER) == pytest.approx(wanted)


def test_recall_counts_ties_against_us(scores):
    for k in (1, 2):
        of_captions = np.mean(
            [sum(scores[i, c] >= scores[row, c] for i in range(4) if i != row) < k
             for c, row in enumerate(OWNER)]
        )  # fmt: skip
        of_images = np.mean(
            [sum(scores[i, c] >= scores[i, i == OWNER].max() for c in range(7) if OWNER[c] != i) < k
             for i in range(4)]
        )  # fmt: skip
        assert recall_at(scores, OWNER, k) == (of_images, of_captions)
    assert recall_at(np.zeros((4, 7)), OWNER, 1) == (0.0, 0.0)


def test_unlabelled_captions_are_rivals_and_no_queries():
    scores = np.array([[0.5, 0.1, 0.9], [0.0, 0.4, 0.0]])
    assert recall_at(scores, np.array([0, 1, -1]), 1) == (0.5, 1.0)
    with pytest.raises(DataError, match="at least two images"):
        two_alternative(scores, np.array([0, 0, -1]))
