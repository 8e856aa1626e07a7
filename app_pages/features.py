"""What is meaning, what is style? Columns of the model's features, and what they add to a pair."""

import streamlit as st

from app_pages.parts import empty_state, feature_state, feature_top, state
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

PROMISE = (
    "Here you will see which of the numbers that the model describes an item by carry meaning and "
    "which carry style, and what each of them adds to the score of a pair."
)
TAB = "features_tab"
PAIR, TEST, PROTOTYPES, REPLAY, HELP = (
    "This pair",
    "Style test",
    "Prototypes",
    "How the weights were found",
    "Does it help?",
)


def page() -> None:
    """Draw the question, the spectrum, and the tab chosen."""
    st.title("What is meaning, what is style?", anchor=False)
    if not empty_state.has_pairs(PROMISE):
        return
    feature_state.collect()
    ready = state.features()
    if ready is None:
        return
    try:
        _draw(feature_state.Held.of(*ready))
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(held: feature_state.Held) -> None:
    feature_top.draw(held)
    tabs = st.tabs([PAIR, TEST, PROTOTYPES, REPLAY, HELP], key=TAB, on_change="rerun")
    for tab in tabs:
        if not tab.open:
            continue
        with tab:
            # Imported here because one tab's imports need not slow down another's first paint.
            if tab is tabs[0]:
                from app_pages.parts.feature_pair import draw
            elif tab is tabs[1]:
                from app_pages.parts.style_test import draw
            elif tab is tabs[2]:
                from app_pages.parts.prototype_view import draw
            elif tab is tabs[3]:
                from app_pages.parts.replay_view import draw
            else:
                from app_pages.parts.controls_view import draw
            draw(held)


page()
