"""How similar, and how sure? One pair, one row or column, or all pairs at once."""

import streamlit as st

from app_pages.parts import choosing, empty_state, state

VIEWS = ("pair", "row", "matrix")
PROMISE = (
    "Here you will see, for each image with each caption, how similar they are as a distribution "
    "instead of one number: where the belief lies, and how wide it is."
)
_FIRST_VIEW = "_first_view"


def page() -> None:
    """Draw the question, the choice of a view, and that view."""
    st.title("How similar, and how sure?", anchor=False)
    if not empty_state.has_pairs(PROMISE):
        return
    view = _view()
    # Imported here because one view's imports need not slow down another's first paint.
    if view == "row":
        from app_pages.parts.row_view import draw
    elif view == "matrix":
        from app_pages.parts.matrix_view import draw
    else:
        from app_pages.parts.pair_view import draw
    _ = state.selected_image(), state.selected_caption()  # so that any view's link names the pair
    draw()


def _view() -> str:
    """The view chosen; at first the one that the link names, and the link follows the choice."""
    linked = st.query_params.get(choosing.VIEW, "").lower()
    is_sent_here = choosing.enter_view()
    if choosing.VIEW not in st.session_state:
        st.session_state[_FIRST_VIEW] = linked if linked in VIEWS else "pair"
    view = st.segmented_control(
        "View",
        VIEWS,
        default=None if is_sent_here else st.session_state.get(_FIRST_VIEW, "pair"),
        required=True,
        format_func=str.capitalize,
        key=choosing.VIEW,
        label_visibility="collapsed",
    )
    if linked != view:
        st.query_params[choosing.VIEW] = view
    return view


page()
