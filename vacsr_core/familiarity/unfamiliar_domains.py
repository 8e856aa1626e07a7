"""Domains that training left out, made of photographs: the same things, drawn or taken otherwise.

A photograph turned into a line drawing, a negative or a heat picture shows what it showed before;
so what the gauge notes here is the domain, and not the content.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter, ImageOps

_HEAT = ((0, 0, 20), (120, 0, 140), (250, 120, 20), (255, 255, 210))  # from cold to hot


def line_drawing(picture: Image.Image) -> Image.Image:
    """Dark lines on white where the brightness changes."""
    grey = ImageOps.autocontrast(picture.convert("L").filter(ImageFilter.GaussianBlur(1)))
    edges = np.asarray(grey.filter(ImageFilter.FIND_EDGES), float)
    edges[[0, -1]], edges[:, [0, -1]] = 0, 0  # the filter marks the border of every picture
    strength = edges / max(np.percentile(edges, 98), 1.0)
    return Image.fromarray(np.uint8(255 * (1 - np.clip(strength, 0, 1)))).convert("RGB")


def negative(picture: Image.Image) -> Image.Image:
    """Every colour turned into its opposite."""
    return ImageOps.invert(picture.convert("RGB"))


def heat_picture(picture: Image.Image) -> Image.Image:
    """Brightness shown as temperature colours."""
    levels = np.asarray(picture.convert("L"), float) / 255 * (len(_HEAT) - 1)
    bands = np.arange(len(_HEAT))
    channels = [np.interp(levels, bands, [colour[c] for colour in _HEAT]) for c in range(3)]
    return Image.fromarray(np.uint8(np.stack(channels, axis=-1)))


DOMAINS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "line drawings": line_drawing,
    "negatives": negative,
    "heat pictures": heat_picture,
}
