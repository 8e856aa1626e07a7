"""What the embedded backbone was trained on, and what was held out of it, as samples by source.

Which rows were held out is decided by `hold_out`, as in training itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
from PIL import Image

from vacsr_core import class_names, scenes
from vacsr_core.errors import DataError
from vacsr_core.hold_out import captioned_hold_out, held_out_rows, image_key

SCENE_PIXELS = 224
_SCENE_SEEDS = (3_000_017, 3_500_017)  # training draws scenes anew, so any are like its own
_SCENE_LEVELS = ("exact", "partial", "generic", "formal", "telegraphic")  # all but the wrong ones


@dataclass(frozen=True, eq=False)
class SourceSample:
    """Images and captions of one source on one side of the hold-out.

    Args:
        images: bytes of files, or pictures.
        captions: texts, in no fixed relation to the images.
    """

    images: Sequence[bytes | Image.Image]
    captions: Sequence[str]


Sides = tuple[SourceSample, SourceSample]  # trained on, held out


def read_source(name: str, folder: Path, most: int = 2_000, seed: int = 0) -> Sides:
    """A seeded sample of one source.

    Args:
        name: a key of `SOURCES`.
        folder: where the Parquet files lie.
        most: images that the training side has at most; the held-out side has half of that.
        seed: of the sample.

    Returns:
        What was trained on, and what was held out.

    Raises:
        DataError: an unknown source, or its file is not there.
    """
    if name not in SOURCES:
        raise DataError(f"There is no source {name!r}; choose from {', '.join(SOURCES)}.")
    return SOURCES[name](Path(folder), most, np.random.default_rng(seed))


def read_columns(path: Path, *names: str) -> list[list]:
    """Those of the named columns that a Parquet file has, as lists, in the order of the names.

    Raises:
        DataError: the file is not there, or has none of the first named column.
    """
    if not path.is_file():
        raise DataError(
            f"{path} is not there: give the folder that holds it, or leave its source out."
        )
    there = parquet.read_schema(path).names
    if names[0] not in there:
        raise DataError(f"{path} has the columns {there}; wanted {names[0]!r} among them.")
    found = [name for name in names if name in there]
    table = parquet.read_table(path, columns=found)
    return [table.column(name).to_pylist() for name in found]


def _captioned(folder: Path, most: int, rng: np.random.Generator) -> Sides:
    ids, images, captions = read_columns(
        folder / "flickr8k-train.parquet", "image_id", "image", "captions"
    )

    def side(rows: np.ndarray) -> SourceSample:
        texts = [str(rng.choice(captions[row])) for row in rows]
        return SourceSample([images[row] for row in rows], texts)

    return tuple(side(rows) for rows in _drawn(captioned_hold_out(ids), most, rng))


def _labelled(file: str, label: str, kind: str) -> Callable:
    """A reader of labelled pictures, whose captions are prompts with the names of classes.

    The held-out prompts use the sentences that are kept for evaluation.
    """

    def read(folder: Path, most: int, rng: np.random.Generator) -> Sides:
        images, labels = read_columns(folder / file, "image", label)
        words = class_names.TINY_IMAGENET | class_names.PACS
        is_cartoon = kind == "cartoon"
        templates = (
            (class_names.CARTOON_TEMPLATES, class_names.CARTOON_EVALUATION_TEMPLATES)
            if is_cartoon
            else (class_names.TEMPLATES, class_names.EVALUATION_TEMPLATES)
        )

        def side(rows: np.ndarray, sentences: Sequence[str]) -> SourceSample:
            texts = [
                class_names.fill(str(rng.choice(sentences)), str(rng.choice(words[labels[row]][0])))
                for row in rows
            ]
            return SourceSample([images[row] for row in rows], texts)

        held = held_out_rows([image_key(image) for image in images])
        return tuple(map(side, _drawn(held, most, rng), templates))

    return read


def _scenes(folder: Path, most: int, rng: np.random.Generator) -> Sides:
    def side(count: int, seed: int) -> SourceSample:
        drawn = scenes.sample(count, seed, levels=_SCENE_LEVELS)
        pictures = [scenes.draw(scene, SCENE_PIXELS) for scene in drawn.scenes]
        return SourceSample(pictures, [caption.text for caption in drawn.captions])

    offset = int(rng.integers(100_000))
    count = min(most, 1_000)
    return side(count, _SCENE_SEEDS[0] + offset), side(count // 2, _SCENE_SEEDS[1] + offset)


def _drawn(is_held: np.ndarray, most: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of a sample of what was trained on, and of half as many that were held out."""
    return [
        np.sort(rng.permutation(np.flatnonzero(rows))[:count])
        for rows, count in ((~is_held, most), (is_held, most // 2))
    ]


SOURCES: dict[str, Callable[[Path, int, np.random.Generator], Sides]] = {
    "captioned photos": _captioned,
    "labelled pictures": _labelled("tiny-imagenet-200.parquet", "wnid", "photo"),
    "labelled photos": _labelled("pacs-photo.parquet", "label", "photo"),
    "cartoons": _labelled("pacs-cartoon.parquet", "label", "cartoon"),
    "drawn scenes": _scenes,
}
