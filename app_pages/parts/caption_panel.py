"""Getting captions in: typed, pasted, or from a table with a preview and a choice of columns."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import library_state, state
from app_pages.parts.text import counted, plain
from app_pages.parts.upload_panel import KEEP_DEMO, TABLES, add_reports, base_library
from vacsr_core.caption_files import guess_columns, to_captions
from vacsr_core.caption_tables import CaptionTable
from vacsr_core.errors import UploadError, VacsrError
from vacsr_core.library import FileReport, Library, LibraryCaption, new_caption
from vacsr_core.pairing import images_without_caption

PREVIEW_ROWS = 5
TYPED = "typed_captions"
NO_IMAGE, IN_ORDER = "no picture", "the pictures without a caption, in order"
NO_COLUMN = "(none)"
PAIRING_NAMES = {
    "name": "by file name",
    "order": "in order: the first to the first picture without a caption, and so on",
    "none": "not at all",
}


def draw_typing() -> None:
    """Draw the field for typed or pasted captions."""
    held = state.library()
    st.text_area(
        "Captions, one per line",
        key=TYPED,
        height=96,
        placeholder="a red boat on a calm sea\na dog asleep on a sofa",
        persist_state="session",
    )
    names = {image.id: f"{row}. {image.name}" for row, image in enumerate(held.images, start=1)}
    choices = [NO_IMAGE, *([IN_ORDER] if images_without_caption(held) else []), *names]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "They belong to",
            choices,
            key="typed_belongs_to",
            format_func=lambda choice: names.get(choice, choice),
            width=210,
        )
        st.button("Add captions", on_click=_add_typed, type="primary")


def _add_typed() -> None:
    """Add the typed lines; those that cannot be taken stay in the field."""
    held = state.library()
    lines = [line for line in st.session_state.get(TYPED, "").splitlines() if line.strip()]
    if not lines:
        library_state.add_banner("typed", "There is nothing to add yet: write one caption a line.")
        return
    belongs_to = st.session_state.get("typed_belongs_to", NO_IMAGE)
    if belongs_to == IN_ORDER:
        free = images_without_caption(held)
        owners = [*free[: len(lines)], *[None] * (len(lines) - len(free))]
    else:
        owners = [None if belongs_to == NO_IMAGE else belongs_to] * len(lines)
    captions: list[LibraryCaption] = []
    left: list[str] = []
    problem = None
    for line, owner in zip(lines, owners, strict=True):
        try:
            captions.append(new_caption(line, owner))
        except UploadError as refusal:
            left.append(line)
            problem = str(refusal)
    try:
        if captions:
            what = f"Added {counted(len(captions), 'caption')}."
            state.set_library(held.add(captions=captions), what)
    except VacsrError as error:
        left, problem = lines, str(error)
    st.session_state[TYPED] = "\n".join(left)
    if problem is not None:
        library_state.add_banner("typed", f"{counted(len(left), 'line')} not taken. {problem}")
    else:
        library_state.drop_banner("typed")


def draw_tables() -> None:
    """Draw the preview of the caption files that wait for a decision."""
    waiting: list[CaptionTable] = st.session_state.get(TABLES, [])
    if not waiting:
        return
    import pandas as pd

    table = waiting[0]
    with st.container(border=True, key="caption_preview"):
        st.header("Captions from a file", anchor=False)
        others = f" and {counted(len(waiting) - 1, 'more file')}" if len(waiting) > 1 else ""
        st.text(f"{table.name} · {counted(len(table.rows), 'row')} · {table.encoding}{others}")
        for warning in table.warnings:
            st.warning(plain(warning), icon=":material/info:")
        st.dataframe(
            pd.DataFrame(table.rows[:PREVIEW_ROWS], columns=list(table.columns)),
            hide_index=True,
            alt="The first rows of the file",
        )
        chosen = _choose_columns(table)
        if chosen is None:
            st.button("Put the file aside", on_click=_put_aside)
            return
        with st.container(horizontal=True):
            count = sum(len(each.rows) for each in waiting)
            st.button(
                f"Add {counted(count, 'caption')}",
                type="primary",
                on_click=_add_tables,
                args=chosen,
            )
            st.button("Put aside", on_click=_put_aside)


def _choose_columns(table: CaptionTable) -> tuple[str, str | None, str] | None:
    try:
        caption_guess, image_guess = guess_columns(table)
    except UploadError as refusal:
        st.warning(plain(str(refusal)), icon=":material/error:")
        return None
    columns = list(table.columns)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        caption = st.selectbox(
            "Column with the caption", columns, index=columns.index(caption_guess), width=210
        )
        images = [NO_COLUMN, *columns]
        image = st.selectbox(
            "Column with the picture's name",
            images,
            index=images.index(image_guess) if image_guess else 0,
            width=210,
        )
        kinds = list(PAIRING_NAMES)
        is_named = image_guess is not None or table.name.lower().endswith(".txt")
        pairing = st.selectbox(
            "Give them to pictures",
            kinds,
            index=0 if is_named else 1,
            format_func=PAIRING_NAMES.__getitem__,
            width=260,
        )
    return caption, None if image == NO_COLUMN else image, pairing


def _add_tables(caption_column: str, image_column: str | None, pairing: str) -> None:
    """Take all waiting tables: the first as chosen, others alike where they have these columns."""
    waiting: list[CaptionTable] = st.session_state.get(TABLES, [])
    held = state.library()
    added: list[LibraryCaption] = []
    try:
        for table in waiting:
            columns = (caption_column, image_column)
            if any(column is not None and column not in table.columns for column in columns):
                columns = guess_columns(table)
            growing = held.add(captions=added)
            captions, reports = to_captions(table, *columns, growing, pairing)
            added += captions
            add_reports(reports)
        _take(held, added)
    except VacsrError as error:
        library_state.add_banner("captions", str(error))
        return
    st.session_state[TABLES] = []


def _take(held: Library, captions: list[LibraryCaption]) -> None:
    """Add captions; those that name none of the demo's pictures begin a library of one's own."""
    if not captions:
        return
    what = f"Added {counted(len(captions), 'caption')}."
    keeps_demo = not state.is_demo() or st.session_state.get(KEEP_DEMO, False)
    if keeps_demo or any(caption.image_id for caption in captions):
        state.set_library(held.add(captions=captions), what)
        return
    state.set_library(
        base_library().rename("My library").add(captions=captions),
        f"{what} They took the place of the demo gallery; now add their pictures.",
        is_own=True,
    )


def _put_aside() -> None:
    waiting: list[CaptionTable] = st.session_state.get(TABLES, [])
    st.session_state[TABLES] = []
    add_reports([FileReport(table.name, False, "Put aside, as you chose.") for table in waiting])
