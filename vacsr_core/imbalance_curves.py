"""What is left when one modality gets worse: the same measures at every level, in each space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.features import Features
from vacsr_core.metrics.neighbourhood import neighbours, neighbours_kept
from vacsr_core.metrics.retrieval import caption_to_image_ranks, recall_at_k

LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
NEIGHBOURS = 10
LEAST_IMAGES = 4
Project = Callable[[Features], Features]


@dataclass(frozen=True, eq=False)
class ImbalanceCurves:
    """Measures at each of L levels.

    Args:
        levels: rising, in [0, 1].
        recall: space -> float64 (L,), share of captions that find their image first.
        kept: space -> float64 (L,), share of the worse modality's neighbours, among its own kind,
            that are those of its undamaged items in the backbone's space.
        images, captions: how many were looked at.
        k: neighbours counted.
    """

    levels: tuple[float, ...]
    recall: Mapping[str, np.ndarray]
    kept: Mapping[str, np.ndarray]
    images: int
    captions: int
    k: int


def imbalance_curves(
    images: Features,
    captions: Features,
    owner: np.ndarray,
    degraded: Callable[[float], Features],
    spaces: Mapping[str, Project],
    levels: Sequence[float] = LEVELS,
    progress: Callable[[float, str], None] | None = None,
) -> ImbalanceCurves:
    """Measure some spaces while one modality gets worse.

    Args:
        images: N items; captions: M items, each of an image.
        owner: int (M,), row of each caption's image.
        degraded: level -> features of all images, or of all captions, made worse by so much.
        spaces: name -> what brings features of either modality into that space.
        progress: called with (share done, text); may raise CancelledError.

    Raises: DataError with fewer than 4 images, or a caption without an image.
    """
    owner = np.asarray(owner)
    if len(images) < LEAST_IMAGES or len(captions) < LEAST_IMAGES or (owner < 0).any():
        raise DataError(
            f"{len(images)} images and {len(captions)} captions, of which "
            f"{int((owner < 0).sum())} belong to none; wanted are {LEAST_IMAGES} of each, and an "
            "image for each caption."
        )
    recall = {name: np.empty(len(levels)) for name in spaces}
    kept = {name: np.empty(len(levels)) for name in spaces}
    k = 0
    reference = None
    for place, level in enumerate(levels):
        if progress is not None:
            progress(place / len(levels), f"level {level:.0%}")
        worse = degraded(level)
        if reference is None:
            clean = images if worse.modality == "image" else captions
            k = min(NEIGHBOURS, len(clean) - 1)
            reference, _ = neighbours(clean.vectors, k)
        pair = (worse, captions) if worse.modality == "image" else (images, worse)
        for name, project in spaces.items():
            pictures, texts = (project(part).vectors for part in pair)
            ranks = caption_to_image_ranks(pictures, texts, owner)
            recall[name][place] = recall_at_k(ranks, 1)
            own = pictures if worse.modality == "image" else texts
            kept[name][place] = neighbours_kept(reference, neighbours(own, k)[0]).mean()
    return ImbalanceCurves(tuple(levels), recall, kept, len(images), len(captions), k)
