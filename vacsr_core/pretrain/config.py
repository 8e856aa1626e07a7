"""What a run of the backbone's training is made of: the architecture and every choice."""

from __future__ import annotations

from dataclasses import dataclass

EMBED_COLUMNS = 256
TEXT = {"context_length": 64, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 2}
DOMAINS = ("photos", "labelled", "objects", "cartoons", "scenes")


def _timm(name: str) -> dict:
    return {
        "timm_model_name": name,
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
    }


# Image towers that were compared; each is open_clip's `vision_cfg` without its image size.
TRUNKS: dict[str, dict] = {
    "resnet10t": _timm("resnet10t"),
    "resnet18": _timm("resnet18"),
    "repvgg_a0": _timm("repvgg_a0"),
    "convnext_atto": _timm("convnext_atto"),
    "vit_patch8": {"patch_size": 8, "width": 192, "layers": 4, "head_width": 48},
}


def model_config(trunk: str, pixels: int) -> dict:
    """open_clip's `model_cfg` of both towers.

    Args:
        trunk: a key of `TRUNKS`.
        pixels: side of the square picture that the image tower reads.
    """
    return {
        "embed_dim": EMBED_COLUMNS,
        "vision_cfg": {"image_size": pixels, **TRUNKS[trunk]},
        "text_cfg": dict(TEXT),
    }


def preprocess_config(pixels: int) -> dict:
    """open_clip's `preprocess_cfg`: the whole picture, squashed to a square."""
    return {
        "size": pixels,
        "mode": "RGB",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.25, 0.25, 0.25],
        "interpolation": "bicubic",
        "resize_mode": "squash",
    }


@dataclass(frozen=True)
class BackboneConfig:
    """Every choice of a training run.

    Args:
        seed: of the scenes, the weights and the batches.
        trunk: image tower, a key of `TRUNKS`.
        domains: which of `DOMAINS` are learnt from. "objects" and "cartoons" are the seven
            classes of PACS as photos and as cartoons.
        scenes: freshly drawn scenes to learn from.
        epochs, steps: length of the run; an epoch is `steps` updates and ends with a validation.
        photos, labelled, objects, cartoons, scene_images: pictures of each domain in a batch.
        pixels, first_pixels, first_share: side of the pictures at the end of the run, at its
            beginning, and the share of the run that uses the smaller ones.
        learning_rate, weight_decay, warm_up: of AdamW; linear warm-up over that share of the run,
            then a cosine to 0.
        mixed_share: share of the batches whose labelled pictures are mixed by CutMix.
        drop_words: share of word pieces that are blanked out.
        label_smoothing: of every classification.
        words_weight, captions_weight, labels_weight: of the losses beside the one over pairs.
        average: decay of the moving average of the weights, which is what is kept.
        is_half: compute in bfloat16 where autocast allows it.
        device: "cpu", "cuda" or "mps".
    """

    seed: int = 0
    trunk: str = "resnet10t"
    domains: tuple[str, ...] = DOMAINS
    scenes: int = 12_000
    epochs: int = 14
    steps: int = 400
    photos: int = 96
    labelled: int = 160
    objects: int = 16
    cartoons: int = 16
    scene_images: int = 96
    pixels: int = 96
    first_pixels: int = 64
    first_share: float = 0.65
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warm_up: float = 0.04
    mixed_share: float = 0.5
    drop_words: float = 0.1
    label_smoothing: float = 0.1
    words_weight: float = 0.5
    captions_weight: float = 0.3
    labels_weight: float = 1.0
    average: float = 0.998
    is_half: bool = False
    device: str = "cpu"
