"""What the Features page works with: the columns in use, the chosen pair, its patches and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import engines, library_state, state
from app_pages.parts.text import counted
from vacsr_core.library import Library, LibraryCaption, LibraryImage

if TYPE_CHECKING:
    from vacsr_core.feature_analysis import Spread
    from vacsr_core.features import Features
    from vacsr_core.pico import SemanticColumns

_FOUND, _TOKENS, _SPREADS = "_columns_found", "_pair_tokens", "_column_spreads"
MOST_KEPT = 32  # items with their patches or words; a large model's take 200 kB each
FOUND_HERE, WITH_MODEL = "here", "model"


@dataclass(frozen=True, eq=False)
class Found:
    """Columns found on this session's own pairs.

    Args:
        columns: from `fit_pico`.
        fitted_on: for a sentence: "48 images and 144 captions of Demo gallery".
    """

    columns: SemanticColumns
    fitted_on: str


@dataclass(frozen=True, eq=False)
class Held:
    """One run of the page.

    Args:
        library: the session's.
        images, captions: features of all its items, without tokens, in its order.
        columns: the weights in use; None where none were found.
        source: "here" for columns found in this session, "model" for those that came with the
            adapters, "" for none.
        fitted_on: what they were found on.
        image, caption: the chosen pair; row, column: where it stands in the library.
    """

    library: Library
    images: Features
    captions: Features
    columns: SemanticColumns | None
    source: str
    fitted_on: str
    image: LibraryImage
    caption: LibraryCaption
    row: int
    column: int

    @classmethod
    def of(cls, images: Features, captions: Features) -> Held:
        """What there is at this moment."""
        library, adapters = state.library(), state.engine().adapters
        own = st.session_state.get(_FOUND, {}).get(engines.choice())
        columns, source, fitted_on = None, "", ""
        if own is not None:
            columns, source, fitted_on = own.columns, FOUND_HERE, own.fitted_on
        elif adapters.pico is not None:
            columns, source, fitted_on = adapters.pico, WITH_MODEL, adapters.fitted_on
        image = library.image(state.selected_image())
        caption = library.caption(state.selected_caption())
        return cls(
            library,
            images,
            captions,
            columns,
            source,
            fitted_on,
            image,
            caption,
            library.image_row(image.id),
            library.caption_row(caption.id),
        )

    @property
    def probability(self) -> np.ndarray:
        """p of each column, float32 (D,); ones where no columns were found."""
        if self.columns is None:
            return np.ones(self.images.dimension, np.float32)
        return self.columns.probability

    @property
    def key(self) -> tuple:
        """What is drawn depends on this: model, library, columns."""
        return (*engines.choice(), id(self.library), id(self.columns))


def spreads(held: Held) -> tuple[Spread, Spread]:
    """What is usual in each column over the library's images and captions; measured once."""
    from vacsr_core.feature_analysis import spread_of

    known = st.session_state.get(_SPREADS)
    if known is None or known[0] is not held.images or known[1] is not held.captions:
        made = spread_of(held.images.vectors), spread_of(held.captions.vectors)
        known = st.session_state[_SPREADS] = (held.images, held.captions, made)
    return known[2]


def pair_tokens(held: Held) -> tuple[Features, Features]:
    """The chosen image with its patches and the chosen caption with its words."""
    engine = state.engine()
    image = _kept(
        ("image", held.image.data_sha256), lambda: engine.encode_images([held.image.data])
    )
    caption = _kept(
        ("caption", held.caption.text), lambda: engine.encode_captions([held.caption.text])
    )
    return image, caption


def _kept(key: tuple, encode) -> Features:
    kept: dict[tuple, Features] = st.session_state.setdefault(_TOKENS, {})
    key = (*engines.choice(), *key)
    if key not in kept:
        while len(kept) >= MOST_KEPT:
            kept.pop(next(iter(kept)))
        kept[key] = encode()
    return kept[key]


def labels() -> np.ndarray:
    """int64 (M,), the image row of each caption once the marks are heeded; -1 for none."""
    from vacsr_core.marked_pairs import MarkedPairs

    held = state.library()
    said = [
        (held.image_row(image_id), held.caption_row(caption_id), mark)
        for (image_id, caption_id), mark in held.marks.items()
    ]
    return MarkedPairs.of(said).settled(held.caption_image)


def keep_found(choice: engines.Choice, found: Found | None) -> None:
    """Use columns found here for one backbone in this session; None goes back to the stored."""
    held = st.session_state.setdefault(_FOUND, {})
    if found is None:
        held.pop(choice, None)
    else:
        held[choice] = found


def collect() -> None:
    """Take over what an ended search for columns brought."""
    from app_pages.parts import jobs

    job = jobs.finished("columns")
    if job is None:
        return
    if job.error is not None:
        library_state.add_banner("columns", str(job.error))
    elif job.result is not None:
        keep_found(job.key, job.result)


def sizes(images: int, captions: int) -> str:
    """For a sentence: "48 images and 144 captions"."""
    return f"{counted(images, 'image')} and {counted(captions, 'caption')}"
