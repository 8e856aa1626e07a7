"""Fitting the common space on frozen features.

Source: structure-aware distillation, arXiv 2412.10761.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from vacsr_core import train
from vacsr_core.adapters import labelled_rows
from vacsr_core.errors import ShapeError
from vacsr_core.features import Features
from vacsr_core.space.config import SpaceConfig
from vacsr_core.space.students import CommonSpace
from vacsr_core.space.task import SpaceTask
from vacsr_core.space.teachers import Teachers


@dataclass(frozen=True, eq=False)
class FittedSpace:
    """A fitted common space and how it came about.

    Args:
        space: the students, on the device of the fit.
        history: "epochs", a row for each (epoch, train, validation: every loss by its name, and
            the fusion); "start", the validation row before the first step; "is_start_kept",
            whether no epoch was better than it; "temperature"; "config"; "images" and "captions",
            how many were learnt from; "held_out_images", rows int.
    """

    space: CommonSpace
    history: dict


def fit_space(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: SpaceConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    teachers: Teachers | None = None,
    on_epoch: Callable[[dict], None] | None = None,
) -> FittedSpace:
    """Fit the common space of one backbone on pairs of images and captions.

    Where no epoch beats the start on held-out images, the space stays the backbone's own.

    Args:
        images: N items; captions: M items of the same backbone.
        caption_image: (M,) row of the image that each caption belongs to; -1 leaves it out.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked after every step; True stops.
        teachers: (N, Dt) and (M, Dt') features of stronger models of one modality each, see
            `read_teachers`; None for the backbone's own, in both or in either place.
        on_epoch: called after every epoch with its row of `history["epochs"]`.

    Raises:
        ShapeError: features, rows and teachers do not fit each other, or hold NaN.
        DataError: fewer than 8 images with captions, or a modality whose features are all equal.
        CancelledError: stopped on request.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> images = Features.from_vectors(rng.normal(size=(16, 8)), "image")
        >>> captions = Features.from_vectors(images.vectors + 0.1, "caption")
        >>> fitted = fit_space(images, captions, np.arange(16), SpaceConfig(epochs=1))
        >>> fitted.space.project(images).vectors.shape
        (16, 8)
    """
    config = config or SpaceConfig()
    owner = checked_owner(images, captions, caption_image)
    task = SpaceTask(images, captions, owner, config, teachers or (None, None))
    start = {name: value.clone() for name, value in task.model.state_dict().items()}
    start_row = task.validate()
    epochs = train.fit(
        task, config.epochs, config.patience, progress, should_stop, on_epoch=on_epoch
    )
    best = min((row["validation"]["loss"] for row in epochs), default=np.inf)
    is_start_kept = start_row["loss"] <= best
    if is_start_kept:
        task.model.load_state_dict(start)
    history = {
        "epochs": epochs,
        "start": start_row,
        "is_start_kept": bool(is_start_kept),
        "temperature": task.temperature,
        "config": asdict(config),
        "images": len(task.train_images),
        "captions": len(task.train_captions),
        "held_out_images": task.held_out_images.tolist(),
    }
    return FittedSpace(task.model.eval().requires_grad_(False), history)


def checked_owner(images: Features, captions: Features, caption_image: np.ndarray) -> np.ndarray:
    """The image row of each caption, int64 (M,), where everything fits together.

    Raises:
        ShapeError: it does not.
    """
    owner = labelled_rows(caption_image, len(images))
    if len(owner) != len(captions) or images.dimension != captions.dimension:
        raise ShapeError(
            f"{len(captions)} captions of {captions.dimension} columns, {len(owner)} caption rows "
            f"and images of {images.dimension} columns do not fit each other."
        )
    kinds = (images.modality, captions.modality)
    if kinds != ("image", "caption"):
        raise ShapeError(f"Images, then captions are wanted; got {kinds[0]} and {kinds[1]}.")
    return owner
