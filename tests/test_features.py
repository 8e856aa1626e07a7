"""Features: unit rows, checks at the border, subsets."""

import numpy as np
import pytest

from vacsr_core import Features
from vacsr_core.errors import ShapeError


def test_from_vectors_gives_unit_rows_in_the_same_direction():
    array = np.array([[3.0, 4.0], [0.0, -2.0]])
    features = Features.from_vectors(array, "image")
    assert features.vectors.dtype == np.float32
    assert features.vectors == pytest.approx(np.array([[0.6, 0.8], [0.0, -1.0]]))
    assert (len(features), features.dimension) == (2, 2)


@pytest.mark.parametrize(
    "array, message",
    [
        (np.ones(3), "one row per item"),
        (np.array([[1.0, 2.0], [np.nan, 1.0]]), "first in row 1"),
        (np.array([[1.0, 0.0], [0.0, 0.0]]), "row 1 is all zeros"),
    ],
)
def test_bad_vectors_are_refused_with_the_row(array, message):
    with pytest.raises(ShapeError, match=message):
        Features.from_vectors(array, "image")


def test_unknown_modality_and_misfit_tokens_are_refused():
    with pytest.raises(ShapeError, match="'sound'"):
        Features.from_vectors(np.ones((1, 2)), "sound")
    with pytest.raises(ShapeError, match="wanted \\(2, 3, 2\\)"):
        Features(
            np.eye(2, dtype=np.float32),
            "image",
            tokens=np.zeros((2, 3, 4), np.float32),
            token_mask=np.ones((2, 3), bool),
        )


def test_subset_takes_every_part_along():
    features = Features(
        np.eye(3, dtype=np.float32),
        "caption",
        tokens=np.arange(18, dtype=np.float32).reshape(3, 2, 3),
        token_mask=np.array([[True, True], [True, False], [True, True]]),
        words=(("a", "b"), ("c",), ("d", "e")),
        is_truncated=np.array([False, True, False]),
    )
    for rows in ([2, 1], np.array([2, 1]), slice(2, 0, -1)):
        part = features[rows]
        assert part.words == (("d", "e"), ("c",))
        assert np.array_equal(part.tokens, features.tokens[[2, 1]])
        assert part.is_truncated.tolist() == [False, True]
    assert features[np.array([False, True, False])].words == (("c",),)
    assert len(features[-1]) == 1 and features[-1].words == (("d", "e"),)
