"""Do two columns rise together? Spearman's rank correlation, also beyond others, with interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.columns import columns
from vacsr_core.metrics.intervals import grouped_interval


def partial_spearman(x: np.ndarray, y: np.ndarray, given: np.ndarray | None = None) -> float:
    """Spearman's correlation of what is left of x and y once others have said their part.

    The ranks of x and of y are each regressed on the ranks of the others; what remains is
    correlated. For a single other this is (r_xy - r_xg r_yg) / sqrt((1 - r_xg²)(1 - r_yg²)).

    Args:
        x, y: float (P,).
        given: float (P,), or (P, G) of several; None leaves plain Spearman.

    Returns: float in [-1, 1]; NaN where nothing remains of x or of y.

    Raises: ShapeError where the columns do not fit each other or hold NaN.
    """
    others = {} if given is None else _others(given)
    x, y, *given = (rankdata(column) for column in columns(x=x, y=y, **others))
    known = np.column_stack([np.ones(len(x)), *given])
    ranks = np.column_stack([x, y])
    left = ranks - known @ np.linalg.lstsq(known, ranks, rcond=None)[0]
    length = np.linalg.norm(left, axis=0)
    if (length <= 1e-9 * np.linalg.norm(ranks, axis=0)).any():
        return float("nan")
    return float(np.clip(left[:, 0] @ left[:, 1] / length.prod(), -1.0, 1.0))


def spearman_interval(
    x: np.ndarray,
    y: np.ndarray,
    group: np.ndarray,
    seed: int,
    given: np.ndarray | None = None,
    resamples: int = 1_000,
) -> tuple[float, float]:
    """95 % percentile bootstrap interval of `partial_spearman` over groups of rows.

    Args:
        x, y, given: as of `partial_spearman`.
        group: int (P,), rows that are drawn together: those of one image.
        seed, resamples: of the draws.

    Raises: ShapeError as of `partial_spearman`; DataError with fewer than two groups.
    """
    others = {} if given is None else _others(given)
    x, y, group, *given = columns(x=x, y=y, group=group, **others)
    given = np.column_stack(given) if given else None

    def statistic(rows: np.ndarray) -> float:
        return partial_spearman(x[rows], y[rows], None if given is None else given[rows])

    return grouped_interval(group, statistic, resamples, seed)


def bin_pearson(doubt: np.ndarray, quality: np.ndarray, bins: int = 10) -> float:
    """Pearson's correlation of the number of a bin of doubt with the mean quality in it.

    For comparison with papers only (PCME++, arXiv 2305.18171, plots it): the mean over hundreds
    of queries hides how little doubt says of one. An almost useless doubt reaches -0.9.

    Args:
        doubt: float (Q,), put into bins of equal count, least doubt first.
        quality: float (Q,), of each query: mAP@R, or 1 where the first answer is right.
        bins: at least 2.

    Returns: float in [-1, 1]; NaN where all bins are alike.

    Raises: ShapeError where the columns do not fit each other; DataError with fewer queries than
        bins, or fewer than 2 bins.
    """
    doubt, quality = columns(doubt=doubt, quality=quality)
    if not 2 <= bins <= len(doubt):
        raise DataError(f"{bins} bins of {len(doubt)} queries; wanted are 2 bins up to one each.")
    parts = np.array_split(np.argsort(doubt, kind="stable"), bins)
    mean = np.array([quality[part].mean() for part in parts])
    if np.ptp(mean) == 0:
        return float("nan")
    return float(np.corrcoef(np.arange(bins), mean)[0, 1])


def _others(given: np.ndarray) -> dict[str, np.ndarray]:
    given = np.asarray(given, np.float64)
    if given.ndim not in (1, 2):
        raise ShapeError(f"given has shape {given.shape}; wanted (P,) or (P, G).")
    given = given.reshape(len(given), -1)
    return {f"given[:, {place}]": column for place, column in enumerate(given.T)}
