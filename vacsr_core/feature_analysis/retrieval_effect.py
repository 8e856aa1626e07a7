"""What weights on the columns do to retrieval: recall of each, and its difference to no weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.metrics.intervals import share_interval
from vacsr_core.metrics.retrieval import best_ranks

CAPTIONS_ASK, IMAGES_ASK = "caption", "image"


@dataclass(frozen=True)
class Effect:
    """Recall at 1 with one kind of weights, and how it differs from the reference.

    Args:
        name: of the weights.
        kind: who asks, "caption" or "image".
        queries: how many ask.
        recall: share in [0, 1] that find a partner first.
        won: queries right with these weights and wrong without; lost: the other way round.
        difference: recall less that of the reference, in [-1, 1].
        low, high: 95 % bootstrap interval of `difference` over images; NaN with fewer than two.
    """

    name: str
    kind: str
    queries: int
    recall: float
    won: int
    lost: int
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """ "helps", "hurts", or "nothing" where the interval holds 0 or there is none."""
        if self.low > 0:
            return "helps"
        return "hurts" if self.high < 0 else "nothing"


def effects(
    scores: Mapping[str, np.ndarray],
    caption_image: np.ndarray,
    reference: str,
    seed: int = 0,
    for_images: Mapping[str, np.ndarray] | None = None,
) -> list[Effect]:
    """Compare several scores of the same pairs.

    Args:
        scores: name -> float (N, M), higher for more similar.
        caption_image: int (M,), row of the image that each caption belongs to; -1 for none.
        reference: the name that the others are compared with.
        seed: of the bootstrap.
        for_images: the scores where images ask, if other ones than where captions do.

    Returns:
        For each direction one `Effect` per name, the reference's included, in the order given.

    Raises:
        DataError: no caption belongs to an image, or there is one image only.
        ShapeError: from the ranks, where the arrays do not fit.
    """
    owner = np.asarray(caption_image)
    images = next(iter(scores.values())).shape[0]
    if not (owner >= 0).any() or images < 2:
        raise DataError(
            f"There are {images} images and {(owner >= 0).sum()} captions that belong to one; "
            "wanted are 2 images and a caption, or there is nothing to find."
        )
    is_own = owner[None, :] == np.arange(images)[:, None]  # (N, M)
    found = []
    for kind, turned, own in ((CAPTIONS_ASK, True, is_own.T), (IMAGES_ASK, False, is_own)):
        hits = {}
        for name, values in (scores if turned or for_images is None else for_images).items():
            ranks, queries = best_ranks(values.T if turned else values, own)
            hits[name] = ranks == 1
        group = owner[queries] if turned else queries
        found += [
            _effect(name, kind, hit, hits[reference], group, seed) for name, hit in hits.items()
        ]
    return found


def _effect(
    name: str, kind: str, hit: np.ndarray, before: np.ndarray, group: np.ndarray, seed: int
) -> Effect:
    gain = hit.astype(float) - before
    has_interval = len(np.unique(group)) > 1
    low, high = share_interval(gain, group, seed=seed) if has_interval else (np.nan, np.nan)
    return Effect(
        name=name,
        kind=kind,
        queries=len(hit),
        recall=float(hit.mean()),
        won=int((gain > 0).sum()),
        lost=int((gain < 0).sum()),
        difference=float(gain.mean()),
        low=float(low),
        high=float(high),
    )
