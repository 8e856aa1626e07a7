"""The fit of this session's model: started by itself where there is none, for whom, and again.

A fit on drawn scenes holds nothing of anybody: it is stored and shared by all sessions. A fit that
learnt from a person's labelled pairs stays in that person's session; on disk it lies under a hash
of those pairs, so that only who brings the same pairs again finds it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, jobs, library_state
from app_pages.parts.text import counted
from vacsr_core.errors import VacsrError
from vacsr_core.library import Library

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import Engine

FEWEST_OWN_IMAGES = 2  # below, there is not even one mismatch
_PAIRS, _DECLINED, _LOOKED = "_own_pairs", "_fit_declined", "_fit_looked_for"
_one_on_scenes = threading.Lock()  # thirty sessions that choose one model fit it once


@dataclass(frozen=True)
class OwnPairs:
    """A person's labelled pairs: file contents, texts, and the image row of each text.

    `key` is a hash of all pairs; without the pairs it cannot be guessed.
    """

    images: tuple[bytes, ...]
    texts: tuple[str, ...]
    owner: tuple[int, ...]
    key: str

    @property
    def name(self) -> str:
        """For a sentence: "3 pictures of your own with 7 captions"."""
        pictures = counted(len(self.images), "picture")
        return f"{pictures} of your own with {counted(len(self.texts), 'caption')}"


def own_pairs() -> OwnPairs | None:
    """The labelled pairs of the session's library, without those of the demo gallery.

    Returns:
        None where fewer than two images have a caption.
    """
    held = library_state.library()
    known = st.session_state.get(_PAIRS)
    if known is None or known[0] is not held:
        known = st.session_state[_PAIRS] = (held, _collect(held))
    return known[1]


def _collect(held: Library) -> OwnPairs | None:
    if held is library_state.demo_library():
        return None
    everybodys = set(_pair_marks(library_state.demo_library()).values())
    own = {row: mark for row, mark in _pair_marks(held).items() if mark not in everybodys}
    places: dict[int, int] = {}
    for row in own:
        places.setdefault(int(held.caption_image[row]), len(places))
    if len(places) < FEWEST_OWN_IMAGES:
        return None
    return OwnPairs(
        images=tuple(held.images[row].data for row in places),
        texts=tuple(held.captions[row].text for row in own),
        owner=tuple(places[int(held.caption_image[row])] for row in own),
        key=hashlib.sha256("\n".join(sorted(own.values())).encode()).hexdigest()[:32],
    )


def _pair_marks(held: Library) -> dict[int, str]:
    """Row of each labelled caption -> hash of picture and words."""
    found = {}
    for row, (caption, image) in enumerate(zip(held.captions, held.caption_image, strict=True)):
        if image >= 0:
            words = f"{held.images[image].data_sha256}\0{caption.text}"
            found[row] = hashlib.sha256(words.encode()).hexdigest()
    return found


def start() -> None:
    """Fit the session's model in the background, on scenes and the session's own pairs."""
    choice = engines.choice()
    shared, pairs = engines.shelf().ready(choice), own_pairs()
    if shared is None:
        return
    st.session_state.setdefault(_DECLINED, set()).discard(choice)
    jobs.start(
        "fit",
        (choice, pairs.key if pairs else ""),
        "Fitting the adapter",
        lambda progress: _fit(shared, pairs, progress),
    )


def _fit(shared: Engine, pairs: OwnPairs | None, progress: Callable) -> Adapters:
    """In the job's thread: never touches Streamlit."""
    from vacsr_core import stored_adapters

    if pairs is None:
        while not _one_on_scenes.acquire(timeout=0.2):
            progress(0.0, "waiting for another fit on drawn scenes")
        try:
            if not shared.adapters.is_fitted:
                fitted = shared.first_fit(progress=progress)
                stored_adapters.store(fitted, shared.backbone.backbone_id)
                shared.adapters = fitted
            return shared.adapters
        finally:
            _one_on_scenes.release()
    fitted = shared.first_fit(_pair_set(shared, pairs, progress), progress=_rest_of(progress))
    stored_adapters.store(fitted, shared.backbone.backbone_id, pairs.key)
    return fitted


def _pair_set(shared: Engine, pairs: OwnPairs, progress: Callable):
    import numpy as np

    from vacsr_core.pair_sets import PairSet, part_of

    return PairSet(
        pairs.name,
        shared.encode_images(pairs.images, part_of(progress, 0.0, 0.15), tokens=False),
        shared.encode_captions(pairs.texts, part_of(progress, 0.15, 0.2), tokens=False),
        np.array(pairs.owner, dtype=np.int64),
    )


def _rest_of(progress: Callable) -> Callable:
    return lambda share, text="": progress(0.2 + 0.8 * share, text)


def collect() -> None:
    """Take over what an ended fit brought, and start a first one where the model has none."""
    job = jobs.finished("fit")
    if job is not None:
        choice, key = job.key
        if job.result is None:  # stopped or failed: ask before trying again
            st.session_state.setdefault(_DECLINED, set()).add(choice)
        elif key:
            engines.set_own_adapters(choice, job.result, key)
        if job.error is not None:
            library_state.add_banner("fit", str(job.error))
    begin_if_needed()


def begin_if_needed() -> None:
    """Bring back the fit on the same pairs, or begin a first one where there is no adapter."""
    choice = engines.choice()
    shared = engines.shelf().ready(choice)
    if shared is None or engines.own_adapters() is not None:
        return
    pairs, job = own_pairs(), jobs.find("fit")
    if pairs is not None and _bring_back(shared, choice, pairs):
        return
    is_declined = choice in st.session_state.get(_DECLINED, set())
    is_running = job is not None and job.key[0] == choice
    if not (shared.adapters.is_fitted or is_declined or is_running):
        start()


def go_back() -> None:
    """Use the shared adapters again in this session; the fit on these pairs is not brought back."""
    choice, pairs = engines.choice(), own_pairs()
    if pairs is not None:
        st.session_state.setdefault(_LOOKED, set()).add((choice, pairs.key))
    engines.set_own_adapters(choice, None)


def _bring_back(shared: Engine, choice: engines.Choice, pairs: OwnPairs) -> bool:
    """Use the stored fit on exactly these pairs, looked for once a session."""
    looked = st.session_state.setdefault(_LOOKED, set())
    if (choice, pairs.key) in looked:
        return False
    looked.add((choice, pairs.key))
    from vacsr_core import stored_adapters

    try:
        found = stored_adapters.find_own(shared.backbone, pairs.key)
    except VacsrError:  # damaged: a new fit takes its place
        return False
    if found is not None:
        engines.set_own_adapters(choice, found, pairs.key)
    return found is not None
