"""Why a pair is unsure: is it ambiguous, or has the model not seen enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart

if TYPE_CHECKING:
    from vacsr_core.similarity import Similarity

PAIR, MODEL = "The pair is ambiguous", "The model has not seen enough"
ONE_FIT = (
    "Is the pair ambiguous, or has the model not seen enough? Only several fits side by side can "
    "tell; this model has one. A fit on your library can make several."
)
WIDEST = 0.5  # no standard deviation of a similarity is greater


def draw(belief: Similarity) -> None:
    """Both parts of one pair's doubt as bars with their numbers and a sentence.

    Args:
        belief: of shape (1, 1). Of a single fit a line says why there is nothing to show.
    """
    from vacsr_core.sentences import doubt_sentence, number

    if belief.members == 1:
        st.caption(ONE_FIT)
        return
    std = float(belief.std[0, 0])
    parts = {PAIR: float(belief.aleatoric[0, 0]), MODEL: float(belief.epistemic[0, 0])}
    st.html("".join(_bar(words, part, number(part, std)) for words, part in parts.items()))
    st.caption(
        f"{doubt_sentence(*parts.values())} Both are standard deviations over {belief.members} "
        f"fits; their squares add up to that of {number(std, std)}."
    )


def _bar(words: str, part: float, shown: str) -> str:
    """One line: words, a bar of which half a similarity is the whole, the number."""
    from vacsr_core.figures.palette import palette

    colours = palette(chart.is_dark())
    filled = round(100 * min(1.0, part / WIDEST))
    return (
        f'<div role="img" aria-label="{words}: {shown} of at most {WIDEST}" '
        'style="display:flex;flex-wrap:wrap;align-items:center;gap:0.5rem;margin:0.15rem 0">'
        f'<span style="flex:0 0 15rem">{words}</span>'
        f'<span style="flex:1 1 6rem;max-width:14rem;height:0.6rem;background:{colours.grid}">'
        f'<span style="display:block;height:100%;width:{filled}%;'
        f'background:{colours.std_ramp[3][1]}"></span></span>'
        f"<span>{shown}</span></div>"
    )
