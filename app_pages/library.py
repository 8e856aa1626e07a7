"""What am I looking at? Bring pictures and captions in, look through them, save them."""

import streamlit as st

from app_pages.parts import (
    caption_panel,
    caption_table,
    engines,
    familiar,
    frame,
    gallery,
    library_state,
    model_panel,
    saved,
    state,
    upload_panel,
)
from app_pages.parts.views import VIEWS, long_captions, summary, visible


def page() -> None:
    """Draw the page from top to bottom."""
    held = state.library()
    st.title("What am I looking at?", anchor=False)
    st.write(summary(held, state.is_demo()))
    _undo_line()
    saved.draw()
    with st.container(border=True, key="add_panel"):
        left, right = st.columns(2, gap="medium")
        with left:
            upload_panel.draw()
        with right:
            caption_panel.draw_typing()
    upload_panel.draw_reports()
    caption_panel.draw_tables()
    if held.images or held.captions:
        _contents()
        # While a person looks round, so that the next page is ready at once.
        state.prefetch(engines.FIRST_PAGE_SECONDS)
    model_panel.draw()
    familiar.scroll_to_model()


def _undo_line() -> None:
    what = library_state.undo_offer()
    if what is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo_line"):
        st.success(what, icon=":material/check:")
        st.button("Undo", on_click=library_state.undo, icon=":material/undo:")
        st.button("Keep", on_click=library_state.drop_undo, type="tertiary")


def _contents() -> None:
    held = state.library()
    ready = state.features_if_ready()
    too_long = long_captions(held, ready[1] if ready else None)
    with st.container(horizontal=True, vertical_alignment="center", key="filter_bar"):
        text = st.text_input(
            "Find in captions and file names",
            key="library_filter",
            placeholder="Find in captions and file names",
            icon=":material/search:",
            label_visibility="collapsed",
            width=320,
            persist_state="session",
        )
        view = st.segmented_control(
            "Which items to show",
            list(VIEWS),
            default="all",
            required=True,
            format_func=VIEWS.__getitem__,
            key=frame.LIBRARY_VIEW,
            label_visibility="collapsed",
            persist_state="session",
        )
    image_ids, caption_ids = visible(held, text, view, too_long, familiar.outside_ids())
    gallery.draw(image_ids)
    caption_table.draw(caption_ids, too_long)


page()
