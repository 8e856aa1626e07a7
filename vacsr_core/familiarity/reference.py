"""How far a vector lies from what a backbone was trained on: the summary of one modality.

Three distances in one formula: the distance to the k-th nearest of some points after a linear map.
With training vectors as points and no map it is k-NN (arXiv 2204.06507); with one mean per source
and that source's inverse covariance, Mahalanobis (arXiv 1807.03888, but a covariance for each
source, because drawn scenes and photographs spread in different directions); with training vectors
as points and the shared covariance, both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vacsr_core.errors import DataError, ShapeError

METHODS = ("neighbours", "mahalanobis", "whitened neighbours")
# The settings that `choose` tries from: method, neighbours, shrinkage.
CANDIDATES = (
    ("mahalanobis", 1, 0.01),  # the one that is taken where nothing can be measured
    ("mahalanobis", 1, 0.1),
    ("whitened neighbours", 1, 0.01),
    ("whitened neighbours", 5, 0.01),
    ("whitened neighbours", 1, 0.1),
    ("whitened neighbours", 5, 0.1),
    ("neighbours", 1, 0.0),
    ("neighbours", 5, 0.0),
)
_ROWS_AT_ONCE = 1_024
_EDGE = 0.99  # the share of a source's held-out items that lie nearer than distance 1


@dataclass(frozen=True, eq=False)
class Reference:
    """Training vectors of one modality, boiled down, and the distances of held-out ones.

    Args:
        method: one of `METHODS`.
        sources: S names of where the items came from, such as "captioned photos".
        points: float32 (K, D): training vectors, or one mean per source.
        point_source: int64 (K,), row of each point's source, 0 to S - 1.
        maps: float32 (S, D, D), one linear map per source; (1, D, D) for a shared one; (0, D, D)
            for none.
        neighbours: which of the nearest points of a source counts, 1 for the nearest.
        edges: float32 (S,), above 0: the distance below which 99 of 100 held-out items of a
            source lie; distances are given in this unit.
        scale: float32 (H,), ascending: the distances of all held-out items.
    """

    method: str
    sources: tuple[str, ...]
    points: np.ndarray
    point_source: np.ndarray
    maps: np.ndarray
    neighbours: int
    edges: np.ndarray
    scale: np.ndarray

    @property
    def dimension(self) -> int:
        """D, the number of columns of a vector."""
        return self.points.shape[1]

    def distance(self, vectors: np.ndarray) -> np.ndarray:
        """Distance to the nearest source, in units of that source's own edge.

        Args:
            vectors: float32 (N, D), unit rows.

        Returns:
            float32 (N,), 0 or more; 1 is farther than 99 of 100 held-out items of that source.

        Raises:
            ShapeError: vectors of another dimension.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise ShapeError(
                f"vectors of shape {vectors.shape} cannot be compared with what the model was "
                f"trained on: wanted (N, {self.dimension}), from the same backbone."
            )
        return (self._by_source(vectors) / self.edges).min(axis=1)

    def percentile(self, vectors: np.ndarray) -> np.ndarray:
        """Share of held-out items that lie nearer, in percent: float32 (N,) in [0, 100]."""
        nearer = np.searchsorted(self.scale, self.distance(vectors), side="left")
        return (100.0 * nearer / len(self.scale)).astype(np.float32)

    def _by_source(self, vectors: np.ndarray) -> np.ndarray:
        """Distance to the k-th nearest point of each source, before scaling: float32 (N, S)."""
        found = np.empty((len(vectors), len(self.sources)), np.float32)
        for source in range(len(self.sources)):
            points = self.points[self.point_source == source]
            mapped = None if not len(self.maps) else self.maps[source % len(self.maps)]
            points = points if mapped is None else points @ mapped  # (K of the source, D)
            lengths = (points**2).sum(axis=1)
            rank = min(self.neighbours, len(points)) - 1
            for start in range(0, len(vectors), _ROWS_AT_ONCE):
                rows = vectors[start : start + _ROWS_AT_ONCE]
                rows = rows if mapped is None else rows @ mapped
                square = (rows**2).sum(axis=1)[:, None] + lengths - 2.0 * rows @ points.T
                nearest = np.partition(square, rank, axis=1)[:, rank]
                found[start : start + len(rows), source] = np.sqrt(np.maximum(nearest, 0.0))
        return found


def build(
    method: str,
    train: Mapping[str, np.ndarray],
    held: Mapping[str, np.ndarray],
    most_points: int,
    neighbours: int = 1,
    shrinkage: float = 0.01,
    seed: int = 0,
) -> Reference:
    """Summarise training vectors and lay the scale of held-out ones beside them.

    Args:
        method: one of `METHODS`.
        train: source -> float32 (N, D) unit rows that the backbone was trained on.
        held: the same sources -> rows that it was not; at least 100 in all.
        most_points: how many training vectors are kept, in equal parts for all sources.
        neighbours: which of the nearest points counts; not used by "mahalanobis".
        shrinkage: share in (0, 1] by which a covariance is drawn towards equal variances.
        seed: of the choice of points.

    Raises:
        DataError: an unknown method, sources that differ, or too few rows for a scale.
    """
    _check(method, train, held)
    rng = np.random.default_rng(seed)
    if method == "mahalanobis":
        points = [rows.mean(axis=0, keepdims=True) for rows in train.values()]
        maps = [_whitening(rows - rows.mean(axis=0), shrinkage) for rows in train.values()]
        neighbours = 1
    else:
        most = max(1, most_points // len(train))
        points = [rows[np.sort(rng.permutation(len(rows))[:most])] for rows in train.values()]
        within = np.concatenate([rows - rows.mean(axis=0) for rows in train.values()])
        maps = [_whitening(within, shrinkage)] if method == "whitened neighbours" else []
    dimension = points[0].shape[1]
    # Half precision, as it is stored: the scale must be that of the stored summary.
    made = Reference(
        method=method,
        sources=tuple(train),
        points=_half(np.concatenate(points)),
        point_source=np.repeat(np.arange(len(points)), [len(rows) for rows in points]),
        maps=_half(np.array(maps).reshape(-1, dimension, dimension)),
        neighbours=neighbours,
        edges=np.ones(len(points), np.float32),
        scale=np.zeros(0, np.float32),
    )
    own = [made._by_source(rows)[:, index] for index, rows in enumerate(held.values())]
    edges = np.array([max(np.quantile(d, _EDGE), 1e-6) for d in own], np.float32)
    made = Reference(**vars(made) | {"edges": edges})
    return Reference(
        **vars(made) | {"scale": np.sort(made.distance(np.concatenate(list(held.values()))))}
    )


def choose(
    train: Mapping[str, np.ndarray],
    held: Mapping[str, np.ndarray],
    outside: np.ndarray | None,
    most_points: int,
    seed: int = 0,
) -> tuple[Reference, dict]:
    """Build the one of `CANDIDATES` that best tells outside items from held-out ones.

    Args:
        train, held, most_points, seed: see `build`.
        outside: float32 (N, D), items unlike any source; None takes the first candidate.

    Returns:
        The summary, and a record: every candidate's AUROC, and how many items it rests on.
    """
    best, best_score, tried = None, -1.0, []
    for method, neighbours, shrinkage in CANDIDATES if outside is not None else CANDIDATES[:1]:
        made = build(method, train, held, most_points, neighbours, shrinkage, seed)
        score = 0.0 if outside is None else auroc(made.scale, made.distance(outside))
        if outside is not None:
            found = {"neighbours": made.neighbours, "shrinkage": shrinkage, "auroc": score}
            tried.append({"method": method} | found)
        if score > best_score:
            best, best_score = made, score
    count = 0 if outside is None else len(outside)
    return best, {"method": best.method, "tried": tried, "outside items": count}


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Chance that an outside item gets the greater distance; a tie counts one half.

    Args:
        inside, outside: (N,), (M,) distances.

    Returns:
        In [0, 1]; 0.5 is chance.
    """
    inside = np.sort(inside)
    below = np.searchsorted(inside, outside, side="left")
    up_to = np.searchsorted(inside, outside, side="right")
    return float((below + up_to).mean() / (2 * len(inside)))


def _check(method: str, train: Mapping[str, np.ndarray], held: Mapping[str, np.ndarray]) -> None:
    if method not in METHODS:
        raise DataError(f"There is no method {method!r}; choose one of {METHODS}.")
    if not train or list(train) != list(held):
        raise DataError(
            f"Training items come from {list(train)} and held-out ones from {list(held)}; wanted "
            "the same sources in the same order, at least one."
        )
    rows = {name: len(held[name]) for name in held}
    if sum(rows.values()) < 100 or min(*rows.values(), *map(len, train.values())) < 2:
        raise DataError(
            f"A scale of percentiles needs at least 100 held-out items, and 2 training and "
            f"held-out items of every source; there are {rows}."
        )


def _whitening(centred: np.ndarray, shrinkage: float) -> np.ndarray:
    """A map (D, D) after which centred rows (N, D) have about unit covariance."""
    covariance = centred.astype(np.float64).T @ centred / len(centred)
    level = max(float(np.trace(covariance)) / len(covariance), 1e-12)
    shrunk = (1 - shrinkage) * covariance + shrinkage * level * np.eye(len(covariance))
    variances, directions = np.linalg.eigh(shrunk)
    return directions / np.sqrt(variances)


def _half(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16).astype(np.float32)
