"""What was chosen on the maps, as pictures and words, each with the way to its pair."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import gallery, map_points, thumbnails
from app_pages.parts.map_points import Points
from app_pages.parts.text import counted, shorten

SHOWN = 24


def draw(points: Points) -> None:
    """Draw the chosen images and captions."""
    chosen = map_points.chosen(points)
    if gone := map_points.gone():
        st.warning(
            f"{counted(gone, 'chosen item')} left this library since and can't be shown; the "
            "others stay chosen.",
            icon=":material/info:",
        )
    images = [p for p in chosen if points.is_image(p)]
    captions = [p for p in chosen if not points.is_image(p)]
    if not chosen:
        st.subheader("Nothing chosen yet", anchor=False)
        st.caption(
            "Draw round some points with the lasso, click one, or choose from the list beside the "
            "map: they are shown here, with the way to their pair."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", key="map_chosen_bar"):
        st.subheader(
            f"Chosen: {counted(len(images), 'image')}, {counted(len(captions), 'caption')}",
            anchor=False,
            width="content",
        )
        st.button(
            "Choose none", key="map_none", type="tertiary", on_click=map_points.choose,
            args=(points, ()),
        )  # fmt: skip
    if images:
        _pictures(points, images)
    if captions:
        _captions(points, captions)


def _pictures(points: Points, images: list[int]) -> None:
    pages = -(-len(images) // SHOWN)
    page = 1
    if pages > 1:
        if st.session_state.get("map_page", 1) > pages:
            st.session_state["map_page"] = pages
        page = st.pagination(pages, key="map_page", width=260)
    shown = images[(page - 1) * SHOWN : page * SHOWN]
    pictures = thumbnails.of([points.shown_images[p] for p in shown], gallery.CELL_SIDE)
    with st.grid(min_column_width=118, gap="small"):
        for point, picture in zip(shown, pictures, strict=True):
            image = points.shown_images[point]
            own = points.held.captions_of(image.id)
            with st.container(key=f"cell_plain_map_{image.id}", gap="xxsmall"):
                st.image(picture, width="stretch", alt=image.name)
                st.text(shorten(own[0].text, 70) if own else shorten(image.name, 40))
                number = points.rows[point] + 1
                if st.button(f"Open image {number} with its caption", key=f"open_map_{image.id}"):
                    gallery.open_pair(*map_points.pair_of(points, point))


def _captions(points: Points, captions: list[int]) -> None:
    """The chosen captions as a table, and the way to the pair of one of them."""
    first = len(points.rows)
    items = [points.shown_captions[p - first] for p in captions]
    owner = [points.owner[p - first] for p in captions]
    st.dataframe(
        {
            "caption": [int(points.columns[p - first]) + 1 for p in captions],
            "words": [item.text for item in items],
            "image": [int(points.rows[o]) + 1 if o >= 0 else None for o in owner],
        },
        hide_index=True,
        height=min(36 * (len(items) + 1) + 2, 300),
        alt="The chosen captions",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_caption_bar"):
        point = st.selectbox(
            "Caption of the pair to open",
            captions[:2_500],
            format_func=lambda p: shorten(points.label(p), 90),
            key=f"map_caption_{hash(tuple(captions))}",
        )
        if st.button("Open its pair", key="map_open_caption"):
            gallery.open_pair(*map_points.pair_of(points, point))
