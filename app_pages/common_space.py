"""Where does everything lie? Images and captions as maps, before and after structure is kept."""

import streamlit as st

from app_pages.parts import empty_state, state

PROMISE = (
    "Here you will see all images and captions as points of a map: what is alike lies near each "
    "other, and a line joins a caption with its image."
)
VIEW = "space_view"
VIEWS = {
    "map": "Map",
    "neighbours": "Neighbours",
    "relations": "Relations",
    "imbalance": "Imbalance",
}


def page() -> None:
    """Draw the question, the choice of a view, and that view."""
    st.title("Where does everything lie?", anchor=False)
    if not _has_items():
        return
    view = st.segmented_control(
        "View",
        list(VIEWS),
        default="map",
        required=True,
        format_func=VIEWS.__getitem__,
        key=VIEW,
        label_visibility="collapsed",
        persist_state="session",
    )
    # Imported here because one view's imports need not slow down another's first paint.
    if view == "neighbours":
        from app_pages.parts.map_neighbours import draw
    elif view == "relations":
        from app_pages.parts.map_relations import draw
    elif view == "imbalance":
        from app_pages.parts.map_imbalance import draw
    else:
        from app_pages.parts.map_tab import draw
    draw()


def _has_items() -> bool:
    held = state.library()
    count = len(held.images) + len(held.captions)
    if count < 2:
        there = "There is 1 item" if count else "There is nothing yet"
        empty_state.draw(PROMISE, f"{there}; a map needs at least 2.")
    return count >= 2


page()
