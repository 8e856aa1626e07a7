"""Where does it go wrong? Answers and doubts on a labelled library, and what to look at first."""

import streamlit as st

from app_pages.parts import (
    empty_state,
    error_figures,
    error_lists,
    error_state,
    fit_here,
    stage_note,
    state,
)
from app_pages.parts.text import counted, plain
from vacsr_core.errors import VacsrError

PROMISE = (
    "Here you will see how often a caption finds its image, whether doubt tells wrong answers from "
    "right ones, and which pairs and labels are worth a look."
)
KIND = "errors_kind"
KIND_NAMES = {"caption": "Captions look for their image", "image": "Images look for a caption"}
LEAST_PAIRS = 20  # labelled pairs from which on there is a curve; see error_analysis.enough


def page() -> None:
    """Draw the question, then the answer, or what is needed to give one."""
    if st.session_state.pop(error_lists.GO, False):
        st.switch_page("app_pages/similarity.py", query_params=_pair_link())
    st.title("Where does it go wrong?", anchor=False)
    if not _has_labels():
        return
    try:
        found = error_state.find()
        if found is not None:
            _draw(found)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(found: error_state.Found) -> None:
    from app_pages.parts import error_exports
    from vacsr_core.error_analysis.words import excluded_sentence, first_line

    first = st.container()
    kind = st.segmented_control(
        "Who asks",
        list(KIND_NAMES),
        default="caption",
        required=True,
        format_func=KIND_NAMES.__getitem__,
        key=KIND,
        label_visibility="collapsed",
        persist_state="session",
    )
    answers = found.analysis.answers[kind]
    stage_note.draw()
    _notes(found, excluded_sentence(answers, int(found.analysis.truth.is_left_out.sum())))
    error_figures.draw_strip(found, kind)
    left, right = st.columns(2, gap="large")
    with left:
        error_figures.draw_risk_coverage(found, kind)
    with right:
        error_figures.draw_reliability(found)
    error_lists.draw(found, kind)
    error_exports.draw_slices(found, kind)
    fit_here.draw()
    error_exports.draw_exports(found, kind)
    with first:
        kept = error_figures.kept(answers)
        st.header(first_line(answers, error_figures.coverage(), kept), anchor=False)


def _notes(found: error_state.Found, excluded: str) -> None:
    if not stage_note.is_fitted():
        st.caption(
            "Without VACSR a doubt says only how far the first choice is ahead of the others by "
            "cosine: 1 − P(best). Width and P(match) follow from the cosine alone and add nothing."
        )
    if found.is_sample:
        st.caption(
            "This library is too large to look at all pairs: the figures are of a random part, "
            f"{counted(len(found.rows), 'image')} with {counted(len(found.columns), 'caption')}. "
            "Among fewer the right one is easier to find."
        )
    if excluded:
        st.caption(excluded)


def _has_labels() -> bool:
    held = state.library()
    if len(held.images) >= 2 and (held.pair_count or "match" in held.marks.values()):
        return True
    if len(held.images) < 2:
        need = f"Add images: there {'is' if len(held.images) == 1 else 'are'} "
        need += f"{counted(len(held.images), 'image')}, and a choice needs at least 2."
    elif not held.captions:
        need = f"Add captions that belong to the images, {LEAST_PAIRS} or more."
    else:
        need = (
            f"None of the {counted(len(held.captions), 'caption')} belongs to an image yet. Say "
            "which belong together on the Library page: 1 is enough for the lists, "
            f"{LEAST_PAIRS} for the curve."
        )
    empty_state.draw(PROMISE, need, ":material/add_link:")
    return False


def _pair_link() -> dict[str, str]:
    chosen = {"image": state.selected_image(), "caption": state.selected_caption()}
    return {"view": "pair"} | {kind: key for kind, key in chosen.items() if key}


page()
