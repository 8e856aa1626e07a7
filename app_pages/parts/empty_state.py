"""A page whose library lacks what it needs: its promise, what is missing, and a way on."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import state


def draw(promise: str, need: str, icon: str = ":material/add_photo_alternate:") -> None:
    """Draw an empty page.

    Args:
        promise: what will be seen here.
        need: what is to be added first, without user text.
        icon: of the need.
    """
    st.write(promise)
    st.info(need, icon=icon)
    if st.button("Go to the Library", type="primary"):
        st.switch_page("app_pages/library.py")


def has_pairs(promise: str) -> bool:
    """Whether the library has an image and a caption; where not, the page is drawn empty."""
    held = state.library()
    wanted = {"an image": held.images, "a caption": held.captions}
    missing = [words for words, items in wanted.items() if not items]
    if missing:
        draw(promise, f"Add {' and '.join(missing)} first.")
    return not missing
