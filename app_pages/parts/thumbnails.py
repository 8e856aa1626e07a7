"""Small pictures for charts and the gallery, made once for each image of the session."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vacsr_core.library import LibraryImage
from vacsr_core.thumbnail import SIDE, thumbnail_uri

_KEPT, _MOST = "_thumbnails", 2_000  # 3 kB each for charts, 10 kB for the gallery


def of(images: Sequence[LibraryImage], side: int = SIDE) -> list[str]:
    """Data URIs of the images, in their order; at most `side` pixels wide and high."""
    kept: dict[tuple[str, int], str] = st.session_state.setdefault(_KEPT, {})
    if len(kept) + len(images) > _MOST:
        kept.clear()
    for image in images:
        if (image.data_sha256, side) not in kept:
            kept[image.data_sha256, side] = thumbnail_uri(image.picture(), side)
    return [kept[image.data_sha256, side] for image in images]
