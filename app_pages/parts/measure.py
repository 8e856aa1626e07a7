"""Features and similarities of the session's library, computed once and in the background."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.parts import engines, jobs
from app_pages.parts.library_state import library
from vacsr_core.library import Library

if TYPE_CHECKING:
    import numpy as np

    from vacsr_core.familiarity import Reading
    from vacsr_core.features import Features
    from vacsr_core.similarity import Similarity

SWITCHES = {"pico": "pico_is_on", "space": "space_is_on", "vacsr": "vacsr_is_on"}
VACSR_SWITCH = SWITCHES["vacsr"]
MOST_SIMILARITIES = 2  # with and without a stage; a library's matrix may take 400 MB
_FEATURES, _SIMILARITIES, _CONTENT = "_features", "_similarities", "_content"


def stages() -> tuple[str, ...]:
    """What the sidebar's switches leave on of "pico", "space" and "vacsr", in that order.

    A switch that nobody has touched stands as the fit in use found best.
    """
    return tuple(name for name in SWITCHES if is_on(name))


def is_on(stage: str) -> bool:
    """Whether a stage's switch is on; one that is not fitted here, but for VACSR, never is."""
    engine = engines.engine_if_loaded()
    if stage != "vacsr" and (engine is None or getattr(engine.adapters, stage) is None):
        return False
    said = st.session_state.get(SWITCHES[stage])
    if said is not None:
        return said
    return stage == "vacsr" or stage in engine.adapters.default_stages


def features() -> tuple[Features, Features] | None:
    """Features of all images and all captions, rows in the library's order, without tokens.

    Encodes in the background whatever is not known yet. While that runs, this draws how far it
    is and returns None; the caller then returns too, and the page reruns at the end.
    """
    ready = features_if_ready()
    if ready is not None:
        return ready
    job = prefetch()
    if not job.is_done:
        job.wait()
    ready = features_if_ready()
    if ready is None:
        jobs.show_or_explain("features")
    return ready


def features_if_ready() -> tuple[Features, Features] | None:
    """The features if they are there; never waits, never draws."""
    held = st.session_state.get(_FEATURES)
    if held is not None and held[0] == _features_key():
        return held[1]
    job = jobs.find("features")
    if job is None or not job.is_done or job.result is None or job.key != _features_key():
        return None
    jobs.forget("features")
    images, captions, readings, fallen_back = job.result
    engines.note_fallback(fallen_back)
    st.session_state[_FEATURES] = (_features_key(), (images, captions), readings)
    return images, captions


def familiarity_if_ready() -> tuple[Reading | None, Reading | None] | None:
    """Whether the model has seen anything like the images and the captions, in their order.

    Returns:
        Two readings, or two times None where the model has no gauge; None while the features
        are not there. The same object until the library or the model changes. Never waits.
    """
    return None if features_if_ready() is None else st.session_state[_FEATURES][2]


def is_pending() -> bool:
    """Whether features of a library with something in it are on their way."""
    held = library()
    if not (held.images or held.captions) or features_if_ready() is not None:
        return False
    job = jobs.find("features")
    return job is None or job.key != _features_key() or not job.is_done


def prefetch(delay: float = 0.0) -> jobs.Job:
    """Start encoding the library in the background unless that runs already.

    Args:
        delay: seconds to wait where the model must be loaded first: importing it slows down
            whatever the browser still asks for.
    """
    job = jobs.find("features")
    if job is None or job.key != _features_key():
        job = _start_encoding(library(), delay)
    return job


def _start_encoding(held: Library, delay: float) -> jobs.Job:
    shelf, choice = engines.shelf(), engines.choice()

    def work(progress):
        if shelf.ready(choice) is None:
            time.sleep(delay)

        def part(start: float, end: float):
            return lambda share, text="": progress(start + share * (end - start), text)

        progress(0.0, "loading the model")
        engine, fallen_back = engines.load_or_embedded(shelf, choice, part(0.0, 0.1))
        data = [image.data for image in held.images]
        images = engine.encode_images(data, part(0.1, 0.7), tokens=False)
        texts = [caption.text for caption in held.captions]
        captions = engine.encode_captions(texts, part(0.7, 1.0), tokens=False)
        readings = (
            engine.familiarity_of_images(images),
            engine.familiarity_of_captions(captions, texts),
        )
        return images, captions, readings, fallen_back

    return jobs.start("features", _features_key(), "Reading images and captions", work)


def similarity(
    rows: np.ndarray | None = None, columns: np.ndarray | None = None
) -> Similarity | None:
    """Distributions of similarity for the whole library, or for some images and captions.

    Args:
        rows: image rows, int (n,); None for all.
        columns: caption rows, int (m,); None for all.

    Returns:
        The Similarity of rows x columns; the whole library's is kept in the session. None while
        features or the whole matrix are being computed: the progress is then drawn already.
    """
    ready = features()
    if ready is None:
        return None
    images, captions = ready
    if rows is None and columns is None:
        return _whole(images, captions)
    images = images if rows is None else images[rows]
    captions = captions if columns is None else captions[columns]
    return engines.engine().similarity(images, captions, stages(), gallery=len(library().images))


def _whole(images: Features, captions: Features) -> Similarity | None:
    engine, chosen = engines.engine(), stages()
    adapters = engine.adapters
    key = (_features_key(), chosen, id(adapters))
    # The adapters are kept beside the result: their id cannot be given to others meanwhile.
    held: dict[Any, tuple] = st.session_state.setdefault(_SIMILARITIES, {})
    if key in held:
        return held[key][0]
    job = jobs.find("similarity")
    if job is None or job.key != key:

        def work(progress):
            return engine.similarity(images, captions, chosen, progress)

        job = jobs.start("similarity", key, "Computing the similarity of all pairs", work)
        job.wait()
    if not job.is_done or job.result is None:
        jobs.show_or_explain("similarity")
        return None
    jobs.forget("similarity")
    while len(held) >= MOST_SIMILARITIES:
        held.pop(next(iter(held)))
    held[key] = (job.result, adapters)
    return job.result


def _features_key() -> tuple:
    """What the features depend on: backbone, device, pixels and words, in order."""
    held = library()
    known = st.session_state.get(_CONTENT)
    if known is None or known[0] is not held:
        digest = hashlib.sha256()
        for image in held.images:
            digest.update(image.data_sha256.encode())
        for caption in held.captions:
            digest.update(b"\0" + caption.text.encode())
        known = st.session_state[_CONTENT] = (held, digest.hexdigest())
    return (*engines.choice(), known[1])
