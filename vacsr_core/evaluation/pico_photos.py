"""Photos: R@1 under every kind of weights, across changes of style, by column, and how stable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from vacsr_core import data
from vacsr_core.encode.pictures import read_picture
from vacsr_core.engine import Engine
from vacsr_core.evaluation.pico_tables import Number
from vacsr_core.evaluation.pico_weights import FitData, all_weights
from vacsr_core.evaluation.sources import from_features
from vacsr_core.features import Features
from vacsr_core.hold_out import captioned_hold_out
from vacsr_core.metrics import style
from vacsr_core.pico import StyleViews
from vacsr_core.style_changes import PICTURE_STYLES, change_picture
from vacsr_core.style_views import changed_copies

TRAIN, DEV, CLIP = "flickr8k-train.parquet", "flickr8k-dev.parquet", "clip-vit-b32-flickr8k.npz"
FIT_VIEWED, VIEWS = 300, 3  # photos fitted on that are shown changed too, and how often
TEST_CHANGED = 200  # photos of dev that are measured changed too
COUNTS = (8, 16, 32, 64, 96, 128, 192, 256)
PHOTOS, LINKS = "Flickr8k dev: R@1", "Flickr8k dev: p and style invariance"
CURVE, STABLE = "Flickr8k dev: R@1 with the top-k columns", "Stability of p: mean Spearman"
HALVES = "CLIP ViT-B/32 features, halves: R@1"


def photo_numbers(
    engine: Engine, folder: Path, seeds: tuple[int, ...], progress: Callable | None
) -> Iterator[Number]:
    """Fitted on the photos held out of the backbone's training, measured on dev."""
    fitting = _to_fit(engine, folder)
    images, captions, owner, changed = _to_test(engine, folder)
    invariance = {
        "picture changes": style.style_invariance(changed),
        "captions of a photo": _of_captions(captions, owner, len(images)),
    }
    found: list[dict[str, np.ndarray]] = []
    halves: list[list[dict[str, np.ndarray]]] = []
    for turn, seed in enumerate(seeds):
        if progress is not None:
            progress(turn / len(seeds), f"Flickr8k, seed {seed}: fitting and measuring")
        found.append(all_weights(fitting, seed))
        halves.append([all_weights(fitting.half(which), seed) for which in (0, 1)])
        for row, p in found[-1].items():
            yield Number(PHOTOS, row, "dev", style.first_choice(images, captions, owner, p), seed)
            for measure, value in _changed(changed, captions, owner, p).items():
                yield Number(PHOTOS, row, measure, value, seed)
        yield from _curves(images, captions, owner, found[-1], seed)
    for row in found[0]:
        p = np.mean([one[row] for one in found], axis=0)
        for name, values in invariance.items():
            link = style.invariance_link(p, values)
            yield Number(LINKS, row, name, link.value, interval=(link.low, link.high))
        yield Number(STABLE, row, "over seeds", style.stability([one[row] for one in found]))
        for seed, pair in zip(seeds, halves, strict=True):
            value = style.stability([one[row] for one in pair])
            yield Number(STABLE, row, "over halves of the photos", value, seed)


def half_numbers(folder: Path, seeds: tuple[int, ...]) -> Iterator[Number]:
    """CLIP's features: fitted on one half of the images, measured on the other, and vice versa."""
    held = from_features(folder / CLIP)
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(held.images))
        parts = [held.take(np.sort(rows)) for rows in np.array_split(order, 2)]
        for first, second in (parts, parts[::-1]):
            weights = all_weights(FitData(first.images, first.captions, first.owner, {}), seed)
            for row, p in weights.items():
                given = second.images.vectors, second.captions.vectors, second.owner
                yield Number(HALVES, row, "R@1", style.first_choice(*given, p), seed)


def _changed(
    changed: np.ndarray, captions: np.ndarray, owner: np.ndarray, p: np.ndarray
) -> dict[str, float]:
    """R@1 among some photos, as they are and every one in some style."""
    items, styles, _ = changed.shape
    columns, rows = np.flatnonzero(owner < items), np.arange(items)
    given = captions[columns], owner[columns], p
    clean = style.first_choice(changed[:, 0], *given)
    mixed = float(
        np.mean(
            [
                style.first_choice(changed[rows, (rows + turn) % styles], *given)
                for turn in range(styles)
            ]
        )
    )
    return {f"first {items}": clean, f"first {items}, mixed styles": mixed, "drop": clean - mixed}


def _curves(
    images: np.ndarray,
    captions: np.ndarray,
    owner: np.ndarray,
    weights: dict[str, np.ndarray],
    seed: int,
) -> Iterator[Number]:
    counts = [count for count in COUNTS if count < images.shape[1]] + [images.shape[1]]
    scores = {row: p for row, p in weights.items() if np.ptp(p) > 0}
    scores["variance"] = images.var(axis=0) + captions.var(axis=0)
    for row, score in scores.items():
        curve, area = style.kept_columns_curve(images, captions, owner, score, counts)
        for count, value in zip(counts, curve, strict=True):
            yield Number(CURVE, row, str(count), float(value), seed)
        yield Number(CURVE, row, "area", area, seed)


def _to_fit(engine: Engine, folder: Path) -> FitData:
    pairs = data.read(folder / TRAIN)
    pairs = pairs.select(np.flatnonzero(captioned_hold_out(pairs.image_ids)))
    count = min(FIT_VIEWED, len(pairs.images))
    pictures = [read_picture(pairs.images[place], place) for place in range(count)]
    views = changed_copies(pictures, VIEWS)
    return FitData(
        engine.encode_images(pairs.images),
        engine.encode_captions(pairs.captions),
        pairs.caption_image,
        {
            "": StyleViews(
                engine.encode_images(views, tokens=False), np.repeat(np.arange(count), VIEWS)
            )
        },
    )


def _to_test(engine: Engine, folder: Path) -> tuple[np.ndarray, ...]:
    """Vectors (N, D) and (M, D), owner (M,), and the first photos in every style (n, K, D)."""
    pairs = data.read(folder / DEV)
    images: Features = engine.encode_images(pairs.images, tokens=False)
    captions = engine.encode_captions(pairs.captions, tokens=False)
    count = min(TEST_CHANGED, len(pairs.images))
    views = [
        change_picture(picture, name)
        for picture in (read_picture(pairs.images[place], place) for place in range(count))
        for name in PICTURE_STYLES
    ]
    seen = engine.encode_images(views, tokens=False).vectors.reshape(count, -1, images.dimension)
    changed = np.concatenate([images.vectors[:count, None], seen], axis=1)
    return images.vectors, captions.vectors, pairs.caption_image, changed


def _of_captions(captions: np.ndarray, owner: np.ndarray, images: int) -> np.ndarray:
    """ICC of the captions of one photo; photos with fewer than the most common count are out."""
    size = np.bincount(owner, minlength=images)
    usual = int(np.bincount(size[size > 0]).argmax())
    rows = np.flatnonzero(size == usual)
    return style.style_invariance(np.stack([captions[owner == row] for row in rows]))
