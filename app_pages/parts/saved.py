"""The library as one file: save it, open it again; and the way back to the demo gallery."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from app_pages.parts import drop_zone, jobs, library_state, state
from app_pages.parts.intake import LIBRARY_ENDING
from vacsr_core import workspace
from vacsr_core.errors import VacsrError
from vacsr_core.library import Library

MOST_MEGABYTES = 600  # as in .streamlit/config.toml: 500 MB of pictures, with room for captions


def draw() -> None:
    """Draw the row of buttons that act on the whole library."""
    held = state.library()
    with st.container(horizontal=True, key="library_actions"):
        st.download_button(
            "Save library",
            # Built when it is clicked, not on every rerun.
            data=lambda: workspace.save(held),
            file_name=f"{_file_stem(held.name)}{LIBRARY_ENDING}",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            disabled=not held.images and not held.captions,
            help="One file with all pictures and captions; open it here again at any time.",
        )
        with st.popover("Open library", icon=":material/folder_open:"):
            _opener()
        with st.popover("Rename", icon=":material/edit:"):
            st.text_input(
                "Name of the library", held.name, key=f"rename_{held.digest[:12]}",
                max_chars=80, on_change=_rename, args=(f"rename_{held.digest[:12]}",),
            )  # fmt: skip
        if held is not state.demo_library():
            st.button("Show the demo gallery", icon=":material/auto_awesome:", on_click=show_demo)
        if held.images or held.captions:
            st.button("Start empty", icon=":material/add:", on_click=_start_empty)


def _opener() -> None:
    if jobs.find("open") is not None:
        jobs.show("open")
        return
    st.write("Choose a file that **Save library** made. It takes the place of what is here now.")
    drop_zone.draw(
        "open", "Saved library", _open,
        type=LIBRARY_ENDING.removeprefix("."), max_upload_size=MOST_MEGABYTES,
    )  # fmt: skip


def _open(file: Any) -> None:
    data = file.getvalue()
    jobs.start(
        "open", file.file_id, "Opening the library",
        lambda progress: workspace.open(data, progress),
    ).wait()  # fmt: skip


def collect() -> None:
    """Put an opened library in place; call it before anything is drawn."""
    with jobs.taking_over("open") as job:
        if job is not None and job.error is not None:
            text = f"{job.error} Nothing of what you had here is lost."
            library_state.add_banner("open", text)
        elif job is not None and job.result is not None:
            library_state.drop_banner("open")
            state.set_library(job.result, "Opened a saved library.", is_own=True)


def show_demo() -> None:
    """Put the demo gallery in the place of the library; one click brings that back."""
    state.set_library(state.demo_library(), "The demo gallery is back.", is_own=False)


def _start_empty() -> None:
    state.set_library(Library("My library"), "Started an empty library.", is_own=True)


def _rename(key: str) -> None:
    try:
        state.set_library(state.library().rename(st.session_state[key]))
    except VacsrError as error:
        library_state.add_banner("rename", str(error))


def _file_stem(name: str) -> str:
    """A file name that every system takes, made of the library's name."""
    return re.sub(r"[^\w -]", "", name).strip()[:60] or "library"
