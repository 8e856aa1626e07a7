"""Matched pairs, checked, and in an order that depends on their content alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from vacsr_core.errors import DataError, ShapeError
from vacsr_core.features import Features
from vacsr_core.pico.config import FEWEST_PAIRS
from vacsr_core.pico.signs import Signs, sign_probability
from vacsr_core.pico.views import StyleViews

LEAST_RANGE = 1e-7  # a column that varies by less over all items is constant


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images with a caption, captions with an image, and their views in other styles.

    Args:
        images: N items; captions: M items; owner: int64 (M,), each caption's image.
        views: float32 (V, D), unit rows; view_owner: int64 (V,), the image each shows.
        is_constant: bool (D,), columns that do not vary in one of the modalities.
        level: "tokens", or "global" where a side has none.
        notes: what was done where the data were not as wanted.
        signs: of images and of captions.
    """

    images: Features
    captions: Features
    owner: np.ndarray
    views: np.ndarray
    view_owner: np.ndarray
    is_constant: np.ndarray
    level: str
    notes: tuple[str, ...]
    signs: tuple[Signs, Signs]

    def sign_probability(self, columns: np.ndarray | None = None) -> np.ndarray:
        """p-hat, float64 (D,), over the pairs of all captions or of some; 0.5 where constant."""
        columns = np.arange(len(self.owner)) if columns is None else columns
        found = sign_probability(*self.signs, self.owner[columns], columns)
        return np.where(self.is_constant, 0.5, found)

    def probability(self, style: np.ndarray) -> np.ndarray:
        """p = 1 - q as float32 (D,), 0 for constant columns: they tell no pair from another."""
        return np.where(self.is_constant, 0.0, 1.0 - style).astype(np.float32)


def ordered_pairs(
    images: Features,
    captions: Features,
    caption_image: np.ndarray,
    views: StyleViews | None = None,
) -> Pairs:
    """Check the data and put them in an order that is the same however the rows came.

    Raises:
        ShapeError: modalities, dimensions or rows do not fit.
        DataError: fewer than 8 matched pairs, or no column that varies.
    """
    owner = _checked(images, captions, caption_image, views)
    labelled = np.flatnonzero(owner >= 0)
    if len(labelled) < FEWEST_PAIRS:
        raise DataError(
            f"{len(labelled)} matched pairs are too few to tell meaning from style; give at least "
            f"{FEWEST_PAIRS}."
        )
    own = np.unique(owner[labelled])
    order = own[_by_content(images.vectors[own])]
    place = np.full(len(images), -1)
    place[order] = np.arange(len(order))
    columns = labelled[_by_content(captions.vectors[labelled])]
    images, captions, owner = images[order], captions[columns], place[owner[columns]]
    notes, level = [], "tokens"
    for part in (images, captions):
        if part.tokens is None:
            notes.append(f"The {part.modality}s have no tokens; their global vectors stand in.")
            level = "global"
    if level == "global":  # the interaction is of one level on both sides
        images, captions = (replace(x, tokens=None, token_mask=None) for x in (images, captions))
    is_constant = np.ptp(images.vectors, axis=0) < LEAST_RANGE
    is_constant |= np.ptp(captions.vectors, axis=0) < LEAST_RANGE
    if is_constant.all():
        raise DataError("No column varies in both images and captions, so none can be judged.")
    if is_constant.any():
        notes.append(
            f"{int(is_constant.sum())} columns are constant in images or captions and tell no "
            "pair from another; their weight is 0."
        )
    signs = Signs.of(images), Signs.of(captions)
    shown = _ordered_views(views, place, images.dimension)
    return Pairs(images, captions, owner, *shown, is_constant, level, tuple(notes), signs)


def _checked(
    images: Features, captions: Features, caption_image: np.ndarray, views: StyleViews | None
) -> np.ndarray:
    """The image row of each caption, int64 (M,)."""
    from vacsr_core.adapters import labelled_rows  # adapters hold column weights: a circle else

    if images.modality != "image" or captions.modality != "caption":
        raise ShapeError(
            f"fit_pico takes images, then captions; got {images.modality} features and "
            f"{captions.modality} features."
        )
    parts = {"images": images, "captions": captions}
    if views is not None:
        parts["style views"] = views.features
        labelled_rows(views.row, len(images))
    if len({part.dimension for part in parts.values()}) > 1:
        came = ", ".join(f"{name} have {part.dimension}" for name, part in parts.items())
        raise ShapeError(f"{came} columns; give features of one backbone.")
    owner = labelled_rows(caption_image, len(images))
    if owner.shape != (len(captions),):
        raise ShapeError(f"{len(captions)} captions and {len(owner)} rows of images; one for each.")
    return owner


def _ordered_views(
    views: StyleViews | None, place: np.ndarray, dimension: int
) -> tuple[np.ndarray, np.ndarray]:
    """Views of images that have a caption: vectors (V, D) and image rows (V,)."""
    if views is None:
        return np.zeros((0, dimension), np.float32), np.zeros(0, np.int64)
    shown = np.where(views.row >= 0, place[views.row], -1)
    used = np.flatnonzero(shown >= 0)
    used = used[_by_content(views.features.vectors[used])]
    return views.features.vectors[used], shown[used]


def _by_content(vectors: np.ndarray) -> np.ndarray:
    keys = [hashlib.sha256(row.tobytes()).digest() for row in np.ascontiguousarray(vectors)]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
