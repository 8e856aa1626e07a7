"""The adapter of the model in use: on what it was fitted, how, how well, and fitting it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.parts import engines, fit_here, fit_words

if TYPE_CHECKING:
    from vacsr_core.adapters import Adapters


def draw(adapters: Adapters) -> None:
    """Draw what is known about the adapters in use, then the part that fits others."""
    if adapters.is_fitted:
        st.text(f"VACSR adapter fitted on {adapters.fitted_on}")
        st.caption(fit_words.how(adapters))
        if engines.own_adapters() is not None:
            st.caption("This fit learnt from your pairs, so it is used in your session only.")
        _figures(adapters)
    else:
        st.write(
            "No VACSR adapter has been fitted for this model. Until then every pair is ranked by "
            "its cosine and has the same width of doubt."
        )
    fit_here.draw()


def _figures(adapters: Adapters) -> None:
    known = fit_words.figures(adapters)
    if known:
        import pandas as pd

        table = pd.DataFrame({"Quality of the fit": known.keys(), "Value": known.values()})
        st.dataframe(table, hide_index=True, width=420, alt="Quality of the fitted adapter")
        st.caption(fit_words.FIGURES_HELP)
