"""The engine on the embedded backbone: offline, fast to load, sensible on scenes it never saw."""

import time

import numpy as np
import pytest
from scipy.stats import spearmanr

from vacsr_core import Engine, FitConfig, engine, scenes
from vacsr_core.errors import CancelledError, DataError, ShapeError


@pytest.fixture(scope="module")
def embedded():
    return Engine.load(device="cpu")


@pytest.fixture(scope="module")
def held_out(embedded):
    drawn = scenes.sample(60, seed=77_000_001)
    images = embedded.encode_images([scenes.draw(s, 128) for s in drawn.scenes], tokens=False)
    captions = embedded.encode_captions([c.text for c in drawn.captions], tokens=False)
    return drawn, images, captions


def test_embedded_engine_is_fitted_and_says_on_what(embedded):
    assert embedded.adapters.is_fitted
    assert "drawn scenes" in embedded.adapters.fitted_on
    assert embedded.adapters.backbone_id == embedded.backbone.backbone_id
    assert embedded.backbone.has_image_tokens and embedded.backbone.has_caption_tokens


def test_loading_takes_under_two_seconds_once_imported(embedded):
    start = time.thread_time()  # of this thread alone: the machine may be busy
    Engine.load(device="cpu")
    assert time.thread_time() - start < 2.0


def test_mean_follows_the_facts_better_than_the_cosine(embedded, held_out):
    drawn, images, captions = held_out
    sim = embedded.similarity(images, captions)
    graded = scenes.truth(drawn.scenes, drawn.captions).ravel()
    of_mean = spearmanr(sim.mean.ravel(), graded).statistic
    of_cosine = spearmanr(sim.cosine.ravel(), graded).statistic
    assert of_mean > of_cosine > 0.3


def test_doubt_is_larger_for_captions_that_say_less(embedded, held_out):
    drawn, images, captions = held_out
    sim = embedded.similarity(images, captions)
    level = np.array([caption.level for caption in drawn.captions])
    std = sim.std[drawn.caption_image, np.arange(len(level))]
    assert std[level == "generic"].mean() > std[level == "exact"].mean()
    assert std[level == "partial"].mean() > std[level == "exact"].mean()


def test_any_stage_can_be_left_out(embedded, held_out):
    _, images, captions = held_out
    plain = embedded.similarity(images[:5], captions[:7], stages=())
    assert np.array_equal(plain.mean.argsort(axis=1), plain.cosine.argsort(axis=1))
    chosen = embedded.adapters.default_stages
    same = embedded.similarity(images[:5], captions[:7], stages=chosen)
    assert np.array_equal(same.mean, embedded.similarity(images[:5], captions[:7]).mean)
    alone = embedded.similarity(images[:5], captions[:7], stages=("vacsr",))
    assert chosen == ("vacsr",) or not np.array_equal(alone.cosine, same.cosine)
    assert embedded.common_space(images).shape == images.vectors.shape
    assert embedded.semantic_probability.shape == (images.dimension,)


def test_fit_on_scenes_is_kept_for_the_next_load(embedded, monkeypatch, tmp_path):
    monkeypatch.setenv("VACSR_DATA", str(tmp_path))
    monkeypatch.setattr(engine, "SCENES_TO_FIT", 24)
    other = Engine(embedded.backbone, cache=embedded.cache)
    seen = []
    fitted = other.fit_on_scenes(
        FitConfig(epochs=1), progress=lambda share, text: seen.append(share)
    )
    assert (np.diff(seen) > -1e-9).all() and seen[-1] == 1.0
    assert other.adapters is fitted and "24 drawn scenes" in fitted.fitted_on
    assert Engine(embedded.backbone).adapters.fitted_on == fitted.fitted_on
    monkeypatch.setenv("VACSR_DATA", str(tmp_path / "elsewhere"))
    assert Engine(embedded.backbone).adapters.fitted_on != fitted.fitted_on


def test_a_stopped_fit_leaves_the_adapters_as_they_were(embedded, monkeypatch):
    monkeypatch.setattr(engine, "SCENES_TO_FIT", 24)
    other = Engine(embedded.backbone, cache=embedded.cache)
    before = other.adapters

    def stop(share, text):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        other.fit_on_scenes(FitConfig(epochs=1), progress=stop)
    assert other.adapters is before


def test_stored_adapters_of_another_size_are_refused(embedded, monkeypatch, tmp_path):
    from vacsr_core import Adapters

    monkeypatch.setenv("VACSR_DATA", str(tmp_path))
    Adapters.unfitted(5).save(engine.adapters_folder(embedded.backbone.backbone_id))
    with pytest.raises(DataError, match="for 5 columns"):
        Engine(embedded.backbone)


def test_images_and_captions_may_not_be_swapped(embedded, held_out):
    _, images, captions = held_out
    with pytest.raises(ShapeError, match="takes images, then captions"):
        embedded.similarity(captions, images)
