"""Fit on this library: choices, live curves with Stop, before and after, keep or discard, undo.

One part for every page that offers it: `fit_here.draw()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import chart, engines, fit_choices, fit_words, fitting, jobs, offers
from app_pages.parts import trial_words as words
from app_pages.parts.own_pairs import own_pairs
from app_pages.parts.text import plain

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters
    from vacsr_core.fit_comparison import Comparison

REDRAW_SECONDS = 1.0


def draw() -> None:
    """Draw the running fit, the fit on offer, or the choices for another one."""
    with st.container(key="fit_here"):
        st.subheader("Fit on this library", anchor=False)
        engine, offer = engines.engine_if_loaded(), offers.offer()
        if engine is None:
            st.caption("Once the model is loaded, it can be fitted on this library.")
        elif jobs.find("fit") is not None:
            _running()
        elif offer is not None:
            _offered(offer, engine.adapters)
        else:
            _settled(engine.adapters)


def _running() -> None:
    st.caption(
        "Until the fit is done, pairs are shown as before; everything else goes on meanwhile."
    )
    jobs.show("fit")
    _live_curves()


@st.fragment(run_every=REDRAW_SECONDS)
def _live_curves() -> None:
    if jobs.find("fit") is not None:
        _curves("live")


def _curves(key: str) -> None:
    epochs = fitting.epochs()
    if not epochs:
        st.caption("The loss curves begin when the first epoch has ended.")
        return
    from vacsr_core.figures import training_chart

    drawn = training_chart(epochs, is_dark=chart.is_dark())
    chart.show(drawn, f"fit_curves_{key}", "fit-curves", "Losses of the fit")


def _offered(offer: offers.Offer, before: Adapters) -> None:
    trial = offer.trial
    st.text(f"On offer: a VACSR adapter fitted on {trial.adapters.fitted_on}")
    st.caption(fit_words.how(trial.adapters))
    if trial.comparison is None:
        pairs = own_pairs()
        st.write(words.too_few_to_compare(pairs.labelled if pairs else 0))
    else:
        _compared(trial.comparison, before)
    with st.container(horizontal=True):
        st.button(
            "Keep", key="keep_fit", type="primary", icon=":material/check:", on_click=fitting.keep
        )
        st.button("Discard", key="discard_fit", icon=":material/close:", on_click=offers.discard)
    st.caption(
        "If you keep it, it is used on all pages of your session. Nobody else's similarities "
        "change, and it can be undone."
    )
    with st.expander("How the fit went", icon=":material/show_chart:"):
        _curves("offer")


def _compared(comparison: Comparison, before: Adapters) -> None:
    import pandas as pd

    verdict = words.verdict(comparison)
    st.write(verdict)
    st.caption(plain(words.measured_on(comparison, before)))
    table = pd.DataFrame(words.comparison_table(comparison))
    st.dataframe(table, hide_index=True, alt=f"Before and after, as a table. {verdict}")
    st.caption(words.COMPARISON_HELP)


def _settled(adapters: Adapters) -> None:
    """What was last done, the ways back, and the choices for a fit."""
    if offers.note() is not None:
        st.info(offers.note(), icon=":material/info:")
    with st.container(horizontal=True):
        if offers.can_undo():
            st.button(
                "Undo: the adapter before",
                key="undo_fit",
                icon=":material/undo:",
                on_click=fitting.undo,
            )
        if engines.own_adapters() is not None:
            st.button(
                "Go back to the shared adapter",
                key="drop_own_fit",
                type="tertiary",
                on_click=fitting.go_back,
            )
    pairs = own_pairs()
    if pairs is not None:
        fit_choices.draw(pairs)
        return
    st.write(words.too_few_to_fit())
    if not adapters.is_fitted:
        st.button("Fit on drawn scenes", type="primary", on_click=fitting.start)
