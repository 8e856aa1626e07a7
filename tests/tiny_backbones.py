"""Tiny random checkpoints of several architectures, as folders that open_clip can load."""

from __future__ import annotations

import json
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

_TEXT = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
_VIT = {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16}
_PREPROCESS = {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4], "resize_mode": "squash"}

MODEL_CONFIGS = {
    "vit": {"embed_dim": 24, "vision_cfg": _VIT, "text_cfg": _TEXT},
    "vit_last": {
        "embed_dim": 24,
        "vision_cfg": _VIT | {"pool_type": "avg"},
        "text_cfg": _TEXT | {"no_causal_mask": True, "pool_type": "last"},
    },
    "resnet": {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
        "text_cfg": _TEXT,
    },
    "coca": {
        "embed_dim": 24,
        "custom_text": True,
        "vision_cfg": _VIT
        | {
            "attentional_pool": True,
            "attn_pooler_heads": 2,
            "attn_pooler_queries": 6,
            "output_tokens": True,
        },
        "text_cfg": _TEXT | {"embed_cls": True, "output_tokens": True},
        "multimodal_cfg": _TEXT | {"layers": 1, "attn_pooler_heads": 2},
    },
    "timm_vit": {
        "embed_dim": 24,
        "custom_text": True,
        "vision_cfg": {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "token"},
        "text_cfg": _TEXT | {"proj_bias": True, "no_causal_mask": True, "pool_type": "last"},
    },
    "timm_map": {
        "embed_dim": 64,
        "custom_text": True,
        "vision_cfg": {
            "image_size": 160,
            "timm_model_name": "test_vit",
            "timm_pool": "map",
            "timm_proj": "none",
        },
        "text_cfg": _TEXT,
    },
    "timm_resnet": {
        "embed_dim": 24,
        "custom_text": True,
        "vision_cfg": {"image_size": 64, "timm_model_name": "test_resnet", "timm_pool": "avg"},
        "text_cfg": _TEXT,
    },
    "timm_rotary_pool": {
        "embed_dim": 64,
        "custom_text": True,
        "vision_cfg": {
            "image_size": 64,
            "timm_model_name": "resnet10t",
            "timm_pool": "rot_attn",
            "timm_proj": None,
        },
        "text_cfg": _TEXT,
    },
}

# The kinds a first fit is tried on: ViT, timm convolutional trunk, CoCa, and SigLIP's image tower
# (attention-pooled timm ViT), caption tower and bias on the logit.
FIRST_FIT_KINDS = ("vit", "timm_resnet", "coca", "siglip")
MODEL_CONFIGS["siglip"] = MODEL_CONFIGS["timm_map"] | {
    "init_logit_bias": -10,
    "text_cfg": _TEXT | {"proj_bias": True, "no_causal_mask": True, "pool_type": "last"},
}


def write_backbone(folder: Path, kind: str, dtype: torch.dtype = torch.float32, seed: int = 0):
    """Write open_clip_config.json and random weights of one architecture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = MODEL_CONFIGS[kind]
    saved = {"model_cfg": config, "preprocess_cfg": _PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(saved))
    arguments = {key: value for key, value in config.items() if key != "custom_text"}
    model_class = open_clip.CLIP
    if "multimodal_cfg" in config:
        model_class = open_clip.CoCa
    elif config.get("custom_text"):
        model_class = open_clip.CustomTextCLIP
    torch.manual_seed(seed)
    model = model_class(**arguments)
    weights = {}
    for name, value in model.state_dict().items():
        # Some weights start as exact zeros or ones, which would hide a wrong path.
        if value.is_floating_point() and name != "logit_scale" and "running" not in name:
            value = value + 0.05 * torch.randn_like(value)
        weights[name] = (value.to(dtype) if value.is_floating_point() else value).contiguous()
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder
