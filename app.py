"""VACSR Explorer: page set-up and navigation. Start it with `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from app_pages.parts import collecting, engines, frame, kept_answers

ASSETS = Path(__file__).resolve().parent / "assets"

kept_answers.install()
st.set_page_config(
    page_title="VACSR Explorer",
    page_icon=str(ASSETS / "icon.png"),
    layout="wide",
    initial_sidebar_state="auto",
)
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "icon.png"), size="large")
page = st.navigation(
    [
        st.Page(
            "app_pages/library.py", title="Library", icon=":material/photo_library:", default=True
        ),
        st.Page("app_pages/similarity.py", title="Similarity", icon=":material/blur_on:"),
        st.Page("app_pages/common_space.py", title="Common space", icon=":material/scatter_plot:"),
        st.Page("app_pages/features.py", title="Features", icon=":material/graphic_eq:"),
        st.Page("app_pages/errors.py", title="Errors", icon=":material/troubleshoot:"),
    ]
)
collecting.collect()
frame.draw()
page.run()
engines.warm_up()
