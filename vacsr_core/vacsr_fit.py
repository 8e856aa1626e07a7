"""Fitting VACSR's pair adapter on frozen features.

Source: arXiv 2605.30968, training objective and sampling.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from vacsr_core import train
from vacsr_core.adapters import Adapters, labelled_rows
from vacsr_core.calibration import calibrated
from vacsr_core.errors import CancelledError, ShapeError
from vacsr_core.features import Features
from vacsr_core.fit_config import FitConfig, split_by_image
from vacsr_core.marked_pairs import UNMARKED, MarkedPairs
from vacsr_core.pair_sets import part_of
from vacsr_core.shrink import shrink
from vacsr_core.spread_task import SpreadTask
from vacsr_core.vacsr_task import VacsrTask

__all__ = ["FitConfig", "fit_adapters", "split_by_image"]


def fit_adapters(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: FitConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint: str | Path | None = None,
    fitted_on: str = "",
    unlabelled: np.ndarray | None = None,
    is_own: np.ndarray | None = None,
    marked: MarkedPairs = UNMARKED,
    on_epoch: Callable[[dict], None] | None = None,
) -> Adapters:
    """Fit the adapters of one backbone on pairs of images and captions.

    Args:
        images: N items; captions: M items of the same backbone.
        caption_image: (M,) row of the image that each caption belongs to; -1 leaves it out.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked after every step; True stops.
        checkpoint: folder in which an interrupted fit is kept and taken up again.
        fitted_on: one line that says what the data are.
        unlabelled: float32 (N, M) in [0, 1], what the reconstruction aims at for pairs that are
            not labelled, where graded truth is known; None for 0, as the paper has it. A
            conservative fit has no use for it.
        is_own: bool (N,), for a conservative fit: the images that the fit is meant for. The
            others stand in until there are enough of these. None where all are meant.
        marked: what a person said of single pairs, above `caption_image`: a match is one more
            positive, a mismatch none, and an unsure pair is left out of every loss and of the
            calibration.
        on_epoch: called after every epoch with its row of `history["epochs"]`, which also says
            under "stage" what is fitted, under "how" in what way, and under "member" which
            of several members.

    Returns:
        Adapters with a calibrated P(match); `history` holds every epoch and the final figures.

    Raises:
        ShapeError: features and rows do not fit each other.
        DataError: fewer than 8 images with captions.
        CancelledError: stopped on request.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> images = Features.from_vectors(rng.normal(size=(16, 8)), "image")
        >>> captions = Features.from_vectors(images.vectors + 0.1, "caption")
        >>> fitted = fit_adapters(images, captions, np.arange(16), FitConfig(epochs=1))
        >>> fitted.similarity(images, captions).mean.shape
        (16, 16)
    """
    config = config or FitConfig()
    owner = marked.settled(_checked(images, captions, caption_image, unlabelled, marked))
    is_own = np.ones(len(images), bool) if is_own is None else np.asarray(is_own, bool)
    if is_own.shape != (len(images),):
        raise ShapeError(f"is_own has shape {is_own.shape}; wanted ({len(images)},).")
    fingerprint = _fingerprint(images, captions, owner, config, unlabelled, is_own, marked)
    models, histories = [], []
    for member in range(config.members):
        control = (
            config.epochs,
            config.patience,
            _part(progress, config, member),
            should_stop,
            _folder(checkpoint, config, member),
            fingerprint,
            _told(on_epoch, config, member),
        )
        if config.is_ranking_kept:
            task = SpreadTask(images, captions, owner, config, is_own, marked, member)
            histories.append(_fit_spread(task, control))
        else:
            task = VacsrTask(images, captions, owner, config, unlabelled, marked, member)
            histories.append({"epochs": train.fit(task, *control)})
        models.append(task.model.eval().requires_grad_(False))
    history = histories[0] | ({"members": histories} if config.members > 1 else {})
    labelled = owner[owner >= 0]
    fitted = Adapters(
        vacsr=models[0],
        others=tuple(models[1:]),
        is_fitted=True,
        backbone_id=images.backbone_id,
        fitted_on=fitted_on or f"{len(np.unique(labelled))} images, {len(labelled)} captions",
        history={"config": asdict(config)} | history,
    )

    def tick() -> None:
        if should_stop is not None and should_stop():
            raise CancelledError("The fit was stopped while it was calibrated.")
        if progress is not None:
            progress(1.0, "calibrating")

    rows, columns, places, marks = task.calibration_part()
    part = images[rows], captions[columns], places, config.seed, marks, tick
    if config.is_shrunk and not config.is_ranking_kept:
        fitted.history["shrunk"] = shrink(models, *part)
    return calibrated(fitted, *part)


def _told(on_epoch: Callable | None, config: FitConfig, member: int) -> Callable | None:
    said = {"stage": "vacsr", "how": "conservative" if config.is_ranking_kept else "full"}
    if config.members > 1:
        said["member"] = member + 1
    return on_epoch and (lambda row: on_epoch(said | row))


def _part(progress: Callable | None, config: FitConfig, member: int) -> Callable | None:
    """The member's part of the progress, which says whose turn it is where there are several."""
    if progress is None or config.members == 1:
        return progress
    which = f"member {member + 1} of {config.members}: "
    part = part_of(progress, member / config.members, (member + 1) / config.members)
    return lambda share, text="": part(share, which + text)


def _folder(checkpoint: str | Path | None, config: FitConfig, member: int) -> Path | None:
    if checkpoint is None:
        return None
    return Path(checkpoint) / (f"member-{member + 1}" if config.members > 1 else "")


def _fit_spread(task: SpreadTask, control: tuple) -> dict:
    """The spread, and the mean as a function of the cosine, refitted on all labelled pairs."""
    constant = {name: value.clone() for name, value in task.model.state_dict().items()}
    epochs = train.fit(task, *control)
    spread = task.keep_the_better(constant)
    task.fit_base(np.unique(task.owner[task.owner >= 0]))
    return {"epochs": epochs, "spread": spread}


def _checked(images, captions, caption_image, unlabelled, marked) -> np.ndarray:
    owner = labelled_rows(caption_image, len(images))
    if len(owner) != len(captions) or images.dimension != captions.dimension:
        raise ShapeError(
            f"{len(captions)} captions of {captions.dimension} columns, {len(owner)} caption rows "
            f"and images of {images.dimension} columns do not fit each other."
        )
    if unlabelled is not None and unlabelled.shape != (len(images), len(captions)):
        raise ShapeError(
            f"unlabelled has shape {unlabelled.shape}; wanted {(len(images), len(captions))}, one "
            "aim in [0, 1] for every pair."
        )
    if len(marked) and (marked.rows.max() >= len(images) or marked.columns.max() >= len(captions)):
        raise ShapeError(
            f"A mark is on image row {marked.rows.max()} or caption {marked.columns.max()}; there "
            f"are {len(images)} images and {len(captions)} captions."
        )
    return owner


def _fingerprint(images, captions, owner, config, unlabelled, is_own, marked) -> str:
    digest = hashlib.sha256(json.dumps(asdict(config), sort_keys=True).encode())
    arrays = [images.vectors, captions.vectors, owner, is_own]
    if unlabelled is not None:
        arrays.append(unlabelled)
    if len(marked):
        arrays += [marked.rows, marked.columns, marked.values]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
