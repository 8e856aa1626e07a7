"""The first fit as a person meets it: begins by itself, says what it is, stays with its owner."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from app_pages.parts import fit_words, fitting, own_pairs
from app_pages.parts.library_state import demo_library
from fit_sessions import choose, pictures, press, said, settle, unfitted_model
from vacsr_core import engine as core
from vacsr_core import stored_adapters
from vacsr_core.errors import CancelledError

name = pytest.fixture(unfitted_model)


def test_choosing_a_model_fits_it_on_own_pairs_for_this_session_alone(name, monkeypatch):
    app = settle(choose(name, pictures()))
    fitted_on = "3 pictures of your own with 3 captions and 12 drawn scenes with 60 captions"
    assert f"VACSR adapter fitted on {fitted_on}, seed 0" in said(app)
    assert "Conservative fit: pairs are ranked exactly as the model's cosine" in said(app)
    assert "used in your session only" in said(app)
    assert "On offer" not in said(app)  # what fits itself is used at once
    # Another session, with the demo gallery: a fit of its own, on scenes alone, for everybody.
    other = settle(choose(name))
    assert "VACSR adapter fitted on 12 drawn scenes with 60 captions, seed 0" in said(other)
    assert "your own" not in said(other)
    # The same pairs once more: their fit is found again and nothing is fitted.
    with monkeypatch.context() as patch:
        patch.delattr(core.Engine, "first_fit")
        assert fitted_on in said(settle(choose(name, pictures())))
    # More pairs, and a fit on them is offered; kept, it may be given up for the shared one.
    app.session_state["_library"] = pictures(4)
    app.run()
    press(app, "Fit on 4 pictures of your own with 4 captions")
    assert "On offer: a VACSR adapter fitted on 4 pictures of your own" in said(settle(app))
    press(app, "Keep")
    assert "\nVACSR adapter fitted on 4 pictures of your own with 4 captions" in said(app)
    press(app, "Go back to the shared adapter")
    assert "VACSR adapter fitted on 12 drawn scenes with 60 captions, seed 0" in said(app)
    app.switch_page("app_pages/similarity.py").run()
    for _ in range(600):
        if not app.get("progress"):
            break
        time.sleep(0.2)
        app.run()
    assert "conservative fit on 12 drawn scenes with 60 captions, seed 0; Brier" in said(app)


def test_a_stopped_fit_leaves_the_model_unfitted_and_asks_before_the_next(name, monkeypatch):
    def endless(self, *args, progress, **kwargs):
        while True:
            progress(0.3, "fitting")

    monkeypatch.setattr(core.Engine, "first_fit", endless)
    app = choose(name)
    for _ in range(20):
        if "fit" in app.session_state["_jobs"]:
            break
        app.session_state["_jobs"]["backbone"].wait(60)
        app.run()
    job = app.session_state["_jobs"]["fit"]
    job.stop()
    settle(app)
    assert job.is_cancelled and "fit" not in app.session_state["_jobs"]
    app.run()
    assert "fit" not in app.session_state["_jobs"]
    assert "Fit on drawn scenes" in [button.label for button in app.button]


def test_the_pairs_of_the_demo_are_nobodys_and_own_ones_have_a_key(monkeypatch):
    demo = demo_library()
    assert own_pairs.collect(demo) is None
    own = pictures()
    mixed = demo.add(images=own.images, captions=own.captions)
    found = own_pairs.collect(mixed)
    assert found.name == "3 pictures of your own with 3 captions"
    assert found.owner == (0, 1, 2) and found.texts == ("colour 0", "colour 1", "colour 2")
    assert found.key == own_pairs.collect(pictures()).key != own_pairs.collect(pictures(4)).key
    assert own_pairs.collect(pictures(1)) is None


def test_a_fit_on_scenes_is_made_once_however_many_sessions_ask(tmp_path, monkeypatch):
    monkeypatch.setenv("VACSR_DATA", str(tmp_path))
    made = SimpleNamespace(is_fitted=True, save=lambda folder: Path(folder).mkdir(parents=True))
    calls = []
    shared = SimpleNamespace(
        adapters=SimpleNamespace(is_fitted=False),
        backbone=SimpleNamespace(backbone_id="tiny@1"),
        first_fit=lambda *given, **named: calls.append(1) or made,
    )
    quiet = lambda *report: None  # noqa: E731
    assert fitting._fit(shared, None, None, None, quiet, quiet).adapters is made
    assert fitting._fit(shared, None, None, None, quiet, quiet).adapters is made
    assert len(calls) == 1 and shared.adapters is made
    assert stored_adapters.adapters_folder("tiny@1").exists()
    shared.adapters = SimpleNamespace(is_fitted=False)

    def stop(*report):
        raise CancelledError("stopped")

    with fitting._one_on_scenes, pytest.raises(CancelledError):
        fitting._fit(shared, None, None, None, stop, stop)


def record(**history) -> SimpleNamespace:
    return SimpleNamespace(fitted_on="7 pictures and 9 drawn scenes", history=history)


def test_the_words_follow_the_record_of_the_fit():
    figures = {"pairs": 40, "brier_skill": 0.514, "two_alternative_cosine": 0.9}
    adapters = record(
        how="conservative",
        validation=figures,
        spread={"is_learnt": False},
        sources=[{"is_drawn": False}, {"is_drawn": True}],
    )
    assert "all pairs share one width of doubt" in fit_words.how(adapters)
    assert fit_words.in_short(adapters) == (
        "VACSR: conservative fit on 7 pictures and 9 drawn scenes; Brier skill of P(match) 0.51 "
        "on 40 pairs of images that were left out."
    )
    assert fit_words.figures(adapters)["Own caption above a stranger's: cosine"] == "90.0%"
    assert not fit_words.is_on_scenes_only(adapters)
    adapters.history["sources"] = [{"is_drawn": True}]
    assert fit_words.is_on_scenes_only(adapters)
    assert fit_words.is_on_scenes_only(SimpleNamespace(fitted_on="600 drawn scenes"))
    assert "Full fit" in fit_words.how(record())
