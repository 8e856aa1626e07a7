"""A drop zone whose files are taken once, even where another run cuts the first try short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_ROUNDS = "_drop_rounds"


def draw(name: str, label: str, take: Callable[[Any], None], **how: Any) -> None:
    """Draw a file uploader that is empty again once its files were taken.

    Args:
        name: of the zone; its widget's key is this and the number of the round.
        label: what stands above it.
        take: called with the uploaded file, or the list of files, before the page is drawn.
        how: what else `st.file_uploader` is told.
    """
    # Another round makes an empty widget, and the session lets go of the original files.
    round_number = st.session_state.setdefault(_ROUNDS, {}).get(name, 0)
    key = f"{name}_{round_number}"
    args = (name, round_number, take)
    if st.file_uploader(label, key=key, on_change=_take, args=args, **how):
        # A callback ends wherever it touches the session when a click starts another run, and
        # no later run calls it again for the same files.
        _take(*args)
        st.rerun()


def _take(name: str, round_number: int, take: Callable[[Any], None]) -> None:
    given = st.session_state.get(f"{name}_{round_number}")
    rounds = st.session_state.setdefault(_ROUNDS, {})
    # A browser that is still drawing may send the widget of an earlier round once more.
    if given and round_number == rounds.get(name, 0):
        take(given)
        rounds[name] = round_number + 1  # last: cut short before, the files are still to be taken
