"""Is each modality's own structure kept? Distances before and after, the gap, graded retrieval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import kendalltau, rankdata, spearmanr

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.metrics.retrieval import CHUNK, TIE

CUTOFFS = (10, 20, 50)


class StructureKept(NamedTuple):
    """How alike the cosine distances of n items are in two spaces, each figure in [-1, 1].

    Args:
        kendall: Kendall's tau b over all pairs of items.
        spearman: Spearman's rho over all pairs of items.
        row_spearman: the mean over items of rho over their distances to the others: alone blind
            to whether one item's distances are larger than another's.
    """

    kendall: float
    spearman: float
    row_spearman: float


def structure_kept(before: np.ndarray, after: np.ndarray) -> StructureKept:
    """Compare the distances among the same items in two spaces.

    Args:
        before: float (n, D); after: float (n, C). Rows of any length but 0; n up to a few
            thousand, since all n (n - 1) / 2 distances are held.

    Returns:
        1 for the identity and every rotation; NaN where all distances of a space are the same.

    Raises:
        ShapeError: another number of rows, NaN or infinity, or a row of zeros.
        DataError: fewer than three items.

    Source: the distance matrices are compared as in a Mantel test.
    """
    first, second = _distances("before", before), _distances("after", after)
    if len(first) != len(second):
        raise ShapeError(f"{len(first)} items before and {len(second)} after; give the same items.")
    if len(first) < 3:
        raise DataError(f"{len(first)} items have no order of distances; give at least three.")
    pairs = np.triu_indices(len(first), k=1)
    old, new = first[pairs], second[pairs]
    if min(np.ptp(old), np.ptp(new)) < TIE:
        return StructureKept(np.nan, np.nan, np.nan)
    return StructureKept(
        float(kendalltau(old, new).statistic),
        float(spearmanr(old, new).statistic),
        _mean_row_spearman(first, second),
    )


def modality_gap(image_vectors: np.ndarray, caption_vectors: np.ndarray) -> float:
    """Length of the mean image row minus the mean caption row, in [0, 2] for unit rows.

    Args:
        image_vectors: float (N, D); caption_vectors: float (M, D).

    Raises:
        ShapeError: another number of columns, no rows, NaN or infinity.

    Source: Liang et al., "Mind the gap", arXiv 2203.02053.
    """
    images, captions = np.asarray(image_vectors, float), np.asarray(caption_vectors, float)
    if (
        images.ndim != 2
        or captions.shape[1:] != images.shape[1:]
        or not images.size * captions.size
    ):
        raise ShapeError(
            f"images {images.shape} and captions {captions.shape}; wanted (N, D) and (M, D), with "
            "at least one row each."
        )
    gap = float(np.linalg.norm(images.mean(axis=0) - captions.mean(axis=0)))
    if not np.isfinite(gap):
        raise ShapeError("The vectors hold NaN or infinity; remove those items.")
    return gap


def ndcg(
    queries: np.ndarray,
    gallery: np.ndarray,
    relevance: np.ndarray,
    cutoffs: tuple[int, ...] = CUTOFFS,
    own: np.ndarray | None = None,
) -> np.ndarray:
    """Normalised discounted cumulative gain of ranking a gallery by cosine, query by query.

    The gain is the relevance itself; of two items at the same cosine the less relevant one comes
    first. For a mixed gallery, images and captions stand in it together, on the one cosine.

    Args:
        queries: float (Q, D), unit rows; gallery: float (G, D), unit rows.
        relevance: float (Q, G), 0 or more.
        cutoffs: k's, rising.
        own: int (Q,), each query's own place in the gallery, which is left out; -1 or None where
            it is not there.

    Returns:
        float64 (Q, len(cutoffs)) in [0, 1]; NaN for a query to which nothing is relevant. Where
        the gallery is smaller than k, all of it counts.

    Raises:
        ShapeError: the arrays do not fit each other, NaN or infinity.

    Source: Järvelin and Kekäläinen, ACM TOIS 20(4), 2002.
    """
    wanted = (len(queries), len(gallery))
    if relevance.shape != wanted or queries.shape[1:] != gallery.shape[1:]:
        raise ShapeError(
            f"relevance {relevance.shape}, queries {queries.shape} and gallery {gallery.shape}; "
            "wanted (Q, G), (Q, D) and (G, D)."
        )
    if not (np.isfinite(queries).all() and np.isfinite(gallery).all()):
        raise ShapeError("The vectors hold NaN or infinity; remove those items.")
    own = np.full(len(queries), -1) if own is None else np.asarray(own)
    deepest = min(max(cutoffs), len(gallery))
    discount = 1.0 / np.log2(np.arange(2, deepest + 2))
    columns = [min(k, deepest) - 1 for k in cutoffs]
    found = np.empty((len(queries), len(cutoffs)))
    for start in range(0, len(queries), CHUNK):
        part = slice(start, start + CHUNK)
        gain = relevance[part].astype(np.float64)
        # So little of the relevance off the score puts the less relevant of two equals first.
        score = queries[part] @ gallery.T - TIE * gain
        is_there = np.flatnonzero(own[part] >= 0)
        gain[is_there, own[part][is_there]] = 0.0
        score[is_there, own[part][is_there]] = -np.inf
        reached = np.take_along_axis(gain, _first(score, deepest), axis=1)
        best = -np.sort(-np.take_along_axis(gain, _first(gain, deepest), axis=1), axis=1)
        sums = [np.cumsum(rows * discount, axis=1)[:, columns] for rows in (reached, best)]
        with np.errstate(invalid="ignore"):
            found[part] = sums[0] / np.where(sums[1] > 0, sums[1], np.nan)
    return found


def co_caption_ranks(caption_vectors: np.ndarray, caption_image: np.ndarray) -> np.ndarray:
    """Rank of the nearest other caption of the same image, among the captions of other images.

    Args:
        caption_vectors: float (M, D), unit rows, of finite values.
        caption_image: int (M,), the own image of each caption; -1 for none, which is a rival alone.

    Returns:
        int64 (Q,), 1 is first, for the Q captions whose image has another one, in their order; a
        rival of the same cosine counts as ranked before.

    Raises:
        ShapeError: not one image for each caption.
    """
    captions, owner = np.asarray(caption_vectors), np.asarray(caption_image)
    if captions.ndim != 2 or owner.shape != captions.shape[:1]:
        raise ShapeError(f"captions {captions.shape} and {owner.shape}; wanted (M, D) and (M,).")
    counts = np.bincount(owner[owner >= 0])
    asked = np.flatnonzero((owner >= 0) & (counts[owner] > 1))
    ranks = np.empty(len(asked), np.int64)
    for start in range(0, len(asked), CHUNK):
        rows = asked[start : start + CHUNK]
        score = captions[rows] @ captions.T  # (B, M)
        is_own = owner[rows, None] == owner[None]
        is_other = is_own & (rows[:, None] != np.arange(len(owner))[None])
        best = np.where(is_other, score, -np.inf).max(axis=1, keepdims=True)
        ranks[start : start + CHUNK] = 1 + ((score >= best - TIE) & ~is_own).sum(axis=1)
    return ranks


def _first(score: np.ndarray, count: int) -> np.ndarray:
    """Columns of the `count` highest of each row, the highest first, (B, count)."""
    columns = np.argpartition(-score, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(score, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def _distances(name: str, vectors: np.ndarray) -> np.ndarray:
    """Cosine distances among rows, float64 (n, n)."""
    vectors = np.asarray(vectors, float)
    length = np.linalg.norm(vectors, axis=1, keepdims=True) if vectors.ndim == 2 else np.zeros(1)
    if not (np.isfinite(length).all() and (length > 0).all()):
        raise ShapeError(
            f"{name} has shape {vectors.shape}, or rows that are zero or not finite; wanted (n, D) "
            "with a direction in every row."
        )
    unit = vectors / length
    return 1.0 - unit @ unit.T


def _mean_row_spearman(first: np.ndarray, second: np.ndarray) -> float:
    others = ~np.eye(len(first), dtype=bool)
    ranks = []
    for distances in (first, second):
        rows = rankdata(distances[others].reshape(len(distances), -1), axis=1)
        rows -= rows.mean(axis=1, keepdims=True)
        ranks.append(rows)
    product = (ranks[0] * ranks[1]).sum(axis=1)
    scale = np.sqrt(np.square(ranks[0]).sum(axis=1) * np.square(ranks[1]).sum(axis=1))
    with np.errstate(invalid="ignore"):
        return float((product / np.where(scale > 0, scale, np.nan)).mean())
