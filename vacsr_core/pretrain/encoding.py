"""Running the model that is being trained: in training, and when it is watched."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from vacsr_core.encode.caption_tower import caption_tower
from vacsr_core.pretrain.config import BackboneConfig, preprocess_config


def encode_images(model: nn.Module, x: Tensor, config: BackboneConfig) -> Tensor:
    """Pictures (B, 3, S, S) in [0, 1] -> float32 (B, D), not normalised."""
    settings = preprocess_config(config.pixels)
    mean, std = (torch.tensor(settings[key])[:, None, None] for key in ("mean", "std"))
    x = ((x - mean) / std).to(config.device, memory_format=torch.channels_last)
    with torch.autocast(config.device, torch.bfloat16, enabled=config.is_half):
        return model.encode_image(x).float()


def encode_texts(model: nn.Module, rows: Tensor, config: BackboneConfig) -> Tensor:
    """Rows of the vocabulary (B, L) -> unit float32 (B, D)."""
    with torch.autocast(config.device, torch.bfloat16, enabled=config.is_half):
        found = caption_tower(model).encode(rows.to(config.device))
    return functional.normalize(found.float(), dim=-1)
