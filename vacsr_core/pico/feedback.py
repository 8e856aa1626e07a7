"""How far a round is believed: retrieval of validation images, and a weight that grows with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vacsr_core.metrics.retrieval import caption_to_image_ranks, image_to_caption_ranks
from vacsr_core.pico.pairs import Pairs

LEAST_ERROR = 1e-4  # of the figure; where all is found at once, no gain could be believed
MIXED = 3  # sets of validation images in which every image has some style


@dataclass(frozen=True, eq=False)
class Validation:
    """Images that give the feedback, with their captions.

    Args:
        images: several float32 (V, D), unit rows: the images themselves first and, where there
            are views, each image in some of its styles.
        captions: float32 (C, D); owner: int64 (C,).
        error: standard error over images of the figure with every weight 1.
    """

    images: tuple[np.ndarray, ...]
    captions: np.ndarray
    owner: np.ndarray
    error: float

    @classmethod
    def of(cls, pairs: Pairs, rows: np.ndarray) -> Validation:
        """Take some images with their captions and views."""
        columns = np.flatnonzero(np.isin(pairs.owner, rows))
        sets = [pairs.images.vectors[rows]]
        views = [np.flatnonzero(pairs.view_owner == row) for row in rows]
        if any(len(one) for one in views):
            for turn in range(MIXED):
                shown = sets[0].copy()
                for place, one in enumerate(views):
                    if len(one):  # neighbours appear in different styles
                        shown[place] = pairs.views[one[(turn + place) % len(one)]]
                sets.append(shown)
        owner = np.searchsorted(rows, pairs.owner[columns])
        made = cls(tuple(sets), pairs.captions.vectors[columns], owner, 1.0)
        values = made.by_image(np.ones(pairs.images.dimension, np.float32))
        error = max(LEAST_ERROR, float(values.std(ddof=1)) / np.sqrt(len(values)))
        return cls(made.images, made.captions, made.owner, error)

    def by_image(self, probability: np.ndarray) -> np.ndarray:
        """Reciprocal ranks float64 (V,): mean of the image's own query and those of its captions.

        Global vectors, weighed and of unit length, for that is how the weights are used.
        """
        root = np.sqrt(probability)
        captions = _unit(self.captions * root)
        found = np.zeros(len(self.images[0]))
        for shown in self.images:
            images = _unit(shown * root)
            found += 1.0 / image_to_caption_ranks(images, captions, self.owner)
            back = 1.0 / caption_to_image_ranks(images, captions, self.owner)
            found += np.bincount(self.owner, back) / np.bincount(self.owner)
        return found / (2 * len(self.images))

    def figure(self, probability: np.ndarray) -> float:
        """Mean reciprocal rank in (0, 1] of both directions, over all styles shown."""
        return float(self.by_image(probability).mean())


def feedback_weight(gain: float, scale: float) -> float:
    """How much a candidate counts: strictly increasing in its gain, one half for no gain.

    Args:
        gain: change of the validation figure.
        scale: gain that moves the weight from 0.5 to 0.73, above 0.

    Returns:
        In (0, 1): sigmoid(gain / scale). The paper's own function was not available to us.
    """
    return float(expit(np.clip(gain / scale, -30.0, 30.0)))


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
