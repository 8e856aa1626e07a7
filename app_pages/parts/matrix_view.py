"""View Matrix: many pairs at once, and beside them the pairs whose label is doubtful."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import chart, choosing, familiar, stage_note, state, suspects_view, thumbnails
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.library import Library

ROWS, COLUMNS = 24, 72
MEASURE_NAMES = {"match": "P(match)", "mean": "Mean", "std": "Uncertainty"}
OWN = "own"


@st.fragment
def draw() -> None:
    """Draw a window of the matrix and the doubtful pairs; changes redraw this view alone."""
    choosing.leave_fragment()
    if state.features() is None:
        return
    try:
        _draw(state.library())
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(held: Library) -> None:
    first_line = st.container()
    stage_note.draw()
    left, right = st.columns([5, 3], gap="large")
    with left:
        measure = st.segmented_control(
            "Colour shows",
            list(MEASURE_NAMES),
            default="match",
            required=True,
            format_func=MEASURE_NAMES.__getitem__,
            key="matrix_measure",
            persist_state="session",
        )
        rows = _image_window(held)
        columns = _caption_window(held, rows)
        familiar.draw_counts(rows, columns)
        if len(columns):
            _heat_map(held, rows, columns, measure)
        else:
            st.info("No caption belongs to these images. Choose others.", icon=":material/info:")
    with right:
        sentence = suspects_view.draw(held, rows, columns)
    if sentence:
        with first_line:
            st.header(sentence, anchor=False)


def _image_window(held: Library) -> np.ndarray:
    starts = list(range(0, len(held.images), ROWS))
    start = 0
    if len(starts) > 1:
        start = st.selectbox(
            "Images shown",
            starts,
            index=held.image_row(state.selected_image()) // ROWS,
            format_func=lambda s: _span(s, ROWS, len(held.images)),
            key="matrix_images",
        )
    return np.arange(start, min(start + ROWS, len(held.images)))


def _caption_window(held: Library, rows: np.ndarray) -> np.ndarray:
    """Captions along the top: those of the images shown, or any stretch of the library."""
    shown = np.isin(held.caption_image, rows)
    own = np.flatnonzero(shown)
    own = own[np.argsort(held.caption_image[own], kind="stable")]
    own_parts = [(OWN, start) for start in range(0, len(own), COLUMNS)]
    stretches = [("all", start) for start in range(0, len(held.captions), COLUMNS)]
    if len(stretches) == 1:
        rest = np.flatnonzero(~shown)
        return np.r_[own, rest]

    def name(choice: tuple[str, int]) -> str:
        if choice[0] == OWN:
            return f"captions of these images: {_span(choice[1], COLUMNS, len(own))}"
        return f"in the library's order: {_span(choice[1], COLUMNS, len(held.captions))}"

    kind, start = st.selectbox(
        "Captions shown",
        own_parts + stretches,
        format_func=name,
        key=f"matrix_captions_{int(rows[0])}",
    )
    if kind == OWN:
        return own[start : start + COLUMNS]
    return np.arange(start, min(start + COLUMNS, len(held.captions)))


def _span(start: int, size: int, count: int) -> str:
    return f"{start + 1:,} to {min(start + size, count):,} of {count:,}"


def _heat_map(held: Library, rows: np.ndarray, columns: np.ndarray, measure: str) -> None:
    from vacsr_core.figures import Side, matrix_chart

    sim = state.similarity(rows, columns)
    images = [held.images[row] for row in rows]
    captions = [held.captions[column] for column in columns]
    sides = (
        Side(
            [image.id for image in images],
            [image.name for image in images],
            (rows + 1).tolist(),
            thumbnails.of(images),
        ),
        Side(
            [caption.id for caption in captions],
            [caption.text for caption in captions],
            (columns + 1).tolist(),
        ),
    )
    labelled = held.caption_image[columns][None, :] == rows[:, None]
    drawn = matrix_chart(
        sim,
        *sides,
        labelled,
        measure,
        chosen=_position(held, rows, columns),
        is_dark=chart.is_dark(),
    )
    key = f"matrix_chart_{st.session_state.get('_cells_opened', 0)}"
    st.caption("Choose a cell to open its pair, or use the lists below.")
    chosen = chart.show(drawn, key, "similarity-matrix", "Similarity matrix", True)
    if chosen is not None:
        _open(*chosen)
        st.rerun()
    _lists_to_open(held, sides)


def _position(held: Library, rows: np.ndarray, columns: np.ndarray) -> tuple[int, int] | None:
    """Where the selected pair stands in the window."""
    row = np.flatnonzero(rows == held.image_row(state.selected_image()))
    column = np.flatnonzero(columns == held.caption_row(state.selected_caption()))
    return (int(row[0]), int(column[0])) if row.size and column.size else None


def _open(image_id: str, caption_id: str) -> None:
    st.session_state["_cells_opened"] = st.session_state.get("_cells_opened", 0) + 1
    choosing.open_view("pair", image_id, caption_id)


def _lists_to_open(held: Library, sides: tuple) -> None:
    """The same choice without a pointer."""
    images, captions = sides
    left, right = st.columns(2)
    image_id = left.selectbox(
        "Image of the pair to open",
        images.ids,
        format_func=lambda key: choosing.image_label(held, key),
        key="matrix_image",
        filter_mode="contains",
    )
    caption_id = right.selectbox(
        "Caption of the pair to open",
        captions.ids,
        format_func=lambda key: choosing.caption_label(held, key),
        key="matrix_caption",
        filter_mode="contains",
    )
    st.button("Open the pair", key="matrix_open", on_click=_open, args=(image_id, caption_id))
