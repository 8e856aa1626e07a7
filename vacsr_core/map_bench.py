"""How fast a map is drawn, and beside it what umap-learn takes on its own, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from vacsr_core.projection import first_map, refined_map
from vacsr_core.projection import neighbour_embedding as umap
from vacsr_core.projection.quality import map_quality

GROUPS = 20


def bench_map(
    points: int = 5_000,
    dimension: int = 256,
    seed: int = 0,
    has_plain: bool = True,
    vectors: np.ndarray | None = None,
) -> dict[str, Any]:
    """Seconds of every step of a map, in a process that has drawn none yet.

    Args:
        points, dimension, seed: of the rows, drawn round 20 centres.
        has_plain: also time `umap.UMAP(metric="cosine").fit`, after the rest, when its loops are
            compiled already: what it does not share with ours is compiled then.
        vectors: float32 (N, D) unit rows to take instead.

    Returns: name -> seconds, count or measure.
    """
    rows = _planted(points, dimension, seed) if vectors is None else vectors
    found: dict[str, Any] = {"points": len(rows), "dimension": rows.shape[1]}
    start, found["seconds_first_picture"] = _timed(lambda: first_map(rows))
    _, found["seconds_warm_up"] = _timed(umap.warm_up)
    final, found["seconds_final_map"] = _timed(lambda: refined_map(rows, start, seed=seed))
    found["seconds_from_cold"] = found["seconds_warm_up"] + found["seconds_final_map"]
    found |= _measures("ours", final.quality)
    if has_plain:
        from umap import UMAP

        plain, found["seconds_plain_umap"] = _timed(lambda: UMAP(metric="cosine").fit(rows))
        found["times_faster"] = found["seconds_plain_umap"] / found["seconds_final_map"]
        found["times_faster_from_cold"] = found["seconds_plain_umap"] / found["seconds_from_cold"]
        found |= _measures("plain", map_quality(rows, plain.embedding_, seed))
    return found


def _measures(whose: str, quality) -> dict[str, float]:
    return {
        f"{whose}_{name}": getattr(quality, name)
        for name in ("trustworthiness", "continuity", "kept")
    }


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    made = work()
    return made, time.perf_counter() - start


def _planted(points: int, dimension: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = random.normal(size=(GROUPS, dimension))
    rows = centres[random.integers(GROUPS, size=points)] + random.normal(size=(points, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
