"""A new open_clip model with random weights, and the folder in which a trained one is kept."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from open_clip.model import CustomTextCLIP
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import save_file

from vacsr_core.backbones import CONFIG_NAME, HUB_WEIGHTS


def untrained_clip(model_cfg: dict, seed: int) -> CustomTextCLIP:
    """A two-tower model of open_clip with random weights.

    Args:
        model_cfg: `embed_dim`, `vision_cfg` and `text_cfg` as open_clip's own JSON files have them.
        seed: of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CustomTextCLIP(**model_cfg)


def open_clip_tokenizer(context_length: int) -> SimpleTokenizer:
    """CLIP's own tokenizer: texts -> int64 (M, context_length)."""
    return SimpleTokenizer(context_length=context_length)


def save_clip(folder: Path, model: CustomTextCLIP, model_cfg: dict, preprocess_cfg: dict) -> None:
    """Write a folder that `local-dir:` loads: configuration, and weights in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": {**model_cfg, "custom_text": True}, "preprocess_cfg": preprocess_cfg}
    (folder / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    weights = {
        name: value.detach().cpu().half().contiguous() if value.is_floating_point() else value.cpu()
        for name, value in model.state_dict().items()
    }
    save_file(weights, folder / HUB_WEIGHTS[0])
