"""What matched pairs say of single columns: how often signs agree, and plain correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.features import Features
from vacsr_core.pico.interaction import tokens_of

CHUNK = 512  # items whose tokens are looked at together


@dataclass(frozen=True, eq=False)
class Signs:
    """Signs of the tokens of N items.

    Args:
        balance: float64 (N, D), positive minus negative tokens of each item in each column.
        count: float64 (N,), tokens of each item.
    """

    balance: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, features: Features) -> Signs:
        """Count, a chunk of items at a time."""
        tokens, mask = tokens_of(features)
        balance = np.empty((len(features), features.dimension))
        for start in range(0, len(features), CHUNK):
            part, real = tokens[start : start + CHUNK], mask[start : start + CHUNK, :, None]
            up = np.count_nonzero((part > 0) & real, axis=1)
            balance[start : start + CHUNK] = up - np.count_nonzero((part < 0) & real, axis=1)
        return cls(balance, mask.sum(axis=1).astype(float))


def sign_probability(
    images: Signs, captions: Signs, image_rows: np.ndarray, caption_rows: np.ndarray
) -> np.ndarray:
    """Pseudo-semantic probability: how often a patch and a word of a matched pair agree in sign.

    The share of positive products v_pd t_wd over all patches p and words w of all pairs. Nobody
    has to form the products: a product is positive where both are positive or both negative, so
    counts of signs suffice. A product of exactly 0 counts one half, so that a column that is
    constantly 0 says nothing.

    Args:
        images: of N items; captions: of M items.
        image_rows, caption_rows: int (Q,), the two sides of each matched pair, Q at least 1.

    Returns:
        float64 (D,) in [0, 1].

    Source: arXiv 2510.11175, pseudo-semantic probability.
    """
    surplus, products = 0.0, 0.0
    for start in range(0, len(image_rows), CHUNK):
        rows, columns = image_rows[start : start + CHUNK], caption_rows[start : start + CHUNK]
        surplus = surplus + np.einsum("qd,qd->d", images.balance[rows], captions.balance[columns])
        products += float(images.count[rows] @ captions.count[columns])
    return 0.5 + 0.5 * surplus / products


def column_correlation(
    images: Features, captions: Features, image_rows: np.ndarray, caption_rows: np.ndarray
) -> np.ndarray:
    """Pearson correlation of each column of the global vectors over matched pairs.

    Returns: float64 (D,) in [-1, 1]; 0 where a column is constant.
    """
    left = images.vectors[image_rows].astype(np.float64)
    right = captions.vectors[caption_rows].astype(np.float64)
    left -= left.mean(axis=0)
    right -= right.mean(axis=0)
    spread = np.sqrt((left**2).sum(axis=0) * (right**2).sum(axis=0))
    return (left * right).sum(axis=0) / np.where(spread > 1e-12, spread, np.inf)
