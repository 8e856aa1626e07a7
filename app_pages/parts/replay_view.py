"""Tab How the weights were found: the rounds of the construction, one by one or played."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app_pages.parts import chart
from app_pages.parts.feature_state import Held

ROUND, IS_PLAYING = "replay_round", "replay_is_playing"
STEP_SECONDS = 1.2
ORIGIN = (
    "How the paper turns the gain of a round into its weight was not available to us; the rule "
    "here keeps what the paper proves of it: a round that helps more weighs more. Column weights "
    "belong to the model's own columns: turned together, they would lose the difference."
)
_IS_FRESH, _BACK = "_replay_is_fresh", "_replay_back"


def draw(held: Held) -> None:
    """Draw the replay, or say why there is none."""
    if held.columns is None or not held.columns.history:
        st.info(
            "There is nothing to replay: these columns were not built round by round, or none have "
            "been found. Find the columns on this library first.",
            icon=":material/info:",
        )
        return
    is_playing = bool(st.session_state.get(IS_PLAYING))
    st.fragment(_draw, run_every=STEP_SECONDS if is_playing else None)(held)


def _draw(held: Held) -> None:
    last = len(held.columns.history)
    is_at_end = _advance(last)
    is_playing = bool(st.session_state.get(IS_PLAYING))
    st.markdown(
        "Round 0 trusts every column. Each round proposes style prototypes, tries them on pairs "
        "kept aside, and takes them over the more, the better these find each other."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.slider("Round", 0, last, key=ROUND)
        is_pressed = st.button(
            "Pause" if is_playing else "Play",
            key="replay_play",
            icon=":material/pause:" if is_playing else ":material/play_arrow:",
        )
    _figures(held, chosen)
    st.caption(ORIGIN)
    if is_pressed or is_at_end:
        _set_playing(is_pressed and not is_playing, last)
        st.rerun()  # the page as a whole starts and stops the clock of this part


def _advance(last: int) -> bool:
    """Before the slider is drawn: to the last round at first, one further while it plays.

    Returns:
        Whether it played up to the last round.
    """
    if st.session_state.pop(_BACK, False):
        st.session_state[ROUND] = 0
    if st.session_state.get(ROUND, last + 1) > last:
        st.session_state[ROUND] = last
    if not st.session_state.get(IS_PLAYING):
        return False
    if st.session_state.pop(_IS_FRESH, False):  # the first round is looked at, too
        return False
    st.session_state[ROUND] = min(st.session_state[ROUND] + 1, last)
    return st.session_state[ROUND] == last


def _set_playing(is_playing: bool, last: int) -> None:
    st.session_state[IS_PLAYING] = st.session_state[_IS_FRESH] = is_playing
    if is_playing and st.session_state[ROUND] >= last:
        st.session_state[_BACK] = True


def _figures(held: Held, chosen: int) -> None:
    from vacsr_core.figures import replay_chart, rounds_chart

    rounds = held.columns.history
    left, right = st.columns(2, gap="large")
    if chosen:
        at = rounds[chosen - 1]
        now, nearest = at.probability, at.prototype
        st.markdown(
            f"**Round {chosen} of {len(rounds)}: gain {at.gain:+.4f}, weight {at.weight:.2f}, "
            f"validation figure {at.validation:.4f}; {len(np.unique(nearest[nearest >= 0]))} "
            "prototypes have columns of their own.**"
        )
    else:
        now = np.ones_like(rounds[0].probability)
        st.markdown(f"**Before round 1: all p are 1, validation figure {held.columns.start:.4f}.**")
    with left:
        drawn = replay_chart(now, rounds[-1].probability, chosen, is_dark=chart.is_dark())
        chart.show(drawn, "replay", "replay-of-p", "p after one round")
    with right:
        drawn = rounds_chart(
            [r.gain for r in rounds],
            [r.weight for r in rounds],
            [r.validation for r in rounds],
            held.columns.start,
            chosen,
            is_dark=chart.is_dark(),
        )
        chart.show(drawn, "rounds", "rounds", "Gain and weight of every round")
