"""The same content in several styles: what differs between such views is style and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import ShapeError
from vacsr_core.features import Features


@dataclass(frozen=True, eq=False)
class StyleViews:
    """Images that show what others show, in another style: changed, or drawn again.

    Args:
        features: V images of the same backbone; only their global vectors are used.
        row: int (V,), which of the fit's images each shows; 0 to N - 1.

    Raises:
        ShapeError: not images, or not one row for each.
    """

    features: Features
    row: np.ndarray

    def __post_init__(self) -> None:
        if self.features.modality != "image":
            raise ShapeError(f"style views are images; got {self.features.modality} features.")
        if np.shape(self.row) != (len(self.features),):
            raise ShapeError(
                f"{len(self.features)} style views and rows of shape {np.shape(self.row)}; wanted "
                "is one row of an image for each."
            )


def deviations(vectors: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the views of one content differ by, and how much of each column that is.

    Args:
        vectors: float (V, D); group: int (V,), which content each shows. A content with a single
            view is left out.

    Returns:
        (float64 (V', D), each view minus the mean of its content; float64 (D,) in [0, 1], share
        of a column's variance that lies within contents, 1 - ICC(1) with contents of unequal
        size). Without two contents of two views (0, D) and zeros.
    """
    _, group, size = np.unique(group, return_inverse=True, return_counts=True)
    kept = size[group] >= 2
    vectors = np.asarray(vectors, np.float64)[kept]
    _, group, size = np.unique(group[kept], return_inverse=True, return_counts=True)
    if len(size) < 2:
        return np.zeros((0, vectors.shape[1])), np.zeros(vectors.shape[1])
    sums = np.zeros((len(size), vectors.shape[1]))
    np.add.at(sums, group, vectors)
    means = sums / size[:, None]
    own = vectors - means[group]
    within = (own**2).sum(axis=0) / (len(vectors) - len(size))
    spread = size @ (means - vectors.mean(axis=0)) ** 2 / (len(size) - 1)
    typical = (size.sum() - (size**2).sum() / size.sum()) / (len(size) - 1)
    between = np.maximum(spread - within, 0.0) / typical
    whole = between + within
    return own, np.divide(within, whole, out=np.zeros(len(whole)), where=whole > 0)
