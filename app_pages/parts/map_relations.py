"""View Relations: four matrices of cosines, ordered by clusters."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import chart, map_points, map_spaces
from app_pages.parts.map_points import Points
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

MOST = 60


@st.fragment
def draw() -> None:
    """Draw the matrices, or what is needed for them."""
    points = map_points.find()
    if points is None:
        return
    map_spaces.take()
    space = map_spaces.space()
    if space is None:
        st.header("What do the teachers see, and what did the space learn?", anchor=False)
        map_spaces.offer(points)
        return
    try:
        _matrices(points, space)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _matrices(points: Points, space) -> None:
    from vacsr_core.figures.relations import agreement, relations_chart

    seed = st.session_state.get("map_relations_seed", 0)

    def work():
        from vacsr_core.space import relation_matrices

        images, captions = map_spaces.base(points)
        return relation_matrices(space, images, captions, points.owner, MOST, seed)

    found = points.once(("relations", *map_spaces.base_key(), id(space), seed), work)
    shown = agreement(found.fused, found.student)
    st.header(
        f"The common space follows the mixed relations with a correlation of {shown:.2f}.",
        anchor=False,
    )
    st.caption(plain(map_spaces.words(points)))
    is_part = map_spaces.labelled_images(points) > len(found.rows)
    with st.container(horizontal=True, vertical_alignment="center", key="map_relations_bar"):
        is_narrow = st.toggle("One below the other", key="map_relations_narrow")
        if is_part:
            st.button(
                f"Other {len(found.rows)} images",
                key="map_relations_other",
                on_click=lambda: st.session_state.update(map_relations_seed=seed + 1),
                help=f"Drawn at random, seed {seed}.",
            )
    names = [points.shown_images[row].name for row in found.rows]
    drawn = relations_chart(found, names, is_narrow, chart.is_dark())
    chart.show(drawn, "map_relations", "relations", "Who resembles whom")
