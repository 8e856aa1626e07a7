"""Weights between those of two trainings."""

import pytest
import torch
from safetensors.torch import load_file

from vacsr_core.encode.untrained import save_clip, untrained_clip
from vacsr_core.errors import DataError
from vacsr_core.pretrain.blend import blend

WEIGHTS = "open_clip_model.safetensors"


def tiny(width: int) -> dict:
    return {
        "embed_dim": 8,
        "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 8, "layers": 1, "head_width": 8},
        "text_cfg": {
            "context_length": 8,
            "vocab_size": 64,
            "width": width,
            "heads": 1,
            "layers": 1,
        },
    }


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = [tmp_path_factory.mktemp(name) for name in ("first", "second", "other")]
    for seed, (folder, width) in enumerate(zip(made, (8, 8, 16), strict=True)):
        save_clip(folder, untrained_clip(tiny(width), seed), tiny(width), {"size": 16})
    return made


def test_weights_lie_on_the_line_between_both(folders, tmp_path):
    first, second, _ = folders
    start, end = load_file(first / WEIGHTS), load_file(second / WEIGHTS)
    for share in (0.0, 0.25, 1.0):
        blend(first, second, share, tmp_path)
        found = load_file(tmp_path / WEIGHTS)
        for name, value in found.items():
            wanted = (1 - share) * start[name].float() + share * end[name].float()
            torch.testing.assert_close(value.float(), wanted, rtol=1e-3, atol=1e-4)
    assert (tmp_path / "open_clip_config.json").read_text() == (
        first / "open_clip_config.json"
    ).read_text()


def test_what_cannot_be_blended_is_said(folders, tmp_path):
    first, second, other = folders
    with pytest.raises(DataError, match="from 0 to 1"):
        blend(first, second, 1.5, tmp_path)
    with pytest.raises(DataError, match="two architectures"):
        blend(first, other, 0.5, tmp_path)
    with pytest.raises(DataError, match="No weights could be read"):
        blend(first, tmp_path / "nowhere", 0.5, tmp_path)
