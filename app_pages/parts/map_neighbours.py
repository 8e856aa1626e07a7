"""View Neighbours: who is near an item in the space itself, beside who is near on the map."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app_pages.parts import (
    choosing,
    gallery,
    map_layout,
    map_points,
    map_spaces,
    state,
    thumbnails,
)
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points
from app_pages.parts.text import plain, shorten
from vacsr_core.errors import VacsrError

LISTED = 10
SPACE, KIND, PICK = "map_near_space", "map_near_kind", "map_near_pick"
KINDS = {"all": "Both kinds", "image": "Images", "caption": "Captions"}


@st.fragment
def draw() -> None:
    """Draw an item, and both lists of its neighbours."""
    points = map_points.find()
    if points is None:
        return
    map_spaces.take()
    try:
        _draw(points)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(points: Points) -> None:
    first_line = st.container()
    names = {0.0: map_spaces.base_title()}
    if map_spaces.space() is not None:
        names[1.0] = "Structure-preserved space"
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_near_bar"):
        item = _item(points)
        share = 0.0
        if len(names) > 1:
            share = st.segmented_control(
                "In which space", list(names), default=0.0, required=True,
                format_func=names.__getitem__, key=SPACE, persist_state="session",
            )  # fmt: skip
        kind = st.segmented_control(
            "Neighbours", list(KINDS), default="all", required=True,
            format_func=KINDS.__getitem__, key=KIND, persist_state="session",
        )  # fmt: skip
    drawn = map_layout.draw_maps(points, sorted(names), 2)
    shown = drawn[sorted(names).index(share)]
    map_layout.explain()
    if kind == "all":
        allowed = np.ones(len(points), bool)
    else:
        allowed = (np.arange(len(points)) < len(points.rows)) == (kind == "image")
    allowed[item] = False
    in_truth, on_map = _orders(points, shown, item, allowed)
    true_list, map_list = in_truth[:LISTED], on_map[:LISTED]
    both = set(true_list) & set(map_list)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("In the space itself", anchor=False)
        _list(points, true_list, both, "true", _cosines(points, shown, item))
    with right:
        st.subheader("On the map", anchor=False)
        rank = {point: place + 1 for place, point in enumerate(in_truth)}
        _list(points, map_list, both, "map", {p: f"in truth nr. {rank[p]:,}" for p in map_list})
    with first_line:
        st.header(
            f"The map shows {len(both)} of its {len(true_list)} nearest.", anchor=False
        )  # fmt: skip
    st.caption(
        "**How to read this.** Left are the exact nearest by cosine; right those that lie nearest "
        "on the map, with their true place in the order. ✓ stands in both lists. A neighbour on "
        "the map with a high number is an accident of flattening."
    )


def _item(points: Points) -> int:
    chosen = map_points.chosen(points)
    key = state.selected_image()
    first = chosen[0] if chosen else points.place.get(key, 0)
    options = list(range(len(points)))[: choosing.MOST_OPTIONS]
    if first not in options:
        options = [first, *options[:-1]]
    st.session_state[PICK] = first
    return st.selectbox(
        "Neighbours of",
        options,
        format_func=lambda p: shorten(points.label(p), 90),
        key=PICK,
        on_change=lambda: map_points.choose(points, [st.session_state[PICK]]),
        filter_mode="contains",
    )


def _orders(
    points: Points, drawn: Drawn, item: int, allowed: np.ndarray
) -> tuple[list[int], list[int]]:
    """All allowed points from near to far: in the space, and on the map."""
    rows = map_layout.vectors(points, drawn.share)
    candidates = np.flatnonzero(allowed)
    cosine = rows[candidates] @ rows[item]
    far = np.linalg.norm(drawn.coordinates[candidates] - drawn.coordinates[item], axis=1)
    return (
        candidates[np.argsort(-cosine, kind="stable")].tolist(),
        candidates[np.argsort(far, kind="stable")].tolist(),
    )


def _cosines(points: Points, drawn: Drawn, item: int) -> dict[int, str]:
    rows = map_layout.vectors(points, drawn.share)
    cosine = rows @ rows[item]
    return {p: f"cosine {cosine[p]:.2f}".replace("-", "−") for p in range(len(points))}


def _list(points: Points, listed: list[int], both: set[int], name: str, notes: dict) -> None:
    images = [points.shown_images[p] for p in listed if points.is_image(p)]
    pictures = dict(zip([i.id for i in images], thumbnails.of(images), strict=True))
    for place, point in enumerate(listed):
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"near_{name}_{place}", wrap=False
        ):
            if points.is_image(point):
                image = points.shown_images[point]
                st.image(pictures[image.id], width=56, alt=points.label(point))
            with st.container(gap="xxsmall"):
                st.text(shorten(points.label(point), 80))
                tick = "✓ " if point in both else ""
                if st.button(
                    f"{tick}{notes[point]} · open",
                    key=f"near_open_{name}_{place}",
                    type="tertiary",
                ):
                    gallery.open_pair(*map_points.pair_of(points, point))
