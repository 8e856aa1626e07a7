"""The model: which backbones there are and what having them costs, the device, the adapters."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import engines, fit_panel, fitting, jobs, library_state
from app_pages.parts.text import plain
from vacsr_core.backbones import BackboneInfo, available_backbones

DEVICES = {
    "auto": "automatic: the graphics card where there is one",
    "cpu": "processor (CPU)",
    "cuda": "NVIDIA graphics card (CUDA)",
    "mps": "Apple graphics (MPS)",
}


def draw() -> None:
    """Draw the choice of model and what is known about the one in use."""
    with st.container(border=True, key="model_panel"):
        st.header("Model", anchor=False)
        _in_use()
        if jobs.find("backbone") is not None:
            jobs.show("backbone")
        else:
            _choices()


def _in_use() -> None:
    engine = engines.engine_if_loaded()
    if engine is None:
        job = jobs.find("features")
        if job is None or job.error is None:
            st.caption("The model is being loaded; everything on this page works meanwhile.")
        else:
            st.warning(plain(str(job.error)), icon=":material/error:")
            st.button("Try again", key="retry", on_click=jobs.forget, args=("features",))
        return
    backbone, adapters = engine.backbone, engine.adapters
    st.text(f"{backbone.name} on {DEVICES.get(backbone.device, backbone.device)}")
    st.caption(
        f"Gives every image and caption {backbone.dimension:,} numbers; reads a caption up to "
        f"{backbone.context_length:,} word pieces."
    )
    if backbone.tokens_note:
        st.caption(plain(backbone.tokens_note))
    fit_panel.draw(adapters)


def _choices() -> None:
    known = {info.name: info for info in available_backbones()}
    current, device = engines.choice()
    names = list(known) if current in known else [current, *known]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Choose a model, or type any name that open_clip knows",
            names,
            index=names.index(current),
            format_func=lambda name: describe(known[name]) if name in known else name,
            accept_new_options=True,
            width=440,
            help="Also `hf-hub:ORGANISATION/REPOSITORY`; `ARCHITECTURE:FILE` for a checkpoint on "
            "the computer that runs this app; or `local-dir:FOLDER` for a folder there, with "
            "open_clip_config.json and weights. An adapter is fitted at once where none is stored.",
        )
        wanted = st.selectbox(
            "Run it on",
            list(DEVICES),
            index=list(DEVICES).index(device),
            format_func=DEVICES.__getitem__,
            width=300,
        )
        name = (name or current).strip()
        info = known.get(name)
        is_here = info is not None and info.is_installed
        st.button(
            "Use this model" if is_here or info is None else "Download and use",
            disabled=(name, wanted) == engines.choice(),
            on_click=_start_loading,
            args=((name, wanted),),
        )
    if info is not None:
        st.caption(info.description)
    others = sum(not info.is_installed for info in known.values())
    st.caption(
        f"{len(known) - others} of {len(known)} listed models are on this computer. The others are "
        "fetched from the Hugging Face Hub when you ask for them, which needs the internet. Your "
        "pictures and captions never leave this computer."
    )


def describe(info: BackboneInfo) -> str:
    """One line on a backbone: its name, its size, and what having it costs."""
    parts = [info.name]
    if info.parameters:
        parts.append(f"{info.parameters / 1e6:,.0f} million parameters")
    if info.is_installed:
        parts.append("installed")
    elif info.download_bytes:
        parts.append(f"download of about {megabytes(info.download_bytes)}")
    else:
        parts.append("not there")
    return " · ".join(parts)


def megabytes(count: int) -> str:
    """A size in bytes with two digits that matter: "300 MB", "1.5 GB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{round(count / 1e6, -1):,.0f} MB"


def _start_loading(choice: engines.Choice) -> None:
    shelf = engines.shelf()
    library_state.drop_banner("backbone")
    jobs.start(
        "backbone", choice, "Getting the model ready", lambda progress: shelf.load(choice, progress)
    ).wait()


def collect() -> None:
    """Take over what an ended load or fit brought; call it before anything is drawn."""
    job = jobs.finished("backbone")
    if job is not None and job.error is not None:
        stays = plain_name(engines.choice()[0])
        library_state.add_banner("backbone", f"{job.error} {stays} stays in use.")
    elif job is not None and job.result is not None:
        engines.choose(*job.key)
    fitting.collect()


def plain_name(name: str) -> str:
    """A backbone's name as it begins a sentence."""
    return "The embedded model" if name == engines.DEFAULT[0] else name
