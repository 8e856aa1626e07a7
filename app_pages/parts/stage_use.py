"""A stage before VACSR for all pages of a session, fitted on request with what lies behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, jobs, library_state, measure
from app_pages.parts.own_pairs import OwnPairs, encoded, own_pairs

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.engine import Engine

NAMES = {"pico": "the column weights", "space": "the common space"}
_JOB = "stage"


def offer(stage: str) -> None:
    """Draw the way to let a stage act on all pages, where the model has none of its own.

    Args:
        stage: "pico" or "space".
    """
    engine = engines.engine_if_loaded()
    if engine is None or getattr(engine.adapters, stage) is not None:
        return
    if jobs.find(_JOB) is not None:
        jobs.show(_JOB)
        return
    st.button(
        f"Use {NAMES[stage]} on all pages",
        key=f"use_{stage}",
        icon=":material/conversion_path:",
        on_click=_start,
        args=(stage,),
        help="Fits the stage on drawn scenes and your own labelled pairs, and VACSR anew behind "
        "it. For your session only; a switch in the sidebar turns it off again.",
    )


def _start(stage: str) -> None:
    engine, pairs = engines.engine(), own_pairs()
    jobs.start(
        _JOB,
        (engines.choice(), "" if pairs is None else pairs.key, stage),
        f"Fitting {NAMES[stage]} and VACSR behind",
        lambda progress: _fit(engine, stage, pairs, progress),
    )


def _fit(engine: Engine, stage: str, pairs: OwnPairs | None, progress: Callable) -> Adapters:
    """In a job's thread: never touches Streamlit."""
    from vacsr_core.pair_sets import part_of

    own, start = None, 0.0
    if pairs is not None:
        start = 0.3
        own = encoded(engine, pairs, part_of(progress, 0.0, start), stage == "pico")
    return engine.fit_stages((stage,), own, progress=part_of(progress, start, 1.0))


def collect() -> None:
    """Use what an ended fit brought, in this session."""
    job = jobs.finished(_JOB)
    if job is None:
        return
    choice, key, stage = job.key
    if job.error is not None:
        library_state.add_banner("stage", str(job.error))
    elif job.result is not None:
        engines.set_own_adapters(choice, job.result, key)
        st.session_state[measure.SWITCHES[stage]] = True  # asked for, also where it ranks worse
