"""Two pairs against each other, and ranks of the plain cosine."""

from dataclasses import replace

import numpy as np
import pytest

from beliefs import some_pairs
from vacsr_core import Features
from vacsr_core.compare import cosine_ranks, prob_above
from vacsr_core.errors import ShapeError


def test_pairs_of_one_matrix_give_what_the_matrix_says():
    sim = some_pairs()
    wanted = sim.prob_greater((1, 2), (3, 4))
    assert prob_above(sim[1, 2], sim[3, 4]) == pytest.approx(wanted)
    assert prob_above(sim[3, 4], sim[1, 2]) == pytest.approx(1 - wanted)
    assert prob_above(sim[1, 2], sim[1, 2]) == pytest.approx(0.5)


def test_pairs_from_different_adapters_are_refused():
    sim = some_pairs()
    other = replace(sim, weights=np.array([0.5, 0.5]))
    with pytest.raises(ShapeError, match="different adapters"):
        prob_above(sim[0, 0], other[0, 0])
    with pytest.raises(ShapeError, match=r"got \(2, 1\)"):
        prob_above(sim[[0, 1], 0], sim[0, 0])


@pytest.fixture
def library():
    angles = np.deg2rad([0, 10, 50, 90])
    captions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    images = np.array([[1.0, 0.0], [0.0, 1.0]])
    return Features.from_vectors(images, "image"), Features.from_vectors(captions, "caption")


def test_ranks_count_captions_and_images(library):
    assert cosine_ranks(*library, row=0, column=1) == (2, 1)
    assert cosine_ranks(*library, row=0, column=3) == (4, 2)


def test_a_changed_caption_stands_in_for_its_own(library):
    like_image = Features.from_vectors(np.array([[1.0, 0.01]]), "caption")
    assert cosine_ranks(*library, row=0, column=3, caption=like_image) == (2, 1)
    turned = Features.from_vectors(np.array([[-1.0, 0.0]]), "image")
    assert cosine_ranks(*library, row=0, column=0, image=turned) == (4, 2)
    assert cosine_ranks(*library, row=0, column=0) == (1, 1)


def test_ties_count_against_the_pair(library):
    images, captions = library
    assert cosine_ranks(images, captions[[0, 0, 1]], row=0, column=0)[0] == 2
