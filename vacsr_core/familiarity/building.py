"""Building the gauge of a backbone from a folder of data, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from vacsr_core.engine import Engine
from vacsr_core.errors import DataError
from vacsr_core.familiarity import (
    Familiarity,
    training_items,
    unfamiliar_captions,
    unfamiliar_images,
)
from vacsr_core.features import Features

# What the distance is chosen on; figures that are reported come from all the other kinds.
CHOOSING_IMAGES = ("uniform noise", "text pages")
CHOOSING_CAPTIONS = ("random letters", "numbers")
_CHOOSING_COUNT, _CHOOSING_SEED = 150, 40_000_003


def build_familiarity(
    engine: Engine,
    folder: str | Path,
    sources: Sequence[str],
    seed: int = 0,
    most: int = 2_000,
    progress: Callable | None = None,
) -> Familiarity:
    """Encode samples of what a backbone was trained on and of what it was not, and boil them down.

    Args:
        engine: of the backbone; its cache is used.
        folder: with the Parquet files.
        sources: keys of `training_items.SOURCES` that the backbone was trained on.
        most: images a source on the training side; see `training_items.read_source`.
        progress: called with (share done, text).

    Raises:
        DataError: a source or its file is not there.
    """
    if not sources:
        raise DataError(f"Name at least one source: {', '.join(training_items.SOURCES)}.")
    parts: list[dict[str, Features]] = [{}, {}, {}, {}]  # train and held images, then captions
    for done, name in enumerate(sources):
        report = _part(progress, done / (len(sources) + 1), 1 / (len(sources) + 1), name)
        sides = training_items.read_source(name, Path(folder), most, seed)
        for side, sample in enumerate(sides):
            parts[side][name] = engine.encode_images(sample.images, report, tokens=False)
            parts[2 + side][name] = engine.encode_captions(sample.captions, report, tokens=False)
    outside_images, outside_captions = [], []
    for kind in CHOOSING_IMAGES:
        outside_images += unfamiliar_images.draw(kind, _CHOOSING_COUNT, _CHOOSING_SEED + seed)
    for kind in CHOOSING_CAPTIONS:
        outside_captions += unfamiliar_captions.write(kind, _CHOOSING_COUNT, _CHOOSING_SEED + seed)
    return Familiarity.build(
        train_images=parts[0],
        held_images=parts[1],
        train_captions=parts[2],
        held_captions=parts[3],
        outside_images=engine.encode_images(outside_images, tokens=False),
        outside_captions=engine.encode_captions(outside_captions, tokens=False),
        seed=seed,
        record={"chosen on": [*CHOOSING_IMAGES, *CHOOSING_CAPTIONS]},
    )


def _part(progress: Callable | None, start: float, width: float, name: str) -> Callable | None:
    if progress is None:
        return None
    return lambda share, text: progress(start + width * share, f"{name}: {text}")
