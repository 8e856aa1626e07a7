"""View Imbalance: one modality gets worse, and the curves and the maps show what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import chart, jobs, map_layout, map_points, map_spaces, map_view, state
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.features import Features
    from vacsr_core.imbalance_curves import ImbalanceCurves

KIND, LEVEL, SEED = "map_worse_kind", "map_worse_level", 0
MOST_IMAGES = 500  # images looked at; a picture made worse must be read anew at every level
KINDS = {
    "caption words": "Captions: fewer words",
    "caption noise": "Captions: noise in the features",
    "image blur": "Images: blurred",
    "image crop": "Images: cropped",
    "image noise": "Images: noise in the features",
}
_JOB = "imbalance"


@st.fragment
def draw() -> None:
    """Draw the slider, the curves and the maps."""
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
    rows, columns = _labelled(points)
    if len(rows) < 4:
        st.info(
            f"Curves need 4 images with captions; this library has {len(rows)}. Say on the Library "
            "page which belong together.",
            icon=":material/hourglass_empty:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_worse_bar"):
        kind = st.selectbox(
            "What gets worse", list(KINDS), format_func=KINDS.__getitem__, key=KIND,
            persist_state="session",
        )  # fmt: skip
        level = st.slider(
            "How much worse", 0, 100, 40, 20, format="%d%%", key=LEVEL, persist_state="session"
        )
    found = _curves(points, kind, rows, columns)
    if found is None:
        return
    curves, worse = found
    _charts(curves, KINDS[kind].lower(), level / 100)
    _maps(points, kind, rows, columns, worse[curves.levels.index(level / 100)])
    if map_spaces.space() is None:
        map_spaces.offer(points)
    with first_line:
        st.header(_sentence(curves, kind, level / 100), anchor=False)


def _labelled(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Image places and caption places that are looked at: labelled ones, a part of many."""
    owner = points.owner
    rows = np.unique(owner[owner >= 0])
    if len(rows) > MOST_IMAGES:
        chosen = np.random.default_rng(SEED).choice(rows, MOST_IMAGES, replace=False)
        rows = np.sort(chosen)
    return rows, np.flatnonzero(np.isin(owner, rows))


def _curves(
    points: Points, kind: str, rows: np.ndarray, columns: np.ndarray
) -> tuple[ImbalanceCurves, list[Features]] | None:
    space = map_spaces.space()
    key = ("imbalance", kind, *map_spaces.base_key(), id(space))
    _collect(points)
    if key in points.memory:
        return points.memory[key]
    job = jobs.find(_JOB)
    if job is None or job.key != (points.token, key):
        work = _work(points, kind, rows, columns, space)
        job = jobs.start(_JOB, (points.token, key), "Making one modality worse", work)
        job.wait()
    _collect(points)
    if key in points.memory:
        return points.memory[key]
    jobs.show_or_explain(_JOB)
    return None


def _collect(points: Points) -> None:
    job = jobs.find(_JOB)
    if job is not None and job.is_done and job.result is not None:
        if job.key[0] == points.token:
            points.memory[job.key[1]] = job.result
        jobs.forget(_JOB)


def _work(points: Points, kind: str, rows: np.ndarray, columns: np.ndarray, space) -> Callable:
    engine, stages = state.engine(), map_spaces.base_stages()
    images, captions = points.images[rows], points.captions[columns]
    place = np.full(len(points.rows), -1)
    place[rows] = np.arange(len(rows))
    owner = place[points.owner[columns]]
    pictures = [points.shown_images[row] for row in rows]
    texts = [points.shown_captions[column].text for column in columns]

    def based(features: Features) -> Features:
        return engine.adapters.features(features, stages) if stages else features

    def degraded(level: float) -> Features:
        from vacsr_core.imbalance import degrade_image, drop_words, noisy_features

        of, how = kind.split()
        if how == "noise":
            return noisy_features(images if of == "image" else captions, level, SEED)
        if of == "caption":
            return engine.encode_captions(drop_words(texts, level, SEED), tokens=False)
        worse = [degrade_image(p.picture(), level, how, SEED) for p in pictures]
        return engine.encode_images(worse, tokens=False)

    def work(progress):
        from vacsr_core.imbalance_curves import imbalance_curves

        kept: list[Features] = []

        def remembered(level: float) -> Features:
            kept.append(degraded(level))
            return kept[-1]

        spaces = {"backbone": based}
        if space is not None:
            spaces["structure preserved"] = lambda part: space.project(based(part))
        curves = imbalance_curves(images, captions, owner, remembered, spaces, progress=progress)
        return curves, kept

    return work


def _charts(curves: ImbalanceCurves, worse: str, level: float) -> None:
    from vacsr_core.figures.imbalance import imbalance_chart

    left, right = st.columns(2, gap="large")
    for place, what, title in (
        (left, "recall", "Captions that find their image first"),
        (right, "kept", "Neighbours of the worse kind that stay the same"),
    ):
        with place:
            st.subheader(title, anchor=False)
            drawn = imbalance_chart(curves, what, worse, level, chart.is_dark())
            chart.show(drawn, f"map_worse_{what}", f"imbalance-{what}", title)


def _maps(
    points: Points, kind: str, rows: np.ndarray, columns: np.ndarray, worse: Features
) -> None:
    """The maps with the worse items where they would be placed now."""
    from vacsr_core.figures.point_colours import point_colours, point_sizes
    from vacsr_core.item_values import modality
    from vacsr_core.projection import place

    space = map_spaces.space()
    shares = [0.0, 1.0] if space is not None else [0.0]
    drawn = map_layout.draw_maps(points, shares, 2)
    first = len(points.rows)
    moved = rows if kind.startswith("image") else first + columns
    based = map_spaces.based(worse)
    shown: list[Drawn] = []
    for one in drawn:
        newcomers = based if one.share == 0.0 else space.project(based, one.share)
        coordinates = one.coordinates.copy()
        known = map_layout.vectors(points, one.share)
        coordinates[moved] = place(newcomers.vectors, known, one.coordinates)
        is_placed = np.zeros(len(points), bool)
        is_placed[moved] = True
        shown.append(replace(one, coordinates=coordinates, is_placed=is_placed))
    st.subheader("The same maps, with the worse items where they would lie", anchor=False)
    titles = [map_spaces.base_title(), "Structure-preserved space"][: len(shown)]
    colours, _ = point_colours(modality(first, len(points.columns)), chart.is_dark())
    is_shown = np.zeros(len(points), bool)
    is_shown[rows] = is_shown[first + columns] = True
    map_view.draw(
        points, shown, titles, colours, point_sizes(None, len(points)), is_shown, key="map_worse"
    )
    st.caption(
        "Hollow: placed amid the items that they are now nearest to, not fitted. Long lines are "
        "pairs that have come apart."
    )
    map_layout.explain()


def _sentence(curves: ImbalanceCurves, kind: str, level: float) -> str:
    at = curves.levels.index(level)
    told = " and ".join(
        f"{values[at]:.0%} in the {name} space" for name, values in curves.recall.items()
    )
    return f"{KINDS[kind]}, {level:.0%} worse: captions that find their image first, {told}."
