"""View Pair: one image with one caption, what is believed about them, and what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import (
    chart,
    choosing,
    compare_view,
    doubt,
    familiar,
    stage_note,
    state,
    what_if,
)
from app_pages.parts.text import plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.features import Features
    from vacsr_core.library import Library
    from vacsr_core.similarity import Similarity

COMPONENTS = "shows_components"


@st.fragment
def draw() -> None:
    """Draw the selected pair; changes redraw this view alone."""
    choosing.leave_fragment()
    ready = state.features()
    if ready is None:
        return
    try:
        _draw(state.library(), *ready)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _draw(held: Library, images: Features, captions: Features) -> None:
    image = held.image(state.selected_image())
    caption = held.caption(state.selected_caption())
    first_line = st.container()
    stage_note.draw()
    _choose(held, image.id, caption.id)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        frame = st.container()
        changes = what_if.changes_sliders(image)
    with right:
        words = what_if.words_box(image, caption)
        notes, figure = st.container(), st.container()
    picture = what_if.changed_picture(image, changes)
    with frame:
        is_changed = " changed as the controls say" if picture is not None else ""
        st.image(
            image.data if picture is None else picture,
            width="stretch",
            alt=f"Image {held.image_row(image.id) + 1}{is_changed}: {image.name}",
        )
        _belongs(image.id, caption.image_id)
    row, column = held.image_row(image.id), held.caption_row(caption.id)
    vision, language = what_if.encoded_picture(picture), what_if.encoded_words(words)
    original = state.similarity([row], [column])
    belief = original
    if vision is not None or language is not None:
        belief = state.engine().similarity(
            images[[row]] if vision is None else vision,
            captions[[column]] if language is None else language,
            state.stages(),
            gallery=len(held.images),
        )
    with notes:
        _flag_length(captions[[column]] if language is None else language)
        familiar.draw_pair(row, column, vision, language, words.text)
    with figure:
        _chart_and_numbers(held, belief, original if belief is not original else None, {
            "images": images, "captions": captions, "row": row, "column": column,
            "image": vision, "caption": language,
        })  # fmt: skip
    with first_line:
        _sentence(belief)


def _sentence(belief: Similarity) -> None:
    from vacsr_core.sentences import pair_sentence

    low, high = (float(edge[0, 0]) for edge in belief.interval(0.9))
    match = float(belief.match_probability[0, 0])
    st.header(pair_sentence(match, low, high), anchor=False)


def _choose(held: Library, image_id: str, caption_id: str) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        choosing.image_box(held, "Image", "pair_image", image_id, lambda key: state.select(key))
    with right:
        choosing.caption_box(
            held,
            "Caption of the library",
            "pair_caption",
            caption_id,
            lambda key: state.select(caption_id=key),
            own_image=image_id,
        )


def _belongs(image_id: str, owner: str | None) -> None:
    if owner == image_id:
        words = ":material/check: The library says that this caption belongs to this image."
    elif owner is None:
        words = "Nobody has said which image this caption belongs to."
    else:
        words = "The library says that this caption belongs to another image."
    st.caption(words)


def _ways_on() -> None:
    """The two rankings that this pair stands in."""
    with st.container(horizontal=True):
        st.button(
            "Rank all captions for this image",
            key="to_row_image",
            icon=":material/format_list_numbered:",
            on_click=_rank,
            args=("image",),
        )
        st.button(
            "Rank all images for this caption",
            key="to_row_caption",
            icon=":material/format_list_numbered:",
            on_click=_rank,
            args=("caption",),
        )


def _rank(row_of: str) -> None:
    st.session_state[choosing.ROW_OF] = row_of
    choosing.open_view("row")


def _flag_length(words: Features) -> None:
    if words.is_truncated is not None and bool(words.is_truncated[0]):
        reach = state.engine().backbone.context_length
        st.warning(
            f"The model reads a caption up to {reach} word pieces and no further: the end of this "
            "one is not compared. Shorten it.",
            icon=":material/content_cut:",
        )


def _chart_and_numbers(
    held: Library, belief: Similarity, original: Similarity | None, pair: dict
) -> None:
    from vacsr_core.figures import distribution_chart

    numbers, figure, second = st.container(), st.container(), st.container()
    with second:
        with st.expander("What the belief is made of", icon=":material/layers:"):
            has_components = _components(belief)
        other = compare_view.draw(held, belief)
        _ways_on()
    with figure:
        drawn = distribution_chart(
            belief,
            original=original,
            other=other,
            has_components=has_components,
            is_dark=chart.is_dark(),
        )
        chart.show(drawn, "pair_chart", "similarity-of-a-pair", "Similarity of a pair")
    with numbers:
        _numbers(belief, original, pair)
        if stage_note.is_fitted():
            doubt.draw(belief)


def _numbers(belief: Similarity, original: Similarity | None, pair: dict) -> None:
    from vacsr_core.compare import cosine_ranks
    from vacsr_core.sentences import counted, number, ordinal, percent

    def change(attribute: str, scale: float = 1.0, digits: int = 2) -> str | None:
        if original is None:
            return None
        now, before = (float(getattr(sim, attribute)[0, 0]) for sim in (belief, original))
        return f"{scale * (now - before) + 0.0:+.{digits}f}"

    mean, std = float(belief.mean[0, 0]), float(belief.std[0, 0])
    chance, cosine = float(belief.match_probability[0, 0]), float(belief.cosine[0, 0])
    style = {"delta_color": "off", "width": 100}
    with st.container(horizontal=True, key="pair_numbers"):
        st.metric("Mean", number(mean, std), change("mean"), **style)
        st.metric("Std (doubt)", number(std, std), change("std"), **style)
        points = change("match_probability", 100.0, 0)
        short = percent(chance).replace("under", "<").replace("over", ">")
        st.metric("P(match)", short, points and f"{points} points", **style)
        st.metric("Plain cosine", number(cosine), change("cosine"), **style)
    among_captions, among_images = cosine_ranks(**pair)
    st.caption(
        f"By plain cosine this caption is {ordinal(among_captions)} of "
        f"{counted(len(pair['captions']), 'caption')} for the image, and the image "
        f"{ordinal(among_images)} of {counted(len(pair['images']), 'image')} for the caption."
    )
    if belief.gallery and belief.gallery > 1:
        st.caption(
            "P(match) is the chance that the caption was written for this image, where it was "
            f"written for one of the {belief.gallery:,} here; for a pair picked blindly it is "
            f"{percent(1 / belief.gallery)}."
        )


def _components(belief: Similarity) -> bool:
    from vacsr_core.figures.curve import components
    from vacsr_core.sentences import number, percent

    parts = components(belief)
    source = f", the same number from each of {belief.members} fits" if belief.members > 1 else ""
    st.caption(
        f"The belief is a mixture of {len(parts)} components{source}. Each is one opinion with its "
        "own centre and width; the weight says how much it counts."
    )
    st.dataframe(
        {
            "component": list(range(1, len(parts) + 1)),
            "weight": [percent(float(weight)) for weight in belief.weights],
            "mean": [number(float(part.mean[0, 0])) for part in parts],
            "width (std)": [number(float(part.std[0, 0])) for part in parts],
        },
        hide_index=True,
        alt="Components of the belief: weight, mean and width",
    )
    return st.toggle("Outline the components in the chart", key=COMPONENTS)
