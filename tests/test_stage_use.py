"""A stage that the model has none of, put to use on all pages of one session."""

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts import engines
from tiny_backbones import write_backbone
from vacsr_core import engine as core

SCRIPT = """
import streamlit as st
from app_pages.parts import engines, measure, stage_use

stage_use.collect()
stage_use.offer("space")
st.text(f"stages {measure.stages()}")
"""


@pytest.fixture
def unfitted_space_engine(tmp_path, monkeypatch):
    """A tiny model in the place of the embedded one; its adapters have no common space."""
    monkeypatch.setattr(core, "SCENES_TO_START", 12)
    monkeypatch.setenv("VACSR_DATA", str(tmp_path / "data"))
    made = core.Engine.load(f"local-dir:{write_backbone(tmp_path / 'tiny', 'vit')}", "cpu")
    shelf = engines.EngineShelf()
    shelf._engines[engines.DEFAULT] = made
    monkeypatch.setattr(engines, "shelf", lambda: shelf)
    return made


def test_a_stage_is_fitted_and_then_acts_in_this_session_alone(unfitted_space_engine):
    app = AppTest.from_string(SCRIPT, default_timeout=180).run()
    assert [text.value for text in app.text] == ["stages ('vacsr',)"]
    app.button(key="use_space").click().run()
    for _ in range(600):
        if not app.button:
            break
        app.run()
    [said] = [text.value for text in app.text]
    adapters, _ = app.session_state["_own_adapters"][engines.DEFAULT]
    assert adapters.space is not None and adapters.after("space").is_fitted
    assert said == "stages ('space', 'vacsr')" and not app.exception
    assert unfitted_space_engine.adapters.space is None  # nobody else's changes
