"""Searching the maps by words or by another image: the query is placed, its nearest are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import map_layout, map_points, map_spaces, state
from app_pages.parts.gallery import IMAGE_TYPES
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.features import Features

WORDS, FILE = "map_search", "map_search_image"
NEAREST = 12
_KEPT = "_map_sought"
Sought = tuple[str, "Features"]


def draw(points: Points) -> list[Sought]:
    """Draw the two ways to search; returns what is searched for, with features."""
    words = st.text_input(
        "Search by words", key=WORDS, max_chars=300, placeholder="a dog on a beach",
        persist_state="session",
    ).strip()  # fmt: skip
    with st.popover("Search by an image", icon=":material/image_search:"):
        file = st.file_uploader("Another image", IMAGE_TYPES, key=FILE, max_upload_size=20)
    found = []
    try:
        if words:
            found.append((words, _once(points, words, lambda: _of_words(words))))
        if file is not None:
            data = file.getvalue()
            found.append((file.name, _once(points, data, lambda: _of_image(file.name, data))))
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")
    if found:
        st.button(
            f"Choose its {min(NEAREST, len(points))} nearest",
            key="map_search_choose",
            on_click=lambda: map_points.choose(points, nearest(points, found[-1])),
        )
    return found


def _once(points: Points, key: object, work) -> Features:
    """The features of the last few queries are kept with the points."""
    return points.once(("sought", state.engine().backbone.backbone_id, key), work)


def _of_words(words: str) -> Features:
    return state.engine().encode_captions([words], tokens=False)


def _of_image(name: str, data: bytes) -> Features:
    from vacsr_core.uploads import read_image

    return state.engine().encode_images([read_image(name, data).data], tokens=False)


def nearest(points: Points, sought: Sought) -> list[int]:
    """The points nearest to a query by cosine in the backbone's space, the other kind first.

    Words and captions are nearer to each other than to any image, so each kind gives half.
    """
    cosine = map_layout.vectors(points, 0.0) @ map_spaces.based(sought[1]).vectors[0]
    images, captions = cosine[: len(points.rows)], cosine[len(points.rows) :]
    half = NEAREST // 2
    return [
        *np.argsort(-images, kind="stable")[:half].tolist(),
        *(len(points.rows) + np.argsort(-captions, kind="stable")[:half]).tolist(),
    ]


def places(points: Points, drawn: list[Drawn], sought: list[Sought]) -> list:
    """(words, a place on each map) of each query."""
    from vacsr_core.projection import place

    found = []
    for words, features in sought:
        based, at = map_spaces.based(features), []
        for one in drawn:
            own = based if one.share == 0.0 else map_spaces.space().project(based, one.share)
            rows = map_layout.vectors(points, one.share)
            at.append(place(own.vectors, rows, one.coordinates)[0])
        found.append((words, at))
    return found
