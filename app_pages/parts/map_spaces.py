"""The structure-preserved space of a session: the one in use, or one fitted here on its pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app_pages.parts import engines, jobs, state
from app_pages.parts.map_points import Points
from app_pages.parts.text import counted, plain

if TYPE_CHECKING:
    from vacsr_core.features import Features
    from vacsr_core.space import CommonSpace

LEAST_IMAGES = 8
_FITTED, _JOB = "_map_space", "space"


def base(points: Points) -> tuple[Features, Features]:
    """Features that the space starts from: the backbone's, weighted where PICO is on."""
    adapters, stages = state.engine().adapters, _before()
    if not stages:
        return points.images, points.captions

    def work() -> tuple[Features, Features]:
        return adapters.features(points.images, stages), adapters.features(points.captions, stages)

    return points.once(("base", id(adapters), stages), work)


def base_key() -> tuple:
    """What `base` depends on besides the points."""
    return (id(state.engine().adapters), _before())


def keep_alive(points: Points) -> None:
    """Hold what results are named after by identity, so that no other object gets its place."""
    alive = points.memory.setdefault("alive", {})
    for held in (state.engine().adapters, space()):
        alive[id(held)] = held


def base_title() -> str:
    """The name of the space on the left."""
    return "Backbone space, columns weighted by PICO" if _before() else "Backbone space"


def base_stages() -> tuple[str, ...]:
    """The stages between the backbone and the space: ("pico",) or ()."""
    return _before()


def based(features: Features) -> Features:
    """Any features brought to where the space starts from."""
    return state.engine().adapters.features(features, _before()) if _before() else features


def _before() -> tuple[str, ...]:
    return state.engine().adapters.stages_before(
        tuple(stage for stage in state.stages() if stage == "pico")
    )


def space() -> CommonSpace | None:
    """The fitted space: that of the adapters in use, else one that was fitted on this page."""
    adapters = state.engine().adapters
    holder = adapters.after("pico") if _before() else adapters
    if holder.space is not None:
        return holder.space
    own = st.session_state.get(_FITTED)
    return own[1].space if own is not None and own[0] == _key() else None


def is_own() -> bool:
    """Whether the space was fitted on this page, on this library's own pairs."""
    own = st.session_state.get(_FITTED)
    return own is not None and own[0] == _key() and own[1].space is space()


def words(points: Points) -> str:
    """One sentence on what the space was fitted on."""
    if not is_own():
        return f"Structure-preserved space: {state.engine().adapters.fitted_on}."
    _, fitted, token = st.session_state[_FITTED]
    history = fitted.history
    flatters = "The maps show these very items, so they flatter it."
    kept = " No step did better on held-out images, so it equals the backbone's space."
    return (
        "Structure-preserved space: fitted here on "
        f"{counted(history['images'], 'image')} and {counted(history['captions'], 'caption')} of "
        f"{'this' if token == points.token else 'another'} library, seed "
        f"{history['config']['seed']}. {flatters if token == points.token else ''}"
        f"{kept if history['is_start_kept'] else ''}"
    )


def _key() -> tuple:
    return (engines.choice(), _before())


def labelled_images(points: Points) -> int:
    """How many images have a caption among the points."""
    return len(np.unique(points.owner[points.owner >= 0]))


def offer(points: Points) -> None:
    """Draw the offer to fit a space, its progress, or what is needed first."""
    if take():
        st.rerun()  # it was ready while the page was drawn without it
    job = jobs.find(_JOB)
    if job is not None and not job.is_done:
        jobs.show(_JOB)
        return
    if job is not None and job.error is not None:
        st.warning(plain(str(job.error)), icon=":material/error:")
    there = labelled_images(points)
    if there < LEAST_IMAGES:
        st.info(
            "The map of the structure-preserved space needs a fit on "
            f"{LEAST_IMAGES} images with captions; this library has {there}. Until then the "
            "backbone's space stands alone.",
            icon=":material/hourglass_empty:",
        )
        return
    with st.container(border=True):
        st.write(
            "Beside this map belongs that of the **structure-preserved space**, in which images "
            "and captions come together while each kind keeps its own neighbours. None is fitted "
            f"for this model yet: {counted(there, 'labelled image')} of this library are enough."
        )
        st.button(
            "Fit it on this library",
            key="map_fit",
            type="primary",
            on_click=start,
            args=(points,),
            help="Takes seconds, stays in this session, and changes no other page.",
        )


def start(points: Points) -> None:
    """Fit a space in the background."""
    images, captions = base(points)
    owner, key = points.owner, _key()

    def work(progress):
        from vacsr_core.space import fit_space

        return key, fit_space(images, captions, owner, progress=progress), points.token

    jobs.start(_JOB, key, "Fitting the common space", work)


def take() -> bool:
    """Put a space that has been fitted to use; True where there was a new one."""
    job = jobs.find(_JOB)
    if job is None or not job.is_done or job.result is None:
        return False
    st.session_state[_FITTED] = job.result
    jobs.forget(_JOB)
    return True
