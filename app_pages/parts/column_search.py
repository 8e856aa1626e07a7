"""Finding the columns of meaning and of style on the library's own labelled pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import engines, feature_state, jobs, state
from app_pages.parts.feature_state import FOUND_HERE, Found, Held
from app_pages.parts.text import counted

if TYPE_CHECKING:
    from vacsr_core.engine import Engine
    from vacsr_core.features import Features

MOST_IMAGES = 1_000  # a large model's patches of so many take 400 MB
FEWEST_PAIRS = 20  # with fewer, validation pairs tell no style prototype from another


def offer(held: Held) -> None:
    """Say that no columns are known for this model, and how to find them."""
    labelled = int((feature_state.labels() >= 0).sum())
    st.info(
        "For this model nobody has found out yet which columns carry style. Until then all of them "
        "count the same (p = 1), and nothing is suppressed.",
        icon=":material/info:",
    )
    if labelled < FEWEST_PAIRS:
        st.write(
            f"They can be found on captions that belong to an image: {FEWEST_PAIRS} are needed, "
            f"and there {'is' if labelled == 1 else 'are'} {counted(labelled, 'such caption')}."
        )
        return
    _search("Find the columns on this library", "primary")


def again(held: Held) -> None:
    """Offer to find columns on this very library, or to go back to those of the model."""
    with st.container(horizontal=True):
        if int((feature_state.labels() >= 0).sum()) >= FEWEST_PAIRS:
            label = "Find them again" if held.source == FOUND_HERE else "Find them on this library"
            _search(label, "tertiary")
        if held.source == FOUND_HERE:
            has_stored = state.engine().adapters.pico is not None
            st.button(
                "Go back to the model's own" if has_stored else "Forget them",
                key="forget_columns",
                type="tertiary",
                on_click=feature_state.keep_found,
                args=(engines.choice(), None),
            )


def _search(label: str, kind: str) -> None:
    job = jobs.find("columns")
    if job is not None:
        jobs.show("columns")
        return
    st.button(label, key="find_columns", type=kind, icon=":material/search:", on_click=_start)


def _start() -> None:
    engine, held, owner = state.engine(), state.library(), feature_state.labels()
    rows, columns, places = labelled_part(owner, MOST_IMAGES)
    data = [held.images[row].data for row in rows]
    texts = [held.captions[column].text for column in columns]
    fitted_on = f"{feature_state.sizes(len(rows), len(columns))} of {held.name}"
    jobs.start(
        "columns",
        engines.choice(),
        "Finding the columns of meaning and style",
        lambda progress: _find(engine, data, texts, places, fitted_on, progress),
    )


def labelled_part(owner: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images with a caption, at most so many and then a random part, and their captions.

    Returns:
        (image rows, caption rows, place of each caption's image among the image rows).
    """
    rows = np.unique(owner[owner >= 0])
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
    columns = np.flatnonzero(np.isin(owner, rows))
    return rows, columns, np.searchsorted(rows, owner[columns])


def encode_with_tokens(
    engine: Engine, data: list[bytes], texts: list[str], progress: Callable
) -> tuple[Features, Features]:
    """Images with patches and captions with words. In a job's thread: never touches Streamlit."""
    from vacsr_core.pair_sets import part_of

    return (
        engine.encode_images(data, part_of(progress, 0.0, 0.7)),
        engine.encode_captions(texts, part_of(progress, 0.7, 1.0)),
    )


def _find(
    engine: Engine,
    data: list[bytes],
    texts: list[str],
    owner: np.ndarray,
    fitted_on: str,
    progress: Callable,
) -> Found:
    from vacsr_core.pair_sets import part_of
    from vacsr_core.pico import fit_pico

    images, captions = encode_with_tokens(engine, data, texts, part_of(progress, 0.0, 0.5))
    columns = fit_pico(images, captions, owner, progress=part_of(progress, 0.5, 1.0))
    return Found(columns, fitted_on)
