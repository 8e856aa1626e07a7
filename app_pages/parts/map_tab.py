"""View Map: two linked maps, what colours mean, how far the maps can be trusted, what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import (
    chart,
    gallery,
    jobs,
    map_exports,
    map_gallery,
    map_layout,
    map_points,
    map_rail,
    map_search,
    map_spaces,
    map_view,
    stage_use,
)
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points
from app_pages.parts.text import counted, plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.figures.point_colours import Legend

SHARE, SOLID = "map_share", "map_is_solid"
SHARES = [0.0, 0.25, 0.5, 0.75, 1.0]


@st.fragment
def draw() -> None:
    """Draw the maps; a change of colour, size, filter or choice redraws this part alone."""
    if map_view.GO in st.session_state:
        gallery.open_pair(*st.session_state.pop(map_view.GO))
    points = map_points.find()
    if points is None:
        return
    try:
        map_spaces.take()
        _draw(points)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(points: Points) -> None:
    first_line = st.container()
    rail, middle = st.columns([1, 4], gap="medium")
    has_space = map_spaces.space() is not None
    with middle:
        share, is_solid = _how(has_space)
        shares = [0.0, share] if has_space else [0.0]
        drawn = map_layout.draw_maps(points, shares, 3 if is_solid else 2)
        place = st.container()
    with rail, st.container(key="map_rail"):
        channels = map_rail.draw_channels(points, drawn)
        is_shown = map_rail.draw_filter(points)
        sought = map_search.draw(points)
        map_rail.draw_choice(points, drawn)
    with place:
        _maps(points, drawn, share, channels, is_shown, sought)
        if not has_space:
            map_spaces.offer(points)
        else:
            st.caption(plain(map_spaces.words(points)))
            stage_use.offer("space")
    _quality(drawn)
    map_gallery.draw(points)
    with first_line:
        st.header(_first_line(points, drawn), anchor=False)


def _how(has_space: bool) -> tuple[float, bool]:
    """Draw the slider between the spaces and the switch for three dimensions."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_how"):
        share = 1.0
        if has_space:
            share = st.select_slider(
                "Right map: from the backbone's space to the structure-preserved one",
                SHARES,
                value=1.0,
                format_func=lambda s: f"{s:.0%}",
                key=SHARE,
                persist_state="session",
            )
        is_solid = st.toggle("3-D", key=SOLID, persist_state="session")
    return share, is_solid


def _maps(points: Points, drawn: list[Drawn], share, channels, is_shown, sought) -> None:
    from vacsr_core.figures.point_colours import point_colours, point_sizes

    titles = [map_spaces.base_title()]
    if len(drawn) > 1:
        titles.append(
            "Structure-preserved space" if share == 1.0 else f"{share:.0%} of the way to it"
        )
    colour, size = channels
    colours, legend = point_colours(colour, chart.is_dark())
    sizes = point_sizes(size, len(points))
    if drawn[0].coordinates.shape[1] == 3:
        made = map_exports.chart_of(points, drawn, titles, colours, sizes)
        chart.show(made, "map_solid", "common-space-3d", "Where does everything lie?")
    else:
        places = map_search.places(points, drawn, sought)
        map_view.draw(points, drawn, titles, colours, sizes, is_shown, places)
    _legend(legend, size.label if size is not None else "")
    map_layout.explain()
    if jobs.find(map_view.PICTURES) is not None:
        jobs.show(map_view.PICTURES)
    _notes(points, drawn)
    if drawn[0].coordinates.shape[1] == 2:
        shown = [colour] if size is None or size is colour else [colour, size]
        map_exports.draw(points, drawn, titles, colours, sizes, shown)


def _legend(legend: Legend, size: str) -> None:
    """Colours in words; shapes are explained in the same line."""
    import html

    marks = "".join(
        f'<span style="white-space:nowrap;margin-right:0.9rem"><span aria-hidden="true" '
        f'style="display:inline-block;width:0.8em;height:0.8em;border-radius:0.2em;'
        f'background:{colour};margin-right:0.35em"></span>{html.escape(text)}</span>'
        for text, colour in legend.entries
    )
    shapes = "Images are pictures or circles, captions diamonds; lines join pairs, the longest tenth in a strong colour."  # noqa: E501
    if size:
        shapes += f" Larger: more of {size}."
    st.html(
        f'<div class="map-legend"><b>{html.escape(legend.label)}</b> &nbsp;{marks}'
        f"<br><small>{html.escape(legend.note)} {html.escape(shapes)}</small></div>"
    )


def _notes(points: Points, drawn: list[Drawn]) -> None:
    if points.is_sample:
        st.caption(
            f"A random part of this library, {len(points):,} of "
            f"{len(points.held.images) + len(points.held.captions):,} items (seed "
            f"{map_points.SAMPLE_SEED}): more can't be drawn at once."
        )
    placed = int(drawn[0].is_placed.sum())
    if placed:
        with st.container(horizontal=True, vertical_alignment="center", key="map_placed"):
            st.caption(
                f"{counted(placed, 'hollow point')} came after this map was drawn: placed, not "
                "fitted."
            )
            st.button(
                "Draw the map anew", key="map_anew", type="tertiary",
                on_click=map_layout.draw_anew, args=(points,),
            )  # fmt: skip
    one = drawn[0].map
    if one is not None and one.method == "UMAP":
        st.caption(f"UMAP, seed {one.seed}, {one.made_with}. Other processors may round otherwise.")
    elif one is not None:
        st.caption("PCA: fewer than 15 items make no neighbourhoods for UMAP.")


def _quality(drawn: list[Drawn]) -> None:
    from vacsr_core.projection.quality import CAVEAT

    known = [one.map.quality for one in drawn if one.map is not None and one.map.quality]
    st.subheader("How far can the maps be trusted?", anchor=False)
    if not known:
        st.caption("Measured once the map is drawn." if len(drawn) else "")
        return
    names = (
        ("Trustworthiness", "trustworthiness", "none that looks near is far in truth"),
        ("Continuity", "continuity", "none that is near in truth looks far"),
        ("Neighbours kept", "kept", f"share of the {known[0].k} nearest that are so on the map"),
    )
    with st.grid(min_column_width=220, gap="small"):
        for label, name, words in names:
            with st.container(gap="xxsmall"):
                numbers = [getattr(quality, name) for quality in known]
                shown = [f"{n:.0%}" if name == "kept" else f"{n:.2f}" for n in numbers]
                st.metric(label, " → ".join(shown))
                st.caption(words)
    both = "left → right map, each against its own space; " if len(known) > 1 else ""
    asked = known[0].asked
    sample = f", {asked:,} random items asked" if asked < len(known[0].distortion) else ""
    st.caption(f"{both}k = {known[0].k}, 1 is perfect{sample}. {CAVEAT}")


def _first_line(points: Points, drawn: list[Drawn]) -> str:
    items = f"{counted(len(points.rows), 'image')} and {counted(len(points.columns), 'caption')}"
    known = [one.map.quality for one in drawn if one.map is not None and one.map.quality]
    if not known:
        return f"{items} of this library, side by side."
    kept = known[0].kept * known[0].k
    return (
        f"{items}: of an item's {known[0].k} nearest, the map shows {kept:.1f} among the "
        f"{known[0].k} nearest."
    )
