"""How far a round is believed: retrieval of validation images, and a weight that grows with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from vacsr_core.features import Features
from vacsr_core.metrics.retrieval import caption_to_image_ranks, image_to_caption_ranks

LEAST_ERROR = 1e-4  # of the figure; where all is found at once, no gain could be believed


@dataclass(frozen=True, eq=False)
class Validation:
    """Images that give the feedback, with their captions.

    Args:
        images: float32 (V, D), unit rows; captions: float32 (C, D); owner: int64 (C,).
        error: standard error over images of the figure with every weight 1.
    """

    images: np.ndarray
    captions: np.ndarray
    owner: np.ndarray
    error: float

    @classmethod
    def of(
        cls, images: Features, captions: Features, owner: np.ndarray, columns: np.ndarray
    ) -> Validation:
        """Take the chosen captions and their images."""
        rows, place = np.unique(owner[columns], return_inverse=True)
        made = cls(images.vectors[rows], captions.vectors[columns], place, 1.0)
        values = made.by_image(np.ones(images.dimension, np.float32))
        error = max(LEAST_ERROR, float(values.std(ddof=1)) / np.sqrt(len(values)))
        return cls(made.images, made.captions, made.owner, error)

    def by_image(self, probability: np.ndarray) -> np.ndarray:
        """Reciprocal ranks float64 (V,): mean of the image's own query and those of its captions.

        Global vectors, weighed and of unit length, for that is how the weights are used.
        """
        root = np.sqrt(probability)
        images, captions = (
            x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
            for x in (self.images * root, self.captions * root)
        )
        forth = 1.0 / image_to_caption_ranks(images, captions, self.owner)
        back = 1.0 / caption_to_image_ranks(images, captions, self.owner)
        back = np.bincount(self.owner, back) / np.bincount(self.owner)
        return 0.5 * (forth + back)

    def figure(self, probability: np.ndarray) -> float:
        """Mean reciprocal rank in (0, 1] of both directions."""
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
