"""The first rival: the backbone's own cosine with a temperature. Two numbers for P(match) more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core.contenders.config import RivalConfig, split_pairs
from vacsr_core.contenders.softmax import Softmax, fit_softmax
from vacsr_core.contenders.verdict import Verdict
from vacsr_core.features import Features

NAME = "cosine"


@dataclass(frozen=True)
class FittedCosine:
    """The cosine with the temperature and the P(match) of held-out pairs."""

    softmax: Softmax
    parameters: int = 3

    def judge(self, images: Features, captions: Features, gallery: int | None = None) -> Verdict:
        """Verdict on all pairs of `images` (N) and `captions` (M).

        Args:
            gallery: how many images there are to choose from, for P(match); None for N.
        """
        cosine = images.vectors @ captions.vectors.T
        return cosine_verdict(NAME, cosine, self.softmax, gallery)


def fit(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    config: RivalConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FittedCosine:
    """Fit the temperature and P(match) on the validation part; there is nothing else to learn.

    Args:
        images: N items; captions: M items.
        caption_image: (M,), row of the image of each caption; -1 for none.
        progress, should_stop: as for the other rivals; it is over before they are asked.

    Raises:
        ShapeError: features and rows do not fit each other.
        DataError: fewer than 8 images with captions.
    """
    config = config or RivalConfig()
    _, held_out = split_pairs(images, captions, caption_image, config)
    score = held_out.images.vectors @ held_out.captions.vectors.T
    return FittedCosine(fit_softmax(score, held_out.owner, config.seed))


def cosine_verdict(
    name: str, cosine: np.ndarray, softmax: Softmax, gallery: int | None = None
) -> Verdict:
    """A verdict by cosines, (N, M) in [-1, 1], with the doubt "max cosine" = 1 - the greatest."""
    images, captions = max_cosine(cosine)
    return softmax.verdict(name, cosine, gallery, image_doubt=images, caption_doubt=captions)


def max_cosine(cosine: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The doubt 1 - greatest cosine of each image (N,), and of each caption (M,)."""
    return {"max cosine": 1.0 - cosine.max(axis=1)}, {"max cosine": 1.0 - cosine.max(axis=0)}
