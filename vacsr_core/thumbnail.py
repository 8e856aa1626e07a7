"""Small pictures inside a chart or a grid."""

from __future__ import annotations

import base64
import io

from PIL import Image

SIDE = 72  # pixels: sharp at the size at which charts show them


def thumbnail_uri(picture: Image.Image, side: int = SIDE) -> str:
    """A picture as a data URI that a chart can hold, at most `side` pixels a side.

    Args:
        picture: RGB.
        side: pixels.

    Returns:
        "data:image/webp;base64,…", 1 to 3 kB at 72 pixels, some 10 kB at 256.
    """
    small = picture.copy()
    small.thumbnail((side, side))
    written = io.BytesIO()
    small.save(written, "WEBP", quality=75, method=0)
    return "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode("ascii")
