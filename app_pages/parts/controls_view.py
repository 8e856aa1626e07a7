"""Tab Does it help? What the weights do to retrieval here, against the controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import chart, column_search, feature_state, jobs, state
from app_pages.parts.feature_state import WITH_MODEL, Held
from app_pages.parts.text import counted, plain

if TYPE_CHECKING:
    from vacsr_core.feature_analysis import CrossFit

MOST_IMAGES = 400
NAMES = {
    "none": "no weights",
    "stored": "the model's own",
    "pico": "PICO",
    "sign": "signs alone",
    "correlation": "correlation",
    "random": "random",
}
LEVEL_NAMES = {"whole": "Whole pictures and captions", "tokens": "Patches and words"}
_KEPT = "_columns_judged"


def draw(held: Held) -> None:
    """Draw the comparison, or what is needed for it."""
    from vacsr_core.feature_analysis.unseen_pairs import FEWEST_IMAGES

    st.markdown(
        "Weights on the columns are worth something where captions and images find each other "
        "better with them than without, and better than with weights that cost nothing."
    )
    labelled = len(np.unique(owner := feature_state.labels())) - int((owner < 0).any())
    if labelled < FEWEST_IMAGES:
        have = counted(labelled, "image")
        st.info(
            f"A comparison on pairs that the weights have not seen needs {FEWEST_IMAGES} images "
            f"with a caption; {have} {'has' if labelled == 1 else 'have'} one. Label "
            f"{FEWEST_IMAGES - labelled} more on the Library page.",
            icon=":material/hourglass_empty:",
        )
        return
    found = _found(held, owner)
    if found is not None:
        _shown(held, found)


def _found(held: Held, owner: np.ndarray) -> CrossFit | None:
    stored = held.columns if held.source == WITH_MODEL else state.engine().adapters.pico
    key = (held.key, owner.tobytes(), id(stored))
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[0] == key:
        return kept[1]
    job = jobs.find("controls")
    if job is not None and job.key == key and job.is_done:
        jobs.forget("controls")
        if job.result is not None:
            st.session_state[_KEPT] = (key, job.result, held, stored)  # kept: ids stay taken
            return job.result
        if job.error is not None:
            st.warning(plain(str(job.error)), icon=":material/error:")
        job = None
    if job is not None and job.key == key:
        jobs.show("controls")
        return None
    st.button(
        "Compare the weights on this library",
        key="judge_columns",
        type="primary",
        icon=":material/balance:",
        on_click=_start,
        args=(key, owner, None if stored is None else stored.probability),
        help="Finds the weights twice, each time on half of the pairs, and tries them on the rest.",
    )
    return None


def _start(key: tuple, owner: np.ndarray, stored: np.ndarray | None) -> None:
    engine, held = state.engine(), state.library()
    rows, columns, places = column_search.labelled_part(owner, MOST_IMAGES)
    data = [held.images[row].data for row in rows]
    texts = [held.captions[column].text for column in columns]

    def work(progress):
        from vacsr_core.feature_analysis import cross_fit
        from vacsr_core.pair_sets import part_of

        found = column_search.encode_with_tokens(engine, data, texts, part_of(progress, 0.0, 0.3))
        return cross_fit(*found, places, stored, progress=part_of(progress, 0.3, 1.0))

    jobs.start("controls", key, "Comparing the weights", work)


def _shown(held: Held, found: CrossFit) -> None:
    from vacsr_core.feature_analysis.words import effect_sentence
    from vacsr_core.figures import effects_chart

    level = "whole"
    if len(found.effects) > 1:
        level = st.segmented_control(
            "What is compared",
            list(found.effects),
            default="whole",
            required=True,
            format_func=LEVEL_NAMES.__getitem__,
            key="controls_level",
            label_visibility="collapsed",
            persist_state="session",
        )
    effects = found.effects[level]
    st.markdown(
        f"**{effect_sentence(effects, 'pico', 'Weights of PICO found on the other half')}**"
    )
    if any(effect.name == "stored" for effect in effects):
        st.markdown(
            f"**{effect_sentence(effects, 'stored', 'The weights that came with the model')}**"
        )
    drawn = effects_chart(effects, NAMES, "none", is_dark=chart.is_dark())
    chart.show(drawn, "effects", "what-weights-do", "What the weights do to retrieval")
    st.caption(
        f"{feature_state.sizes(found.images, found.captions)} to choose from, all labelled; each "
        "half of the images is asked with weights found on the other half. Signs alone: p is how "
        "often the signs of a column agree in matched pairs. Correlation: p is how a column "
        "correlates over matched pairs. Random: p is drawn."
    )
    for note in found.notes:
        st.caption(plain(note))
