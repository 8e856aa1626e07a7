"""How far a map can be trusted: figures beside it, and the one sentence on what it cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vacsr_core.metrics.neighbourhood import preservation

NEIGHBOURS = 10
MOST_ASKED = 2_000  # items whose neighbourhoods are measured, each among all others
CAVEAT = (
    "A map can tell which items are near each other. It cannot tell how far apart groups are, how "
    "dense or large a group is, nor that a gap between two groups is real: for those ask the "
    "neighbours in the space itself."
)


@dataclass(frozen=True, eq=False)
class Quality:
    """What a map keeps of the space it shows.

    Args:
        k: neighbours looked at.
        trustworthiness, continuity, kept: in [0, 1]; means over the items asked.
        distortion: float64 (N,) in [0, 1], NaN for items that were not asked.
        asked: how many items were asked; fewer than N where that is a random sample.
    """

    k: int
    trustworthiness: float
    continuity: float
    kept: float
    distortion: np.ndarray
    asked: int


def map_quality(
    vectors: np.ndarray, coordinates: np.ndarray, seed: int = 0, k: int = NEIGHBOURS
) -> Quality | None:
    """Measure a map against the space it shows; None with fewer than 4 items.

    Args:
        vectors: float (N, D), the space, compared by cosine.
        coordinates: float (N, d), the map.
        seed: of the sample, where there are more than `MOST_ASKED` items.
        k: at most so many neighbours; fewer for few items.
    """
    count = len(vectors)
    k = min(k, (count - 1) // 2)
    if k < 1 or count < 4:
        return None
    rows = None
    if count > MOST_ASKED:
        rows = np.sort(np.random.default_rng(seed).choice(count, MOST_ASKED, replace=False))
    found = preservation(vectors, coordinates, k, ("cosine", "euclidean"), rows)
    distortion = np.full(count, np.nan)
    distortion[found.rows] = found.distortion
    return Quality(
        k,
        float(found.trust.mean()),
        float(found.continued.mean()),
        float(found.kept.mean()),
        distortion,
        len(found.rows),
    )
