"""The captions as a table of plain text: read, edit, pair, remove."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from app_pages.parts import familiar, library_state, state
from app_pages.parts.text import counted
from vacsr_core.errors import VacsrError
from vacsr_core.library import Library
from vacsr_core.pairing import pair_by_name, pair_by_order

PAGE_SIZE = 100
MOST_CHOICES = 1_000  # names in the table's menu of pictures; more would slow every redraw
NO_IMAGE = "–"
TOO_LONG = "longer than the model reads"


def draw(caption_ids: tuple[str, ...], long_captions: Collection[str]) -> None:
    """Draw the captions of the given ids.

    Args:
        caption_ids: in the order to show.
        long_captions: ids of those that the model does not read to their end.
    """
    held = state.library()
    pages = -(-len(caption_ids) // PAGE_SIZE)
    page = 1
    with st.container(horizontal=True, vertical_alignment="center", key="caption_bar"):
        st.header(f"Captions · {len(caption_ids):,}", anchor=False, width="content")
        if held.pair_count < len(held.captions) and held.images:
            _pairing_buttons(held)
        if pages > 1:
            if st.session_state.get("caption_page", 1) > pages:  # captions were removed
                st.session_state["caption_page"] = pages
            page = st.pagination(pages, key="caption_page", width=260)
    if not caption_ids:
        words = "No caption fits the filter." if held.captions else "No captions yet: write some."
        st.caption(words)
        return
    shown = caption_ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    _editor(held, shown, long_captions)
    st.caption(
        "Click a text to change it, or a picture's name to pair it anew. Tick rows on their left "
        "edge to remove them."
    )


def _pairing_buttons(held: Library) -> None:
    for label, pair, how in (
        ("Pair by file name", pair_by_name, "by file name"),
        ("Pair in order", pair_by_order, "in order"),
    ):
        if st.button(label, key=f"pair_{how}", type="tertiary", icon=":material/link:"):
            paired = pair(held)
            gained = paired.pair_count - held.pair_count
            if gained:
                state.set_library(paired, f"Paired {counted(gained, 'caption')} {how}.")
            else:
                text = f"No caption could be paired {how}: no picture fits, or none is free."
                library_state.add_banner("pairing", text)
            st.rerun()


def _editor(held: Library, shown: tuple[str, ...], long_captions: Collection[str]) -> None:
    import pandas as pd  # here, so that the pictures above reach the browser first

    labels = {image.id: image.name for image in held.images}
    captions = [held.caption(key) for key in shown]
    columns = {
        "Caption": [caption.text for caption in captions],
        "Picture": [labels.get(caption.image_id, NO_IMAGE) for caption in captions],
        "From": [caption.source for caption in captions],
        "To know": [
            "; ".join(
                filter(None, [TOO_LONG * (c.id in long_captions), familiar.caption_note(c.id)])
            )
            for c in captions
        ],
    }
    for name in dict.fromkeys(name for caption in captions for name in caption.extra):
        columns.setdefault(name, [caption.extra.get(name, "") for caption in captions])
    frame = pd.DataFrame(columns, dtype=str)
    if not any(columns["To know"]):
        frame = frame.drop(columns="To know")
    is_choosable = 0 < len(labels) <= MOST_CHOICES
    editable = {"Caption", "Picture"} if is_choosable else {"Caption"}
    key = f"captions_{hash((held.digest, shown))}"
    configured = {"Caption": st.column_config.TextColumn(width="large", required=True)}
    if is_choosable:
        configured["Picture"] = st.column_config.SelectboxColumn(
            options=[NO_IMAGE, *labels.values()], required=True
        )
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        num_rows="delete",
        disabled=[name for name in frame.columns if name not in editable],
        column_config=configured,
        on_change=_apply,
        args=(key, shown, held.digest),
        alt="The captions with the pictures they belong to",
    )


def _apply(key: str, shown: tuple[str, ...], digest: str) -> None:
    """Take over what was changed in the table; a change that cannot be taken is explained."""
    if digest != state.library().digest:
        return  # the browser sent once more what has been taken over already
    try:
        changed, what = with_changes(state.library(), shown, st.session_state[key])
    except VacsrError as error:
        library_state.add_banner("edit", str(error))
        return
    library_state.drop_banner("edit")
    state.set_library(changed, what)


def with_changes(library: Library, shown: tuple[str, ...], changes: Mapping) -> tuple[Library, str]:
    """A library with the changes that a person made in the table.

    Args:
        library: as it was shown.
        shown: caption ids of the table's rows.
        changes: "edited_rows" (row -> column -> new value) and "deleted_rows", as Streamlit's
            editor gives them.

    Returns:
        The changed library, and a sentence on what was done.

    Raises:
        UploadError: a caption was emptied or made too long.
    """
    image_of = {image.name: image.id for image in library.images} | {NO_IMAGE: None}
    for row, cells in changes.get("edited_rows", {}).items():
        caption_id = shown[int(row)]
        if "Caption" in cells:
            library = library.replace_caption(caption_id, cells["Caption"] or "")
        if cells.get("Picture") in image_of:
            library = library.pair({caption_id: image_of[cells["Picture"]]})
    removed = [shown[int(row)] for row in changes.get("deleted_rows", [])]
    done = f"Removed {counted(len(removed), 'caption')}." if removed else "Changed a caption."
    return library.remove(removed), done
