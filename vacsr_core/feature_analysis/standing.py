"""How an item stands in each column, beside what is usual in its library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import ShapeError

_STILL = 1e-6  # a column that moves less over the library says nothing of an item


@dataclass(frozen=True, eq=False)
class Spread:
    """What is usual in each column, over the items of one kind in a library.

    Args:
        mean: float64 (D,), the average of each column.
        std: float64 (D,), its standard deviation; 0 where the column is constant.
    """

    mean: np.ndarray
    std: np.ndarray

    @property
    def is_constant(self) -> np.ndarray:
        """bool (D,), columns with the same value in every item."""
        return self.std <= _STILL

    def standing(self, vectors: np.ndarray) -> np.ndarray:
        """Standard deviations above or below the average; 0 in a constant column.

        Args:
            vectors: float (..., D).

        Returns: float64 (..., D).
        """
        return self.in_deviations(np.asarray(vectors, np.float64) - self.mean)

    def in_deviations(self, moved: np.ndarray) -> np.ndarray:
        """Differences of vectors (..., D) in standard deviations; 0 in a constant column."""
        divisor = np.where(self.is_constant, 1.0, self.std)
        return np.where(self.is_constant, 0.0, np.asarray(moved, np.float64) / divisor)


def spread_of(vectors: np.ndarray) -> Spread:
    """Measure what is usual.

    Args:
        vectors: float (N, D), of all items of one kind.

    Raises:
        ShapeError: no items.
    """
    vectors = np.asarray(vectors, np.float64)
    if vectors.ndim != 2 or not len(vectors):
        raise ShapeError(f"vectors {vectors.shape}: wanted is (N, D) with at least one item.")
    return Spread(vectors.mean(axis=0), vectors.std(axis=0))
