"""Label noise: exactly the share asked for, and nobody keeps the own label."""

import numpy as np
import pytest

from vacsr_core.errors import DataError
from vacsr_core.label_noise import shuffle_captions


def owners(images: int = 40, each: int = 5) -> np.ndarray:
    """Five captions an image, and some of nobody among them."""
    owner = np.repeat(np.arange(images), each)
    return np.insert(owner, [3, 50, len(owner)], -1)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_exactly_that_share_gets_another_label_and_images_keep_their_number(share, seed):
    owner = owners()
    noisy, is_shuffled = shuffle_captions(owner, share, seed)
    assert is_shuffled.sum() == share * 200
    assert np.array_equal(noisy != owner, is_shuffled)
    assert (noisy[owner < 0] == -1).all() and (owner >= 0)[is_shuffled].all()
    assert np.array_equal(np.bincount(noisy[noisy >= 0]), np.full(40, 5))


def test_where_most_are_of_one_image_they_go_to_any_other():
    owner = np.array([0] * 8 + [1, 2])
    for seed in range(20):
        noisy, is_shuffled = shuffle_captions(owner, 1.0, seed)
        assert is_shuffled.all() and (noisy != owner).all()
        assert set(noisy[:8]) <= {1, 2}
    (moved,) = np.flatnonzero(shuffle_captions(np.array([4, 4, 7, -1]), 0.3, 0)[1])
    assert shuffle_captions(np.array([4, 4, 7, -1]), 0.3, 0)[0][moved] == (4 if moved == 2 else 7)


def test_the_seed_decides_and_the_given_rows_stay_as_they_are():
    owner = owners()
    before = owner.copy()
    one, again, other = (shuffle_captions(owner, 0.5, seed) for seed in (1, 1, 2))
    assert np.array_equal(owner, before)
    assert np.array_equal(one[0], again[0]) and not np.array_equal(one[0], other[0])
    # Not one block moved to one place: the captions of an image are scattered.
    first = one[0][(owner == 7) & one[1]]
    assert len(set(first)) > 1


def test_shares_beyond_all_and_a_single_image_are_refused():
    with pytest.raises(DataError, match=r"share of 1.5 captions.*in \[0, 1\]"):
        shuffle_captions(owners(), 1.5, 0)
    with pytest.raises(DataError, match="All 3 labelled captions belong to one image"):
        shuffle_captions(np.array([2, 2, -1, 2]), 0.5, 0)
