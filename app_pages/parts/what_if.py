"""What if: other words, or a changed picture, in place of a pair's own; the library stays as is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import state
from app_pages.parts.choosing import open_view
from app_pages.parts.text import plain
from vacsr_core.caption_text import clean_caption
from vacsr_core.errors import UploadError
from vacsr_core.library import LibraryCaption, LibraryImage, new_caption
from vacsr_core.perturb import MOST_BLUR, MOST_CROP, MOST_JPEG, MOST_NOISE, Changes, apply

if TYPE_CHECKING:
    from PIL import Image

    from vacsr_core.features import Features


@dataclass(frozen=True)
class Words:
    """The caption as it stands in the box.

    Args:
        text: cleaned; the library's own where the box holds nothing usable.
        is_changed: whether it differs from the library's.
    """

    text: str
    is_changed: bool


def words_box(image: LibraryImage, caption: LibraryCaption) -> Words:
    """Draw the caption to edit, with the ways back and into the library."""
    key = f"words_{caption.id}"
    typed = st.text_area(
        "Caption: change its words and watch the belief move",
        value=caption.text,
        key=key,
        height=92,
    )
    try:
        text = clean_caption(typed or "")
    except UploadError as error:
        st.warning(
            f"{plain(str(error))} Until then the library's caption is shown.",
            icon=":material/error:",
        )
        return Words(caption.text, False)
    is_changed = text != caption.text
    if is_changed:
        with st.container(horizontal=True):
            st.button(
                "Reset the words",
                key="reset_words",
                icon=":material/undo:",
                on_click=_put,
                args=({key: caption.text},),
            )
            with st.popover("Keep this caption in the library", icon=":material/bookmark_add:"):
                st.write("It becomes a new caption; the one it came from stays.")
                for label, owner in (("It belongs to this image", image.id), ("To no image", None)):
                    st.button(
                        label, key=f"keep_{owner is None}", on_click=_keep, args=(text, owner)
                    )
    return Words(text, is_changed)


def _put(values: dict) -> None:
    st.session_state.update(values)


def _keep(text: str, image_id: str | None) -> None:
    held = state.library()
    changed = held.add(captions=[new_caption(text, image_id)])
    state.set_library(changed, "Kept a caption from the Similarity page.")
    open_view("pair", caption_id=changed.captions[-1].id)
    st.toast("Kept in the library.", icon=":material/check:")


def changes_sliders(image: LibraryImage) -> Changes:
    """Draw the controls that change the picture; what they are set to."""
    keys = {name: f"{name}_{image.id}" for name in ("blur", "crop", "grey", "noise", "jpeg")}
    with st.expander("What if the picture were different?", icon=":material/tune:"):
        blur = _slider("Blur, % of the shorter side", MOST_BLUR, 0.5, keys["blur"])
        crop = _slider("Crop, % cut away", MOST_CROP, 5.0, keys["crop"])
        noise = _slider("Noise, grey levels", MOST_NOISE, 5.0, keys["noise"])
        jpeg = _slider("JPEG compression, %", MOST_JPEG, 5.0, keys["jpeg"])
        is_grey = st.toggle("Grey: no colours", key=keys["grey"])
        st.button(
            "Reset the picture",
            key="reset_picture",
            icon=":material/undo:",
            disabled=not (blur or crop or noise or jpeg or is_grey),
            on_click=_put,
            args=(dict.fromkeys(keys.values(), 0.0) | {keys["grey"]: False},),
        )
    return Changes(crop=crop, blur=blur, is_grey=is_grey, noise=noise, jpeg=jpeg)


def _slider(label: str, most: float, step: float, key: str) -> float:
    return st.slider(label, 0.0, most, 0.0, step, "%g", key=key)


def changed_picture(image: LibraryImage, changes: Changes) -> Image.Image | None:
    """The picture with the changes made; None where nothing changes."""
    return None if changes.is_nothing else apply(image.picture(), changes)


def encoded_picture(picture: Image.Image | None) -> Features | None:
    """Features of a changed picture, from its pixels; None for None."""
    if picture is None:
        return None
    return state.engine().encode_images([picture], tokens=False)


def encoded_words(words: Words) -> Features | None:
    """Features of changed words; None where the library's own stand."""
    if not words.is_changed:
        return None
    return state.engine().encode_captions([words.text], tokens=False)
