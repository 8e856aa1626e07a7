"""View Row: one image against all captions, or one caption against all images, ranked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart, choosing, familiar, stage_note, state, thumbnails
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.figures import RankedItem
    from vacsr_core.library import Library
    from vacsr_core.ranked import Ranking
    from vacsr_core.similarity import Similarity

PAGE_SIZE = 25
_KEPT = "_ranking"
WAYS = {"image": "One image, all captions", "caption": "One caption, all images"}


@st.fragment
def draw() -> None:
    """Draw the ranking for the selected image or caption; changes redraw this view alone."""
    choosing.leave_fragment()
    if state.features() is None:
        return
    try:
        _draw(state.library())
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(held: Library) -> None:
    from vacsr_core.figures import ranking_chart

    first_line = st.container()
    stage_note.draw()
    row_of = st.segmented_control(
        "What is ranked",
        list(WAYS),
        default="image",
        required=True,
        format_func=WAYS.__getitem__,
        key=choosing.ROW_OF,
        persist_state="session",
        label_visibility="collapsed",
    )
    image_id, caption_id = state.selected_image(), state.selected_caption()
    is_image = row_of == "image"
    _subject(held, is_image, image_id, caption_id)
    line = (
        state.similarity(rows=[held.image_row(image_id)])
        if is_image
        else state.similarity(columns=[held.caption_row(caption_id)])
    )
    ranking = _ranked(line)
    kind = "caption" if is_image else "image"
    with first_line:
        _sentence(ranking, kind)
    _where_the_labelled_are(held, ranking, is_image, image_id, caption_id)
    familiar.draw_counts(
        [held.image_row(image_id)] if is_image else range(len(held.images)),
        range(len(held.captions)) if is_image else [held.caption_row(caption_id)],
    )
    first = PAGE_SIZE * (_page(len(ranking.order), f"{row_of}_{image_id}_{caption_id}") - 1)
    items = _items(held, ranking.order[first : first + PAGE_SIZE], is_image, image_id, caption_id)
    drawn = ranking_chart(ranking, items, kind, first=first, is_dark=chart.is_dark())
    # A mark stays chosen as long as its chart has the same key: a fresh one after each choice.
    key = f"row_chart_{st.session_state.get('_rows_opened', 0)}"
    st.caption(f"Choose a mark or its {kind}'s words to open that pair, or use the list below.")
    chosen = chart.show(drawn, key, f"ranking-of-{kind}s", f"Ranking of {kind}s", True)
    if chosen is not None:
        _open(chosen[0] if isinstance(chosen, list) else chosen, kind)
        st.rerun()
    _list_to_open(held, items, kind)


def _ranked(line: Similarity) -> Ranking:
    """The ranking of a line, kept until another line is ranked."""
    from vacsr_core.ranked import rank

    content = hashlib.sha256(line.logit_means.tobytes())
    content.update(line.logit_variances.tobytes() + line.weights.tobytes())
    kept = st.session_state.get(_KEPT)
    if kept is None or kept[0] != content.digest():
        kept = st.session_state[_KEPT] = (content.digest(), rank(line))
    return kept[1]


def _sentence(ranking: Ranking, kind: str) -> None:
    from vacsr_core.sentences import row_sentence

    st.header(row_sentence(kind, ranking.best, ranking.tied_at_top), anchor=False)


def _subject(held: Library, is_image: bool, image_id: str, caption_id: str) -> None:
    """What the others are ranked for: the image or the words, with a list to choose another."""
    if is_image:
        left, right = st.columns([1, 3], vertical_alignment="center")
        image = held.image(image_id)
        with left:
            st.image(image.data, width=180, alt=f"The image ranked for: {image.name}")
        with right:
            choosing.image_box(held, "Image", "row_image", image_id, lambda key: state.select(key))
    else:
        choosing.caption_box(
            held, "Caption", "row_caption", caption_id, lambda key: state.select(caption_id=key)
        )
        st.text(held.caption(caption_id).text)


def _where_the_labelled_are(
    held: Library, ranking: Ranking, is_image: bool, image_id: str, caption_id: str
) -> None:
    from vacsr_core.sentences import ordinal

    ranks = [
        rank
        for rank, position in enumerate(ranking.order.tolist(), 1)
        if _is_labelled(held, position, is_image, image_id, caption_id)
    ]
    if not ranks:
        st.caption("None of them is labelled as belonging together with it.")
        return
    shown = ", ".join(ordinal(rank) for rank in ranks[:8]) + (" …" if len(ranks) > 8 else "")
    st.caption(f"Labelled as belonging together, marked with ✓: {shown} of {len(ranking.order):,}.")


def _is_labelled(
    held: Library, position: int, is_image: bool, image_id: str, caption_id: str
) -> bool:
    if is_image:
        return held.captions[position].image_id == image_id
    return held.images[position].id == held.caption(caption_id).image_id


def _page(count: int, key: str) -> int:
    pages = -(-count // PAGE_SIZE)
    if pages == 1:
        return 1
    with st.container(horizontal_alignment="center"):
        return st.pagination(pages, key=f"row_page_{key}")


def _items(
    held: Library, positions: list[int], is_image: bool, image_id: str, caption_id: str
) -> list[RankedItem]:
    from vacsr_core.figures import RankedItem

    def is_own(position: int) -> bool:
        return _is_labelled(held, position, is_image, image_id, caption_id)

    if is_image:
        return [
            RankedItem(held.captions[p].id, held.captions[p].text, is_own(p)) for p in positions
        ]
    images = [held.images[p] for p in positions]
    return [
        RankedItem(image.id, image.name, is_own(p), thumbnail)
        for image, p, thumbnail in zip(images, positions, thumbnails.of(images), strict=True)
    ]


def _open(item_id: str, kind: str) -> None:
    st.session_state["_rows_opened"] = st.session_state.get("_rows_opened", 0) + 1
    image_id, caption_id = (None, item_id) if kind == "caption" else (item_id, None)
    choosing.open_view("pair", image_id, caption_id)


def _list_to_open(held: Library, items: list[RankedItem], kind: str) -> None:
    label_of = choosing.caption_label if kind == "caption" else choosing.image_label
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            f"Open a pair: the {kind}, in the order of the ranking",
            [item.id for item in items],
            format_func=lambda item_id: label_of(held, item_id),
            key="row_open",
            filter_mode="contains",
        )
        st.button("Open the pair", key="row_open_button", on_click=_open, args=(chosen, kind))
