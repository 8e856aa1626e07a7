"""Choosing an image or a caption from a list, and going from view to view."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app_pages.parts import state
from app_pages.parts.text import shorten
from vacsr_core.library import Library

VIEW = "view"  # also the query parameter
ROW_OF = "row_of"
MOST_OPTIONS = 2_500  # a list of choices goes to the browser as a whole
OPTION_CHARACTERS = 90
_NEXT = "_next_view"


def open_view(view: str, image_id: str | None = None, caption_id: str | None = None) -> None:
    """Go to a view of the Similarity page with an item or a pair, at the next run of the page."""
    state.select(image_id, caption_id)
    st.session_state[_NEXT] = view


def leave_fragment() -> None:
    """Redraw the whole page where a callback went elsewhere: a fragment redraws only itself."""
    if _NEXT in st.session_state:
        st.rerun()


def enter_view() -> bool:
    """Put the control for the view to where `open_view` wants it, before it is drawn.

    Returns:
        Whether there was such a wish.
    """
    is_wanted = _NEXT in st.session_state
    if is_wanted:
        st.session_state[VIEW] = st.session_state.pop(_NEXT)
    return is_wanted


def image_box(held: Library, label: str, key: str, chosen: str, on_choice: Callable) -> None:
    """A list of the library's images by number and file name."""
    ids = _within_limit([image.id for image in held.images], chosen)
    _box(label, key, ids, chosen, on_choice, lambda i: image_label(held, i))


def caption_box(
    held: Library,
    label: str,
    key: str,
    chosen: str,
    on_choice: Callable,
    own_image: str | None = None,
) -> None:
    """A list of the library's captions; those of `own_image` come first, marked with ✓."""
    own = [c.id for c in held.captions_of(own_image)] if own_image else []
    is_own = frozenset(own)
    rest = [caption.id for caption in held.captions if caption.id not in is_own]

    def label_of(caption_id: str) -> str:
        return f"{'✓ ' if caption_id in is_own else ''}{caption_label(held, caption_id)}"

    _box(label, key, _within_limit(own + rest, chosen), chosen, on_choice, label_of)


def image_label(held: Library, image_id: str) -> str:
    """Number and file name, as plain text."""
    name = held.image(image_id).name
    return f"{held.image_row(image_id) + 1:,} · {shorten(name, OPTION_CHARACTERS)}"


def caption_label(held: Library, caption_id: str) -> str:
    """Number and words, as plain text."""
    text = held.caption(caption_id).text
    return f"{held.caption_row(caption_id) + 1:,} · {shorten(text, OPTION_CHARACTERS)}"


def _within_limit(ids: list[str], chosen: str) -> list[str]:
    if len(ids) <= MOST_OPTIONS:
        return ids
    first = ids[:MOST_OPTIONS]
    return first if chosen in first else [chosen, *first[:-1]]


def _box(
    label: str,
    key: str,
    ids: Sequence[str],
    chosen: str,
    on_choice: Callable,
    label_of: Callable[[str], str],
) -> None:
    # The selection is the truth; the widget only shows it and reports a change of it.
    st.session_state[key] = chosen
    st.selectbox(
        label,
        ids,
        key=key,
        format_func=label_of,
        on_change=lambda: on_choice(st.session_state[key]),
        filter_mode="contains",
        help=None
        if len(ids) < MOST_OPTIONS
        else f"The list holds {MOST_OPTIONS:,} items; choose others in the views Row and Matrix.",
    )
