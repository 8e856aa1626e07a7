"""Training the embedded backbone: facts mask false negatives, a run learns, resumes and loads."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from vacsr_core import backbone_fit, scenes
from vacsr_core.backbone_fit import POSITIVE_LEVELS, BackboneConfig, train_backbone
from vacsr_core.encode import encode_captions, encode_images, load_backbone
from vacsr_core.encode.untrained import open_clip_tokenizer
from vacsr_core.errors import CancelledError

TINY = BackboneConfig(scenes=48, held_out=24, epochs=3, batch=24)


@pytest.fixture(autouse=True)
def tiny_model(monkeypatch):
    vision = {"image_size": 64, "patch_size": 16, "width": 32, "layers": 1, "head_width": 16}
    text = {"context_length": 64, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    monkeypatch.setattr(
        backbone_fit, "MODEL", {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    )


def test_captions_that_hold_are_found_by_their_facts():
    data = backbone_fit._SceneData(12, 3, open_clip_tokenizer(64), "cpu", None)
    drawn = scenes.sample(12, 3, levels=(*POSITIVE_LEVELS, "wrong"))
    per_scene = len(POSITIVE_LEVELS) + 1
    rows = torch.arange(12)
    for level in (0, 4, per_scene - 1):  # exact, generic, wrong
        captions = drawn.captions[level::per_scene]
        wanted = scenes.truth(drawn.scenes, captions) == 1.0
        assert np.array_equal(data.is_true(rows, data.stated[:, level]).numpy(), wanted)
    assert not data.is_true(rows, data.stated[:, -1]).diagonal().any()


def test_a_run_learns_and_gives_a_folder_that_loads(tmp_path):
    history = train_backbone(tmp_path / "out", replace(TINY, epochs=6, learning_rate=3e-3))
    losses = [row["train"]["to_caption"] for row in history]
    assert losses[-1] < losses[0]
    backbone = load_backbone(f"local-dir:{tmp_path / 'out'}", "cpu")
    scene = scenes.sample(1, 0).scenes[0]
    images = encode_images(backbone, [scenes.draw(scene, 64)])
    captions = encode_captions(backbone, ["a red boat", "a red boat zyzzyva"])
    assert images.vectors.shape == (1, 16) and images.grid == (4, 4)
    assert captions.vectors.shape == (2, 16) and captions.words[0] == ("a", "red", "boat")


def test_a_stopped_run_is_taken_up_again(tmp_path):
    calls = iter(range(100))
    with pytest.raises(CancelledError):
        train_backbone(
            tmp_path / "a", TINY, should_stop=lambda: next(calls) == 3, checkpoint=tmp_path / "kept"
        )
    resumed = train_backbone(tmp_path / "a", TINY, checkpoint=tmp_path / "kept")
    whole = train_backbone(tmp_path / "b", TINY)
    assert len(resumed) == 3
    assert resumed[-1]["train"] == whole[-1]["train"]
    weights = "open_clip_model.safetensors"
    assert (tmp_path / "a" / weights).read_bytes() == (tmp_path / "b" / weights).read_bytes()
