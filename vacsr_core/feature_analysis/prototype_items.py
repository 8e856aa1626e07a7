"""A style prototype, explained by the items that carry most and least of it."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.feature_analysis.standing import spread_of


def prototype_scores(
    vectors: np.ndarray, probability: np.ndarray, prototype: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How much of each style prototype each item carries.

    The columns of a prototype rise and fall together over items. An item's score is the mean
    over these columns of how far it stands above the average of its kind, where a column counts
    by 1 - p.

    Args:
        vectors: float (N, D), of all items of one kind.
        probability: float (D,), p of each column.
        prototype: int (D,), the style prototype that each column is nearest to.

    Returns:
        (float64 (K, N), in standard deviations of a column; int64 (K,), the number of each
        prototype, rising; those without a column that varies and has p below 1 are left out).

    Raises:
        ShapeError: the arrays do not fit.
    """
    vectors, p, prototype = np.asarray(vectors), np.asarray(probability), np.asarray(prototype)
    if vectors.ndim != 2 or not vectors.shape[1:] == p.shape == prototype.shape:
        raise ShapeError(
            f"vectors {vectors.shape}, probability {p.shape} and prototype {prototype.shape} do "
            "not fit; wanted are (N, D), (D,) and (D,)."
        )
    spread = spread_of(vectors)
    standing = spread.standing(vectors)  # (N, D)
    weight = np.where(spread.is_constant, 0.0, 1.0 - p.astype(np.float64))
    numbers = np.unique(prototype)
    share = (prototype[None] == numbers[:, None]) * weight  # (K, D)
    total = share.sum(axis=1)
    kept = total > 0
    return (share[kept] / total[kept, None]) @ standing.T, numbers[kept]


def extremes(scores: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The items of highest and of lowest score, none in both.

    Args:
        scores: float (N,).
        count: at most so many at each end; fewer where there are not twice as many items.

    Returns:
        (rows of the highest, the highest first; rows of the lowest, the lowest first), int64.
    """
    order = np.argsort(scores, kind="stable")
    count = min(count, (len(order) + 1) // 2)
    lowest = order[: min(count, len(order) - count)]
    return order[::-1][:count], lowest
