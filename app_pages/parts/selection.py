"""Which image and which caption a person looks at, the same on all pages and in the address bar."""

from __future__ import annotations

import streamlit as st

from app_pages.parts.library_state import add_banner, library
from vacsr_core.errors import DataError
from vacsr_core.library import Library

_CHOSEN, _WRITTEN = "_chosen", "_written"
_KINDS = ("image", "caption")


def selected_image() -> str | None:
    """Id of the selected image; the first labelled pair's at first, None without images."""
    return _selected("image")


def selected_caption() -> str | None:
    """Id of the selected caption; one of the selected image's at first, None without captions."""
    return _selected("caption")


def select(image_id: str | None = None, caption_id: str | None = None) -> None:
    """Select an image, a caption or both; None leaves that side as it is.

    The address bar gets the ids alone, so that a link shows nothing of names or texts.
    """
    for kind, key in zip(_KINDS, (image_id, caption_id), strict=True):
        if key is not None:
            _chosen()[kind] = key
            _write(kind, key)


def _selected(kind: str) -> str | None:
    held = library()
    _adopt_link(kind, held)
    chosen = _chosen().get(kind)
    if chosen is None or not _is_there(kind, chosen, held):
        chosen = _default_image(held) if kind == "image" else _default_caption(held)
    if chosen is not None:
        _write(kind, chosen)
    return chosen


def _adopt_link(kind: str, held: Library) -> None:
    """Take an id from the address bar that this session has not written there itself."""
    linked = st.query_params.get(kind)
    if linked is None or linked == st.session_state.get(_WRITTEN, {}).get(kind):
        return
    if _is_there(kind, linked, held):
        _chosen()[kind] = linked
    else:
        add_banner(
            "link",
            f"The link names {'an image' if kind == 'image' else 'a caption'} that is not in this "
            "library. Open the library it belongs to on the Library page, then follow it again.",
        )


def _write(kind: str, key: str) -> None:
    st.session_state.setdefault(_WRITTEN, {})[kind] = key
    if st.query_params.get(kind) != key:
        st.query_params[kind] = key


def _chosen() -> dict[str, str]:
    return st.session_state.setdefault(_CHOSEN, {})


def _is_there(kind: str, key: str, held: Library) -> bool:
    try:
        held.image_row(key) if kind == "image" else held.caption_row(key)
    except DataError:
        return False
    return True


def _default_image(held: Library) -> str | None:
    for caption in held.captions:
        if caption.image_id is not None:
            return caption.image_id
    return held.images[0].id if held.images else None


def _default_caption(held: Library) -> str | None:
    image_id = _selected("image")
    own = held.captions_of(image_id) if image_id is not None else ()
    captions = own or held.captions
    return captions[0].id if captions else None
