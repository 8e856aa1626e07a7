"""The pictures and texts that a backbone learns from, and those that it never sees."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vacsr_core import data, scenes
from vacsr_core.errors import DataError
from vacsr_core.hold_out import captioned_hold_out, held_out_rows, image_key
from vacsr_core.labelled_data import read_labelled

CAPTIONED, VALIDATION = "flickr8k-train.parquet", "flickr8k-dev.parquet"
LABELLED = {
    "labelled": "tiny-imagenet-200.parquet",
    "objects": "pacs-photo.parquet",
    "cartoons": "pacs-cartoon.parquet",
}
LABEL_COLUMN = {"labelled": "wnid", "objects": "label", "cartoons": "label"}
CAPTIONS_EACH = 5
SCENE_LEVELS = ("exact", "exact", "partial", "partial", "generic", "formal", "telegraphic")
SCENE_SHARES = (0.25, 0.25, 0.15, 0.1, 0.05, 0.1, 0.1)  # one for each of the above
STORED_PIXELS = 112  # captioned photos are kept a little larger than what a crop needs
VALIDATION_SHARE = 0.02  # of the labelled pictures that are not held out, to watch the run by


@dataclass(frozen=True, eq=False)
class CaptionedPhotos:
    """Photos with five captions each.

    Args:
        pixels: uint8 (N, 3, H, W).
        ids: int64 (N, 5, L), token ids.
    """

    pixels: Tensor
    ids: Tensor


@dataclass(frozen=True, eq=False)
class LabelledPixels:
    """Pictures with one class each.

    Args:
        pixels: uint8 (N, 3, H, W).
        labels: int64 (N,), column in `classes`.
        classes: names of the C classes, sorted.
    """

    pixels: Tensor
    labels: Tensor
    classes: tuple[str, ...]

    def __getitem__(self, rows: np.ndarray) -> LabelledPixels:
        rows = torch.from_numpy(rows)
        return LabelledPixels(self.pixels[rows], self.labels[rows], self.classes)


def read_photos(
    path: Path, tokenizer: Callable, is_training: bool, progress: Callable | None = None
) -> CaptionedPhotos:
    """Read captioned photos; of the training file the held-out ones are left out.

    Raises:
        DataError: the file cannot be read, or a photo has no caption.
    """
    pairs = data.read(path)
    if is_training:
        pairs = pairs.select(np.flatnonzero(~captioned_hold_out(pairs.image_ids)))
    count = len(pairs.image_ids)
    own: list[list[str]] = [[] for _ in range(count)]
    for text, row in zip(pairs.captions, pairs.caption_image, strict=True):
        own[row].append(text)
    if not all(own):
        raise DataError(f"{path.name}: {sum(not texts for texts in own)} photos have no caption.")
    texts = [one[index % len(one)] for one in own for index in range(CAPTIONS_EACH)]
    pixels = _decode(list(pairs.images), STORED_PIXELS, path.name, progress)
    return CaptionedPhotos(pixels, tokenizer(texts).view(count, CAPTIONS_EACH, -1))


def read_pictures(
    folder: Path, domain: str, side: int, progress: Callable | None = None
) -> tuple[LabelledPixels, LabelledPixels]:
    """Read the labelled pictures of a domain without the held-out ones.

    Args:
        folder: with the data files.
        domain: a key of `LABELLED`.
        side: pixels of the squares that are kept.

    Returns:
        Those to learn from, and a few to watch the run by.
    """
    path = folder / LABELLED[domain]
    read = read_labelled(path, LABEL_COLUMN[domain], is_held_out=False)
    classes = tuple(sorted(set(read.labels)))
    column = {name: index for index, name in enumerate(classes)}
    chosen = LabelledPixels(
        _decode(read.images, side, path.name, progress),
        torch.tensor([column[label] for label in read.labels]),
        classes,
    )
    keys = [f"watched/{image_key(picture)}" for picture in read.images]
    is_watched = held_out_rows(keys, VALIDATION_SHARE)
    return chosen[~is_watched], chosen[is_watched]


def _decode(pictures: Sequence[bytes], side: int, name: str, progress: Callable | None) -> Tensor:
    """Pictures as uint8 (N, 3, side, side), squashed to squares."""
    pixels = np.empty((len(pictures), 3, side, side), np.uint8)

    def decode(row: int) -> None:
        with Image.open(io.BytesIO(pictures[row])) as picture:
            small = picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
        pixels[row] = np.asarray(small).transpose(2, 0, 1)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for row, _ in enumerate(pool.map(decode, range(len(pictures)))):
            if progress is not None and row % 1_000 == 0:
                progress(0.0, f"reading {name}: {row:,} of {len(pictures):,}")
    return torch.from_numpy(pixels)


class DrawnScenes:
    """Drawn scenes with their captions' token ids and facts.

    Args:
        count, seed: see `scenes.sample`.
        tokenizer: texts -> int64 (M, L).
        side: pixels of the drawn squares.

    Attributes:
        pixels: uint8 (N, 3, S, S).
        ids: int64 (N, C + 1, L), one caption for each of `SCENE_LEVELS` and a wrong one.
    """

    def __init__(
        self,
        count: int,
        seed: int,
        tokenizer: Callable,
        side: int,
        progress: Callable | None = None,
    ) -> None:
        drawn = scenes.sample(count, seed, levels=(*SCENE_LEVELS, "wrong"))
        self.pixels = torch.from_numpy(draw_pixels(drawn.scenes, side, progress))
        per_scene = len(SCENE_LEVELS) + 1
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
        self._held = torch.cat([held, torch.ones(count, 1, dtype=torch.bool)], dim=1)
        self._stated = stated.view(count, per_scene, longest)

    def is_true(self, images: Tensor, rows: Tensor, level: Tensor) -> Tensor:
        """bool (B, C): every fact that caption `level` of scene `rows[c]` states holds in b."""
        stated = self._stated[rows, level]
        claims = torch.zeros(len(stated), self._held.shape[1])
        claims.scatter_(1, stated, 1.0)
        return (~self._held[images]).float() @ claims.T < 0.5


def draw_pixels(
    drawn: Sequence[scenes.Scene], side: int, progress: Callable | None = None
) -> np.ndarray:
    """Draw scenes on all processors: uint8 (N, 3, side, side)."""
    pixels = np.empty((len(drawn), 3, side, side), np.uint8)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        pictures = pool.map(_pixels, drawn, [side] * len(drawn), chunksize=64)
        for row, picture in enumerate(pictures):
            pixels[row] = picture
            if progress is not None and row % 200 == 0:
                progress(0.0, f"drawing scene {row:,} of {len(drawn):,}")
    return pixels


def _pixels(scene: scenes.Scene, side: int) -> np.ndarray:
    return np.asarray(scenes.draw(scene, side)).transpose(2, 0, 1)
