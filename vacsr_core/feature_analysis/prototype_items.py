"""A style prototype, explained by the items that carry most and least of it."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.feature_analysis.standing import Spread, spread_of

NO_PROTOTYPE = -1


def prototype_loadings(
    vectors: np.ndarray, probability: np.ndarray, prototype: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The direction in which the columns of each style prototype rise and fall together.

    The columns of a prototype show one style, some of them with the sign turned round. Their
    common direction is the first principal component of how items stand in them, where a column
    counts by 1 - p; its sign makes most of that weight positive.

    Args:
        vectors: float (N, D), all items of the kind that the prototypes were found in.
        probability: float (D,), p of each column.
        prototype: int (D,), the style prototype that each column is nearest to; -1 for none.

    Returns:
        (float64 (K, D), one row of length 1 for each prototype, 0 outside its columns; int64 (K,),
        the numbers of the prototypes, rising; those without a column that varies and has p below
        1 are left out).

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
    weight = np.sqrt(np.where(spread.is_constant, 0.0, 1.0 - p.astype(np.float64)))
    standing = spread.standing(vectors) * weight  # (N, D)
    numbers, loadings = [], []
    for number in np.unique(prototype[prototype != NO_PROTOTYPE]).tolist():
        columns = np.flatnonzero((prototype == number) & (weight > 0))
        if not len(columns):
            continue
        _, _, turned = np.linalg.svd(standing[:, columns], full_matrices=False)
        row = np.zeros(len(p))
        row[columns] = turned[0] * weight[columns]
        numbers.append(number)
        loadings.append(row * np.sign(row.sum() or 1.0) / np.linalg.norm(row))
    return np.array(loadings).reshape(-1, len(p)), np.array(numbers, np.int64)


def prototype_scores(vectors: np.ndarray, loadings: np.ndarray, spread: Spread) -> np.ndarray:
    """How much of each prototype each item carries.

    Args:
        vectors: float (N, D), items of one kind.
        loadings: float (K, D), from `prototype_loadings`.
        spread: what is usual in the library's items of that kind.

    Returns:
        float64 (K, N); 0 is the average item.
    """
    return loadings @ spread.standing(vectors).T


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
