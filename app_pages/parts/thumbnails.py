"""Small pictures for charts, made once for each image of the session."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vacsr_core.library import LibraryImage

_KEPT, _MOST = "_thumbnails", 2_000  # some 3 kB each


def of(images: Sequence[LibraryImage]) -> list[str]:
    """Data URIs of the images, in their order."""
    from vacsr_core.figures.thumbnail import thumbnail_uri

    kept: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    if len(kept) + len(images) > _MOST:
        kept.clear()
    for image in images:
        if image.data_sha256 not in kept:
            kept[image.data_sha256] = thumbnail_uri(image.picture())
    return [kept[image.data_sha256] for image in images]
