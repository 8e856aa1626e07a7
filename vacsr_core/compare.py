"""Two pairs against each other, and where one pair's plain cosine ranks among the library's."""

from __future__ import annotations

import numpy as np

from vacsr_core import mixture
from vacsr_core.errors import ShapeError
from vacsr_core.features import Features
from vacsr_core.sentences import rank_of
from vacsr_core.similarity import Similarity


def prob_above(first: Similarity, second: Similarity) -> float:
    """P(similarity of the first pair > that of the second), in closed form.

    Args:
        first, second: Similarities of shape (1, 1) from the same adapters; unlike
            `Similarity.prob_greater`, they need not lie in one matrix.

    Returns:
        In [0, 1]; 0.5 for a pair against itself.

    Raises:
        ShapeError: more than one pair, or mixtures with different weights.
    """
    for given in (first, second):
        if given.shape != (1, 1):
            raise ShapeError(f"One pair each is compared, shape (1, 1); got {given.shape}.")
    if not np.array_equal(first.weights, second.weights):
        raise ShapeError(
            "The two pairs come from different adapters; compute both with the same ones."
        )
    parts = [(pair.logit_means[0, 0], pair.logit_variances[0, 0]) for pair in (first, second)]
    return float(mixture.prob_greater(*parts, first.weights))


def cosine_ranks(
    images: Features,
    captions: Features,
    row: int,
    column: int,
    image: Features | None = None,
    caption: Features | None = None,
) -> tuple[int, int]:
    """Where a pair's plain cosine ranks, 1 = highest; ties count against it.

    Args:
        images, captions: of the whole library, N and M items.
        row, column: the pair.
        image, caption: changed items that stand in for the pair's own, one row each.

    Returns:
        (rank among the M captions for this image, rank among the N images for this caption).
    """
    vision = (images[[row]] if image is None else image).vectors[0]
    words = (captions[[column]] if caption is None else caption).vectors[0]
    among_captions = captions.vectors @ vision
    among_images = images.vectors @ words
    among_captions[column] = among_images[row] = vision @ words
    return rank_of(among_captions, column), rank_of(among_images, row)
