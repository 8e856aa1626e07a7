"""What the Errors page knows of the session's library: looked through once, kept by identity."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from app_pages.parts import jobs, state
from app_pages.parts.suspects_view import MOST_PAIRS
from vacsr_core.library import Library

if TYPE_CHECKING:
    from vacsr_core.error_analysis import Analysis
    from vacsr_core.library import LibraryCaption, LibraryImage
    from vacsr_core.similarity import Similarity

_KEPT, _JOB = "_errors_found", "errors"
SAMPLE_SEED = 0


@dataclass(frozen=True, eq=False)
class Found:
    """One look at a library, or at a random part of one that is too large.

    Args:
        held: the library.
        rows, columns: int, the images and captions looked at, in the library's order.
        sim: of these.
        labels: int, for each caption the place of its image in `rows`, -1 for none.
        marks: (place in `rows`, place in `columns`) -> mark.
        analysis: of all this.
        basis: what `sim` was computed from, compared by identity.
        memory: results that were asked for since.
    """

    held: Library
    rows: np.ndarray
    columns: np.ndarray
    sim: Similarity
    labels: np.ndarray
    marks: dict[tuple[int, int], str]
    analysis: Analysis
    basis: tuple
    memory: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def images(self) -> list[LibraryImage]:
        """The images looked at."""
        return [self.held.images[row] for row in self.rows]

    @property
    def captions(self) -> list[LibraryCaption]:
        """The captions looked at."""
        return [self.held.captions[column] for column in self.columns]

    @property
    def is_sample(self) -> bool:
        """Whether this is a part of the library."""
        return len(self.rows) < len(self.held.images)

    def once(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """The result of `work`, computed at the first time it is asked for."""
        if key not in self.memory:
            self.memory[key] = work()
        return self.memory[key]


def find() -> Found | None:
    """Look at the session's library in the background.

    Returns:
        Found; None while that runs (the progress is drawn then) or where it failed.
    """
    ready = state.features()
    if ready is None:
        return None
    held, engine, stages = state.library(), state.engine(), state.stages()
    basis = (*ready, stages, engine.adapters)
    kept: Found | None = st.session_state.get(_KEPT)
    is_same_sim = kept is not None and all(a is b or a == b for a, b in _pairs(kept.basis, basis))
    if is_same_sim and kept.held is held:
        return kept
    rows, columns = _part(held)
    is_whole = len(rows) == len(held.images)
    whole = state.similarity() if is_whole else None
    if is_whole and whole is None:
        return None
    known = kept if is_same_sim and np.array_equal(kept.columns, columns) else None
    job = jobs.find(_JOB)
    key = (id(held), *map(id, basis))
    if job is None or job.key != key:

        def work(progress):
            sim = whole if known is None else known.sim
            if sim is None:
                images, captions = ready[0][rows], ready[1][columns]
                sim = engine.similarity(images, captions, stages, progress)
            return _look(held, rows, columns, sim, basis, known, progress)

        job = jobs.start(_JOB, key, "Looking at every first choice", work)
        job.wait()
    if not job.is_done or job.result is None:
        jobs.show_or_explain(_JOB)
        return None
    jobs.forget(_JOB)
    st.session_state[_KEPT] = job.result
    return job.result


def _pairs(first: tuple, second: tuple) -> zip:
    return zip(first, second, strict=True)


def _look(
    held: Library,
    rows: np.ndarray,
    columns: np.ndarray,
    sim: Similarity,
    basis: tuple,
    known: Found | None,
    progress: Callable,
) -> Found:
    from vacsr_core.error_analysis import analyse

    place = np.full(len(held.images) + 1, -1)
    place[rows] = np.arange(len(rows))
    labels = place[held.caption_image[columns]]
    column_place = {int(column): j for j, column in enumerate(columns)}
    marks = {}
    for (image_id, caption_id), mark in held.marks.items():
        pair = int(place[held.image_row(image_id)]), column_place.get(held.caption_row(caption_id))
        if pair[0] >= 0 and pair[1] is not None:
            marks[pair] = mark
    before = None if known is None else known.analysis
    analysis = analyse(sim, labels, marks, before, progress)
    return Found(held, rows, columns, sim, labels, marks, analysis, basis)


def _part(held: Library) -> tuple[np.ndarray, np.ndarray]:
    """All images and captions, or a random part with at most MOST_PAIRS pairs."""
    images, captions = len(held.images), len(held.captions)
    if images * captions <= MOST_PAIRS:
        return np.arange(images), np.arange(captions)
    generator = np.random.default_rng(SAMPLE_SEED)
    keep = np.sqrt(MOST_PAIRS / (images * captions))
    rows = np.sort(generator.permutation(images)[: max(2, int(keep * images))])
    own = np.flatnonzero(np.isin(held.caption_image, rows))
    return rows, np.sort(generator.permutation(own)[: MOST_PAIRS // len(rows)])


def mark(image_id: str, caption_id: str, said: str | None) -> None:
    """Note what a person says of a pair in the session's library."""
    held = state.library()
    state.set_library(held.mark(image_id, caption_id, said))
