"""Coordinates of the session's maps: PCA at once, UMAP behind it, each computed once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import jobs, map_spaces
from app_pages.parts.map_points import Points

if TYPE_CHECKING:
    from vacsr_core.projection import SpaceMap

JOB = "map"
FIRST_PICTURE_SECONDS = 0.7  # importing umap-learn takes turns with showing the PCA
PATIENCE_SECONDS = 0.3
SEED = 0
_LAST = "_map_last"  # the last map of the backbone's space: newcomers are placed on it
SAME = 1e-5  # features that differ by less in every column are those of the same item
FEWEST_KNOWN = 0.5  # of the points, for a map to be kept when others come


@dataclass(frozen=True, eq=False)
class Drawn:
    """A map as it is on screen.

    Args:
        coordinates: float32 (P, 2 or 3).
        map: neighbours, quality and method; None while they are computed.
        is_placed: bool (P,), points that came after the map was drawn.
        share: 0 for the backbone's space, 1 for the structure-preserved one.
    """

    coordinates: np.ndarray
    map: SpaceMap | None
    is_placed: np.ndarray
    share: float


def vectors(points: Points, share: float) -> np.ndarray:
    """Unit rows of all points at a share of the way to the structure-preserved space."""
    images, captions = map_spaces.base(points)
    space = map_spaces.space()

    def work() -> np.ndarray:
        if share == 0.0:
            return np.vstack([images.vectors, captions.vectors])
        return np.vstack([space.project(part, share).vectors for part in (images, captions)])

    return points.once(("vectors", *_key(share)), work)


def draw_maps(points: Points, shares: list[float], dimensions: int) -> list[Drawn]:
    """The maps at some shares, each as good as it is by now; what is missing is started."""
    map_spaces.keep_alive(points)
    first = _first(points, dimensions)
    found = []
    for share in shares:
        key = ("map", dimensions, *_key(share))
        _collect(points)
        done: SpaceMap | None = points.memory.get(key)
        is_placed = first[1] if share == 0.0 else np.zeros(len(points), bool)
        if done is not None:
            found.append(Drawn(done.coordinates, done, is_placed, share))
            continue
        start = first[0] if share == 0.0 else _start(points, share, dimensions, found)
        if not any(drawn.map is None for drawn in found):  # one at a time, the left one first
            done = _refine(points, key, share, start, found, share > 0 or not is_placed.any())
        found.append(Drawn(start if done is None else done.coordinates, done, is_placed, share))
    base = found[0]
    if base.map is not None and dimensions == 2 and not base.is_placed.any():
        st.session_state[_LAST] = (points, base.coordinates, map_spaces.base_key(), base.map.method)
    return found


def _key(share: float) -> tuple:
    return (share, *map_spaces.base_key(), id(map_spaces.space()) if share else None)


def _first(points: Points, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the points lie at first in the backbone's space, and which of them were placed."""

    def work() -> tuple[np.ndarray, np.ndarray]:
        from vacsr_core.projection import first_map

        placed = _on_the_last_map(points) if dimensions == 2 else None
        if placed is not None:
            return placed
        return first_map(vectors(points, 0.0), dimensions), np.zeros(len(points), bool)

    return points.once(("first", dimensions, *map_spaces.base_key()), work)


def _on_the_last_map(points: Points) -> tuple[np.ndarray, np.ndarray] | None:
    """The last map with newcomers placed on it; None where it has too little in common."""
    from vacsr_core.projection import place

    kept = st.session_state.get(_LAST)
    if kept is None or kept[2] != map_spaces.base_key() or kept[3] != "UMAP":
        return None
    before, coordinates = kept[0], kept[1]
    rows = np.array([before.place.get(key, -1) for key in points.ids])
    now, then = vectors(points, 0.0), vectors(before, 0.0)
    if before is points or now.shape[1] != then.shape[1]:
        return None
    # An edited caption keeps its id and is a newcomer all the same.
    known = (rows >= 0) & (np.abs(now - then[rows]).max(axis=1) < SAME)
    if known.mean() < FEWEST_KNOWN:
        return None
    found = np.empty((len(points), coordinates.shape[1]), np.float32)
    found[known] = coordinates[rows[known]]
    if not known.all():
        found[~known] = place(now[~known], now[known], found[known])
    return found, ~known


def draw_anew(points: Points) -> None:
    """Let go of a map on which newcomers were placed, and fit one with all points."""
    st.session_state.pop(_LAST, None)
    for key in [key for key in points.memory if key[0] in ("first", "map")]:
        del points.memory[key]


def _start(points: Points, share: float, dimensions: int, found: list[Drawn]) -> np.ndarray:
    """The PCA of another space, turned to the map beside it; the same however often asked."""
    beside = found[0]
    key = ("start", dimensions, *_key(share), beside.map is None)

    def work() -> np.ndarray:
        from vacsr_core.projection import first_map

        if beside.map is not None and share < 1.0:
            return beside.coordinates  # a step of the slider begins where the backbone's map is
        return first_map(vectors(points, share), dimensions, beside.coordinates)

    return points.once(key, work)


def _refine(
    points: Points, key: tuple, share: float, start: np.ndarray, found: list[Drawn], has_umap: bool
) -> SpaceMap | None:
    job = jobs.find(JOB)
    if job is not None and job.key == (points.token, key):
        return None  # under way, stopped or failed: `explain` says which
    rows, target = vectors(points, share), found[0].coordinates if found else None
    known = points.memory.get(("neighbours", *_key(share)))

    def work(progress):
        from vacsr_core.projection import neighbour_embedding, refined_map

        if has_umap and not neighbour_embedding.is_loaded():
            time.sleep(FIRST_PICTURE_SECONDS)
        return refined_map(rows, start, target, SEED, progress, has_umap, known)

    title = "Drawing the map of the backbone's space"
    if share:
        title = "Drawing the map of the structure-preserved space"
    jobs.start(JOB, (points.token, key), title, work).wait(PATIENCE_SECONDS)
    _collect(points)
    return points.memory.get(key)


def _collect(points: Points) -> None:
    job = jobs.find(JOB)
    if job is None or not job.is_done or job.result is None:
        return
    token, key = job.key
    if token == points.token:
        points.memory[key] = job.result
        points.memory["neighbours", *key[2:]] = (job.result.neighbours, job.result.distances)
    jobs.forget(JOB)


def explain() -> None:
    """Draw how far the map under way is, or why there is none, with a way on."""
    jobs.show_or_explain(JOB, "Stopped: the map on screen is the PCA.")
