"""Training the embedded backbone: a small CLIP on drawn scenes.

Source: the contrastive loss of CLIP, arXiv 2103.00020. Two changes, both possible because every
scene's facts are known: captions that also hold for another image of the batch are no negatives of
it, and every image meets a caption that is wrong in just one fact.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vacsr_core import scenes, train
from vacsr_core.encode.untrained import open_clip_tokenizer, save_clip, untrained_clip

IMAGE_PIXELS = 64
MODEL = {
    "embed_dim": 256,
    "vision_cfg": {
        "image_size": IMAGE_PIXELS,
        "patch_size": 8,
        "width": 192,
        "layers": 4,
        "head_width": 48,
    },
    "text_cfg": {
        "context_length": 64,
        "vocab_size": 49408,
        "width": 128,
        "heads": 4,
        "layers": 2,
    },
}
PREPROCESS = {
    "size": IMAGE_PIXELS,
    "mode": "RGB",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "interpolation": "bicubic",
    "resize_mode": "squash",  # the whole picture is seen, also when it is wide or tall
}
POSITIVE_LEVELS = ("exact", "exact", "partial", "partial", "generic", "formal", "telegraphic")
_SHARE_OF_LEVEL = (0.25, 0.25, 0.15, 0.1, 0.05, 0.1, 0.1)  # one for each of the above


@dataclass(frozen=True)
class BackboneConfig:
    """Every choice of a training run.

    Args:
        seed: of the scenes, the weights and the batches.
        scenes, held_out: scenes to learn from; scenes to choose the best epoch on.
        epochs, batch, learning_rate, weight_decay: of AdamW, one-cycle with a cosine.
        device: "cpu", "cuda" or "mps".
    """

    seed: int = 0
    scenes: int = 12_000
    held_out: int = 1_000
    epochs: int = 20
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.1
    device: str = "cpu"


def train_backbone(
    folder: str | Path,
    config: BackboneConfig | None = None,
    progress: Callable | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint: str | Path | None = None,
) -> list[dict]:
    """Train a small CLIP on drawn scenes and write it as a `local-dir:` folder of open_clip.

    Args:
        folder: where configuration and half-precision weights go.
        progress: called with (share done, text); may raise CancelledError.
        checkpoint: folder in which an interrupted run is kept and taken up again.

    Returns:
        One row an epoch: training losses and validation figures.
    """
    config = config or BackboneConfig()
    task = _BackboneTask(config, progress)
    history = train.fit(
        task,
        config.epochs,
        config.epochs,
        progress,
        should_stop,
        checkpoint,
        fingerprint=repr((config, MODEL, PREPROCESS)),
    )
    save_clip(Path(folder), task.whole_model(), MODEL, PREPROCESS)
    return history


def draw_pixels(drawn: tuple, progress: Callable | None = None) -> np.ndarray:
    """Draw scenes on all processors: uint8 (N, 3, 64, 64)."""
    pixels = np.empty((len(drawn), 3, IMAGE_PIXELS, IMAGE_PIXELS), np.uint8)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for row, picture in enumerate(pool.map(_pixels, drawn, chunksize=64)):
            pixels[row] = picture
            if progress is not None and row % 200 == 0:
                progress(0.0, f"drawing scene {row:,} of {len(drawn):,}")
    return pixels


def _pixels(scene: scenes.Scene) -> np.ndarray:
    return np.asarray(scenes.draw(scene, IMAGE_PIXELS)).transpose(2, 0, 1)


class _SceneData:
    """Drawn scenes with their captions' token ids and facts, on the device.

    Args:
        count, seed: see `scenes.sample`.
        tokenizer: texts -> int64 (M, L).
    """

    def __init__(
        self, count: int, seed: int, tokenizer: Callable, device: str, progress: Callable | None
    ) -> None:
        drawn = scenes.sample(count, seed, levels=(*POSITIVE_LEVELS, "wrong"))
        self.pixels = torch.from_numpy(draw_pixels(drawn.scenes, progress)).to(device)
        per_scene = len(POSITIVE_LEVELS) + 1
        texts = [caption.text for caption in drawn.captions]
        self.ids = tokenizer(texts).view(count, per_scene, -1)
        column: dict[tuple, int] = {}
        for caption in drawn.captions:
            for fact in caption.facts:
                column.setdefault(fact, len(column))
        held = torch.zeros(count, len(column), dtype=torch.bool)
        for row, scene in enumerate(drawn.scenes):
            held[row, [column[fact] for fact in scene.facts if fact in column]] = True
        longest = max(len(caption.facts) for caption in drawn.captions)
        stated = torch.full((len(texts), longest), len(column))  # the last column always holds
        for row, caption in enumerate(drawn.captions):
            stated[row, : len(caption.facts)] = torch.tensor([column[f] for f in caption.facts])
        self.held = torch.cat([held, torch.ones(count, 1, dtype=torch.bool)], dim=1).to(device)
        self.stated = stated.view(count, per_scene, longest).to(device)

    def is_true(self, images: torch.Tensor, stated: torch.Tensor) -> torch.Tensor:
        """bool (B, C): every fact that caption c states holds in image b."""
        claims = torch.zeros(len(stated), self.held.shape[1], device=stated.device)
        claims.scatter_(1, stated, 1.0)
        missing = (~self.held[images]).float() @ claims.T
        return missing < 0.5


class _BackboneTask:
    """Model, data and optimiser of one run; see `train.Task`."""

    def __init__(self, config: BackboneConfig, progress: Callable | None) -> None:
        self.config = config
        tokenizer = open_clip_tokenizer(MODEL["text_cfg"]["context_length"])
        sets = [
            _SceneData(count, seed, tokenizer, config.device, progress)
            for count, seed in (
                (config.scenes, config.seed),
                (config.held_out, config.seed + 500_009),
            )
        ]
        # Only words that the captions use are trained; sorted ids keep the end token the greatest,
        # which is how the text tower finds it.
        self.vocabulary = torch.unique(torch.cat([data.ids.ravel() for data in sets]))
        for data in sets:
            data.ids = torch.searchsorted(self.vocabulary, data.ids).to(config.device)
        self.data, self.held_out = sets
        self.model = untrained_clip(_with_vocabulary(len(self.vocabulary)), config.seed)
        self.model.to(config.device)
        flat = [p for p in self.model.parameters() if p.ndim < 2]
        deep = [p for p in self.model.parameters() if p.ndim >= 2]
        self.optimiser = torch.optim.AdamW(
            [{"params": deep}, {"params": flat, "weight_decay": 0.0}],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
        )
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.steps_an_epoch = config.scenes // config.batch
        self.level_shares = torch.tensor(_SHARE_OF_LEVEL, device=config.device)

    def _random(self, *shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=self.generator, device=self.config.device)

    def _prepare(self, pixels: torch.Tensor, is_augmented: bool) -> torch.Tensor:
        """uint8 (B, 3, S, S) -> standardised float, moved, zoomed and re-lit a little in training.

        Nothing is mirrored: captions say left and right.
        """
        x = pixels.float() / 255.0
        if is_augmented:
            count = len(x)
            zoom = 0.9 + 0.2 * self._random(count)
            shift = 0.12 * (self._random(count, 2) - 0.5)
            grid = torch.zeros(count, 2, 3, device=x.device)
            grid[:, 0, 0], grid[:, 1, 1], grid[:, :, 2] = zoom, zoom, shift
            grid = torch.nn.functional.affine_grid(grid, list(x.shape), align_corners=False)
            x = torch.nn.functional.grid_sample(
                x, grid, padding_mode="reflection", align_corners=False
            )
            light = 0.8 + 0.4 * self._random(count, 1, 1, 1)
            contrast = 0.8 + 0.4 * self._random(count, 1, 1, 1)
            x = ((x - 0.5) * contrast + 0.5) * light
        mean = torch.tensor(PREPROCESS["mean"], device=x.device)[:, None, None]
        std = torch.tensor(PREPROCESS["std"], device=x.device)[:, None, None]
        return (x - mean) / std

    def _forward(self, data: _SceneData, rows: torch.Tensor, level: torch.Tensor, augment: bool):
        """Logits (B, 2B) of images against own and wrong captions, and who may be a negative."""
        ids = torch.cat([data.ids[rows, level], data.ids[rows, -1]])
        stated = torch.cat([data.stated[rows, level], data.stated[rows, -1]])
        is_fast = self.config.device == "cuda"
        with torch.autocast(self.config.device, torch.bfloat16, enabled=is_fast):
            images = self.model.encode_image(self._prepare(data.pixels[rows], augment), True)
            captions = self.model.encode_text(ids, normalize=True)
        scale = self.model.logit_scale.exp().clamp(max=100.0)
        logits = scale * images.float() @ captions.float().T
        excluded = data.is_true(rows, stated)
        own = torch.arange(len(rows), device=rows.device)
        excluded[own, own] = False
        return logits.masked_fill(excluded, -1e4), own

    def step(self, share_done: float) -> dict[str, float]:
        """One update on a batch of different scenes."""
        config = self.config
        warm = min(1.0, share_done / 0.03)
        rate = config.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * share_done))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        order = torch.randperm(config.scenes, generator=self.generator, device=config.device)
        rows = order[: config.batch]
        level = torch.multinomial(
            self.level_shares, len(rows), replacement=True, generator=self.generator
        )
        logits, own = self._forward(self.data, rows, level, True)
        to_caption = torch.nn.functional.cross_entropy(logits, own)
        to_image = torch.nn.functional.cross_entropy(logits[:, : len(own)].T, own)
        self.optimiser.zero_grad(set_to_none=True)
        (0.5 * (to_caption + to_image)).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return {"to_caption": float(to_caption.detach()), "to_image": float(to_image.detach())}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Loss and first-rank shares on held-out scenes, in batches of 250, exact captions."""
        self.model.eval()
        rows = torch.arange(self.config.held_out, device=self.config.device)
        totals = {"loss": 0.0, "image_to_caption": 0.0, "caption_to_image": 0.0}
        batches = rows.split(250)
        for part in batches:
            logits, own = self._forward(self.held_out, part, torch.zeros_like(part), False)
            back = logits[:, : len(own)].T
            loss = torch.nn.functional.cross_entropy
            totals["loss"] += float(loss(logits, own) + loss(back, own)) / 2
            totals["image_to_caption"] += float((logits.argmax(1) == own).float().mean())
            totals["caption_to_image"] += float((back.argmax(1) == own).float().mean())
        self.model.train()
        return {name: value / len(batches) for name, value in totals.items()}

    @torch.no_grad()
    def whole_model(self) -> torch.nn.Module:
        """The trained model with the tokenizer's full table; words never seen say 0, not noise."""
        whole = untrained_clip(MODEL, self.config.seed)
        weights = self.model.state_dict()
        table = torch.zeros_like(whole.text.token_embedding.weight)
        table[self.vocabulary] = weights["text.token_embedding.weight"].cpu()
        whole.load_state_dict(weights | {"text.token_embedding.weight": table})
        return whole


def _with_vocabulary(words: int) -> dict:
    return MODEL | {"text_cfg": MODEL["text_cfg"] | {"vocab_size": words}}
