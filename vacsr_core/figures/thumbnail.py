"""Small pictures inside a chart."""

from __future__ import annotations

import base64
import io

from PIL import Image

SIDE = 72  # pixels: sharp at the size at which charts show them


def thumbnail_uri(picture: Image.Image) -> str:
    """A picture as a data URI that a chart can hold, at most 72 pixels a side.

    Args:
        picture: RGB.

    Returns:
        "data:image/webp;base64,…", 1 to 3 kB.
    """
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    written = io.BytesIO()
    small.save(written, "WEBP", quality=70)
    return "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode("ascii")
