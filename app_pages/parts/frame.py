"""The frame round every page: style, banners, and the sidebar's card with switch and chips."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.parts import engines, jobs, library_state, measure
from app_pages.parts.attention import Chip, chips
from app_pages.parts.text import counted, plain

STYLE = Path(__file__).resolve().parents[2] / "assets" / "style.css"
LIBRARY_VIEW = "library_view"
_WHOLE = "_whole_page_runs"
DEVICE_NAMES = {
    "auto": "device chosen automatically",
    "cpu": "processor (CPU)",
    "cuda": "graphics card (CUDA)",
    "mps": "Apple graphics (MPS)",
}
SWITCH_WORDS = {
    "pico": (
        "PICO: meaning above style",
        "On: feature columns that carry style rather than meaning weigh less. Off: all columns "
        "weigh alike.",
    ),
    "space": (
        "Common space: structure kept",
        "On: images and captions are compared in a space in which each kind keeps its own "
        "neighbours. Off: in the model's own space.",
    ),
    "vacsr": (
        "VACSR: a distribution per pair",
        "On: every pair gets its own doubt, as the adapter learnt it. Off: the plain cosine, "
        "with the same width for every pair.",
    ),
}


def draw() -> None:
    """Draw what all pages have in common; call it once, before the page runs."""
    st.html(STYLE)
    with st.sidebar:
        _card()
        _stage_switches()
        st.session_state[_WHOLE] = True
        st.fragment(_model_and_chips, run_every=1.0 if measure.is_pending() else None)(
            measure.is_pending()
        )
    for key, text in library_state.banners().items():
        _banner(key, text)


def _card() -> None:
    held = library_state.library()
    with st.container(border=True, key="context_card", gap="xxsmall"):
        st.text(held.name)
        pairs = counted(held.pair_count, "labelled pair")
        st.caption(
            f"{counted(len(held.images), 'image')} · {counted(len(held.captions), 'caption')} · "
            f"{pairs}"
        )


def _stage_switches() -> None:
    """One switch a stage; PICO and space have one once they are fitted for this model."""
    for stage, (label, explanation) in SWITCH_WORDS.items():
        engine = engines.engine_if_loaded()
        is_fitted = stage == "vacsr" or (
            engine is not None and getattr(engine.adapters, stage) is not None
        )
        if not is_fitted:
            continue
        st.toggle(
            label,
            value=measure.is_on(stage),
            key=measure.SWITCHES[stage],
            persist_state="session",
            help=f"{explanation} Acts on all pages.",
        )


def _model_and_chips(was_pending: bool) -> None:
    """The part that changes when the model is there: redraws itself while that is awaited.

    Args:
        was_pending: whether features were awaited when the page was drawn.
    """
    ready = measure.features_if_ready()
    # Not in a run of the whole page: it knows by itself, and a click that it answers would be lost.
    is_alone = not st.session_state.pop(_WHOLE, False)
    if is_alone and was_pending and not measure.is_pending():
        st.rerun()  # once, so that the whole page knows
    engine = engines.engine_if_loaded()
    name, device = engines.choice()
    device = engine.backbone.device if engine else device
    st.caption(f"Model {plain(name)} · {DEVICE_NAMES.get(device, device)}")
    job = jobs.find("features")
    if job is not None and not job.is_done:
        st.caption(f"{job.title} · {job.standing}")
    with st.container(key="chips", gap="xxsmall"):
        for chip in chips(
            library_state.library(),
            engine,
            ready[1] if ready else None,
            measure.familiarity_if_ready(),
        ):
            _chip(chip)


def _chip(chip: Chip) -> None:
    with st.popover(chip.label, type="tertiary", icon=":material/info:"):
        st.write(chip.explanation)
        if chip.show and st.button("Show them", key=f"_chip_{chip.label}"):
            st.session_state[LIBRARY_VIEW] = chip.show
            st.switch_page("app_pages/library.py")


def _banner(key: str, text: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"banner_{key}"):
        st.warning(plain(text), icon=":material/error:")
        st.button(
            "Dismiss",
            key=f"_dismiss_{key}",
            type="tertiary",
            on_click=library_state.drop_banner,
            args=(key,),
        )
