"""What all rivals are given: the same settings, and the same images to learn and to choose on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.adapters import labelled_rows
from vacsr_core.errors import ShapeError
from vacsr_core.features import Features
from vacsr_core.fit_config import split_by_image

MOST_HELD_OUT = 1_000  # images; more would hardly move a temperature


@dataclass(frozen=True)
class RivalConfig:
    """The choices of a rival's fit.

    Args:
        seed: of the split, the weights and the batches. The split is that of `FitConfig` with the
            same seed and share.
        epochs: at most so many.
        batch: pairs a step.
        learning_rate: of AdamW with a cosine schedule.
        weight_decay: of AdamW.
        validation_share: share of the images for early stopping, temperature and P(match).
        patience: epochs without a better validation loss before the fit stops.
        hidden: width of every head.
        device: "cpu", "cuda" or "mps".
    """

    seed: int = 0
    epochs: int = 30
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    validation_share: float = 0.2
    patience: int = 5
    hidden: int = 128
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class Pairs:
    """Features of some images and of the captions that belong to them.

    Args:
        images: N items; captions: M items.
        owner: int64 (M,), row among these images of each caption's own.
    """

    images: Features
    captions: Features
    owner: np.ndarray


def split_pairs(
    images: Features, captions: Features, caption_image: np.ndarray, config: RivalConfig
) -> tuple[Pairs, Pairs]:
    """Pairs to learn from, and pairs to choose on; captions without an image are left out.

    Args:
        caption_image: (M,), row of the image of each caption; -1 for none.

    Raises:
        ShapeError: features and rows do not fit each other.
        DataError: fewer than 8 images with captions.
    """
    owner = labelled_rows(caption_image, len(images))
    kinds = (images.modality, captions.modality)
    if len(owner) != len(captions) or images.dimension != captions.dimension:
        raise ShapeError(
            f"{len(captions)} captions of {captions.dimension} columns, {len(owner)} caption rows "
            f"and images of {images.dimension} columns do not fit each other."
        )
    if kinds != ("image", "caption"):
        raise ShapeError(f"Images, then captions are wanted; got {kinds[0]} and {kinds[1]}.")

    def of_images(rows: np.ndarray) -> Pairs:
        columns = np.flatnonzero(np.isin(owner, rows))
        return Pairs(images[rows], captions[columns], np.searchsorted(rows, owner[columns]))

    learn, held_out = split_by_image(owner, config.validation_share, config.seed)
    if len(held_out) > MOST_HELD_OUT:
        drawn = np.random.default_rng(config.seed).choice(held_out, MOST_HELD_OUT, replace=False)
        held_out = np.sort(drawn)
    return of_images(learn), of_images(held_out)
