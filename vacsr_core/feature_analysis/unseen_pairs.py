"""Do the weights help here? Each half of the images is judged by weights found on the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import CancelledError, DataError
from vacsr_core.feature_analysis.retrieval_effect import Effect, effects
from vacsr_core.feature_analysis.weighted_scores import LEVELS, can_use_tokens, scores
from vacsr_core.features import Features
from vacsr_core.pair_sets import part_of
from vacsr_core.pico import PicoConfig, fit_pico

NONE, STORED = "none", "stored"
FITTED = ("pico", "sign", "correlation", "random")  # beside "none", which needs no fit
FOLDS = 2
FEWEST_IMAGES = 20  # with a caption; half of them must do for a fit


@dataclass(frozen=True, eq=False)
class CrossFit:
    """What came out.

    Args:
        effects: level, of `LEVELS` -> one `Effect` per kind of weights and direction.
        images, captions: how many there were to choose from.
        labelled: how many captions asked.
        notes: sentences of the fits.
    """

    effects: Mapping[str, list[Effect]]
    images: int
    captions: int
    labelled: int
    notes: tuple[str, ...]


def cross_fit(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    stored: np.ndarray | None = None,
    seed: int = 0,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CrossFit:
    """Compare PICO's weights and its controls by retrieval on pairs that they did not see.

    The images with a caption are dealt into two halves. What asks from one half is scored with the
    weights found on the other half's pairs, among all images or captions.

    Args:
        images: N items; captions: M items, of one backbone.
        caption_image: int (M,), row of each caption's image; -1 for none.
        stored: float (D,), p that came with the model and is not fitted here; None for none.
        seed: of the halves, the fits and the bootstrap.
        progress: called with (share done, text); may raise CancelledError.
        should_stop: asked during the fits.

    Raises:
        DataError: fewer than 20 images have a caption.
        CancelledError: stopped on request.
    """
    owner = np.asarray(caption_image)
    labelled = np.unique(owner[owner >= 0])
    if len(labelled) < FEWEST_IMAGES:
        raise DataError(
            f"{len(labelled)} images have a caption; a comparison on pairs that the weights did "
            f"not see needs {FEWEST_IMAGES}. Label {FEWEST_IMAGES - len(labelled)} more."
        )
    half = np.full(len(images), -1)
    half[np.random.default_rng(seed).permutation(labelled)] = np.arange(len(labelled)) % FOLDS
    weights, notes = _weights(
        images, captions, owner, half, stored, seed, part_of(progress, 0.0, 0.8), should_stop
    )
    rest = part_of(progress, 0.8, 1.0)
    levels = LEVELS if can_use_tokens(images, captions) else LEVELS[:1]
    found = {}
    for place, level in enumerate(levels):
        asked = _asked(images, captions, owner, half, weights, level)
        found[level] = effects(asked[0], owner, NONE, seed, asked[1])
        if rest is not None:
            rest((place + 1) / len(levels), "comparing retrieval")
    return CrossFit(found, len(images), len(captions), int((owner >= 0).sum()), notes)


def _weights(images, captions, owner, half, stored, seed, progress, should_stop) -> tuple:
    """Name -> the weights for what asks from each half, and the notes of the fits."""
    ones = np.ones(images.dimension, np.float32)
    weights = {NONE: [ones] * FOLDS}
    if stored is not None:
        weights[STORED] = [np.asarray(stored, np.float32)] * FOLDS
    weights |= {kind: [] for kind in FITTED}
    notes: dict[str, None] = {}
    for fold in range(FOLDS):
        others = np.where((owner >= 0) & (half[owner] != fold), owner, -1)
        for step, kind in enumerate(FITTED):
            if should_stop is not None and should_stop():
                raise CancelledError("The comparison was stopped on request.")
            share = (fold * len(FITTED) + step) / (FOLDS * len(FITTED))
            if progress is not None:
                progress(share, f"finding the weights on half {2 - fold}, {kind}")
            config = PicoConfig(control=kind, seed=seed + fold)
            made = fit_pico(images, captions, others, config, should_stop=should_stop)
            weights[kind].append(made.probability)
            notes |= dict.fromkeys(made.notes)
    return weights, tuple(notes)


def _asked(images, captions, owner, half, weights: Mapping, level: str) -> tuple[dict, dict]:
    """Name -> scores (N, M) where captions ask, and where images do."""
    by_caption, by_image = {}, {}
    caption_half = np.where(owner >= 0, half[owner], -1)
    for name, of_half in weights.items():
        tables = [scores(images, captions, of_half[0], level)]
        if of_half[1] is not of_half[0]:
            tables.append(scores(images, captions, of_half[1], level))
        first, second = tables[0], tables[-1]
        by_caption[name] = np.where(caption_half[None, :] == 1, second, first)
        by_image[name] = np.where(half[:, None] == 1, second, first)
    return by_caption, by_image
