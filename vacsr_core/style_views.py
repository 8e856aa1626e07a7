"""The same pictures in other styles, so that PICO sees what style is: drawn again, or changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vacsr_core import scenes
from vacsr_core.pico import StyleViews
from vacsr_core.style_changes import PICTURE_STYLES, change_picture

if TYPE_CHECKING:
    from vacsr_core.engine import Engine

VIEWS = 3  # of each picture
MOST_PICTURES = 300


def drawn_again(drawn: Sequence[scenes.Scene], pixels: int, views: int = VIEWS) -> list:
    """Each scene in some other styles of the renderer, spread evenly over the styles.

    Args:
        drawn: N scenes.
        pixels: side of the pictures.
        views: V, of each.

    Returns:
        N V pictures, those of the first scene first.
    """
    again = []
    for place, scene in enumerate(drawn):
        others = [name for name in scenes.STYLES if name != scene.style]
        for turn in range(views):
            other = others[(place + turn * len(others) // views) % len(others)]
            again.append(scenes.draw(replace(scene, style=other), pixels))
    return again


def changed_copies(pictures: Sequence[Image.Image], views: int = VIEWS) -> list:
    """Each picture under some changes of style, in turn: N V pictures, the first one's first."""
    names = list(PICTURE_STYLES)
    return [
        change_picture(picture, names[(place + turn) % len(names)])
        for place, picture in enumerate(pictures)
        for turn in range(views)
    ]


def style_views(engine: Engine, pictures: list, progress: Callable | None = None) -> StyleViews:
    """Views of the first images of a set, encoded.

    Args:
        pictures: as many views of every image as of the first, those of image 0 first, by
            `drawn_again` or `changed_copies` with `VIEWS` of each.
        progress: called with (share done, text); may raise CancelledError.
    """
    rows = np.repeat(np.arange(len(pictures) // VIEWS), VIEWS)
    return StyleViews(engine.encode_images(pictures, progress, tokens=False), rows)
