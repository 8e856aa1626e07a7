"""Truth: which pairs match, by the library's labels and by what a person marked since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.marks import MARKS, MATCH, UNSURE


@dataclass(frozen=True, eq=False)
class Truth:
    """What is held to be true of N x M pairs.

    Args:
        is_match: bool (N, M).
        is_left_out: bool (N, M), pairs that are neither, such as those marked "unsure".
    """

    is_match: np.ndarray
    is_left_out: np.ndarray

    def of_queries(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """(is_match, is_left_out), each (queries, gallery), where `kind` asks."""
        if kind == "caption":
            return self.is_match.T, self.is_left_out.T
        return self.is_match, self.is_left_out


def judged(
    shape: tuple[int, int], caption_image: np.ndarray, marks: Mapping[tuple[int, int], str]
) -> Truth:
    """Labels with the marks above them.

    A pair marked "match" is one, whatever the labels say; a labelled pair marked "no match" is
    none any more; a pair marked "unsure" is left out of everything.

    Args:
        shape: (N, M), number of images and of captions.
        caption_image: int (M,), row of the image that each caption belongs to, -1 for none.
        marks: (image row, caption row) -> one of MARKS.

    Raises:
        ShapeError: caption_image does not fit the shape.
        DataError: an unknown mark, or one of a pair that is not there.
    """
    labels = np.asarray(caption_image, np.int64)
    images, captions = shape
    if labels.shape != (captions,) or (labels >= images).any() or (labels < -1).any():
        raise ShapeError(
            f"caption_image has shape {labels.shape}; {images} images and {captions} captions need "
            f"one image row from 0 to {images - 1}, or -1 for none, for each caption."
        )
    is_match, is_left_out = np.zeros(shape, bool), np.zeros(shape, bool)
    labelled = np.flatnonzero(labels >= 0)
    is_match[labels[labelled], labelled] = True
    for (row, column), mark in marks.items():
        if mark not in MARKS or not (0 <= row < images and 0 <= column < captions):
            raise DataError(
                f"The mark {mark!r} of image {row}, caption {column} is unknown or out of place; "
                f"wanted one of {', '.join(MARKS)} within {images} x {captions} pairs."
            )
        is_match[row, column] = mark == MATCH
        is_left_out[row, column] = mark == UNSURE
    return Truth(is_match, is_left_out)
