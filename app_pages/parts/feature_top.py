"""Top of the Features page: the pair, its first line, the spectrum, and finding the columns."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app_pages.parts import chart, choosing, column_search, feature_state, state
from app_pages.parts.feature_state import FOUND_HERE, Held, spreads
from app_pages.parts.text import plain


def draw(held: Held) -> None:
    """Draw what stands above all tabs."""
    from vacsr_core.feature_analysis import pair_sum
    from vacsr_core.feature_analysis.words import first_line

    image, caption = held.images.vectors[held.row], held.captions.vectors[held.column]
    added = pair_sum(image, caption, held.probability, held.captions.vectors)
    st.header(first_line(added, held.columns and held.probability), anchor=False)
    _choose(held)
    if held.columns is None:
        column_search.offer(held)
        return
    _spectrum(held)
    _source(held)


def _choose(held: Held) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        choosing.image_box(
            held.library, "Image", "features_image", held.image.id, lambda key: state.select(key)
        )
    with right:
        choosing.caption_box(
            held.library,
            "Caption of the library",
            "features_caption",
            held.caption.id,
            lambda key: state.select(caption_id=key),
            own_image=held.image.id,
        )


def _spectrum(held: Held) -> None:
    from vacsr_core.figures import spectrum_chart

    of_images, of_captions = spreads(held)
    profiles = {
        "image": of_images.standing(held.images.vectors[held.row]),
        "caption": of_captions.standing(held.captions.vectors[held.column]),
    }
    drawn = spectrum_chart(
        held.probability, held.columns.prototype, profiles, is_dark=chart.is_dark()
    )
    chart.show(drawn, "spectrum", "spectrum-of-columns", "Spectrum of the feature columns")


def _source(held: Held) -> None:
    """Where the weights come from, and what was done where the data were not as wanted."""
    from vacsr_core.feature_analysis.words import source_sentence

    is_here = held.source == FOUND_HERE
    labelled = int((feature_state.labels() >= 0).sum())
    st.caption(plain(source_sentence(is_here, held.fitted_on, labelled)))
    for note in held.columns.notes:
        st.caption(plain(note))
    constant = np.logical_and(*(spread.is_constant for spread in spreads(held)))
    if constant.any():
        st.caption(
            f"{int(constant.sum()):,} of {len(constant):,} columns have the same value in every "
            "item of this library; they tell nothing apart here and stand at 0 in the profile."
        )
    column_search.again(held)
