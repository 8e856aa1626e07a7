"""What is changed in the style test: a picture or a caption, in a ready-made way or one's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, state
from app_pages.parts.feature_state import Held
from app_pages.parts.text import plain
from vacsr_core.caption_text import clean_caption
from vacsr_core.errors import UploadError
from vacsr_core.library import LibraryImage
from vacsr_core.uploads import ACCEPTED_FORMATS, MAX_FILE_BYTES, read_image

if TYPE_CHECKING:
    import numpy as np

    from vacsr_core.engine import Engine
    from vacsr_core.features import Features

WAYS = {
    "picture": "Change the picture",
    "caption": "Change the caption",
    "upload": "Upload a second version of the picture",
    "rewrite": "Rewrite the caption",
}
WAY = "style_way"
_AFTER = "_style_after"


@dataclass(frozen=True)
class Subject:
    """One item before and after.

    Args:
        kind: "image" or "caption".
        image: the second version, for an image of one's own; text: of the caption.
        change: key of a ready-made change; "" for one's own.
        strength: of a ready-made change of a picture, in (0, 1].
    """

    kind: str
    image: LibraryImage | None = None
    text: str = ""
    change: str = ""
    strength: float = 1.0

    @property
    def is_ready_made(self) -> bool:
        """Whether the same can be done to other items."""
        return bool(self.change)

    def show(self, held: Held) -> None:
        """Draw the item before and after."""
        if self.kind == "caption":
            for label, text in (("Before", held.caption.text), ("After", self._words(held))):
                st.caption(label)
                st.text(text)
            return
        after = self.image.data if self.image is not None else self._picture(held.image)
        before, changed = st.columns(2)
        name = f"Image {held.row + 1}, {held.image.name}"
        before.image(held.image.data, width="stretch", alt=f"{name}, as it is")
        changed.image(after, width="stretch", alt=f"{name}, the second version")
        before.caption("Before")
        changed.caption("After")

    def vectors(self, held: Held) -> tuple[np.ndarray, np.ndarray]:
        """Before and after, float32 (1, D) each; encoded once."""
        features, row = (
            (held.images, held.row) if self.kind == "image" else (held.captions, held.column)
        )
        item = held.image.data_sha256 if self.kind == "image" else held.caption.text
        other = "" if self.image is None else self.image.data_sha256
        key = (
            *engines.choice(),
            self.kind,
            item,
            other,
            self._words(held),
            self.change,
            self.strength,
        )
        kept = st.session_state.get(_AFTER)
        if kept is None or kept[0] != key:
            kept = st.session_state[_AFTER] = (key, self._encoded(held))
        return features.vectors[[row]], kept[1].vectors

    def _encoded(self, held: Held) -> Features:
        engine = state.engine()
        if self.kind == "caption":
            return engine.encode_captions([self._words(held)], tokens=False)
        picture = self.image.data if self.image is not None else self._picture(held.image)
        return engine.encode_images([picture], tokens=False)

    def changed(self, engine: Engine, items: Sequence, progress: Callable) -> Features:
        """Other items of the kind, changed alike. In a job's thread: never touches Streamlit."""
        from vacsr_core.feature_analysis.style_changes import changed_caption

        if self.kind == "caption":
            texts = [changed_caption(item.text, self.change) for item in items]
            return engine.encode_captions(texts, progress, tokens=False)
        made = []
        for place, item in enumerate(items):
            progress(0.3 * place / len(items), "changing the pictures")
            made.append(self._picture(item))
        return engine.encode_images(
            made, lambda share, text="": progress(0.3 + 0.7 * share, text), tokens=False
        )

    def _picture(self, item: LibraryImage):
        from vacsr_core.feature_analysis.style_changes import changed_picture

        return changed_picture(item.picture(), self.change, self.strength)

    def _words(self, held: Held) -> str:
        if self.kind != "caption":
            return ""
        if not self.change:
            return self.text
        from vacsr_core.feature_analysis.style_changes import changed_caption

        return changed_caption(held.caption.text, self.change)


def choose(held: Held) -> Subject | None:
    """Draw the choice of a change; None while there is nothing to compare yet."""
    from vacsr_core.feature_analysis.style_changes import CAPTION_CHANGES, PICTURE_CHANGES

    way = st.selectbox(
        "What to do", list(WAYS), format_func=WAYS.__getitem__, key=WAY, persist_state="session"
    )
    if way == "picture":
        change = _change("style_picture", PICTURE_CHANGES)
        strength = 100
        if change != "grey":
            strength = st.slider(
                "Strength", 10, 100, 50, 10, "%d %%", key="style_strength", persist_state="session"
            )
        return Subject("image", change=change, strength=strength / 100)
    if way == "caption":
        return Subject("caption", change=_change("style_caption", CAPTION_CHANGES))
    return _upload() if way == "upload" else _rewritten(held)


def _change(key: str, names: dict[str, str]) -> str:
    return st.selectbox(
        "Change", list(names), format_func=names.__getitem__, key=key, persist_state="session"
    )


def _upload() -> Subject | None:
    """A file from outside goes through the same gate as the library's."""
    file = st.file_uploader(
        "The same scene in another style",
        type=[name.lower() for name in ACCEPTED_FORMATS] + ["jpg"],
        key="style_upload",
        max_upload_size=MAX_FILE_BYTES // 1_000_000,
        help="It is looked at here and not added to the library.",
    )
    if file is None:
        st.caption("Choose a picture of the same scene: a drawing, a photo at night, a scan.")
        return None
    data = file.getvalue()
    kept = st.session_state.get("_style_upload")
    digest = hashlib.sha256(data).hexdigest()
    if kept is None or kept[0] != digest:
        try:
            kept = st.session_state["_style_upload"] = (digest, read_image("second", data))
        except UploadError as error:
            st.warning(plain(str(error)), icon=":material/error:")
            return None
    return Subject("image", image=kept[1])


def _rewritten(held: Held) -> Subject | None:
    typed = st.text_area(
        "The same said in another way",
        value=held.caption.text,
        key=f"style_words_{held.caption.id}",
        height=92,
    )
    try:
        text = clean_caption(typed or "")
    except UploadError as error:
        st.warning(plain(str(error)), icon=":material/error:")
        return None
    if text == held.caption.text:
        st.caption("Change the words above: the comparison follows.")
        return None
    return Subject("caption", text=text)
