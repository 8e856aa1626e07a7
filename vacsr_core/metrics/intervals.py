"""How sure a figure is: bootstrap intervals over queries, or over groups of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy.stats import DegenerateDataWarning, bootstrap

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


def grouped_interval(
    group: np.ndarray, statistic: Callable[[np.ndarray], float], resamples: int, seed: int
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a statistic of rows that are drawn group by group.

    Args:
        group: int (P,), rows that are drawn together: those of one image.
        statistic: of the drawn rows, int (P',), with repetitions.
        resamples, seed: how many draws, and their seed.

    Returns, Raises: as of `percentile_interval`.
    """
    group = np.asarray(group)
    order = np.argsort(group, kind="stable")
    _, starts = np.unique(group[order], return_index=True)
    rows = np.split(order, starts[1:])  # of each group, in ascending order of groups

    def of_groups(drawn: np.ndarray) -> float:
        return statistic(np.concatenate([rows[index] for index in drawn]))

    return percentile_interval((np.arange(len(rows)),), of_groups, resamples, seed, False)


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

    Returns: (low, high). Draws in which the statistic is not defined, such as those without an
        error to detect, are left out; NaN where none is left.

    Raises: DataError where G is below 2.
    """
    if len(data[0]) < 2:
        raise DataError(f"An interval over {len(data[0])} images or queries; wanted are 2 or more.")
    with warnings.catch_warnings():  # all draws alike is an answer too: an interval of no width
        warnings.simplefilter("ignore", DegenerateDataWarning)
        drawn = bootstrap(
            data,
            statistic,
            n_resamples=resamples,
            batch=100 if is_vectorized else None,
            vectorized=is_vectorized,
            paired=len(data) > 1,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return float("nan"), float("nan")
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)
