"""What lies on the maps: images and captions of the session's library, and what is chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from app_pages.parts import state
from vacsr_core.library import Library, LibraryCaption, LibraryImage

if TYPE_CHECKING:
    from vacsr_core.features import Features

MOST_POINTS = 50_000
SAMPLE_SEED = 0
_KEPT, _CHOSEN, _GONE = "_map_points", "_map_chosen", "_map_gone"


@dataclass(frozen=True, eq=False)
class Points:
    """The items of the maps, images first.

    Args:
        held: the library.
        rows, columns: int, the images and captions shown, in the library's order.
        images, captions: their features in the backbone's space.
        basis: features of the whole library, compared by identity.
        memory: results that were asked for since.
    """

    held: Library
    rows: np.ndarray
    columns: np.ndarray
    images: Features
    captions: Features
    basis: tuple
    memory: dict[Hashable, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows) + len(self.columns)

    @property
    def is_sample(self) -> bool:
        """Whether this is a part of the library."""
        return len(self) < len(self.held.images) + len(self.held.captions)

    @cached_property
    def shown_images(self) -> list[LibraryImage]:
        """The images shown."""
        return [self.held.images[row] for row in self.rows]

    @cached_property
    def shown_captions(self) -> list[LibraryCaption]:
        """The captions shown."""
        return [self.held.captions[column] for column in self.columns]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Stable ids, one a point."""
        return tuple(item.id for item in (*self.shown_images, *self.shown_captions))

    @cached_property
    def place(self) -> dict[str, int]:
        """Id -> point."""
        return {key: i for i, key in enumerate(self.ids)}

    @cached_property
    def owner(self) -> np.ndarray:
        """int (m,), for each caption the point of its image, -1 where that is not shown."""
        place = np.full(len(self.held.images) + 1, -1)
        place[self.rows] = np.arange(len(self.rows))
        return place[self.held.caption_image[self.columns]]

    @cached_property
    def lines(self) -> np.ndarray:
        """int32 (L, 2), points of each pair: image, caption."""
        own = np.flatnonzero(self.owner >= 0)
        return np.stack([self.owner[own], len(self.rows) + own], axis=1).astype(np.int32)

    @cached_property
    def token(self) -> str:
        """Names these very points, so that what a browser says of others is noticed."""
        return hashlib.sha256("\0".join(self.ids).encode()).hexdigest()[:16]

    def is_image(self, point: int) -> bool:
        """Whether a point is an image."""
        return point < len(self.rows)

    def label(self, point: int) -> str:
        """Number and name or words, plain text from outside."""
        if self.is_image(point):
            return f"Image {self.rows[point] + 1}: {self.shown_images[point].name}"
        own = point - len(self.rows)
        return f"Caption {self.columns[own] + 1}: {self.shown_captions[own].text}"

    def once(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """The result of `work`, computed at the first time it is asked for."""
        if key not in self.memory:
            self.memory[key] = work()
        return self.memory[key]


def find() -> Points | None:
    """The points of the session's library; None while features are computed (drawn then)."""
    ready = state.features()
    if ready is None:
        return None
    held, kept = state.library(), st.session_state.get(_KEPT)
    if kept is not None and all(a is b for a, b in zip(kept.basis, ready, strict=True)):
        if kept.held is not held:  # a mark or a name changed, no pixel and no word
            kept = _carried(kept, held)
        st.session_state[_KEPT] = kept
        return kept
    rows, columns = _part(held)
    st.session_state[_KEPT] = Points(
        held, rows, columns, ready[0][rows], ready[1][columns], tuple(ready)
    )
    return st.session_state[_KEPT]


def _carried(kept: Points, held: Library) -> Points:
    """The same points in a changed library; what depends on pairs is asked anew."""
    ids = [item.id for item in (*held.images, *held.captions)]
    before = [item.id for item in (*kept.held.images, *kept.held.captions)]
    is_same = ids == before and (held.caption_image == kept.held.caption_image).all()
    return replace(kept, held=held, memory=kept.memory if is_same else {})


def _part(held: Library) -> tuple[np.ndarray, np.ndarray]:
    """All images and captions, or a random part with both in their proportion."""
    images, captions = len(held.images), len(held.captions)
    if images + captions <= MOST_POINTS:
        return np.arange(images), np.arange(captions)
    generator = np.random.default_rng(SAMPLE_SEED)
    keep = int(MOST_POINTS * images / (images + captions))
    return (
        np.sort(generator.permutation(images)[:keep]),
        np.sort(generator.permutation(captions)[: MOST_POINTS - keep]),
    )


def chosen(points: Points) -> list[int]:
    """The chosen points, rising; ids that are no longer there are let go and counted."""
    ids = st.session_state.get(_CHOSEN, ())
    there = [key for key in ids if key in points.place]
    if len(there) < len(ids):
        st.session_state[_GONE] = len(ids) - len(there)
        st.session_state[_CHOSEN] = tuple(there)
    return sorted(points.place[key] for key in there)


def choose(points: Points, chosen_points: Iterable[int]) -> None:
    """Choose a set; a single image or caption becomes the one that all pages show."""
    chosen_points = sorted({p for p in chosen_points if 0 <= p < len(points)})
    st.session_state[_CHOSEN] = tuple(points.ids[p] for p in chosen_points)
    st.session_state.pop(_GONE, None)
    if len(chosen_points) == 1:
        state.select(*pair_of(points, chosen_points[0]))


def gone() -> int:
    """How many chosen items have left the library since; said once."""
    return st.session_state.pop(_GONE, 0)


def pair_of(points: Points, point: int) -> tuple[str | None, str | None]:
    """(image id, caption id) of the pair that a point leads to; None where it has no partner."""
    if points.is_image(point):
        image = points.shown_images[point]
        own = points.held.captions_of(image.id)
        return image.id, own[0].id if own else None
    caption = points.shown_captions[point - len(points.rows)]
    return caption.image_id, caption.id
