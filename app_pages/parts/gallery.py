"""The pictures of a library as a grid with pages: look, open, select, remove, replace."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from app_pages.parts import drop_zone, familiar, library_state, state, thumbnails
from app_pages.parts.text import counted, plain, shorten
from vacsr_core.errors import VacsrError
from vacsr_core.library import Library, LibraryImage

PAGE_SIZE = 24
CELL_SIDE = 256  # pixels: sharp in a cell of the grid, also on a screen with double resolution
IMAGE_TYPES = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "avif")
_PICKED = "_picked"


def draw(image_ids: tuple[str, ...]) -> None:
    """Draw the pictures of the given ids."""
    held = state.library()
    picked = _picked(held)
    pages = -(-len(image_ids) // PAGE_SIZE)
    page = 1
    with st.container(horizontal=True, vertical_alignment="center", key="gallery_bar"):
        st.header(f"Pictures · {len(image_ids):,}", anchor=False, width="content")
        is_selecting = st.toggle(
            "Select", key="is_selecting", help="Choose pictures to remove or replace."
        )
        if is_selecting:
            _selection_bar(held, picked, image_ids)
        if pages > 1:
            if st.session_state.get("gallery_page", 1) > pages:  # pictures were removed
                st.session_state["gallery_page"] = pages
            page = st.pagination(pages, key="gallery_page", width=260)
    if not image_ids:
        st.caption("No picture fits. Change the filter above, or add pictures.")
        return
    duplicates = held.duplicate_of
    with st.grid(min_column_width=118, gap="small"):
        images = [held.image(key) for key in image_ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
        for image, shown in zip(images, thumbnails.of(images, CELL_SIDE), strict=True):
            is_duplicate, is_picked = image.id in duplicates, image.id in picked
            _cell(held, image, shown, is_duplicate, is_selecting, is_picked)


def _cell(
    held: Library,
    image: LibraryImage,
    shown: str,
    is_duplicate: bool,
    is_selecting: bool,
    is_picked: bool,
) -> None:
    own = held.captions_of(image.id)
    number = held.image_row(image.id) + 1
    state_name = "picked" if is_picked else "plain"
    with st.container(key=f"cell_{state_name}_{image.id}", gap="xxsmall"):
        st.image(shown, width="stretch", alt=image.name)
        st.text(shorten(own[0].text, 70) if own else shorten(image.name, 40))
        notes = [counted(len(own), "caption") if own else "no caption"]
        if is_duplicate:
            notes.append(":orange[:material/content_copy: duplicate]")
        if image.id in familiar.outside_ids():
            notes.append(f":orange[{familiar.ICON} {familiar.OUTSIDE}]")
        if image.note:
            notes.append(plain(image.note))
        st.caption(" · ".join(notes))
        if is_selecting:
            verb = "Deselect" if is_picked else "Select"
            st.button(
                f"{verb} image {number}", key=f"pick_{image.id}", on_click=_toggle, args=(image.id,)
            )
        elif st.button(f"Open image {number} on the Similarity page", key=f"open_{image.id}"):
            open_pair(image.id, own[0].id if own else None)


def open_pair(image_id: str | None, caption_id: str | None) -> None:
    """Select an image and a caption, and go to the Similarity page."""
    state.select(image_id, caption_id)
    chosen = {"image": image_id, "caption": caption_id}
    st.switch_page(
        "app_pages/similarity.py", query_params={kind: key for kind, key in chosen.items() if key}
    )


def _picked(held: Library) -> set[str]:
    there = {image.id for image in held.images}
    st.session_state[_PICKED] = st.session_state.get(_PICKED, set()) & there
    return st.session_state[_PICKED]


def _toggle(image_id: str) -> None:
    st.session_state[_PICKED] = st.session_state.get(_PICKED, set()) ^ {image_id}


def _selection_bar(held: Library, picked: set[str], image_ids: tuple[str, ...]) -> None:
    st.caption(f"{len(picked):,} selected", width="content")
    if st.button("Select all shown", type="tertiary"):
        st.session_state[_PICKED] = picked | set(image_ids)
        st.rerun()
    if not picked:
        return
    if st.button("Clear", type="tertiary"):
        st.session_state[_PICKED] = set()
        st.rerun()
    with st.popover("Remove", icon=":material/delete:"):
        own = [caption.id for key in picked for caption in held.captions_of(key)]
        what = counted(len(picked), "picture")
        st.write(f"Remove {what} from this library. The files on your computer stay.")
        if st.button(f"Remove with {counted(len(own), 'caption')}", type="primary"):
            _remove(held, picked, own)
        if own and st.button("Remove, keep the captions without an image"):
            _remove(held, picked, [])
    if len(picked) == 1:
        with st.popover("Replace", icon=":material/swap_horiz:"):
            _replace_form(next(iter(picked)))


def _remove(held: Library, picked: set[str], captions: list[str]) -> None:
    with_captions = f" and {counted(len(captions), 'caption')}" if captions else ""
    done = f"Removed {counted(len(picked), 'picture')}{with_captions}."
    state.set_library(held.remove([*picked, *captions]), done)
    st.session_state[_PICKED] = set()
    st.rerun()


def _replace_form(image_id: str) -> None:
    st.write("Put another picture in its place; the captions go over to it.")
    drop_zone.draw("replace", "New picture", partial(_replace, image_id), type=IMAGE_TYPES)


def _replace(image_id: str, file: Any) -> None:
    from vacsr_core.uploads import read_image

    try:
        image = read_image(file.name, file.getvalue())
        state.set_library(state.library().replace_image(image_id, image), "Replaced a picture.")
    except VacsrError as error:
        library_state.add_banner("replace", f"{file.name}: {error}")
