"""A second pair beside the one looked at: which of the two is more similar?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import choosing, state

if TYPE_CHECKING:
    from vacsr_core.library import Library
    from vacsr_core.similarity import Similarity

IS_ON = "compares"
IMAGE, CAPTION = "_other_image", "_other_caption"


def draw(held: Library, belief: Similarity) -> Similarity | None:
    """Draw the choice of a second pair and the verdict; the second pair's Similarity or None."""
    from vacsr_core.compare import prob_above
    from vacsr_core.sentences import comparison_sentence

    if not st.toggle("Compare with a second pair", key=IS_ON, persist_state="session"):
        return None
    image_id, caption_id = _second(held)
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            choosing.image_box(
                held, "Image of the other pair", "other_image_box", image_id, _choose_image
            )
        with right:
            choosing.caption_box(
                held, "Caption of the other pair", "other_caption_box", caption_id,
                lambda key: _put(CAPTION, key), own_image=image_id,
            )  # fmt: skip
        other = state.similarity([held.image_row(image_id)], [held.caption_row(caption_id)])
        st.markdown(f"**{comparison_sentence(prob_above(belief, other))}**")
        st.caption(
            "Between 25\u00a0% and 75\u00a0% the order counts as unknown: whoever bets on it would "
            "lose more than once in four times."
        )
        image = held.image(image_id)
        st.image(image.data, width=160, alt=f"The other pair's image: {image.name}")
        st.text(held.caption(caption_id).text)
    return other


def _second(held: Library) -> tuple[str, str]:
    """The second pair; at first the selected image with the next caption."""
    images = {image.id for image in held.images}
    captions = [caption.id for caption in held.captions]
    image_id = st.session_state.get(IMAGE)
    if image_id not in images:
        image_id = state.selected_image()
    caption_id = st.session_state.get(CAPTION)
    if caption_id not in captions:
        following = held.caption_row(state.selected_caption()) + 1
        caption_id = captions[following % len(captions)]
    st.session_state[IMAGE], st.session_state[CAPTION] = image_id, caption_id
    return image_id, caption_id


def _choose_image(image_id: str) -> None:
    """Another image comes with a caption of its own where it has one."""
    _put(IMAGE, image_id)
    own = state.library().captions_of(image_id)
    if own:
        _put(CAPTION, own[0].id)


def _put(key: str, value: str) -> None:
    st.session_state[key] = value
