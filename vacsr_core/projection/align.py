"""Bringing one map onto another by turning, mirroring, moving and one common scale."""

from __future__ import annotations

import numpy as np

from vacsr_core.errors import ShapeError


def aligned(points: np.ndarray, target: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """The map turned to lie as near to another as it can (Procrustes), and drawn as large.

    The scale is the one that gives both the same spread: the scale of least squares would draw a
    map the smaller the less it has in common with the other.

    Who is near whom in the map does not change, so neither do the measures of its quality.

    Args:
        points: float (N, d), the map to be brought.
        target: float (N, d), the map that stays.
        rows: int (n,), items that both are compared at; None for all.

    Returns: float32 (N, d).

    Raises: ShapeError where the two have different shapes.

    Source: Schönemann 1966; Gower 1975.
    """
    points, target = np.asarray(points, np.float64), np.asarray(target, np.float64)
    if points.shape != target.shape or points.ndim != 2:
        raise ShapeError(
            f"maps of {points.shape} and {target.shape} are aligned; wanted are two of one shape."
        )
    at = slice(None) if rows is None else rows
    start, goal = points[at].mean(axis=0), target[at].mean(axis=0)
    moved, wanted = points[at] - start, target[at] - goal
    left, _, right = np.linalg.svd(moved.T @ wanted)
    size, wanted_size = np.linalg.norm(moved), np.linalg.norm(wanted)
    scale = wanted_size / size if size > 0 and wanted_size > 0 else 1.0
    return ((points - start) @ (left @ right) * scale + goal).astype(np.float32)
