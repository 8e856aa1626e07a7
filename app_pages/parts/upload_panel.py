"""Getting own pictures and files in: the drop zone, the work behind it, and a row per file."""

from __future__ import annotations

import streamlit as st

from app_pages.parts import drop_zone, jobs, library_state, state
from app_pages.parts.intake import Intake, add_images, outcome, read_upload
from app_pages.parts.text import counted
from vacsr_core.errors import VacsrError
from vacsr_core.library import FileReport, Library

KEEP_DEMO = "keep_demo"
TABLES = "_tables"
_REPORTS = "_reports"
FILES, FOLDER = "Files", "A folder"
# Twice what is accepted: a photo that is somewhat too large then gets its row and its reason,
# because what the browser holds back leaves no trace here.
MOST_MEGABYTES = 40


def draw() -> None:
    """Draw the drop zone, or how far the files in it have been checked."""
    if jobs.find("upload") is not None:
        jobs.show("upload")
        return
    kind = st.segmented_control(
        "What to upload", (FILES, FOLDER), default=FILES, required=True, key="upload_kind",
        label_visibility="collapsed",
    )  # fmt: skip
    drop_zone.draw(
        f"upload_{kind}",
        "Drop pictures here, and caption files too (CSV, JSONL, TXT), up to 20 MB each"
        if kind == FILES
        else "Choose a folder of pictures, up to 20 MB each; a caption file in it is read too",
        _take,
        accept_multiple_files=True if kind == FILES else "directory",
        max_upload_size=MOST_MEGABYTES,
        help="JPEG, PNG, WebP, GIF, BMP or AVIF. The browser itself holds back files of more "
        f"than {MOST_MEGABYTES} MB: they do not show up in the list below.",
    )
    if state.is_demo():
        st.checkbox("Keep the demo gallery and add to it", key=KEEP_DEMO, persist_state="session")


def base_library() -> Library:
    """What new items are added to: an empty library of one's own while the demo is on screen."""
    if state.is_demo() and not st.session_state.get(KEEP_DEMO, False):
        return Library()
    return state.library()


def _take(uploaded: list) -> None:
    """Hand the uploaded files over to a job, before the page is drawn again."""
    files = [(file.name, file.getvalue()) for file in uploaded]
    base = base_library()
    key = tuple(file.file_id for file in uploaded)
    jobs.start(
        "upload", key, "Checking files", lambda progress: read_upload(files, base, progress)
    ).wait()


def collect() -> None:
    """Put what an ended upload brought into the library; call it before anything is drawn."""
    with jobs.taking_over("upload") as job:
        if job is not None and job.error is not None:
            library_state.add_banner("upload", str(job.error))
        elif job is not None and job.result is not None:
            _take_over(job.result)


def _take_over(intake: Intake) -> None:
    st.session_state[_REPORTS] = intake.reports
    tables = st.session_state.setdefault(TABLES, [])
    tables += [table for table in intake.tables if not any(table is there for there in tables)]
    try:
        _apply(intake)
    except VacsrError as error:
        library_state.add_banner("upload", str(error))


def _apply(intake: Intake) -> None:
    if intake.opened is not None and intake.change is None:
        state.set_library(intake.opened, "Opened a saved library.", is_own=True)
    if not intake.images:
        return
    if intake.change is None:  # made once, so that a run after a cut adds nothing twice
        added = counted(len(intake.images), "picture")
        if state.is_demo() and not st.session_state.get(KEEP_DEMO, False):
            new = add_images(Library(intake.name), intake.images)
            intake.change = (new, f"Your {added} took the place of the demo gallery.", True)
        else:
            intake.change = (add_images(state.library(), intake.images), f"Added {added}.", None)
    state.set_library(*intake.change)


def add_reports(reports: list[FileReport]) -> None:
    """Show further rows in the report on the last upload."""
    st.session_state[_REPORTS] = st.session_state.get(_REPORTS, []) + reports


def draw_reports() -> None:
    """Draw a row per file of the last upload, the refused ones first, until dismissed."""
    reports: list[FileReport] = st.session_state.get(_REPORTS, [])
    if not reports:
        return
    import pandas as pd

    is_clean = all(report.accepted for report in reports)
    icon = ":material/check_circle:" if is_clean else ":material/error:"
    with st.expander(f"Last upload: {outcome(reports)}", expanded=not is_clean, icon=icon):
        ordered = sorted(reports, key=lambda report: report.accepted)
        rows = {
            "File": [report.name for report in ordered],
            "Result": ["accepted" if report.accepted else "refused" for report in ordered],
            "What to know": [report.reason for report in ordered],
        }
        is_long = any(len(report.reason) > 80 for report in ordered)
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            row_height=62 if is_long else None,  # higher rows wrap their text
            alt="Each uploaded file and what became of it",
            column_config={
                "File": st.column_config.TextColumn(width=180),
                "Result": st.column_config.TextColumn(width=80),
                "What to know": st.column_config.TextColumn(width="large"),
            },
        )
        st.button("Dismiss", key="dismiss_reports", on_click=_dismiss_reports)


def _dismiss_reports() -> None:
    st.session_state.pop(_REPORTS, None)
