"""Pairs whose label is doubtful: probable matches nobody labelled, and labels probably wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.similarity import Similarity


@dataclass(frozen=True, eq=False)
class Suspects:
    """A short list of pairs, the most suspicious first.

    Args:
        rows, columns: int (S,), image and caption of each pair.
        match_probability: float (S,).
        total: how many pairs meet the threshold, listed or not.
    """

    rows: np.ndarray
    columns: np.ndarray
    match_probability: np.ndarray
    total: int


def unlabelled_matches(
    sim: Similarity,
    caption_image: np.ndarray,
    least: float = 0.5,
    most: int = 10,
    is_once: bool = False,
    known: np.ndarray | None = None,
) -> Suspects:
    """Pairs that nobody labelled and that probably match, highest P(match) first.

    Args:
        sim: all pairs of N images and M captions.
        caption_image: (M,) row of the image that each caption belongs to, -1 for none.
        least: P(match) from which a pair is listed.
        most: how many are listed.
        is_once: list of each image only the surest pair, because a single image that fits many
            generic captions would fill the list.
        known: bool (N, M), pairs that somebody has judged already and that are not listed.

    Returns:
        Suspects: likely false negatives.
    """
    labels = _checked(sim, caption_image)
    chance = sim.match_probability.copy()
    labelled = np.flatnonzero(labels >= 0)
    chance[labels[labelled], labelled] = -1.0
    if known is not None:
        chance[known] = -1.0
    total = int((chance >= least).sum())
    if is_once and chance.size:
        surest = chance.argmax(axis=1)
        single = np.full_like(chance, -1.0)
        rows = np.arange(len(chance))
        single[rows, surest] = chance[rows, surest]
        chance = single
    flat = chance.ravel()
    listed = min(most, flat.size)
    top = np.argpartition(-flat, listed - 1)[:listed] if listed else np.empty(0, int)
    top = top[np.argsort(-flat[top], kind="stable")]
    top = top[flat[top] >= least]
    rows, columns = np.unravel_index(top, chance.shape)
    return Suspects(rows, columns, flat[top], total)


def doubtful_labels(
    sim: Similarity, caption_image: np.ndarray, below: float = 0.5, most: int = 10
) -> Suspects:
    """Labelled pairs that probably do not match, lowest P(match) first.

    Args:
        sim, caption_image: as for `unlabelled_matches`.
        below: P(match) under which a label is listed.
        most: how many are listed.

    Returns:
        Suspects: likely wrong labels.
    """
    labels = _checked(sim, caption_image)
    columns = np.flatnonzero(labels >= 0)
    chance = sim.match_probability[labels[columns], columns]
    worst = np.argsort(chance, kind="stable")
    worst = worst[chance[worst] < below]
    listed = columns[worst[:most]]
    return Suspects(labels[listed], listed, chance[worst[:most]], len(worst))


def _checked(sim: Similarity, caption_image: np.ndarray) -> np.ndarray:
    labels = np.asarray(caption_image, dtype=np.int64)
    if labels.shape != sim.shape[1:] or (labels >= sim.shape[0]).any():
        raise ShapeError(
            f"caption_image has shape {labels.shape}; pairs of shape {sim.shape} need one image "
            f"row, at most {sim.shape[0] - 1}, for each of {sim.shape[1]} captions."
        )
    return labels
