"""Tab Prototypes: each style prototype by the items that carry most and least of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import state, thumbnails
from app_pages.parts.feature_state import Held, spreads
from app_pages.parts.text import counted

if TYPE_CHECKING:
    from vacsr_core.feature_analysis import Spread

MOST_ITEMS = 4
PICTURE_SIDE = 256
_LOADINGS = "_prototype_loadings"


def draw(held: Held) -> None:
    """Draw the choice of a prototype and its items."""
    if held.columns is None or not len(_numbers(held)):
        st.info(
            "No style prototypes are known for these columns. They come with a fit of PICO: find "
            "the columns on this library first.",
            icon=":material/info:",
        )
        return
    _draw(held)


@st.fragment
def _draw(held: Held) -> None:
    st.markdown(
        "A style prototype is a group of columns that rise and fall together, whatever is shown. "
        "What it stands for nobody has said: look at the two ends and judge."
    )
    numbers = _numbers(held)
    chosen = st.selectbox(
        "Style prototype",
        numbers.tolist(),
        format_func=lambda number: _label(held, number),
        key="prototype",
    )
    place = int(np.flatnonzero(numbers == chosen)[0])
    for kind, title in (("image", "Images"), ("caption", "Captions")):
        scores = _scores(held, kind)[place]
        _ends(held, kind, title, scores)


def _label(held: Held, number: int) -> str:
    columns = counted(int((held.columns.prototype == number).sum()), "column")
    modality = held.columns.prototype_modality
    found_in = f", found in {modality[number]}s" if number < len(modality) else ""
    own = held.probability[held.columns.prototype == number]
    return f"{number + 1}: {columns}{found_in}, mean p {own.mean():.2f}"


def _loadings(held: Held) -> tuple[np.ndarray, np.ndarray]:
    """Directions of all prototypes, each from the kind of items that it was found in; kept."""
    kept = st.session_state.get(_LOADINGS)
    if kept is None or kept[0] is not held.columns or kept[1] is not held.images:
        from vacsr_core.feature_analysis import prototype_loadings

        columns, modality = held.columns, held.columns.prototype_modality
        is_caption = np.array([name == "caption" for name in modality] or [False])
        own = columns.prototype
        of_caption = (own >= 0) & is_caption[np.clip(own, 0, len(is_caption) - 1)]
        parts = []
        for features, part in ((held.images, ~of_caption), (held.captions, of_caption)):
            parts.append(
                prototype_loadings(features.vectors, columns.probability, np.where(part, own, -1))
            )
        made = tuple(np.concatenate(values) for values in zip(*parts, strict=True))
        kept = st.session_state[_LOADINGS] = (held.columns, held.images, made)
    return kept[2]


def _numbers(held: Held) -> np.ndarray:
    return _loadings(held)[1]


def _scores(held: Held, kind: str) -> np.ndarray:
    from vacsr_core.feature_analysis import prototype_scores

    place = 0 if kind == "image" else 1
    features = (held.images, held.captions)[place]
    spread: Spread = spreads(held)[place]
    return prototype_scores(features.vectors, _loadings(held)[0], spread)


def _ends(held: Held, kind: str, title: str, scores: np.ndarray) -> None:
    from vacsr_core.feature_analysis import extremes

    most, least = extremes(scores, MOST_ITEMS)
    for rows, words in ((most, "carry most of it"), (least, "carry least")):
        if not len(rows):
            continue
        st.subheader(f"{title} that {words}", anchor=False)
        if kind == "image":
            _pictures(held, rows, scores)
        else:
            for row in rows.tolist():
                st.text(f"{held.library.captions[row].text}  ({scores[row]:+.1f})")


def _pictures(held: Held, rows: np.ndarray, scores: np.ndarray) -> None:
    images = [held.library.images[row] for row in rows]
    with st.container(horizontal=True):
        for row, uri in zip(rows.tolist(), thumbnails.of(images, PICTURE_SIDE), strict=True):
            with st.container(width=150):
                st.image(uri, width=150, alt=f"Image {row + 1}: {held.library.images[row].name}")
                is_pressed = st.button(
                    f"{row + 1} ({scores[row]:+.1f})",
                    key=f"prototype_image_{row}",
                    help="Look at this image on this page.",
                    type="tertiary",
                )
                if is_pressed:
                    state.select(held.library.images[row].id)
                    st.rerun()  # the page as a whole: the pair stands above this tab
