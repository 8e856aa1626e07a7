"""Words and patches of a pair: point at a word to see where it looks, at a patch to see its words.

Pointing is answered in the browser, without asking the server: see assets/word_heat.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from app_pages.parts import chart, state, thumbnails
from app_pages.parts.feature_state import Held, pair_tokens
from app_pages.parts.text import plain

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "word_heat"
SUPPRESS = "features_suppress"
PICTURE_SIDE = 448  # pixels
DIGITS = 4
WHOLE = (0.0, 0.0, 1.0, 1.0)


@st.cache_resource(show_spinner=False)
def _component():
    """The part of the page that runs in the browser; nobody's data is in it."""
    return st.components.v2.component(
        "vacsr.word_heat",
        html='<div class="word-heat"></div>',
        css=(ASSETS / "word_heat.css").read_text(encoding="utf-8"),
        js=(ASSETS / "word_heat.js").read_text(encoding="utf-8"),
    )


def draw(held: Held) -> None:
    """Draw the heat map of the chosen pair."""
    from vacsr_core.feature_analysis import has_tokens, word_heat

    st.subheader("Where does each word look?", anchor=False)
    image, caption = pair_tokens(held)
    alt = f"Image {held.row + 1}: {held.image.name}"
    if not has_tokens(image, caption):
        st.image(held.image.data, width=PICTURE_SIDE, alt=alt)
        st.text(held.caption.text)
        note = state.engine().backbone.tokens_note or "This model gives no patches and no words."
        st.info(
            f"{plain(note)} So picture and caption are compared as wholes: one patch and one word "
            "(P = W = 1), and there is no heat map.",
            icon=":material/grid_off:",
        )
        return
    p = held.probability
    is_suppressed = st.toggle(
        "Suppress style",
        value=held.columns is not None,
        key=SUPPRESS,
        disabled=held.columns is None,
        persist_state="session",
        help="On: columns count by their p. Off: all count the same.",
    )
    weights = p if is_suppressed and held.columns is not None else np.ones_like(p)
    heat = word_heat(image, caption, weights)
    words = caption.words[0] if caption.words and caption.words[0] else (held.caption.text,)
    grid = image.grid if image.tokens is not None and image.grid else (1, 1)
    _show(held, heat, grid, list(words), alt)
    if caption.is_truncated is not None and bool(caption.is_truncated[0]):
        st.caption(
            "The model does not read this caption to its end; the words past it are missing."
        )


def _show(held: Held, heat: np.ndarray, grid: tuple, words: list[str], alt: str) -> None:
    from vacsr_core.encode.seen_box import seen_box
    from vacsr_core.figures import word_heat_chart
    from vacsr_core.figures.palette import palette
    from vacsr_core.figures.word_heat import MOST_HOVER_WORDS

    colours = palette(chart.is_dark())
    width, height = held.image.picture().size
    box = WHOLE
    if grid != (1, 1):
        box = seen_box(state.engine().backbone.preprocess, width, height)
    picture = thumbnails.of([held.image], PICTURE_SIDE)[0]
    key = f"word_heat_{held.image.id}_{held.caption.id}"
    chosen = _chosen(key, len(words))
    _component()(
        key=key,
        data={
            "picture": picture,
            "alt": alt,
            "words": words,
            "heat": heat.round(DIGITS).tolist(),
            "grid": list(grid),
            "box": list(box),
            "aspect": width / height,
            "colour": colours.meaning,
            "frame": colours.chosen,
            "most_words": MOST_HOVER_WORDS,
            "chosen": chosen,
        },
        default={"word": None},
        on_word_change=lambda: None,
    )
    if box != WHOLE:
        st.caption(
            "The model does not see this picture as it is: the patches cover the part that it sees."
        )
    drawn = word_heat_chart(
        heat, grid, words, picture, chosen, box=box, aspect=width / height, is_dark=chart.is_dark()
    )
    with st.container(key="word_heat_words"):
        chart.explain(drawn, "word_heat", "where-words-look", "Where each word looks")


def _chosen(key: str, count: int) -> int | None:
    """The word that was pressed, as the component keeps it."""
    word = (st.session_state.get(key) or {}).get("word")
    return int(word) if isinstance(word, (int, float)) and 0 <= word < count else None
