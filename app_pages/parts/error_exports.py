"""What a person takes away from the Errors page: slices, all answers as CSV, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart, error_figures, error_report_parts
from app_pages.parts.error_state import Found

if TYPE_CHECKING:
    from vacsr_core.error_analysis import Slice


def draw_slices(found: Found, kind: str) -> None:
    """Draw how often it is right in each part of the library."""
    from vacsr_core.error_analysis.enough import INTERVAL
    from vacsr_core.error_analysis.words import interval_words, share_percent

    st.header("Where is it worse than elsewhere?", anchor=False)
    made = slices_of(found, kind)
    shares = [part.first for part in made]
    st.dataframe(
        {
            "slice": [part.value for part in made],
            "right": [share_percent(share.value) for share in shares],
            "interval": [interval_words(share.low, share.high) for share in shares],
            "n": [share.of for share in shares],
            "by": [part.by for part in made],
        },
        hide_index=True,
        alt=f"Share of {kind}s whose first choice is right, by slice",
    )
    worst = worst_slice(made)
    st.caption(
        f"**How to read this.** Of the n {kind}s of a slice the share under “right” makes the "
        f"right first choice; it has an interval where at least {INTERVAL} images are behind it."
        f"{worst} Tags are the further columns of a caption table."
    )


def slices_of(found: Found, kind: str) -> tuple[Slice, ...]:
    """The slices of one direction, kept."""
    import numpy as np

    from vacsr_core.error_analysis import slices

    doubt = error_figures.doubt()

    def work() -> tuple[Slice, ...]:
        copies = found.held.duplicate_of
        several = set(copies) | set(copies.values())
        is_duplicate = np.array([image.id in several for image in found.images], bool)
        answers = found.analysis.answers[kind]
        return slices(answers, doubt, found.captions, found.labels, is_duplicate)

    return found.once(("slices", kind, doubt), work)


def worst_slice(made: tuple[Slice, ...]) -> str:
    """The lowest share that has an interval, as a sentence; "" where none has one."""
    from app_pages.parts.text import plain
    from vacsr_core.error_analysis.words import share_percent

    known = [part for part in made if part.first.low is not None]
    if not known:
        return ""
    worst = min(known, key=lambda part: part.first.value)
    name = plain(f"{worst.by}: {worst.value}")
    return f" Lowest is {name}, with {share_percent(worst.first.value)}."


def draw_exports(found: Found, kind: str) -> None:
    """Draw the two downloads; both are made when they are asked for."""
    report = error_report_parts.maker(found, kind, slices_of(found, kind), chart.is_dark())
    with st.container(horizontal=True):
        st.download_button(
            "All answers as CSV",
            lambda: _csv(found),
            "errors.csv",
            "text/csv",
            key="errors_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Report",
            report,
            "errors-report.html",
            "text/html",
            key="errors_report",
            on_click="ignore",
            icon=":material/description:",
            help="This page as one HTML file with charts, lists and pictures. It works offline "
            "and sends nothing anywhere.",
        )


def _csv(found: Found) -> bytes:
    from vacsr_core.error_analysis.tables import answers_table
    from vacsr_core.export import table_csv

    return table_csv(
        answers_table(found.sim, found.analysis, found.images, found.captions, found.marks)
    )
