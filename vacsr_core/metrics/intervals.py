"""How sure a figure is: bootstrap intervals over queries, or over groups of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import bootstrap

from vacsr_core.errors import DataError


def share_interval(
    hits: np.ndarray, group: np.ndarray | None = None, resamples: int = 2_000, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean of hits.

    Args:
        hits: bool or float (Q,) in [0, 1], one per query.
        group: int (Q,), queries that are drawn together, such as the captions of one image;
            None where every query stands for itself.
        resamples: how many draws.
        seed: of the draws.

    Raises: DataError with fewer than two groups.
    """
    group = np.arange(len(hits)) if group is None else group
    _, place = np.unique(group, return_inverse=True)
    sums, counts = np.bincount(place, np.asarray(hits, float)), np.bincount(place)

    def statistic(sums: np.ndarray, counts: np.ndarray, axis: int = -1) -> np.ndarray:
        return sums.sum(axis=axis) / counts.sum(axis=axis)

    return percentile_interval((sums, counts), statistic, resamples, seed)


def percentile_interval(
    data: tuple[np.ndarray, ...],
    statistic: Callable,
    resamples: int,
    seed: int,
    is_vectorized: bool = True,
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a statistic of arrays that are drawn together.

    Args:
        data: arrays of the same length G.
        statistic: of the drawn arrays; where `is_vectorized`, along its argument `axis`.
        resamples: how many draws.
        seed: of the draws.
        is_vectorized: whether the statistic takes many draws at once.

    Raises: DataError where G is below 2.
    """
    if len(data[0]) < 2:
        raise DataError(f"An interval over {len(data[0])} images or queries; wanted are 2 or more.")
    found = bootstrap(
        data,
        statistic,
        n_resamples=resamples,
        batch=100 if is_vectorized else None,
        vectorized=is_vectorized,
        paired=len(data) > 1,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)
