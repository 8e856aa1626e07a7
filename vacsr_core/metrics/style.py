"""Do column weights tell style from meaning? Planted truth, invariance, use and stability."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import auc, average_precision_score, roc_auc_score

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.columns import columns
from vacsr_core.metrics.intervals import percentile_interval
from vacsr_core.metrics.retrieval import (
    caption_to_image_ranks,
    image_to_caption_ranks,
    recall_at_k,
)

STYLE = 0.5  # from this share of style on, a column counts as a style column


class Recovery(NamedTuple):
    """How well planted style was found.

    Args:
        auroc, average_precision: of 1 - p for the style columns; NaN where all columns are alike.
        rank_link: Spearman of p and 1 - style share; NaN where either is constant.
        error: mean |p - (1 - style share)|.
    """

    auroc: float
    average_precision: float
    rank_link: float
    error: float


class Link(NamedTuple):
    """A Spearman correlation over columns with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def planted_recovery(probability: np.ndarray, style_share: np.ndarray) -> Recovery:
    """Compare semantic probabilities with the planted truth.

    Args:
        probability: (D,) in [0, 1]; style_share: (D,) in [0, 1], style's share of the variance.

    Raises: ShapeError where they do not fit or hold NaN.
    """
    p, share = columns(probability=probability, style_share=style_share)
    is_style = share >= STYLE
    found, precision = float("nan"), float("nan")
    if 0 < is_style.sum() < len(is_style):
        found = float(roc_auc_score(is_style, 1.0 - p))
        precision = float(average_precision_score(is_style, 1.0 - p))
    return Recovery(
        found, precision, rank_link(p, 1.0 - share), float(np.abs(p + share - 1).mean())
    )


def style_invariance(values: np.ndarray) -> np.ndarray:
    """Intraclass correlation of each column: Var_between / (Var_between + Var_within).

    Args:
        values: float (G, K, D): G items, each in K styles, at least 2 of each.

    Returns:
        float64 (D,) up to 1: 1 where a column is the same in all styles of an item, about 0 where
        it says nothing of the item; NaN where it is constant.

    Source: one-way random effects, ICC(1), Shrout and Fleiss 1979; the variance between items is
        the unbiased estimate, so it can come out below 0.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 3 or min(values.shape[:2]) < 2:
        raise ShapeError(
            f"values have shape {values.shape}; wanted is (items, styles, columns) with at least "
            "two items and two styles."
        )
    items, styles, _ = values.shape
    means = values.mean(axis=1)
    between = styles * ((means - means.mean(axis=0)) ** 2).sum(axis=0) / (items - 1)
    within = ((values - means[:, None]) ** 2).sum(axis=(0, 1)) / (items * (styles - 1))
    whole = between + (styles - 1) * within
    return np.divide(between - within, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def rank_link(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman correlation of two columns; NaN where one is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(spearmanr(first, second).statistic)


def invariance_link(
    probability: np.ndarray, invariance: np.ndarray, resamples: int = 1_000, seed: int = 0
) -> Link:
    """Spearman of p with the columns' style invariance, and its interval over columns.

    Args:
        probability: (D,); invariance: (D,), see `style_invariance`; NaN columns are left out.

    Raises: DataError where fewer than 3 columns are left.
    """
    kept = np.isfinite(invariance)
    if kept.sum() < 3:
        raise DataError(f"{int(kept.sum())} columns vary; a correlation over columns needs 3.")
    pair = np.asarray(probability, np.float64)[kept], np.asarray(invariance, np.float64)[kept]
    value = rank_link(*pair)
    if np.isnan(value):
        return Link(value, value, value)
    return Link(value, *percentile_interval(pair, _rank_links, resamples, seed))


def style_distance_ratio(
    clean: np.ndarray, changed: np.ndarray, probability: np.ndarray | None = None
) -> float:
    """E|sqrt(p) (x - a(x))|^2 / E|sqrt(p) (x - x')|^2: how far style moves an item.

    Args:
        clean: float (N, D), at least two items; changed: float (N, D), the same in another style.
        probability: (D,) in [0, 1]; None for ones.

    Returns: 0 where style moves nothing, 1 where it moves an item as far as others lie from it.
    """
    clean, changed = np.asarray(clean, np.float64), np.asarray(changed, np.float64)
    if clean.shape != changed.shape or clean.ndim != 2 or len(clean) < 2:
        raise ShapeError(
            f"clean {clean.shape} and changed {changed.shape}: wanted is (N, D) twice."
        )
    p = np.ones(clean.shape[1]) if probability is None else np.asarray(probability, np.float64)
    moved = ((clean - changed) ** 2).mean(axis=0) @ p
    apart = 2.0 * clean.var(axis=0, ddof=1) @ p  # mean over pairs of different items
    return float(moved / apart) if apart > 0 else float("nan")


def first_choice(
    images: np.ndarray, captions: np.ndarray, owner: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """R@1, mean of both directions, with every column multiplied by the root of its weight.

    Args:
        images: float (N, D); captions: float (M, D); owner: int (M,), each caption's image.
        weights: (D,), not negative; None for ones.
    """
    if weights is not None:
        root = np.sqrt(np.asarray(weights, np.float32))
        images, captions = _unit(images * root), _unit(captions * root)
    forth = image_to_caption_ranks(images, captions, owner)
    return 0.5 * (
        recall_at_k(forth, 1) + recall_at_k(caption_to_image_ranks(images, captions, owner), 1)
    )


def kept_columns_curve(
    images: np.ndarray,
    captions: np.ndarray,
    owner: np.ndarray,
    score: np.ndarray,
    counts: Sequence[int],
) -> tuple[np.ndarray, float]:
    """R@1 when only the columns of highest score are kept.

    Args:
        score: (D,), such as p or the variance; counts: ascending, each in 1 to D.

    Returns:
        (R@1 at each count, float64 (C,); area under the curve over the share of columns kept,
        divided by its width, in [0, 1]).
    """
    order = np.argsort(-np.asarray(score), kind="stable")
    if not counts or min(counts) < 1 or max(counts) > len(order):
        raise DataError(f"counts {list(counts)}: wanted are numbers of columns, 1 to {len(order)}.")
    found = np.array(
        [
            first_choice(_unit(images[:, kept]), _unit(captions[:, kept]), owner)
            for kept in (np.sort(order[:count]) for count in counts)
        ]
    )
    if len(counts) == 1:
        return found, float(found[0])
    return found, float(auc(counts, found) / (counts[-1] - counts[0]))


def stability(probabilities: Sequence[np.ndarray]) -> float:
    """Mean Spearman over all pairs of fits; NaN where there is one fit, or a constant one."""
    links = [rank_link(first, second) for first, second in combinations(probabilities, 2)]
    return float(np.mean(links)) if links else float("nan")


def _rank_links(first: np.ndarray, second: np.ndarray, axis: int = -1) -> np.ndarray:
    """Spearman along an axis of many draws at once; NaN where a draw is constant."""
    ranks = [rankdata(x, axis=axis) for x in (first, second)]
    one, two = (x - x.mean(axis=axis, keepdims=True) for x in ranks)
    scale = np.sqrt((one**2).sum(axis=axis) * (two**2).sum(axis=axis))
    return (one * two).sum(axis=axis) / np.where(scale > 0, scale, np.nan)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
