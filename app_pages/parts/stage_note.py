"""What the numbers are when the VACSR stage is off or not fitted."""

import streamlit as st

from app_pages.parts import state


def draw() -> None:
    """Say so in one line; nothing where a fitted VACSR is at work."""
    if "vacsr" not in state.stages():
        reason = "VACSR is switched off in the sidebar"
    elif not state.engine().adapters.is_fitted:
        reason = "VACSR is not fitted for this model yet"
    else:
        return
    st.info(
        f"{reason}, so this is the model's plain cosine, brought to 0 to 1 by one fixed curve. "
        "Every pair gets the same doubt on that curve, and P(match) is not calibrated: read the "
        "order, not the values.",
        icon=":material/info:",
    )
