"""What lies outside of what the model has seen: whom the pages mark, and what they say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import engines, measure
from app_pages.parts.library_state import library
from app_pages.parts.text import counted, plain
from vacsr_core.sentences import familiarity_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vacsr_core.familiarity import Reading
    from vacsr_core.features import Features

OUTSIDE = "outside what this model has seen"
ICON = ":material/explore_off:"
MOST_WORDS = 6  # that are named in one place
_IDS, _TO_MODEL = "_outside_ids", "_to_model"


def outside_ids() -> frozenset[str]:
    """Ids of the library's images and captions that lie outside; empty while that is unknown."""
    held, readings = library(), measure.familiarity_if_ready()
    known = st.session_state.get(_IDS)
    if known is None or known[0] is not held or known[1] is not readings:
        ids: set[str] = set()
        for items, reading in zip((held.images, held.captions), readings or (), strict=False):
            if reading is not None:
                ids |= {items[row].id for row in reading.is_outside.nonzero()[0]}
        known = st.session_state[_IDS] = (held, readings, frozenset(ids))
    return known[2]


def caption_note(caption_id: str) -> str:
    """What the table of captions says of one; "" where there is nothing to say. Plain text."""
    words = _unknown_words(caption_id)
    never = f"never seen: {_listed(words)}" if words else ""
    return "; ".join(filter(None, [OUTSIDE if caption_id in outside_ids() else "", never]))


def draw_pair(row: int, column: int, image: Features | None, caption: Features | None, text: str):
    """Say plainly where the image or the caption of a pair lies outside; else draw nothing.

    Args:
        row, column: of the library's image and caption.
        image, caption: features of a changed picture and of changed words; None where the
            library's own are shown.
        text: the words that are shown.
    """
    readings = measure.familiarity_if_ready()
    if readings is None or readings[0] is None:
        return
    engine, (images, captions) = engines.engine(), readings
    if image is not None:
        images, row = engine.familiarity_of_images(image), 0
    if caption is not None:
        captions, column = engine.familiarity_of_captions(caption, [text]), 0
    words = captions.unknown_words[column]
    said = []
    for kind, reading, place in (("image", images, row), ("caption", captions, column)):
        if reading.is_outside[place]:
            said.append(familiarity_sentence(kind, float(reading.percentile[place])))
    never = f"This model has never seen {_named(words)}." if words else ""
    if said:
        said.append(f"{never} What it says of this pair is a guess.".strip())
        st.warning(" ".join(said), icon=ICON)
        if st.button("Choose a model that has seen more", icon=":material/model_training:"):
            st.session_state[_TO_MODEL] = True
            st.switch_page("app_pages/library.py")
    elif never:
        st.caption(f"{ICON} {never}")


def draw_counts(rows: Sequence[int] | np.ndarray, columns: Sequence[int] | np.ndarray) -> None:
    """Say how many of the images and captions of a view lie outside; nothing where none do."""
    readings = measure.familiarity_if_ready()
    if readings is None or readings[0] is None:
        return
    found = []
    for kind, reading, places in zip(("image", "caption"), readings, (rows, columns), strict=True):
        outside = int(reading.is_outside[np.asarray(places)].sum())
        if outside:
            whole = f"{outside:,} of {counted(len(places), kind)}"
            found.append(f"the {kind}" if len(places) == 1 else whole)
    if found:
        whom = " and ".join(found)
        st.caption(f"{ICON} {OUTSIDE.capitalize()}: {whom}. Its numbers for them are guesses.")


def scroll_to_model() -> None:
    """Bring the model panel into sight where a page has sent the person to it."""
    if st.session_state.pop(_TO_MODEL, False):
        st.html(
            "<script>document.querySelector('.st-key-model_panel')"
            "?.scrollIntoView({block: 'center'})</script>",
            unsafe_allow_javascript=True,
        )


def _unknown_words(caption_id: str) -> tuple[str, ...]:
    readings = measure.familiarity_if_ready()
    reading: Reading | None = readings[1] if readings else None
    return () if reading is None else reading.unknown_words[library().caption_row(caption_id)]


def _listed(words: Sequence[str]) -> str:
    """The first words, plain, and how many there are besides."""
    rest = len(words) - MOST_WORDS
    return ", ".join(words[:MOST_WORDS]) + (f" and {rest} more" if rest > 0 else "")


def _named(words: Sequence[str]) -> str:
    """The same as Markdown, in quotation marks: what a person wrote stays plain."""
    quoted = [f"“{plain(word)}”" for word in words]
    return f"the {'word' if len(words) == 1 else 'words'} {_listed(quoted)}"
