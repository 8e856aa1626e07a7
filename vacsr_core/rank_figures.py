"""How well scores order images and captions: two-alternative choice and recall, both directions.

A pair that a person marked as a match is one more own pair, one marked as no match is a rival, and
an unsure one is neither.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.marked_pairs import MATCH, UNMARKED, UNSURE, MarkedPairs


class Answers(NamedTuple):
    """How each query went, and what is drawn together when one asks how sure the mean is.

    Args:
        values: float64 (Q,) in [0, 1].
        image: int64 (Q,), the image that the query belongs to.
    """

    values: np.ndarray
    image: np.ndarray


def two_alternative(
    scores: np.ndarray, caption_image: np.ndarray, marked: MarkedPairs = UNMARKED
) -> float:
    """Chance that an own pair scores higher than a stranger's, mean of both directions.

    For every labelled caption its own image against every other image, and its image's other
    choice, every caption of other images; a tie counts half.

    Args:
        scores: (N, M), higher for more similar.
        caption_image: (M,), row of the image of each caption, -1 for none.
        marked: what a person said of single pairs.

    Returns:
        In [0, 1]; 0.5 is chance.

    Raises:
        DataError: fewer than two images with captions.
    """
    return float(choices(scores, caption_image, marked).values.mean())


def choices(
    scores: np.ndarray, caption_image: np.ndarray, marked: MarkedPairs = UNMARKED
) -> Answers:
    """What `two_alternative` is the mean of: one value for every own pair."""
    columns = np.flatnonzero(marked.homes(caption_image) >= 0)
    owner = _labelled(marked.settled(caption_image)[columns])
    marked = marked.on(np.arange(len(scores)), columns)
    scores = scores[:, columns].astype(np.float64)
    is_own, is_rival = _kinds(owner, len(scores), marked)
    rows, places = np.nonzero(is_own)
    among_captions, among_images = np.full(is_own.shape, 0.5), np.full(is_own.shape, 0.5)
    for row in np.unique(rows):
        mine = is_own[row]
        among_captions[row, mine] = _beaten(scores[row, mine], scores[row, is_rival[row]])
    for place in np.unique(places):
        mine = is_own[:, place]
        rivals = scores[is_rival[:, place], place]
        among_images[mine, place] = _beaten(scores[mine, place], rivals)
    return Answers(0.5 * (among_captions + among_images)[rows, places], rows)


def recall_at(
    scores: np.ndarray, caption_image: np.ndarray, k: int, marked: MarkedPairs = UNMARKED
) -> tuple[float, float]:
    """R@K from images to captions, and from captions to images; ties count against us.

    Args:
        scores: (N, M); caption_image: (M,), -1 for none: such a caption is a rival, not a query.
        k: at least 1.
        marked: what a person said of single pairs.

    Returns:
        (share of images with one of their captions among the first k, share of captions with
        their image among the first k); images without captions are no queries.
    """
    of_images, of_captions = hits(scores, caption_image, k, marked)
    return float(of_images.values.mean()), float(of_captions.values.mean())


def hits(
    scores: np.ndarray, caption_image: np.ndarray, k: int, marked: MarkedPairs = UNMARKED
) -> tuple[Answers, Answers]:
    """What the two figures of `recall_at` are the means of: 1 for every query that is answered."""
    owner = _labelled(marked.settled(caption_image))
    is_own, is_rival = _kinds(owner, len(scores), marked)
    of_images = _hits(scores, is_own, is_rival, k)
    of_captions = _hits(scores.T, is_own.T, is_rival.T, k)
    queries = is_own.any(axis=1), is_own.any(axis=0)
    return (
        Answers(of_images[queries[0]], np.flatnonzero(queries[0])),
        Answers(of_captions[queries[1]], owner[queries[1]]),
    )


def _hits(scores: np.ndarray, is_own: np.ndarray, is_rival: np.ndarray, k: int) -> np.ndarray:
    best = np.where(is_own, scores, -np.inf).max(axis=1, keepdims=True)
    return ((np.where(is_rival, scores, -np.inf) >= best).sum(axis=1) < k).astype(np.float64)


def _kinds(owner: np.ndarray, images: int, marked: MarkedPairs) -> tuple[np.ndarray, np.ndarray]:
    """bool (N, M): which pairs belong together, and which are rivals of those."""
    labels = marked.labels(owner, images)
    return labels == MATCH, (labels != MATCH) & (labels != UNSURE)


def _beaten(mine: np.ndarray, rivals: np.ndarray) -> np.ndarray:
    """Share of the rivals that each of mine scores above; a tie, and no rival at all, is half."""
    if not len(rivals):
        return np.full(len(mine), 0.5)
    rivals = np.sort(rivals)
    below = np.searchsorted(rivals, mine, "left") + np.searchsorted(rivals, mine, "right")
    return 0.5 * below / len(rivals)


def _labelled(owner: np.ndarray) -> np.ndarray:
    if len(np.unique(owner[owner >= 0])) < 2:
        raise DataError("Ranking is measured on captions of at least two images; label more.")
    return owner
