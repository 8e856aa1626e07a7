"""Beside the maps: what colour and size show, what is filtered, what is searched for or chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import map_points, measure, state
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points
from app_pages.parts.text import shorten

if TYPE_CHECKING:
    from vacsr_core.item_values import ItemValues

COLOUR, SIZE, FILTER, SHOWN, PICK = (
    "map_colour", "map_size", "map_filter", "map_shown", "map_pick",
)  # fmt: skip
ONE_SIZE = "none"
KINDS = {"all": "All", "image": "Images", "caption": "Captions"}
MOST_OPTIONS = 2_500


def choices(points: Points, drawn: list[Drawn]) -> dict[str, tuple[str, Callable]]:
    """Key -> (label, work giving ItemValues) of everything known of the points."""
    from vacsr_core import item_values as known

    images, captions = points.shown_images, points.shown_captions
    found: dict[str, tuple[str, Callable]] = {
        "modality": ("Modality", lambda: known.modality(len(images), len(captions))),
    }
    if len(points.lines):
        for name, label in (
            ("std", "Uncertainty"),
            ("match", "P(match)"),
            ("mean", "Similarity"),
            ("cosine", "Cosine with its own"),
        ):
            found[name] = (label, lambda name=name: _pair_values(points)[name])
    found["cluster"] = ("Cluster", lambda: known.clusters(_backbone(points)))
    found["duplicate"] = (
        "Duplicate", lambda: known.duplicates(points.held, images, captions),
    )  # fmt: skip
    for place, tag in enumerate(points.once("tags", lambda: known.tags(images, captions))):
        found[f"tag {place}"] = (tag.label, lambda tag=tag: tag)
    for number, one in enumerate(drawn):
        if one.map is not None and one.map.quality is not None:
            label = "Distortion by the left map" if number == 0 else "Distortion by the right map"
            found[f"distortion {number}"] = (
                label,
                lambda one=one, label=label: _distortion(one, label),
            )
    found |= _own_numbers(points)
    return found


def values(points: Points, found: dict, key: str) -> ItemValues:
    """The values of one choice, computed once; the distortion belongs to the map on screen."""
    if key.startswith("distortion"):
        return found[key][1]()
    basis = (id(state.engine().adapters), state.stages()) if key in _PAIRED else ()
    return points.once(("values", key, *basis), found[key][1])


_PAIRED = ("std", "match", "mean", "cosine")


def _pair_values(points: Points) -> dict[str, ItemValues]:
    from vacsr_core.item_values import of_own_pairs

    engine, stages = state.engine(), state.stages()

    def similarity(images, captions):
        return engine.similarity(images, captions, stages, gallery=len(points.held.images))

    return points.once(
        ("pairs", id(engine.adapters), stages),
        lambda: of_own_pairs(similarity, points.images, points.captions, points.owner),
    )


def _backbone(points: Points) -> np.ndarray:
    return np.vstack([points.images.vectors, points.captions.vectors])


def _distortion(drawn: Drawn, label: str) -> ItemValues:
    from vacsr_core.item_values import ItemValues

    words = "0: its neighbourhood is as in the space; 1: torn apart or mixed up as far as can be."
    return ItemValues(label, "sequential", drawn.map.quality.distortion, (), None, words)


def _own_numbers(points: Points) -> dict[str, tuple[str, Callable]]:
    """Numbers of the items themselves: length, pixels, and how unfamiliar they are."""
    from vacsr_core.item_values import ItemValues

    def words() -> ItemValues:
        counts = [len(caption.text.split()) for caption in points.shown_captions]
        return ItemValues("Words", "sequential", np.r_[np.full(len(points.rows), np.nan), counts])

    def pixels() -> ItemValues:
        sizes = [image.width * image.height / 1e6 for image in points.shown_images]
        return ItemValues(
            "Megapixels", "sequential", np.r_[sizes, np.full(len(points.columns), np.nan)]
        )

    found = {"words": ("Words of a caption", words), "pixels": ("Megapixels of an image", pixels)}
    readings = measure.familiarity_if_ready()
    if readings and all(reading is not None for reading in readings):
        parts = (readings[0].percentile[points.rows], readings[1].percentile[points.columns])
        found["unfamiliar"] = (
            "Unfamiliarity",
            lambda: ItemValues(
                "Unfamiliarity", "sequential", np.concatenate(parts).astype(float), (), None,
                "Of 100 held-out items so many lie nearer to what the model was trained on.",
            ),
        )  # fmt: skip
    return found


def draw_channels(points: Points, drawn: list[Drawn]) -> tuple[ItemValues, ItemValues | None]:
    """Draw the choices of colour and size; returns what they show."""
    found = choices(points, drawn)
    colour = st.selectbox(
        "Colour shows",
        list(found),
        format_func=lambda key: found[key][0],
        key=COLOUR,
        persist_state="session",
    )
    numbers = [ONE_SIZE, *(key for key in found if key not in ("modality", "cluster", "duplicate"))]
    size = st.selectbox(
        "Size shows",
        numbers,
        format_func=lambda key: "Nothing" if key == ONE_SIZE else found[key][0],
        key=SIZE,
        persist_state="session",
    )
    return values(points, found, colour or "modality"), (
        None if size in (None, ONE_SIZE) else values(points, found, size)
    )


def draw_filter(points: Points) -> np.ndarray:
    """Draw the filter; returns bool (P,), what it leaves."""
    kind = st.segmented_control(
        "Show",
        list(KINDS),
        default="all",
        required=True,
        format_func=KINDS.__getitem__,
        key=SHOWN,
        persist_state="session",
    )
    text = st.text_input(
        "Filter by words or file name", key=FILTER, persist_state="session"
    ).strip()
    is_shown = np.ones(len(points), bool)
    if text:
        image_ids, caption_ids = points.held.filter(text)
        wanted = {*image_ids, *caption_ids}
        is_shown = np.fromiter((key in wanted for key in points.ids), bool, len(points))
    if kind != "all":
        is_image = np.arange(len(points)) < len(points.rows)
        is_shown &= is_image if kind == "image" else ~is_image
    if not is_shown.any():
        st.caption("Nothing fits the filter.")
    return is_shown


def draw_choice(points: Points, drawn: list[Drawn]) -> None:
    """Choosing without a pointer: an item from a list, then its neighbours."""
    chosen = map_points.chosen(points)
    options = list(range(len(points)))[:MOST_OPTIONS]
    if chosen and chosen[0] not in options[:MOST_OPTIONS]:
        options = [chosen[0], *options[:-1]]
    st.session_state[PICK] = chosen[0] if chosen else None
    st.selectbox(
        "Choose an item",
        options,
        format_func=lambda p: shorten(points.label(p), 90),
        key=PICK,
        placeholder="from a list",
        on_change=lambda: map_points.choose(
            points, [] if st.session_state[PICK] is None else [st.session_state[PICK]]
        ),
        filter_mode="contains",
    )
    if chosen and drawn[0].map is not None:
        st.button(
            "Choose its neighbours too",
            key="map_near",
            on_click=map_points.choose,
            args=(points, [*chosen, *drawn[0].map.neighbours[chosen[0], :10].tolist()]),
            help="The ten nearest in the backbone's space, not those on the map.",
        )
