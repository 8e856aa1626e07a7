"""Measuring the gauge: does it tell what a model was trained on from all else?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from vacsr_core import scenes
from vacsr_core.engine import Engine
from vacsr_core.errors import NotFittedError
from vacsr_core.familiarity import (
    training_items,
    unfamiliar_captions,
    unfamiliar_domains,
    unfamiliar_images,
)
from vacsr_core.familiarity.building import CHOOSING_CAPTIONS, CHOOSING_IMAGES
from vacsr_core.familiarity.gauge import MOSTLY_UNKNOWN
from vacsr_core.familiarity.reference import auroc

MOST_FROM_A_FILE, MOST_CHANGED = 1_000, 300
_TEST_SEED = 50_000_017
_INSIDE_SCENES_SEED = 9_300_011  # far from those that training, fitting and building draw from
CHOOSING = (*CHOOSING_IMAGES, *CHOOSING_CAPTIONS)

Items = Sequence
# Items -> distances (N,) to order them by, and the verdicts (N,).
Judge = Callable[[Items], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class GaugeRow:
    """How the gauge does on one kind of items.

    Args:
        modality: "image" or "caption".
        kind: such as "tables"; "inside" for items of a kind that the model was trained on.
        seed: of the drawn items; None where they come from a file.
        count: how many items.
        auroc: chance that one of them lies farther out than an inside item; None for the inside.
        share_outside: share that is called outside.
        is_choosing: the gauge's distance was chosen on items of this kind.
    """

    modality: str
    kind: str
    seed: int | None
    count: int
    auroc: float | None
    share_outside: float
    is_choosing: bool


def evaluate_familiarity(
    engine: Engine,
    inside: str,
    left_out: Sequence[str | Path] = (),
    seeds: Sequence[int] = (0, 1, 2),
    count: int = 100,
    progress: Callable | None = None,
) -> list[GaugeRow]:
    """Measure an engine's gauge.

    Args:
        engine: with a gauge.
        inside: Parquet file (image, captions) of a domain that the model was trained on, with
            items that neither training nor the gauge have seen; or "scenes" for fresh ones.
        left_out: Parquet files (image, and captions where there are any) of domains that the
            model was not trained on. Drawings, negatives and heat pictures made of the inside's
            own images come besides.
        seeds: of the drawn pictures and texts.
        count: items of each drawn kind and seed.
        progress: called with (share done, text).

    Returns:
        A row for the inside, each file and each changed domain, and for each drawn kind and
        seed, by modality.

    Raises:
        NotFittedError: the engine has no gauge.
        DataError: a file is not there.
    """
    if engine.familiarity is None:
        raise NotFittedError(
            f"There is no summary of what {engine.backbone.name} was trained on; build one with "
            "the command build-familiarity."
        )
    near_images, near_captions = _inside(inside)
    files = {Path(path).stem: _from_file(Path(path)) for path in left_out}
    rows = _rows("image", _image_judge(engine, progress), near_images)(
        [(name, None, images) for name, (images, _) in files.items()],
        [
            (f"{name} of the inside", None, _changed(near_images, change))
            for name, change in unfamiliar_domains.DOMAINS.items()
        ],
        [
            (kind, seed, unfamiliar_images.draw(kind, count, _TEST_SEED + seed))
            for seed in seeds
            for kind in unfamiliar_images.NOISE | unfamiliar_images.RENDERED
        ],
    )
    return rows + _rows("caption", _caption_judge(engine, progress), near_captions)(
        [(name, None, texts) for name, (_, texts) in files.items()],
        [
            (kind, seed, unfamiliar_captions.write(kind, count, _TEST_SEED + seed))
            for seed in seeds
            for kind in unfamiliar_captions.WRITTEN
        ],
        [(unfamiliar_captions.LANGUAGES, None, unfamiliar_captions.OTHER_LANGUAGES)],
    )


def _image_judge(engine: Engine, progress: Callable | None) -> Judge:
    def judge(images: Items) -> tuple[np.ndarray, np.ndarray]:
        features = engine.encode_images(images, progress, tokens=False)
        reading = engine.familiarity_of_images(features)
        return engine.familiarity.distance(features), reading.is_outside

    return judge


def _caption_judge(engine: Engine, progress: Callable | None) -> Judge:
    """Captions of mostly unknown words come last, as the verdict has them."""

    def judge(texts: Items) -> tuple[np.ndarray, np.ndarray]:
        features = engine.encode_captions(texts, progress, tokens=False)
        reading = engine.familiarity_of_captions(features, texts)
        distance = engine.familiarity.distance(features)
        unknown_share = engine.backbone.split_unknown(texts)[1]
        return np.where(unknown_share >= MOSTLY_UNKNOWN, np.inf, distance), reading.is_outside

    return judge


def _rows(modality: str, judge: Judge, near_items: Items) -> Callable[..., list[GaugeRow]]:
    near, is_outside = judge(near_items)
    share = float(is_outside.mean())
    first = GaugeRow(modality, "inside", None, len(near), None, share, False)

    def row(kind: str, seed: int | None, items: Items) -> GaugeRow:
        far, is_outside = judge(items)
        share = float(is_outside.mean())
        return GaugeRow(modality, kind, seed, len(far), auroc(near, far), share, kind in CHOOSING)

    def rows(*groups: list) -> list[GaugeRow]:
        return [first] + [row(*item) for group in groups for item in group if len(item[2])]

    return rows


def _inside(name: str) -> tuple[Items, Items]:
    if name != "scenes":
        return _from_file(Path(name))
    drawn = scenes.sample(300, _INSIDE_SCENES_SEED, levels=("exact", "partial"))
    pictures = [scenes.draw(s, training_items.SCENE_PIXELS) for s in drawn.scenes]
    return pictures, [caption.text for caption in drawn.captions]


def _changed(images: Items, change: Callable[[Image.Image], Image.Image]) -> list[Image.Image]:
    """At most 300 of the images, evenly spread, taken into another domain."""
    chosen = np.unique(np.linspace(0, len(images) - 1, MOST_CHANGED).astype(int))
    pictures = [images[row] for row in chosen]
    return [change(Image.open(BytesIO(p)) if isinstance(p, bytes) else p) for p in pictures]


def _from_file(path: Path) -> tuple[Items, Items]:
    """Images of a Parquet file, evenly spread, and one caption of each where it has captions."""
    columns = training_items.read_columns(path, "image", "captions")
    chosen = np.unique(np.linspace(0, len(columns[0]) - 1, MOST_FROM_A_FILE).astype(int))
    images = [columns[0][row] for row in chosen]
    if len(columns) == 1:
        return images, []
    return images, [columns[1][row][row % len(columns[1][row])] for row in chosen]
