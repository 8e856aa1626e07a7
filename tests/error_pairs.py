"""Pairs with planted answers for the tests of the error analysis."""

import numpy as np

from vacsr_core import Similarity
from vacsr_core.library_items import LibraryCaption

# Rows are images, columns captions; the labels are 0 0 1 2 and the last caption is nobody's.
LABELS = np.array([0, 0, 1, 2, -1])
LOGITS = np.array(
    [
        [3.0, -1.0, -2.0, 1.0, 0.0],
        [0.0, 2.0, 1.0, 1.0, 2.0],
        [-3.0, 1.0, 0.5, 1.0, 0.5],
    ],
    np.float32,
)


def certain(logits: np.ndarray, variance: float = 0.04) -> Similarity:
    """Pairs of one component each, with the logit means given."""
    means = np.asarray(logits, np.float32)[..., None]
    return Similarity(np.tanh(means[..., 0] / 4), means, np.full_like(means, variance), gallery=2)


def planted(pairs: int = 40, seed: int = 1) -> tuple[Similarity, np.ndarray]:
    """One caption an image; a quarter of the captions prefers another image, and by less."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-3.0, 0.3, (pairs, pairs))
    for column in range(pairs):
        own, other = column, (column + 1) % pairs
        logits[own, column] = 3.0 if column % 4 else 0.5
        logits[other, column] = -2.0 if column % 4 else 0.8
    return certain(logits, 0.2), np.arange(pairs)


def made_captions(count: int) -> list[LibraryCaption]:
    """Captions of 4 or 12 words, with a tag that follows the planted errors and one of ids."""
    return [
        LibraryCaption(
            f"c{i}", "one word " * (2 if i % 2 else 6), f"i{i}",
            extra={"level": "hard" if i % 4 == 0 else "easy", "row": str(i), "empty": ""},
        )
        for i in range(count)
    ]  # fmt: skip
