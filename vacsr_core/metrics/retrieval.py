"""Does what belongs together come first? Ranks, recall, precision; ties count against us."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vacsr_core.errors import DataError, ShapeError

CHUNK = 1_024  # queries a time; N x M is never held whole
TIE = 1e-7  # cosines of float32 features that lie nearer than this are the same


def choice_wins(
    image_vectors: np.ndarray,
    caption_vectors: np.ndarray,
    caption_image: np.ndarray,
    draws: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """How often each caption beats a drawn caption of another image, at its own image.

    Args:
        image_vectors: float (N, D), unit rows.
        caption_vectors: float (M, D), unit rows.
        caption_image: int (M,), the own image of each caption.
        draws: rivals per caption, each uniform over the captions of all other images.
        seed: of the drawing.

    Returns: float64 (M,) in [0, 1], the share of draws with a strictly higher cosine.

    Raises:
        ShapeError: the arrays do not fit each other.
        DataError: all captions belong to one image, so there is no rival.
    """
    images, captions = _checked(image_vectors, caption_vectors, caption_image)
    if (caption_image == caption_image[0]).all():
        raise DataError("All captions belong to one image; a choice of two needs another image's.")
    generator = np.random.default_rng(seed)
    at_own_image = images[caption_image]  # (M, D)
    own = np.einsum("md,md->m", at_own_image, captions)
    wins = np.zeros(len(captions))
    for _ in range(draws):
        rival = generator.integers(len(captions), size=len(captions))
        while (is_own := caption_image[rival] == caption_image).any():
            rival[is_own] = generator.integers(len(captions), size=int(is_own.sum()))
        wins += own > np.einsum("md,md->m", at_own_image, captions[rival]) + TIE
    return wins / draws


def two_alternative_choice(
    image_vectors: np.ndarray,
    caption_vectors: np.ndarray,
    caption_image: np.ndarray,
    draws: int = 10,
    seed: int = 0,
) -> float:
    """Share of choices between the own and another image's caption that fall on the own.

    0.5 is chance. See `choice_wins` for the arguments.
    """
    wins = choice_wins(image_vectors, caption_vectors, caption_image, draws, seed)
    return float(wins.mean())


def caption_to_image_ranks(
    image_vectors: np.ndarray, caption_vectors: np.ndarray, caption_image: np.ndarray
) -> np.ndarray:
    """Rank of each caption's own image among all images.

    Args: as of `choice_wins`.

    Returns: int (M,), 1 is first; an image of the same cosine counts as ranked before.
    """
    images, captions = _checked(image_vectors, caption_vectors, caption_image)
    ranks = np.empty(len(captions), np.int64)
    for start in range(0, len(captions), CHUNK):
        part = slice(start, start + CHUNK)
        scores = captions[part] @ images.T  # (B, N)
        own = np.take_along_axis(scores, caption_image[part, None], axis=1)
        ranks[part] = (scores >= own - TIE).sum(axis=1)
    return ranks


def image_to_caption_ranks(
    image_vectors: np.ndarray, caption_vectors: np.ndarray, caption_image: np.ndarray
) -> np.ndarray:
    """Rank of the best own caption of each image among the captions of all other images.

    Args: as of `choice_wins`.

    Returns:
        int (Q,), 1 is first, for the Q images that have a caption, in their order; a caption of
        the same cosine counts as ranked before.
    """
    images, captions = _checked(image_vectors, caption_vectors, caption_image)
    asked = np.unique(caption_image)
    ranks = np.empty(len(asked), np.int64)
    for start in range(0, len(asked), CHUNK):
        rows = asked[start : start + CHUNK]
        scores = images[rows] @ captions.T  # (B, M)
        is_own = caption_image[None] == rows[:, None]
        best = np.where(is_own, scores, -np.inf).max(axis=1, keepdims=True)
        ranks[start : start + CHUNK] = 1 + ((scores >= best - TIE) & ~is_own).sum(axis=1)
    return ranks


def recall_at_k(ranks: np.ndarray, k: int) -> float:
    """Share of queries whose own partner is among the first k.

    Args:
        ranks: int (Q,), from 1.
        k: from 1.
    """
    if len(ranks) == 0 or k < 1:
        raise DataError(f"Recall at {k} of {len(ranks)} queries; both must be at least 1.")
    return float((np.asarray(ranks) <= k).mean())


def rsum(*ranks: np.ndarray) -> float:
    """Sum of R@1, R@5 and R@10 in percent over directions; two directions give at most 600.

    Say with how many images it was measured, RSUM-1K or RSUM-5K: the two are far apart.

    Args:
        ranks: int (Q,) of each direction, from 1.
    """
    return 100.0 * sum(recall_at_k(found, k) for found in ranks for k in (1, 5, 10))


def best_ranks(scores: np.ndarray, is_positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rank of the best positive of every query that has one.

    Args:
        scores: float (Q, G), higher for more similar.
        is_positive: bool (Q, G), which items belong to which query; an array or a SciPy sparse one.

    Returns:
        (ranks int64 (Q',), from 1: 1 + the negatives that score as high or higher;
        queries int64 (Q',), the rows that have a positive; the others are no queries).

    Raises: ShapeError where the arrays do not fit each other or a score is NaN or infinite.
    """
    scores, is_positive = _ranked(scores, is_positive)
    ranks, queries = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start in range(0, len(scores), CHUNK):
        own = _dense(is_positive[start : start + CHUNK])
        asked = np.flatnonzero(own.any(axis=1))
        own, part = own[asked], scores[start + asked]
        best = np.where(own, part, -np.inf).max(axis=1, keepdims=True)
        ranks.append(1 + ((part >= best) & ~own).sum(axis=1))
        queries.append(start + asked)
    return np.concatenate(ranks), np.concatenate(queries)


class PrecisionAtR(NamedTuple):
    """How pure the first R places of each query are, R being the number of its positives.

    Args:
        queries: int64 (Q',), the rows that have a positive.
        positives: int64 (Q',), R of each.
        average_precision: float64 (Q',) in [0, 1], mean over the R places of precision where a
            positive stands, 0 elsewhere. Its mean over queries is mAP@R.
        r_precision: float64 (Q',) in [0, 1], share of positives among the R places.
    """

    queries: np.ndarray
    positives: np.ndarray
    average_precision: np.ndarray
    r_precision: np.ndarray


def precision_at_r(scores: np.ndarray, is_positive: np.ndarray) -> PrecisionAtR:
    """Precision at R, query by query; a negative of the same score stands before a positive.

    Args, Raises: as of `best_ranks`.

    Source: mAP@R, arXiv 2003.08505; on images and captions, ECCV Caption, arXiv 2204.03359.
    """
    scores, is_positive = _ranked(scores, is_positive)
    rows: list[tuple[int, int, float, float]] = []
    for query, line in enumerate(scores):
        own = _dense(is_positive[query : query + 1])[0]
        count = int(own.sum())
        if not count:
            continue
        among_own = np.arange(1, count + 1)
        strangers = np.sort(line[~own])
        above = len(strangers) - np.searchsorted(strangers, -np.sort(-line[own]), "left")
        rank = among_own + above  # of the best positive, the second best, ...
        hits = among_own[rank <= count]
        average = (hits / rank[rank <= count]).sum() / count
        rows.append((query, count, average, len(hits) / count))
    queries, positives, average, share = np.array(rows, float).reshape(-1, 4).T
    return PrecisionAtR(queries.astype(np.int64), positives.astype(np.int64), average, share)


def mean_average_precision_at_r(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Mean of `PrecisionAtR.average_precision` over the queries with a positive; NaN without."""
    return _mean(precision_at_r(scores, is_positive).average_precision)


def r_precision(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Mean of `PrecisionAtR.r_precision` over the queries with a positive; NaN without."""
    return _mean(precision_at_r(scores, is_positive).r_precision)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _ranked(scores: np.ndarray, is_positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores (Q, G) and positives of the same shape, whose rows can be taken."""
    scores = np.asarray(scores)
    is_positive = is_positive.tocsr() if hasattr(is_positive, "tocsr") else np.asarray(is_positive)
    if scores.ndim != 2 or is_positive.shape != scores.shape:
        raise ShapeError(
            f"scores {scores.shape} and is_positive {is_positive.shape} do not fit; wanted are "
            "both (Q, G): queries and the items that they choose from."
        )
    for start in range(0, len(scores), CHUNK):
        part = scores[start : start + CHUNK]
        if broken := int((~np.isfinite(part)).sum()):
            raise ShapeError(
                f"{broken} scores of queries {start} to {start + len(part) - 1} are NaN or "
                "infinite; leave those items out."
            )
    return scores, is_positive


def _dense(rows: np.ndarray) -> np.ndarray:
    """bool (B, G) of rows of an array or of a sparse one."""
    return (rows.toarray() if hasattr(rows, "toarray") else rows).astype(bool)


def _checked(
    images: np.ndarray, captions: np.ndarray, caption_image: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """float64 images (N, D) and captions (M, D) whose shapes, indices and values are in order."""
    images, captions = np.asarray(images, float), np.asarray(captions, float)
    if (
        images.ndim != 2
        or captions.ndim != 2
        or images.shape[1] != captions.shape[1]
        or np.shape(caption_image) != (len(captions),)
        or not len(captions)
    ):
        raise ShapeError(
            f"image_vectors {images.shape}, caption_vectors {captions.shape} and caption_image "
            f"{np.shape(caption_image)} do not fit; wanted (N, D), (M, D) and (M,), M at least 1."
        )
    if caption_image.min() < 0 or caption_image.max() >= len(images):
        raise ShapeError(
            f"caption_image goes from {caption_image.min()} to {caption_image.max()}; "
            f"with {len(images)} images it must stay in 0 to {len(images) - 1}."
        )
    if not (np.isfinite(images).all() and np.isfinite(captions).all()):
        raise ShapeError("The vectors hold NaN or infinity; remove those items.")
    return images, captions
