"""What the numbers are: by what fit, or what stands in where VACSR is off or not fitted yet."""

import streamlit as st

from app_pages.parts import fit_words, jobs, state
from app_pages.parts.text import plain


def draw() -> None:
    """One line on the fit at work; where none is, why, and how far one under way has come."""
    adapters = state.engine().adapters.last(state.stages())
    if "vacsr" not in state.stages():
        reason = "VACSR is switched off in the sidebar"
    elif not adapters.is_fitted:
        reason = "VACSR is not fitted for this model yet"
    else:
        st.caption(plain(fit_words.in_short(adapters)))
        return
    st.info(
        f"{reason}, so this is the model's plain cosine, brought to 0 to 1 by one fixed curve. "
        "Every pair gets the same doubt on that curve, and P(match) is not calibrated: read the "
        "order, not the values.",
        icon=":material/info:",
    )
    if not adapters.is_fitted and jobs.find("fit") is not None:
        jobs.show("fit")


def is_fitted() -> bool:
    """Whether doubts come from a fitted VACSR adapter: the one behind the stages that are on."""
    stages = state.stages()
    return "vacsr" in stages and state.engine().adapters.last(stages).is_fitted
