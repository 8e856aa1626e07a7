"""UMAP from exact neighbours and a start that is given: seeded, with progress, and stoppable.

umap-learn compiles its loops in every process anew, for seconds. Here what was compiled is kept on
disk for the next process, and `warm_up` gets the rest over with before anybody waits for a map.
Importing this module imports nothing heavy.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from types import ModuleType

import numpy as np

from vacsr_core.errors import ShapeError

LEAST_POINTS = 15  # fewer make no neighbourhoods: PCA shows them as well
NEIGHBOURS = 15  # each item itself among them, as umap-learn counts
MIN_DIST = 0.1
_WARM = threading.Lock()
_is_warm = False


def epochs_for(count: int) -> int:
    """How many rounds a map of so many items gets; many items meet more others in each."""
    return 500 if count <= 1_000 else 300 if count <= 3_000 else 200


def embed(
    index: np.ndarray,
    distance: np.ndarray,
    start: np.ndarray,
    seed: int = 0,
    epochs: int | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> np.ndarray:
    """Coordinates in which near items are near, by UMAP.

    Args:
        index, distance: (N, k), as `metrics.neighbourhood.neighbours` gives them; the first
            `NEIGHBOURS` - 1 columns are used.
        start: float (N, d), such as the PCA; it decides on which side what comes to lie.
        seed: of the random draws. The same seed gives the same map on one machine; other
            processors round otherwise.
        epochs: None for `epochs_for`.
        progress: called with (share done, text); may raise CancelledError.

    Returns: float32 (N, d).

    Raises: ShapeError with fewer than `LEAST_POINTS` items, or where shapes do not fit.

    Source: McInnes, Healy & Melville 2018 (arXiv 1802.03426), in the code of umap-learn.
    """
    if len(index) < LEAST_POINTS:
        raise ShapeError(
            f"UMAP needs at least {LEAST_POINTS} items and {len(index)} came; take the PCA."
        )
    if not len(index) == len(distance) == len(start):
        raise ShapeError(
            f"{len(index)} rows of neighbours, {len(distance)} of distances and {len(start)} of "
            "the start; wanted is one row per item in each."
        )
    umap_ = _umap()
    used = min(NEIGHBOURS - 1, index.shape[1])
    own = np.arange(len(index))[:, None]
    random = np.random.RandomState(seed)
    graph, _, _ = umap_.fuzzy_simplicial_set(
        start,  # only its length is read where the neighbours are given
        used + 1,
        random,
        "cosine",
        knn_indices=np.hstack([own, index[:, :used]]),
        knn_dists=np.hstack([np.zeros_like(distance[:, :1]), distance[:, :used]]),
    )
    a, b = umap_.find_ab_params(1.0, MIN_DIST)
    try:
        found, _ = umap_.simplicial_set_embedding(
            start,
            graph,
            n_components=start.shape[1],
            initial_alpha=1.0,
            a=a,
            b=b,
            gamma=1.0,
            negative_sample_rate=5,
            n_epochs=epochs or epochs_for(len(index)),
            init=_spread_out(start, random),
            random_state=random,
            metric="cosine",
            metric_kwds={},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
            parallel=False,
            tqdm_kwds={
                "file": _Listener(progress),
                "bar_format": "{n}/{total}",
                "mininterval": 0.1,
                "disable": progress is None,
            },
        )
    except BaseException:
        _free_the_lock()
        raise
    return found.astype(np.float32)


@cache
def _umap() -> ModuleType:
    """umap-learn's module of functions, with its compiled loops kept on disk."""
    from umap import layouts, umap_

    for holder, name in (
        (umap_, "smooth_knn_dist"),
        (umap_, "compute_membership_strengths"),
        (layouts, "_nb_optimize_layout_euclidean_single_epoch"),
    ):
        # Another release may name them otherwise, and a folder may be read-only: then they are
        # compiled each time, which is slower and nothing else.
        with contextlib.suppress(AttributeError, RuntimeError, OSError):
            getattr(holder, name).enable_caching()
    return umap_


def _spread_out(start: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """The start with copies of one item a hair apart, and no axis without width."""
    start = np.asarray(start, np.float32)
    width = np.ptp(start, axis=0)
    hair = np.where(width > 0, 1e-4 * width, max(1e-4, float(width.max()) * 0.1))
    return start + (random.normal(size=start.shape) * hair).astype(np.float32)


def _free_the_lock() -> None:
    """Let go of tqdm's lock in this thread: tqdm keeps it where what it writes to raises.

    Every later bar of the process, in whatever thread, would wait for it for ever.
    """
    from umap.layouts import tqdm

    lock = tqdm.get_lock()
    with contextlib.suppress(RuntimeError, AssertionError):  # raised once it is not held any more
        while True:
            lock.release()


class _Listener:
    """What umap-learn writes its "done/total" to; passes it on as a share."""

    def __init__(self, progress: Callable[[float, str], None] | None) -> None:
        self.progress = progress

    def write(self, text: str) -> None:
        done, _, total = text.strip().partition("/")
        if self.progress is not None and done.isdigit() and total.isdigit():
            self.progress(int(done) / max(1, int(total)), "moving neighbours together")

    def flush(self) -> None:
        pass


def warm_up() -> None:
    """Import and compile what `embed` needs, once in a process; takes seconds the first time."""
    global _is_warm
    with _WARM:
        if _is_warm:
            return
        from vacsr_core.metrics.neighbourhood import neighbours

        points = np.random.default_rng(0).normal(size=(LEAST_POINTS, 3)).astype(np.float32)
        embed(*neighbours(points, LEAST_POINTS - 1), points[:, :2], epochs=11)
        _is_warm = True


def is_loaded() -> bool:
    """Whether umap-learn is imported already, which takes seconds."""
    return "umap" in sys.modules


def versions() -> str:
    """What a map depends on besides its seed, for people: "umap-learn 0.5.12, numba 0.64.0"."""
    return ", ".join(f"{name} {version(name)}" for name in ("umap-learn", "numba", "numpy"))
