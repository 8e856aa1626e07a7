"""Fit on this library as a person meets it: start, progress, stop, compare, keep, discard, undo."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.parts import fit_words, own_pairs, trial_words
from app_pages.parts.library_state import demo_library
from fit_sessions import choose, pictures, press, said, settle, unfitted_model
from vacsr_core import engine as core
from vacsr_core import stored_adapters
from vacsr_core.first_fit import EPOCHS, FEWEST_FOR_FULL, HOW
from vacsr_core.fit_comparison import Compared, Comparison
from vacsr_core.marked_pairs import MarkedPairs
from vacsr_core.trial_fit import FEWEST_TO_COMPARE, STAGES_TO_FIT

name = pytest.fixture(unfitted_model)
FIT_32 = "Fit on 32 pictures of your own with 32 captions"


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def shown(app: AppTest) -> str:
    more = [e.value for kind in ("markdown", "info") for e in getattr(app, kind)]
    return "\n".join([said(app), *more])


def own_adapters(app: AppTest):
    held = app.session_state["_own_adapters"]
    return next(iter(held.values())) if held else None


def table(app: AppTest):
    return next(t.value for t in app.dataframe if "Before" in t.value.columns)


def test_a_fit_is_compared_offered_kept_and_undone_for_one_session_alone(name):
    app = settle(choose(name, pictures(32)))
    first, key = own_adapters(app)
    assert "Of 32 labelled pictures a fit learns from 22; 10 are left out" in shown(app)
    app.number_input(key="fit_epochs_conservative").set_value(4).run()
    app.number_input(key="fit_seed").set_value(5).run()
    press(app, FIT_32)
    settle(app)
    assert "On offer: a VACSR adapter fitted on 22 of 32 pictures of your own" in said(app)
    assert "seed 5" in said(app)
    assert own_adapters(app)[0] is first  # nothing is used before it is kept
    # The first fit learnt from all pictures, so it is said that its figures flatter it.
    assert "The one before learnt from 10 of them" in shown(app)
    rows = table(app)
    assert rows["Figure"].tolist() == list(trial_words.FIGURES.values())
    assert rows["n"].tolist() == ["10", "10", "10", "100", "100"]
    offered = next(iter(app.session_state["_fit_offers"].values())).trial.adapters
    assert len(offered.history["epochs"]) == 4
    chart = next(c for c in app.get("plotly_chart") if "Loss after epochs 1 to 4" in c.proto.alt)
    assert chart is not None

    press(app, "Keep")
    assert own_adapters(app) == (offered, key)
    assert "The new fit is in use, in your session only." in shown(app)
    assert "\nVACSR adapter fitted on 22 of 32 pictures of your own" in said(app)
    backbone = app.session_state["_backbone"]
    shared = shelf_engine(backbone)
    assert stored_adapters.find_own(shared.backbone, key).fitted_on == offered.fitted_on
    # Another session sees nothing of it; the same pairs in a third one find what was kept.
    other = settle(choose(name))
    assert "Go back to the shared adapter" not in labels(other)
    assert not any(label.startswith("Undo") for label in labels(other))
    assert "your own" not in said(other) and shared.adapters is not offered
    assert "drawn scenes" in shared.adapters.fitted_on and shared.adapters.is_fitted
    third = settle(choose(name, pictures(32)))
    assert own_adapters(third)[0].fitted_on == offered.fitted_on

    press(app, "Undo: the adapter before")
    assert own_adapters(app) == (first, key)
    assert "Undone: the adapter before it is in use again." in shown(app)
    assert stored_adapters.find_own(shared.backbone, key).fitted_on == first.fitted_on
    assert not any(label.startswith("Undo") for label in labels(app))
    app.run()
    assert own_adapters(app)[0] is first


def shelf_engine(choice):
    from app_pages.parts import engines

    return engines.shelf().ready(choice)


def test_a_discarded_fit_changes_nothing_and_undo_of_a_first_keep_deletes_it(name):
    app = settle(choose(name))  # the shared fit, on drawn scenes
    app.session_state["_library"] = pictures(9)
    app.session_state["_is_own"] = True
    settle(app.run())
    assert "21 more" in shown(app)
    press(app, "Fit on 9 pictures of your own with 9 captions")
    settle(app)
    assert "was not measured" in shown(app) and "21 more" in shown(app)
    press(app, "Discard")
    assert "Discarded. The adapter in use before stays in use." in shown(app)
    assert "Keep" not in labels(app) and "_own_adapters" not in app.session_state
    press(app, "Fit on 9 pictures of your own with 9 captions")
    press(settle(app), "Keep")
    key = own_adapters(app)[1]
    backbone = shelf_engine(app.session_state["_backbone"]).backbone
    assert stored_adapters.find_own(backbone, key) is not None
    press(app, "Undo: the adapter before")
    assert own_adapters(app) is None
    assert stored_adapters.find_own(backbone, key) is None
    assert "VACSR adapter fitted on 12 drawn scenes" in said(app)
    assert "fit" not in app.session_state["_jobs"]


def test_curves_live_while_it_fits_and_a_stop_keeps_what_was_there(name, monkeypatch):
    app = settle(choose(name, pictures(9)))
    first = own_adapters(app)

    def endless(self, *args, progress, on_epoch, **kwargs):
        for epoch, loss in ((1, 0.5), (2, 0.25)):
            on_epoch({"epoch": epoch, "train": {"sigma": 1.0}, "validation": {"loss": loss}})
        while True:
            progress(0.3, "fitting, epoch 3 of at most 60")
            time.sleep(0.01)

    monkeypatch.setattr(core.Engine, "first_fit", endless)
    press(app, "Fit on 9 pictures of your own with 9 captions")
    job = app.session_state["_jobs"]["fit"]
    for _ in range(600):
        if "epoch 3" in job.text:
            break
        time.sleep(0.1)
    app.run()
    assert not app.exception
    assert next(p.proto.text for p in app.get("progress")).startswith("Fitting the adapter")
    alts = [c.proto.alt for c in app.get("plotly_chart")]
    assert any("on images left out from 0.5000 to 0.2500, lowest after epoch 2" in a for a in alts)
    assert not any(label.startswith("Fit on") for label in labels(app))
    next(button for button in app.button if button.key == "_stop_fit").click().run()
    assert job.wait(60)  # it never ends of itself
    settle(app)
    assert "Stopped after 2 epochs. The adapter in use before stays in use" in shown(app)
    assert own_adapters(app) == first and "Keep" not in labels(app)
    assert "Fit on 9 pictures of your own with 9 captions" in labels(app)


def test_the_errors_page_fits_too_and_follows_what_was_kept(name):
    app = settle(choose(name, pictures(32)))
    app.switch_page("app_pages/errors.py").run()
    for _ in range(600):
        assert not app.exception, app.exception[0].value
        if FIT_32 in labels(app):
            break
        time.sleep(0.1)
        app.run()
    press(app, FIT_32)
    settle(app)
    assert "On offer: a VACSR adapter" in said(app)
    press(app, "Keep")
    assert "conservative fit on 22 of 32 pictures of your own" in shown(app)
    assert "Undo: the adapter before" in labels(app)
    app.switch_page("app_pages/library.py").run()
    assert "\nVACSR adapter fitted on 22 of 32 pictures of your own" in said(app)
    assert "Undo: the adapter before" in labels(app)


def test_choices_reach_the_fit(name, monkeypatch):
    app, given = settle(choose(name, pictures(12))), {}
    real = core.Engine.first_fit

    def noting(self, own=None, **more):
        given.update(more)
        return real(self, own, **more)

    monkeypatch.setattr(core.Engine, "first_fit", noting)
    app.radio(key="fit_how").set_value("full").run()
    assert app.number_input(key="fit_epochs_full").value == EPOCHS["full"]
    app.number_input(key="fit_epochs_full").set_value(2).run()
    app.number_input(key="fit_members").set_value(2).run()
    app.toggle(key="fit_scenes_False").set_value(False).run()
    press(app, "Fit on 12 pictures of your own with 12 captions")
    settle(app)
    asked = (given["how"], given["epochs"], given["has_scenes"], given["members"])
    assert asked == ("full", 2, False, 2)
    offered = next(iter(app.session_state["_fit_offers"].values())).trial.adapters
    assert len(offered.members) == 2
    assert (
        "On offer: a VACSR adapter fitted on 12 pictures of your own with 12 captions, seed 0"
        in (said(app))
    )
    assert "Full fit" in said(app)
    assert any("after epochs 1 to 2:" in c.proto.alt for c in app.get("plotly_chart"))
    app.session_state["_library"] = pictures(5)
    press(app, "Discard")
    assert app.toggle(key="fit_scenes_True").disabled


def test_marks_are_part_of_the_pairs_their_key_and_the_fit(name, monkeypatch):
    plain = pictures(4)
    image, other = plain.images[0].id, plain.images[1].id
    caption, nobodys = plain.captions[0].id, plain.captions[4].id
    marked = plain.mark(image, caption, "no match").mark(other, nobodys, "match")
    found, before = own_pairs.collect(marked), own_pairs.collect(plain)
    assert found.name == "4 pictures of your own with 5 captions and 2 marks"
    assert found.marks == ((0, 0, "no match"), (1, 4, "match"))
    assert found.owner == (0, 1, 2, 3, -1) and (before.labelled, found.labelled) == (4, 3)
    assert found.key != before.key
    unsure = plain.mark(image, caption, "unsure").mark(other, nobodys, "match")
    assert len({own_pairs.collect(each).key for each in (plain, marked, unsure)}) == 3
    assert own_pairs.collect(marked.mark(image, caption, None).mark(other, nobodys, None)).key == (
        before.key
    )
    seen = {}
    real = core.Engine.first_fit

    def noting(self, own=None, **more):
        seen["own"] = own
        return real(self, own, **more)

    monkeypatch.setattr(core.Engine, "first_fit", noting)
    app = settle(choose(name, marked))
    wanted = MarkedPairs.of(found.marks).labels(seen["own"].caption_image, 4)
    own = seen["own"]
    assert (own.marked.labels(own.caption_image, 4) == wanted).all()
    assert own.caption_image.tolist() == [-1, 1, 2, 3, 1]
    assert "fitted on 4 pictures of your own with 5 captions and 2 marks" in said(app)


def test_the_demo_counts_once_somebody_marked_it():
    demo = demo_library()
    marked = demo.mark(demo.images[2].id, demo.captions[0].id, "unsure")
    found = own_pairs.collect(marked)
    assert found.has_demo and len(found.images) == len(demo.images)
    assert found.name.startswith(f"{len(demo.images)} pictures of this library with")
    assert own_pairs.collect(demo) is None


def compared(name: str, low: float, high: float) -> Compared:
    middle = (low + high) / 2
    return Compared(name, (0.5, 0.4, 0.6), (0.5 + middle, 0.4, 0.6), (middle, low, high), 20)


def test_the_words_say_which_is_better_and_what_cannot_be_told():
    same = compared("first_image", -0.1, 0.2)
    good, bad = compared("log_loss", -0.3, -0.1), compared("two_alternative", -0.2, -0.1)
    assert trial_words.verdict(Comparison((same,), 10)) == (
        "The two fits can't be told apart: every difference may be chance."
    )
    assert trial_words.verdict(Comparison((same, good), 10)) == (
        "The new fit is better: Log loss of P(match); the other figures can't be told apart."
    )
    assert "better in some figures (Log loss of P(match)) and worse in others (Own partner" in (
        trial_words.verdict(Comparison((good, bad), 10))
    )
    columns = trial_words.comparison_table(Comparison((same, good), 10))
    assert columns["Difference"][0] == "+5.0 (-10.0 to +20.0)"
    assert columns["Before"][1] == "0.500 (0.400 to 0.600)"
    assert columns["The new fit is"] == ["can't be told apart", "better"]


def test_the_words_hold_the_numbers_of_the_core():
    assert str(FEWEST_FOR_FULL) in trial_words.HOW["auto"][1]
    assert f"from {FEWEST_TO_COMPARE} on" in trial_words.too_few_to_fit()
    assert set(trial_words.HOW) == set(HOW) and set(trial_words.STAGES) == set(STAGES_TO_FIT)
    assert trial_words.kind_of_fit("auto", FEWEST_FOR_FULL) == "full"
    assert trial_words.kind_of_fit("auto", FEWEST_FOR_FULL - 1) == "conservative"
    assert fit_words.FIGURES.keys() >= {"log_loss", "brier_skill"}
