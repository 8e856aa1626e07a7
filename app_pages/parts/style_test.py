"""Tab Style test: change the style of an item, or of all, and see which columns move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart, jobs, state, style_subject
from app_pages.parts.feature_state import Held, spreads
from app_pages.parts.text import counted, plain
from vacsr_core.errors import VacsrError

if TYPE_CHECKING:
    from vacsr_core.feature_analysis import StyleShift
    from vacsr_core.features import Features

MOST_ITEMS = 200  # of the test over the library; more would change the figures little
_ALL = "_style_of_all"


def draw(held: Held) -> None:
    """Draw the test. The tab of a job that has ended is drawn as a whole."""
    try:
        _draw(held)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


@st.fragment
def _draw(held: Held) -> None:
    st.markdown(
        "Change how an item looks or sounds and leave what it shows or says. If p is right, the "
        "columns of low p move most."
    )
    if held.columns is None:
        st.caption("No columns have been found for this model: p is 1 in all of them.")
    try:
        subject = style_subject.choose(held)
        if subject is not None:
            left, right = st.columns([2, 3], gap="large")
            with left:
                subject.show(held)
            with right:
                _result(held, subject)
    except VacsrError as error:
        st.warning(plain(str(error)), icon=":material/error:")


def _result(held: Held, subject: style_subject.Subject) -> None:
    from vacsr_core.feature_analysis import style_shift

    of_images, of_captions = spreads(held)
    spread = of_images if subject.kind == "image" else of_captions
    shift = style_shift(*subject.vectors(held), spread, held.probability)
    st.subheader(f"This {subject.kind}", anchor=False)
    _shown(held, shift, "style_shift_one")
    if subject.is_ready_made:
        _of_all(held, subject)


def _shown(held: Held, shift: StyleShift, key: str) -> None:
    from vacsr_core.feature_analysis.words import shift_sentence
    from vacsr_core.figures import style_shift_chart

    st.markdown(f"**{shift_sentence(shift)}**")
    drawn = style_shift_chart(shift, held.probability, is_dark=chart.is_dark())
    chart.show(drawn, key, "style-test", "Which columns a change of style moves")
    st.caption(
        "The share of chance comes from shuffled columns. Columns are not independent of each "
        "other, so a link is somewhat less sure than it looks."
    )


def _of_all(held: Held, subject: style_subject.Subject) -> None:
    """The same change made to every item of that kind, in the background."""
    items = held.images if subject.kind == "image" else held.captions
    count = min(len(items), MOST_ITEMS)
    key = (held.key, subject.kind, subject.change, subject.strength)
    kept = st.session_state.get(_ALL)
    job = jobs.find("style")
    if job is not None and job.key == key and job.is_done:
        jobs.forget("style")
        if job.result is not None:
            kept = st.session_state[_ALL] = (key, job.result, held)
        elif job.error is not None:
            st.warning(plain(str(job.error)), icon=":material/error:")
        job = None
    what = counted(count, subject.kind)
    if kept is not None and kept[0] == key:
        st.subheader(f"The same change made to {what}", anchor=False)
        _shown(held, kept[1], "style_shift_all")
    elif job is not None and job.key == key:
        jobs.show("style")
    elif count > 1:
        st.button(
            f"Make the same change to {what}",
            key="style_all",
            icon=":material/library_add:",
            on_click=_start,
            args=(held, subject, key, count),
            help="One item says little; over many, chance weighs less.",
        )


def _start(held: Held, subject: style_subject.Subject, key: tuple, count: int) -> None:
    import numpy as np

    engine, (of_images, of_captions) = state.engine(), spreads(held)
    is_image = subject.kind == "image"
    features: Features = held.images if is_image else held.captions
    rows = np.sort(np.random.default_rng(0).choice(len(features), count, replace=False))
    items = [(held.library.images if is_image else held.library.captions)[row] for row in rows]
    spread, p = of_images if is_image else of_captions, held.probability

    def work(progress):
        from vacsr_core.feature_analysis import style_shift

        after = subject.changed(engine, items, progress)
        return style_shift(features.vectors[rows], after.vectors, spread, p)

    jobs.start("style", key, "Changing and comparing the items", work)
