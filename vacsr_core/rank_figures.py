"""How well scores order images and captions: two-alternative choice and recall, both directions."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from vacsr_core.errors import DataError


def two_alternative(scores: np.ndarray, caption_image: np.ndarray) -> float:
    """Chance that an own pair scores higher than a stranger's, mean of both directions.

    For every labelled caption its own image against every other image, and its image's other
    choice, every caption of other images; a tie counts half.

    Args:
        scores: (N, M), higher for more similar.
        caption_image: (M,), row of the image of each caption, -1 for none.

    Returns:
        In [0, 1]; 0.5 is chance.

    Raises:
        DataError: fewer than two images with captions.
    """
    columns = _labelled(caption_image)
    owner = caption_image[columns]
    scores = scores[:, columns].astype(np.float64)
    own = scores[owner, np.arange(len(columns))]  # (M',)
    among_images = (rankdata(scores, axis=0)[owner, np.arange(len(columns))] - 1) / (
        len(scores) - 1
    )
    among_captions = np.empty(len(columns))
    for image in np.unique(owner):
        strangers = np.sort(scores[image, owner != image])
        mine = own[owner == image]
        below = np.searchsorted(strangers, mine, "left") + np.searchsorted(strangers, mine, "right")
        among_captions[owner == image] = 0.5 * below / len(strangers)
    return 0.5 * float(among_images.mean() + among_captions.mean())


def recall_at(scores: np.ndarray, caption_image: np.ndarray, k: int) -> tuple[float, float]:
    """R@K from images to captions, and from captions to images; ties count against us.

    Args:
        scores: (N, M); caption_image: (M,), -1 for none: such a caption is a rival, not a query.
        k: at least 1.

    Returns:
        (share of images with one of their captions among the first k, share of captions with
        their image among the first k); images without captions are no queries.
    """
    columns = _labelled(caption_image)
    owner = caption_image[columns]
    is_own = caption_image[None, :] == np.arange(len(scores))[:, None]
    queries = np.unique(owner)
    best = np.where(is_own, scores, -np.inf).max(axis=1)[queries]
    rivals = np.where(is_own, -np.inf, scores)[queries]
    of_images = (rivals >= best[:, None]).sum(axis=1) < k
    own = scores[owner, columns]
    of_captions = (scores[:, columns] >= own).sum(axis=0) - 1 < k
    return float(of_images.mean()), float(of_captions.mean())


def _labelled(caption_image: np.ndarray) -> np.ndarray:
    columns = np.flatnonzero(caption_image >= 0)
    if len(np.unique(caption_image[columns])) < 2:
        raise DataError("Ranking is measured on captions of at least two images; label more.")
    return columns
