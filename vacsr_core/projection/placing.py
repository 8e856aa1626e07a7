"""Where a newcomer goes on a map that was drawn without it."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError

NEAREST = 5
_SHARPNESS = 0.05  # cosine by which a neighbour must be nearer to weigh e times as much


def place(
    newcomers: np.ndarray, vectors: np.ndarray, coordinates: np.ndarray, nearest: int = NEAREST
) -> np.ndarray:
    """Coordinates amid the nearest items of the map: placed, not fitted.

    A newcomer moves nobody, and its place says only which items it is nearest to. One that equals
    an item of the map comes to lie on it.

    Args:
        newcomers: float (n, D), unit rows: new items, or words or an image that are looked for.
        vectors: float (N, D), unit rows, the items of the map.
        coordinates: float (N, d), where they lie.
        nearest: how many of them count, by weights that fall with the cosine.

    Returns: float32 (n, d).

    Raises: ShapeError where shapes do not fit, or the map is empty.
    """
    newcomers, vectors = np.asarray(newcomers, np.float32), np.asarray(vectors, np.float32)
    if not len(vectors) or len(vectors) != len(coordinates):
        raise ShapeError(
            f"a map of {len(vectors)} items has {len(coordinates)} coordinates; wanted is one for "
            "each, and at least one item."
        )
    if newcomers.ndim != 2 or newcomers.shape[1] != vectors.shape[1]:
        raise ShapeError(
            f"newcomers have shape {newcomers.shape} and the map's items {vectors.shape}; wanted "
            "are rows of the same space."
        )
    found = np.empty((len(newcomers), coordinates.shape[1]), np.float32)
    cosine = newcomers @ vectors.T
    k = min(nearest, len(vectors))
    chosen = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
    for row, columns in enumerate(chosen):
        own = cosine[row, columns]
        distance = np.maximum(1.0 - own, 0.0)
        if distance.min() < 1e-6:
            weights = (distance < 1e-6).astype(np.float64)
        else:
            weights = np.exp((own - own.max()) / _SHARPNESS)
        found[row] = weights @ coordinates[columns] / weights.sum()
    return found
