"""Which columns are called style and which meaning: the quarters of lowest and of highest p."""

from __future__ import annotations

import numpy as np

STYLE, BETWEEN, MEANING = -1, 0, 1
QUARTER = 0.25


def leaning(probability: np.ndarray) -> np.ndarray:
    """Sort columns into style, in between, and meaning, beside each other.

    No value of p parts the two for every model: a fit may leave all columns above 0.5. So the
    words go by the quarters of its own columns.

    Args:
        probability: float (D,), p of each column.

    Returns:
        int64 (D,): -1 in the quarter of lowest p, 1 in that of highest, 0 for the rest; all 0
        where p is the same throughout.
    """
    p = np.asarray(probability, np.float64)
    low, high = np.quantile(p, [QUARTER, 1.0 - QUARTER])
    found = np.zeros(p.shape, np.int64)
    found[(p <= low) & (p < high)] = STYLE
    found[(p >= high) & (p > low)] = MEANING
    return found
