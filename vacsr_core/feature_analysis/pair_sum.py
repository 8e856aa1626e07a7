"""A pair's cosine as a sum over columns, with the semantic weights and without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import ShapeError


@dataclass(frozen=True, eq=False)
class PairSum:
    """What each column adds to the cosine of an image and a caption.

    Args:
        unweighted: float64 (D,); the sum is the plain cosine.
        weighted: float64 (D,); the sum is the cosine once both sides are multiplied by the roots
            of p and brought back to length 1.
        beyond: float64 (D,), the weighted addition less what the column adds for this image with
            the library's captions on average: what speaks for this very caption.
    """

    unweighted: np.ndarray
    weighted: np.ndarray
    beyond: np.ndarray


def pair_sum(
    image: np.ndarray, caption: np.ndarray, probability: np.ndarray, captions: np.ndarray
) -> PairSum:
    """Take a pair's cosine apart.

    Args:
        image, caption: float (D,), unit vectors.
        probability: float (D,), p of each column, in [0, 1].
        captions: float (M, D), unit vectors of the captions that the image could have; M from 1.

    Raises:
        ShapeError: the arrays do not fit, or p leaves nothing of a vector.
    """
    image, caption, p, captions = (
        np.asarray(a, np.float64) for a in (image, caption, probability, captions)
    )
    if not image.shape == caption.shape == p.shape == captions.shape[1:] or not len(captions):
        raise ShapeError(
            f"image {image.shape}, caption {caption.shape}, probability {p.shape} and captions "
            f"{captions.shape} do not fit; wanted are (D,), (D,), (D,) and (M, D), M at least 1."
        )
    vision, words, others = (weigh(a, p) for a in (image, caption, captions))
    added = vision * words
    return PairSum(image * caption, added, added - vision * others.mean(axis=0))


def deciding(added: np.ndarray, share: float = 0.5) -> np.ndarray:
    """The fewest columns that make up a share of all that is added and taken away.

    Args:
        added: float (D,), what each column adds; may be negative.
        share: in (0, 1], of the sum of absolute values.

    Returns:
        int64, column numbers from 0, the strongest first; empty where nothing is added.
    """
    size = np.abs(np.asarray(added, np.float64))
    order = np.argsort(-size, kind="stable")
    total = size.sum()
    if total == 0.0:
        return np.zeros(0, np.int64)
    needed = int(np.searchsorted(np.cumsum(size[order]), share * total * (1 - 1e-12))) + 1
    return order[:needed]


def weigh(vectors: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Vectors (..., D) times the roots of p, brought back to length 1.

    Raises:
        ShapeError: nothing is left of a vector.
    """
    scaled = np.asarray(vectors, np.float64) * np.sqrt(np.asarray(probability, np.float64))
    length = np.linalg.norm(scaled, axis=-1, keepdims=True)
    if (length == 0).any():
        raise ShapeError(
            "With these weights nothing is left of a vector: p is 0 in every column that it uses. "
            "Find the columns again, on more pairs."
        )
    return scaled / length
