"""The adapter of the model in use: on what it was fitted, how, how well, and fitting it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, fit_words, fitting, jobs

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters


def draw(adapters: Adapters) -> None:
    """Draw the running fit with Stop, or what is known about the adapters and what can be done."""
    if jobs.find("fit") is not None:
        st.caption(
            "Until the fit is done, pairs are shown as before; everything else goes on meanwhile."
        )
        jobs.show("fit")
    elif adapters.is_fitted:
        st.text(f"VACSR adapter fitted on {adapters.fitted_on}")
        st.caption(fit_words.how(adapters))
        _figures(adapters)
        _again()
    else:
        st.write(
            "No VACSR adapter has been fitted for this model. Until then every pair is ranked by "
            "its cosine and has the same width of doubt."
        )
        pairs = fitting.own_pairs()
        words = f"drawn scenes and {pairs.name}" if pairs else "drawn scenes"
        st.button(f"Fit on {words}", type="primary", on_click=fitting.start)


def _figures(adapters: Adapters) -> None:
    known = fit_words.figures(adapters)
    if known:
        import pandas as pd

        table = pd.DataFrame({"Quality of the fit": known.keys(), "Value": known.values()})
        st.dataframe(table, hide_index=True, width=420, alt="Quality of the fitted adapter")
        st.caption(fit_words.FIGURES_HELP)


def _again() -> None:
    """Offer a fit where the library holds labelled pairs that this one has not learnt from."""
    pairs, own = fitting.own_pairs(), engines.own_adapters()
    if pairs is not None and (own is None or own[1] != pairs.key):
        st.button(
            f"Fit again, with {pairs.name}",
            key="fit_again",
            icon=":material/refresh:",
            on_click=fitting.start,
            help="Your pairs stay in this session: nobody else's similarities change. "
            f"{fit_words.RULE}",
        )
    if own is not None:
        st.caption("This fit learnt from your pairs, so it is used in your session only.")
        st.button(
            "Go back to the shared adapter",
            key="drop_own_fit",
            type="tertiary",
            on_click=fitting.go_back,
        )
