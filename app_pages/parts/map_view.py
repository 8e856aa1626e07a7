"""The linked maps in the browser: a component that draws, and what it says of a person's choice."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import chart, jobs, map_points
from app_pages.parts.map_layout import Drawn
from app_pages.parts.map_points import Points

if TYPE_CHECKING:
    from PIL import Image

    from vacsr_core.library import LibraryImage

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "map"
KEY, GO = "map_view", "_map_go"
IMAGE, CAPTION, SOUGHT = 0, 1, 2
LONG_TEXT_UP_TO = 20_000  # points; beyond, the words of a hover box are cut
MOST_PICTURES = 5_000
AT_ONCE = 300  # pictures that are made before the page is drawn, in about a second
PICTURES = "map_pictures"


@cache
def _script(*names: str) -> str:
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


@st.cache_resource(show_spinner=False)
def _components() -> tuple:
    """The two components, registered once: what stays of the points, and what changes."""
    return (
        st.components.v2.component("vacsr_map_items", js=_script("items.js")),
        st.components.v2.component(
            "vacsr_maps",
            js=_script("drawing.js", "pane.js", "input.js", "maps.js"),
            css=_script("maps.css"),
        ),
    )


def draw(
    points: Points,
    drawn: Sequence[Drawn],
    titles: Sequence[str],
    colours: np.ndarray,
    sizes: np.ndarray,
    is_shown: np.ndarray,
    sought: Sequence[tuple[str, list[np.ndarray]]] = (),
    key: str = KEY,
) -> None:
    """Draw the maps side by side.

    Args:
        points: P images and captions.
        drawn, titles: one for each map.
        colours: uint8 (P, 3); sizes: radii in pixels (P,).
        is_shown: bool (P,), what the filter leaves.
        sought: (words, a place on each map) of what was searched for.
        key: of the component on its page.
    """
    from vacsr_core.figures.palette import palette

    items, maps = _components()
    colours_of = palette(chart.is_dark())
    extra = len(sought)
    star = np.frombuffer(bytes.fromhex(colours_of.chosen[1:]), np.uint8)
    shapes = np.full(len(points) + extra, CAPTION, np.uint8)
    shapes[: len(points.rows)], shapes[len(points) :] = IMAGE, SOUGHT
    words = "\0".join(text for text, _ in sought)
    token = points.token + (f"-{abs(hash(words)):x}" if sought else "")
    of_points = points.once(
        ("items", token, _atlas(points) is None), lambda: _items(points, token, sought)
    )
    items(data=of_points, key=f"{key}_items", height="content")
    panes = []
    for number, (one, title) in enumerate(zip(drawn, titles, strict=True)):
        places = [at[number] for _, at in sought]
        panes.append(
            {
                "title": title,
                "alt": f"Map: {title}. {_alt(points, one)}",
                "xy": _text(np.vstack([one.coordinates, *places]), np.float32),
                "placed": _text(np.r_[one.is_placed, np.zeros(extra)], np.uint8),
            }
        )
    chosen = map_points.chosen(points)
    maps(
        data={
            "token": token,
            "count": len(points) + extra,
            "maps": panes,
            "colours": _text(np.vstack([colours, np.tile(star, (extra, 1))]), np.uint8),
            "sizes": _text(np.r_[sizes * 10, np.full(extra, 60)], np.uint8),
            "shapes": _text(shapes, np.uint8),
            "shown": _text(np.r_[is_shown, np.ones(extra)], np.uint8),
            "lines": _text(points.lines, np.int32),
            "hasPictures": True,
            "selected": chosen,
            "theme": {
                name: getattr(colours_of, name)
                for name in ("surface", "text", "muted", "grid", "chosen")
            },
        },
        key=key,
        on_chosen_change=lambda: _take_choice(points, key),
        on_opened_change=lambda: _take_opened(points, key),
        height="content",
    )


def _alt(points: Points, drawn: Drawn) -> str:
    method = "PCA" if drawn.map is None else drawn.map.method
    return (
        f"{len(points.rows):,} images as pictures or circles and {len(points.columns):,} captions "
        f"as diamonds by {method}; a line joins each caption with its image."
    )


def _take_choice(points: Points, key: str) -> None:
    said = st.session_state[key].get("chosen")
    if said and said["token"].partition("-")[0] == points.token:
        map_points.choose(points, said["rows"])


def _take_opened(points: Points, key: str) -> None:
    said = st.session_state[key].get("opened")
    if said and said["token"].partition("-")[0] == points.token and said["row"] < len(points):
        st.session_state[GO] = map_points.pair_of(points, said["row"])


def _items(points: Points, token: str, sought: Sequence) -> dict:
    """What a hover box says of each point, and all small pictures in one."""
    pictures = _atlas(points)
    images, captions = len(points.rows), len(points.columns)
    most = 400 if len(points) <= LONG_TEXT_UP_TO else 60
    own = points.owner
    has = np.arange(images) if pictures else np.full(images, -1)
    of_captions = np.where(own >= 0, has[own] if images else -1, -1)
    extra = len(sought)
    none = [-1] * extra
    return {
        "token": token,
        "version": len(pictures[0]) if pictures else 0,
        "labels": [points.label(i)[:most] for i in range(len(points))]
        + [f"Searched for: {text}"[:most] for text, _ in sought],
        "notes": [_note(points, i) for i in range(len(points))] + ["placed, not fitted"] * extra,
        "spriteOf": _text(np.r_[has, np.full(captions, -1), none], np.int32),
        "pictureOf": _text(np.r_[has, of_captions, none], np.int32),
        "side": pictures[1] if pictures else 0,
        "columns": pictures[2] if pictures else 1,
        "sprite": pictures[0] if pictures else "",
    }  # fmt: skip


def _note(points: Points, point: int) -> str:
    if points.is_image(point):
        own = points.held.captions_of(points.shown_images[point].id)
        return f"“{own[0].text[:140]}”" if own else "no caption"
    return "" if points.owner[point - len(points.rows)] >= 0 else "belongs to no image"


def _atlas(points: Points) -> tuple[str, int, int] | None:
    """All pictures as one: (data URI, side of each in pixels, columns); None while it is made."""
    key = ("atlas", points.token)
    if len(points.rows) <= AT_ONCE:
        return points.once(key, lambda: _make_atlas(points.shown_images))
    job = jobs.find(PICTURES)
    if job is not None and job.is_done:
        if job.key == points.token:  # None where it was stopped: circles then stand for pictures
            points.memory[key] = job.result
        jobs.forget(PICTURES)
    if key not in points.memory and (job is None or job.key != points.token):
        images = points.shown_images
        jobs.start(
            PICTURES, points.token, "Making small pictures", lambda tell: _make_atlas(images, tell)
        )
    return points.memory.get(key)


def _make_atlas(
    images: Sequence[LibraryImage], progress: Callable | None = None
) -> tuple[str, int, int] | None:
    from PIL import Image

    count = len(images)
    if not 0 < count <= MOST_PICTURES:
        return None
    side = 96 if count <= 300 else 64 if count <= 1_500 else 40
    columns = int(np.ceil(np.sqrt(count)))
    whole = Image.new("RGB", (columns * side, -(-count // columns) * side))
    for place, image in enumerate(images):
        if progress is not None:
            progress(place / count)
        at = (place % columns * side, place // columns * side)
        whole.paste(_square(image.picture(), side), at)
    written = io.BytesIO()
    whole.save(written, "WEBP", quality=72, method=0)
    uri = "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode("ascii")
    return uri, side, columns


def _square(picture: Image.Image, side: int) -> Image.Image:
    """The whole picture on a square, the rest of which is a calm grey."""
    from PIL import Image

    picture.thumbnail((side, side))
    square = Image.new("RGB", (side, side), (128, 132, 138))
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return square


def _text(array: np.ndarray, kind: type) -> str:
    """Numbers as base64, a quarter of their length in decimals."""
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode("ascii")
