"""Reading labelled pictures, on either side of the hold-out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vacsr_core.errors import DataError
from vacsr_core.hold_out import LABELLED_SHARE, held_out_rows, image_key


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """N pictures, each the bytes of a file, and the class of each."""

    images: tuple[bytes, ...]
    labels: tuple[str, ...]


def read_labelled(
    path: Path,
    label: str,
    is_held_out: bool = True,
    share: float = LABELLED_SHARE,
    limit: int | None = None,
    seed: int = 0,
) -> LabelledPictures:
    """Read one side of a file of labelled pictures: what training sees, or what it never sees.

    Args:
        path: Parquet with image (bytes) and the column of labels.
        label: name of that column.
        is_held_out: the pictures that training never sees; False for those it learns from.
        share: what training holds out, in [0, 1]; see `hold_out`.
        limit: at most so many pictures, drawn from those; None for all.
        seed: of that drawing.

    Raises: DataError where a column is missing or no picture is left.
    """
    from pyarrow import parquet

    names = parquet.read_schema(path).names
    if not {"image", label} <= set(names):
        raise DataError(f"{path.name} has the columns {', '.join(names)}; wanted: image, {label}.")
    images: list[bytes] = []
    labels: list[str] = []
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=4_096, columns=["image", label]):
            pictures = batch.column("image").to_pylist()
            held_out = held_out_rows([image_key(picture) for picture in pictures], share)
            kept = np.flatnonzero(held_out == is_held_out)
            images += [pictures[row] for row in kept]
            labels += batch.column(label).take(kept).to_pylist()
    if not images:
        side = "held-out picture" if is_held_out else "picture to learn from"
        raise DataError(f"{path.name} holds no {side} at a share of {share}.")
    if limit is not None and limit < len(images):
        drawn = np.sort(np.random.default_rng(seed).permutation(len(images))[:limit])
        images, labels = [images[row] for row in drawn], [labels[row] for row in drawn]
    return LabelledPictures(tuple(images), tuple(labels))
