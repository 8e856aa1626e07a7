"""The session's library, the one before it, and the sentences that a person still has to see."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from vacsr_core.errors import VacsrError
from vacsr_core.library import Library

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "demo"
DEMO_NAME = "Demo gallery"
_LIBRARY, _IS_OWN, _UNDO, _BANNERS = "_library", "_is_own", "_undo", "_banners"


@st.cache_resource(show_spinner=False)
def demo_library() -> Library:
    """The demo gallery: drawn scenes with captions; nobody's data, so all sessions share it."""
    from vacsr_core.data import library_from_folder

    try:
        found = library_from_folder(DEMO_FOLDER)
    except VacsrError:
        return Library(DEMO_NAME)
    made = found[0] if isinstance(found, tuple) else found
    return made.rename(DEMO_NAME)


def library() -> Library:
    """The library of this session; the demo gallery at first."""
    if _LIBRARY not in st.session_state:
        st.session_state[_LIBRARY] = demo_library()
    return st.session_state[_LIBRARY]


def is_demo() -> bool:
    """Whether the session still looks at the demo gallery, changed or not."""
    library()
    return not st.session_state.get(_IS_OWN, False)


def set_library(library: Library, what: str = "", is_own: bool | None = None) -> None:
    """Put another library in the place of the session's.

    Args:
        library: the new one.
        what: what was done, in a short sentence without user text; it then stands on the
            Library page with a button that brings the library before it back. "" offers none.
        is_own: whether it holds a person's own items instead of the demo gallery's; None leaves
            that as it is.
    """
    before = st.session_state.get(_LIBRARY)
    if what and before is not None and before is not library:
        st.session_state[_UNDO] = (what, before, st.session_state.get(_IS_OWN, False))
    elif before is not library:
        st.session_state.pop(_UNDO, None)
    st.session_state[_LIBRARY] = library
    if is_own is not None:
        st.session_state[_IS_OWN] = is_own


def undo_offer() -> str | None:
    """What was done last and can be taken back; None where there is nothing."""
    kept = st.session_state.get(_UNDO)
    return kept[0] if kept else None


def undo() -> None:
    """Bring back the library that was there before the last change."""
    kept = st.session_state.pop(_UNDO, None)
    if kept:
        _, st.session_state[_LIBRARY], st.session_state[_IS_OWN] = kept


def drop_undo() -> None:
    """Let go of the library before the last change."""
    st.session_state.pop(_UNDO, None)


def add_banner(key: str, text: str) -> None:
    """Show a sentence at the top of every page until it is dismissed.

    Args:
        key: what it is about; a second banner about the same replaces the first.
        text: plain words; user text in it stays plain.
    """
    st.session_state.setdefault(_BANNERS, {})[key] = text


def banners() -> dict[str, str]:
    """The sentences that were not dismissed yet, by what they are about."""
    return dict(st.session_state.get(_BANNERS, {}))


def drop_banner(key: str) -> None:
    """Dismiss a banner."""
    st.session_state.get(_BANNERS, {}).pop(key, None)
