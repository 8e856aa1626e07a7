"""SpaceMap: a space drawn in two or three dimensions, first by PCA, then by UMAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vacsr_core.metrics.neighbourhood import neighbours
from vacsr_core.projection import neighbour_embedding as umap
from vacsr_core.projection.align import aligned
from vacsr_core.projection.pca import check_spread, pca
from vacsr_core.projection.quality import Quality, map_quality

LISTED = 20  # neighbours that are kept for lists; UMAP uses the first 14


@dataclass(frozen=True, eq=False)
class SpaceMap:
    """Where N items lie, and who is near them in truth.

    Args:
        coordinates: float32 (N, 2 or 3).
        method: "PCA" or "UMAP".
        neighbours: int64 (N, k), exact neighbours in the space, the nearest first.
        distances: float32 (N, k), 1 - cosine of them.
        quality: of the map, None with fewer than 4 items or where it was not measured yet.
        seed: of UMAP's draws.
        made_with: "umap-learn 0.5.12, …"; "" for PCA.
    """

    coordinates: np.ndarray
    method: str
    neighbours: np.ndarray
    distances: np.ndarray
    quality: Quality | None
    seed: int
    made_with: str = ""


def first_map(
    vectors: np.ndarray, dimensions: int = 2, target: np.ndarray | None = None
) -> np.ndarray:
    """The PCA that is shown at once, float32 (N, dimensions).

    Args:
        vectors: float (N, D), unit rows.
        target: float (N, dimensions), a map to be aligned to; None for none.

    Raises: DataError where all items are equal; ShapeError for NaN.
    """
    check_spread(vectors)
    found = pca(vectors, dimensions)
    return found if target is None else aligned(found, target)


def refined_map(
    vectors: np.ndarray,
    start: np.ndarray,
    target: np.ndarray | None = None,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
    has_umap: bool = True,
    known: tuple[np.ndarray, np.ndarray] | None = None,
) -> SpaceMap:
    """Exact neighbours, the map by UMAP from a start, and its quality.

    Args:
        vectors: float (N, D), unit rows.
        start: float (N, d), the map that is on screen; UMAP begins with it.
        target: the map that the new one is turned to; None for `start`. Either way nothing jumps
            more than it must.
        seed: of UMAP's draws.
        progress: called with (share done, text); may raise CancelledError.
        has_umap: False keeps `start` as it is; so do fewer than 15 items.
        known: neighbours and distances of these vectors where they were found before.

    Raises: ShapeError for NaN or shapes that do not fit.
    """

    def tell(share: float, text: str) -> None:
        if progress is not None:
            progress(share, text)

    tell(0.0, "finding exact neighbours")
    if known is None:
        known = neighbours(vectors, min(LISTED, len(vectors) - 1))
    coordinates, method, made_with = np.asarray(start, np.float32), "PCA", ""
    if has_umap and len(vectors) >= umap.LEAST_POINTS:
        tell(0.1, "moving neighbours together")
        found = umap.embed(
            *known, start, seed, progress=lambda share, text: tell(0.1 + 0.75 * share, text)
        )
        coordinates = aligned(found, start if target is None else target)
        method, made_with = "UMAP", umap.versions()
    tell(0.85, "measuring what the map keeps")
    quality = map_quality(vectors, coordinates, seed)
    tell(1.0, "done")
    return SpaceMap(coordinates, method, *known, quality, seed, made_with)
