"""Naming a picture among classes that are only described in words; ties count against us."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.metrics.retrieval import TIE

CHUNK = 4_096  # pictures a time


def class_vectors(prompt_vectors: np.ndarray) -> np.ndarray:
    """One unit vector per class: the direction of the mean of its prompts.

    Args:
        prompt_vectors: float (C, T, D), unit rows: T prompts of each of C classes.

    Returns: float64 (C, D), unit rows; a row of zeros where the prompts cancel out.
    """
    if np.ndim(prompt_vectors) != 3:
        raise ShapeError(
            f"prompt_vectors have shape {np.shape(prompt_vectors)}; wanted (C, T, D): classes, "
            "prompts of each, columns."
        )
    mean = np.asarray(prompt_vectors, float).mean(axis=1)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return mean / np.where(length > 0, length, 1.0)


def zero_shot_hits(
    image_vectors: np.ndarray, class_index: np.ndarray, named: np.ndarray
) -> np.ndarray:
    """Which pictures lie strictly nearest to the words of their own class.

    Args:
        image_vectors: float (N, D), unit rows.
        class_index: int (N,) in 0 to C - 1.
        named: float (C, D), unit rows of `class_vectors`.

    Returns: bool (N,).

    Raises: ShapeError where the arrays do not fit each other.
    """
    images, named = np.asarray(image_vectors, float), np.asarray(named, float)
    if images.ndim != 2 or named.ndim != 2 or images.shape[1] != named.shape[1]:
        raise ShapeError(
            f"image_vectors {images.shape} and named {named.shape}; wanted (N, D) and (C, D)."
        )
    if np.shape(class_index) != (len(images),) or not np.isin(class_index, range(len(named))).all():
        raise ShapeError(
            f"class_index has shape {np.shape(class_index)}; wanted is one of 0 to "
            f"{len(named) - 1} for each of {len(images)} images."
        )
    hits = np.empty(len(images), bool)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        scores = images[part] @ named.T  # (B, C)
        own = np.take_along_axis(scores, class_index[part, None], axis=1)
        hits[part] = (scores >= own - TIE).sum(axis=1) == 1
    return hits


def zero_shot_accuracy(
    image_vectors: np.ndarray, class_index: np.ndarray, prompt_vectors: np.ndarray
) -> float:
    """Top-1 accuracy over C classes, each the mean of its prompts.

    Args:
        image_vectors: float (N, D), unit rows.
        class_index: int (N,) in 0 to C - 1.
        prompt_vectors: float (C, T, D), unit rows.
    """
    return float(zero_shot_hits(image_vectors, class_index, class_vectors(prompt_vectors)).mean())
