"""Who is near whom, exactly; and what of it another space or a map keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from vacsr_core.errors import ShapeError

METRICS = ("cosine", "euclidean")
_CELLS_AT_ONCE = 8_000_000  # distances held at a time: 32 MB each of float32


@dataclass(frozen=True, eq=False)
class Preservation:
    """What a second space keeps of the neighbourhoods in a first one, item by item.

    Args:
        rows: int64 (n,), the items asked; all of them, or a sample.
        k: neighbours looked at.
        kept: float64 (n,) in [0, 1], share of an item's k nearest in the first space that are
            among its k nearest in the second.
        trust: float64 (n,) in [0, 1], 1 where none that is near in the second space was far in
            the first: no false neighbours. The mean is the trustworthiness.
        continued: float64 (n,) in [0, 1], 1 where none that was near in the first space is far in
            the second: no torn neighbours. The mean is the continuity.
    """

    rows: np.ndarray
    k: int
    kept: np.ndarray
    trust: np.ndarray
    continued: np.ndarray

    @property
    def distortion(self) -> np.ndarray:
        """float64 (n,) in [0, 1]: 0 where an item's neighbourhood is as it was."""
        return 1.0 - (self.trust + self.continued) / 2


def neighbours(
    vectors: np.ndarray, k: int, metric: str = "cosine", rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest other items of every item, exactly, by matrix products in blocks.

    Args:
        vectors: float (N, D); for "cosine" of any length but 0.
        k: 1 to N - 1.
        metric: "cosine" (1 - cosine, in [0, 2]) or "euclidean".
        rows: int (n,), whose neighbours are wanted; None for all.

    Returns:
        index int64 (n, k), the nearest first and the item itself left out; distance float32
        (n, k).

    Raises:
        ShapeError: not (N, D), NaN, a row of zeros under "cosine", or k out of range.
    """
    vectors = _checked(vectors, metric)
    _check_k(k, len(vectors), len(vectors) - 1)
    asked = np.arange(len(vectors)) if rows is None else np.asarray(rows, np.int64)
    index = np.empty((len(asked), k), np.int64)
    distance = np.empty((len(asked), k), np.float32)
    for part, cells in _blocks([vectors], [metric], asked):
        index[part] = _nearest(cells[0], k)
        distance[part] = np.take_along_axis(cells[0], index[part], axis=1)
    return index, distance


def neighbours_kept(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Share of every item's neighbours in one space that are its neighbours in another.

    Args:
        before, after: int (n, k), as `neighbours` gives them.

    Returns: float64 (n,) in [0, 1].

    Raises: ShapeError where the two have different shapes.
    """
    before, after = np.asarray(before), np.asarray(after)
    if before.shape != after.shape or before.ndim != 2 or not before.shape[1]:
        raise ShapeError(
            f"neighbours {before.shape} and {after.shape} are compared; wanted are two of one "
            "shape (n, k), k at least 1."
        )
    return (before[:, :, None] == after[:, None, :]).any(axis=2).mean(axis=1)


def preservation(
    before: np.ndarray,
    after: np.ndarray,
    k: int = 10,
    metrics: tuple[str, str] = ("cosine", "cosine"),
    rows: np.ndarray | None = None,
) -> Preservation:
    """Neighbours kept, trust and continuity of every item, from one pass over all distances.

    Args:
        before: float (N, D), the space that counts as the truth.
        after: float (N, D'), the other space or the coordinates of a map.
        k: 1 to (N - 1) / 2: beyond, the measures have no common scale.
        metrics: of the two spaces; a map is ("cosine", "euclidean").
        rows: int (n,), items that are asked, each among all N; None for all.

    Raises:
        ShapeError: different numbers of items, NaN, or k out of range.

    Source: Venna & Kaski 2001; with the normalisation of sklearn.manifold.trustworthiness.
    """
    before, after = _checked(before, metrics[0]), _checked(after, metrics[1])
    count = len(before)
    if len(after) != count:
        raise ShapeError(f"{count} items before and {len(after)} after; wanted the same items.")
    _check_k(k, count, (count - 1) // 2)
    asked = np.arange(count) if rows is None else np.asarray(rows, np.int64)
    kept, trust, continued = (np.empty(len(asked)) for _ in range(3))
    most = k * (2 * count - 3 * k - 1) / 2  # what the k furthest as neighbours would add up to
    for part, (first, second) in _blocks([before, after], metrics, asked):
        was, now = _nearest(first, k), _nearest(second, k)
        kept[part] = neighbours_kept(was, now)
        trust[part] = 1.0 - _surplus(first, now, k) / most
        continued[part] = 1.0 - _surplus(second, was, k) / most
    return Preservation(asked, k, kept, trust, continued)


def trustworthiness(
    before: np.ndarray,
    after: np.ndarray,
    k: int = 10,
    metrics: tuple[str, str] = ("cosine", "cosine"),
) -> float:
    """How far neighbours after were neighbours before, in [0, 1]. See `preservation`."""
    return float(preservation(before, after, k, metrics).trust.mean())


def continuity(
    before: np.ndarray,
    after: np.ndarray,
    k: int = 10,
    metrics: tuple[str, str] = ("cosine", "cosine"),
) -> float:
    """How far neighbours before are neighbours after, in [0, 1]. See `preservation`."""
    return float(preservation(before, after, k, metrics).continued.mean())


def _surplus(distances: np.ndarray, chosen: np.ndarray, k: int) -> np.ndarray:
    """By how much the ranks of the chosen exceed k, summed over each row; equals rank alike."""
    total = np.zeros(len(distances))
    for column in chosen.T:
        own = distances[np.arange(len(distances)), column]
        rank = 1 + np.count_nonzero(distances < own[:, None], axis=1)
        total += np.maximum(rank - k, 0)
    return total


def _nearest(distances: np.ndarray, k: int) -> np.ndarray:
    """The k smallest of every row, in order; equals by their place."""
    found = np.sort(np.argpartition(distances, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(np.take_along_axis(distances, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)


def _blocks(
    spaces: list[np.ndarray], metrics: tuple[str, ...] | list[str], asked: np.ndarray
) -> Iterator[tuple[slice, list[np.ndarray]]]:
    """Distances float32 (b, N) of a block of asked items in each space, infinite to themselves."""
    size = max(1, _CELLS_AT_ONCE // len(spaces[0]))
    for start in range(0, len(asked), size):
        part = slice(start, min(start + size, len(asked)))
        rows, cells = asked[part], []
        for space, metric in zip(spaces, metrics, strict=True):
            distances = _distances(space, rows, metric)
            distances[np.arange(len(rows)), rows] = np.inf
            cells.append(distances)
        yield part, cells


def _distances(space: np.ndarray, rows: np.ndarray, metric: str) -> np.ndarray:
    if metric == "euclidean":
        return cdist(space[rows], space).astype(np.float32)
    distances = space[rows] @ space.T
    np.subtract(1.0, distances, out=distances)
    return np.maximum(distances, 0.0, out=distances)


def _checked(vectors: np.ndarray, metric: str) -> np.ndarray:
    """float32 (N, D), of length 1 for the cosine."""
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2 or not len(vectors):
        raise ShapeError(f"vectors have shape {vectors.shape}; wanted one row per item: (N, D).")
    if metric not in METRICS:
        raise ShapeError(f"unknown metric {metric!r}; choose from {METRICS}.")
    if broken := int((~np.isfinite(vectors).all(axis=1)).sum()):
        raise ShapeError(f"{broken} of {len(vectors)} rows hold NaN or infinity; leave them out.")
    if metric == "euclidean":
        return vectors
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not length.all():
        raise ShapeError(f"row {int(length[:, 0].argmin())} is all zeros and has no direction.")
    return vectors / length


def _check_k(k: int, count: int, most: int) -> None:
    if not 1 <= k <= most:
        raise ShapeError(
            f"{k} neighbours of each of {count} items asked for; wanted 1 to {most}: take fewer "
            "neighbours or more items."
        )
