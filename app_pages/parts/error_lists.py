"""The four lists of the Errors page: pairs worth a look, to be marked or opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart, choosing, error_figures, error_state, thumbnails
from app_pages.parts.error_state import Found
from vacsr_core.marks import MARKS

if TYPE_CHECKING:
    from vacsr_core.error_analysis import PairList

PAGE_SIZE = 8
MOST = 400  # pairs a list holds; who marks more sees the next ones by hiding those
SIDE = 128  # pixels of a thumbnail, shown at half of that
WORDS_WIDTH = 420  # pixels; what is narrower breaks the row in two
LIST, HIDE = "errors_list", "errors_hide_marked"
GO = "_errors_go_to_pair"  # set where a row was opened: the page then goes to that pair
MARK_WORDS = {"match": "✓ match", "no match": "✗ no match", "unsure": "? unsure"}


def draw(found: Found, kind: str) -> None:
    """Draw the choice of a list, and that list."""
    from vacsr_core.error_analysis import LISTS
    from vacsr_core.error_analysis.words import LIST_WORDS

    st.header("Which pairs are worth a look?", anchor=False)
    name = st.segmented_control(
        "List",
        LISTS,
        default=LISTS[0],
        required=True,
        format_func=str.capitalize,
        key=LIST,
        label_visibility="collapsed",
        persist_state="session",
    )
    is_hiding = st.toggle("Hide marked pairs", key=HIDE, persist_state="session")
    pairs = pairs_of(found, name, kind, error_figures.doubt(), is_hiding)
    listed = f" There are {pairs.total:,}." if pairs.total else ""
    st.caption(f"{LIST_WORDS[name]}{listed} Marks are saved with the library; figures follow them.")
    if not len(pairs.rows):
        st.info(_nothing(name, is_hiding), icon=":material/check:")
        return
    pages = -(-len(pairs.rows) // PAGE_SIZE)
    page = 1
    key = f"errors_page_{LISTS.index(name)}"
    if st.session_state.get(key, 1) > pages:  # marked pairs were hidden
        st.session_state[key] = pages
    top = st.container()
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            page = st.pagination(pages, key=key, max_visible_pages=5)
    with top:
        for place in range((page - 1) * PAGE_SIZE, min(page * PAGE_SIZE, len(pairs.rows))):
            _row(found, pairs, place, name, kind)


def pairs_of(found: Found, name: str, kind: str, doubt: str, is_hiding: bool) -> PairList:
    """The pairs of one list, kept."""
    from vacsr_core.error_analysis import listed

    def work() -> PairList:
        answers = found.analysis.as_labelled[kind]
        known = found.marks if is_hiding else None
        return listed(name, found.sim, found.labels, answers, doubt, MOST, known)

    return found.once(("list", name, kind, doubt, is_hiding), work)


def _nothing(name: str, is_hiding: bool) -> str:
    if is_hiding:
        return "Nothing left on this list that is not marked."
    return {
        "sure and wrong": "No first choice is wrong.",
        "likely missing labels": "No unlabelled pair reaches a P(match) of 50 %.",
        "likely wrong labels": "No labelled pair is under a P(match) of 50 %.",
    }.get(name, "Nothing to show.")


def _row(found: Found, pairs: PairList, place: int, name: str, kind: str) -> None:
    from vacsr_core.figures import miniature

    i, j = int(pairs.rows[place]), int(pairs.columns[place])
    row, column = int(found.rows[i]), int(found.columns[j])
    image, caption = found.held.images[row], found.held.captions[column]
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=f"error_row_{place}"
    ):
        (shown,) = thumbnails.of([image], SIDE)
        st.image(shown, width=64, alt=f"Image {row + 1}: {image.name}")
        svg, alt = miniature(found.sim[[i], [j]], chart.is_dark())
        st.image(svg, width=132, alt=alt)
        with st.container(gap="xxsmall", key=f"error_words_{place}", width=WORDS_WIDTH):
            st.text(caption.text)
            st.caption(small_print(found, pairs, place, name, kind, error_figures.doubt()))
        _mark_buttons(image.id, caption.id, row, column, found.held.marks)
        st.button(
            f"Open image {row + 1} with caption {column + 1}",
            key=f"error_open_{place}",
            type="tertiary",
            icon=":material/arrow_forward:",
            on_click=_open,
            args=(image.id, caption.id),
        )


def small_print(found: Found, pairs: PairList, place: int, name: str, kind: str, doubt: str) -> str:
    """What a row says below the caption."""
    from vacsr_core.error_analysis.words import row_words

    i, j = int(pairs.rows[place]), int(pairs.columns[place])
    answers = found.analysis.as_labelled[kind]
    query = j if kind == "caption" else i
    asked = int(answers.query.searchsorted(query))
    is_asked = asked < len(answers.query) and answers.query[asked] == query
    doubted = float(answers.doubts[doubt][asked]) if is_asked else 0.0
    chance = float(found.sim.match_probability[i, j])
    return row_words(name, kind, int(pairs.rank[place]), doubt, doubted, chance)


def _mark_buttons(image_id: str, caption_id: str, row: int, column: int, marks) -> None:
    # The library is the truth; the widget only shows it and reports a change of it.
    key = f"mark_{image_id}_{caption_id}"
    st.session_state[key] = marks.get((image_id, caption_id))
    st.segmented_control(
        f"Do image {row + 1} and caption {column + 1} match?",
        MARKS,
        format_func=MARK_WORDS.__getitem__,
        key=key,
        label_visibility="collapsed",
        on_change=_mark,
        args=(key, image_id, caption_id),
    )


def _mark(key: str, image_id: str, caption_id: str) -> None:
    error_state.mark(image_id, caption_id, st.session_state[key])


def _open(image_id: str, caption_id: str) -> None:
    choosing.open_view("pair", image_id, caption_id)
    st.session_state[GO] = True
