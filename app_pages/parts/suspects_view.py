"""Two short lists beside the matrix: probable matches nobody labelled, and doubtful labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import choosing, state
from app_pages.parts.text import shorten

if TYPE_CHECKING:
    from vacsr_core.library import Library
    from vacsr_core.suspects import Suspects

LISTED = 6
MOST_PAIRS = 10_000_000  # 20 bytes a pair: 200 MB; beyond, only the pairs of the window
_KEPT = "_suspects"


def draw(held: Library, rows: np.ndarray, columns: np.ndarray) -> str | None:
    """Draw both lists; the first line of the view, or None while the pairs are computed."""
    from vacsr_core.sentences import percent, suspects_sentence

    is_whole = len(held.images) * len(held.captions) <= MOST_PAIRS
    found = _found(held, None if is_whole else (rows, columns))
    if found is None:
        return None
    missing, wrong = found
    if not is_whole:
        st.caption("This library is too large to look at all pairs: the lists cover those shown.")
    st.subheader("Probably matches nobody labelled", anchor=False)
    st.caption(
        f"Pairs without a label, P(match) from 50\u00a0%: {missing.total:,} in all. Listed is the "
        "surest of each image."
    )
    _list(held, missing, "missing", percent, "No unlabelled pair reaches 50 %.")
    st.subheader("Labels that probably are wrong", anchor=False)
    st.caption(
        "Labelled pairs with a smaller P(match) than an image drawn blindly, "
        f"{percent(1 / max(2, len(held.images)))}: {wrong.total:,} of {held.pair_count:,}."
    )
    _list(held, wrong, "wrong", percent, "No labelled pair is less likely than one drawn blindly.")
    return suspects_sentence(missing.total, wrong.total, held.pair_count)


def _found(held: Library, window: tuple | None) -> tuple[Suspects, Suspects] | None:
    from vacsr_core.suspects import doubtful_labels, unlabelled_matches

    sim = state.similarity(*window) if window else state.similarity()
    if sim is None:
        return None
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[0] is sim and kept[1] is held:
        return kept[2]
    rows, columns = window or (np.arange(len(held.images)), np.arange(len(held.captions)))
    # Rows of the window; a caption whose image is not in it counts as unlabelled there.
    place = np.full(len(held.images) + 1, -1)
    place[rows] = np.arange(len(rows))
    labels = place[held.caption_image[columns]]
    found = (
        _in_library(unlabelled_matches(sim, labels, most=LISTED, is_once=True), rows, columns),
        _in_library(
            doubtful_labels(sim, labels, below=1 / max(2, len(held.images)), most=LISTED),
            rows,
            columns,
        ),
    )
    st.session_state[_KEPT] = (sim, held, found)
    return found


def _in_library(found: Suspects, rows: np.ndarray, columns: np.ndarray) -> Suspects:
    from dataclasses import replace

    return replace(found, rows=rows[found.rows], columns=columns[found.columns])


def _list(held: Library, found: Suspects, name: str, percent, nothing: str) -> None:
    if not len(found.rows):
        st.caption(nothing)
    triples = zip(found.rows, found.columns, found.match_probability, strict=True)
    for place, (row, column, chance) in enumerate(triples):
        image, caption = held.images[row], held.captions[column]
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"{name}_{place}", wrap=False
        ):
            st.image(image.data, width=56, alt=f"Image {row + 1}: {image.name}")
            with st.container(gap="xxsmall"):
                st.text(shorten(caption.text, 60))
                st.button(
                    f"{percent(float(chance))} · image {row + 1}, caption {column + 1}",
                    key=f"suspect_{name}_{place}",
                    type="tertiary",
                    on_click=choosing.open_view,
                    args=("pair", image.id, caption.id),
                )
