"""Verdict: what a contender says of every pair, and how much it doubts each first choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vacsr_core.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Verdict:
    """Scores of N images and M captions, and any number of named doubts; more is less sure.

    Doubts of different names, or of different contenders, are never on one scale: compare only
    what they predict.

    Args:
        name: of the contender, as a table shows it.
        score: float (N, M), finite, higher = more similar; only its order counts.
        chance: P(match), float (N, M) in [0, 1]; None where the contender gives none.
        pair_doubt: float (N, M) each, about every pair.
        image_doubt: float (N,) each, about the first caption of each image.
        caption_doubt: float (M,) each, about the first image of each caption.

    Raises:
        ShapeError: shapes do not fit, a value is NaN or infinite, or a chance is none.
    """

    name: str
    score: np.ndarray
    chance: np.ndarray | None = None
    pair_doubt: Mapping[str, np.ndarray] = field(default_factory=dict)
    image_doubt: Mapping[str, np.ndarray] = field(default_factory=dict)
    caption_doubt: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.score.ndim != 2 or 0 in self.score.shape:
            raise ShapeError(
                f"The scores of {self.name} have shape {self.score.shape}; wanted (N, M), one row "
                "an image and one column a caption, at least one of each."
            )
        images, captions = self.score.shape
        self._check("score", self.score, (images, captions))
        if self.chance is not None:
            self._check("chance", self.chance, (images, captions))
            if self.chance.min() < 0 or self.chance.max() > 1:
                raise ShapeError(
                    f"The chances of {self.name} lie between {self.chance.min():.4g} and "
                    f"{self.chance.max():.4g}; wanted 0 to 1."
                )
        kinds = (
            (self.pair_doubt, (images, captions)),
            (self.image_doubt, (images,)),
            (self.caption_doubt, (captions,)),
        )
        for doubts, wanted in kinds:
            for name, values in doubts.items():
                self._check(f"doubt {name!r}", values, wanted)

    def _check(self, what: str, values: np.ndarray, wanted: tuple[int, ...]) -> None:
        if values.shape != wanted:
            raise ShapeError(
                f"The {what} of {self.name} has shape {values.shape}; wanted {wanted}."
            )
        if not np.isfinite(values).all():
            raise ShapeError(
                f"The {what} of {self.name} holds NaN or infinity; check the features behind it."
            )


def first_choices(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first caption of each image, int64 (N,), and the first image of each caption, (M,).

    Args:
        score: (N, M), higher = more similar; of equal ones the first.
    """
    return score.argmax(axis=1), score.argmax(axis=0)


def at_first_choices(values: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values of pairs at each query's first choice: (N,) of images' and (M,) of captions'.

    Args:
        values: (N, M), such as a doubt about every pair.
        score: (N, M), by which the first choice is made.

    Raises:
        ShapeError: the two have different shapes.
    """
    if values.shape != score.shape or score.ndim != 2:
        raise ShapeError(f"values {values.shape} and scores {score.shape}; wanted (N, M) of both.")
    caption, image = first_choices(score)
    return values[np.arange(len(caption)), caption], values[image, np.arange(len(image))]
