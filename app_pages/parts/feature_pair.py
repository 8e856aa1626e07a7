"""Tab This pair: the score as a sum over columns, and where each word looks in the picture."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app_pages.parts import chart, word_heat_view
from app_pages.parts.feature_state import Held, pair_tokens
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

LEVEL, WHAT = "features_level", "features_added"
LEVEL_NAMES = {"whole": "As wholes", "tokens": "By patch and word"}
WHAT_NAMES = {"score": "Added", "beyond": "More than others"}


@st.fragment
def draw(held: Held) -> None:
    """Draw the pair; changes redraw this tab alone."""
    try:
        left, right = st.columns([1, 1], gap="large")
        with left:
            word_heat_view.draw(held)
        with right:
            _sum(held)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _sum(held: Held) -> None:
    from vacsr_core.feature_analysis import TOKENS, has_tokens, pair_sum, token_sum
    from vacsr_core.feature_analysis.words import deciding_sentence
    from vacsr_core.figures import contributions_chart

    st.subheader("What does each column add?", anchor=False)
    image, caption = pair_tokens(held)
    level, what = "whole", "score"
    if has_tokens(image, caption):
        level = _control("What is compared", LEVEL_NAMES, LEVEL)
    p = held.probability
    if level == TOKENS:
        without, with_p = (token_sum(image, caption, w) for w in (np.ones_like(p), p))
    else:
        what = _control("What is drawn", WHAT_NAMES, WHAT)
        own = held.images.vectors[held.row], held.captions.vectors[held.column]
        added = pair_sum(*own, p, held.captions.vectors)
        without, with_p = added.unweighted, added.weighted
        if what == "beyond":
            even = pair_sum(*own, np.ones_like(p), held.captions.vectors)
            without, with_p = even.beyond, added.beyond
    st.markdown(f"**{deciding_sentence(with_p, p)}**")
    if what == "beyond":
        st.caption(
            "Shown is what a column adds more than it adds for this image with the library's "
            "captions on average: what speaks for this very caption."
        )
    if level == TOKENS:
        st.caption(
            "Score of PICO: each patch with its best word on average, plus each word with its "
            "best patch. The weights are taken as 1 on average, so that the two are comparable."
        )
    drawn = contributions_chart(without, with_p, p, is_dark=chart.is_dark())
    chart.show(drawn, "contributions", "what-columns-add", "What each column adds to a pair")


def _control(label: str, names: dict[str, str], key: str) -> str:
    return st.segmented_control(
        label,
        list(names),
        default=next(iter(names)),
        required=True,
        format_func=names.__getitem__,
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
