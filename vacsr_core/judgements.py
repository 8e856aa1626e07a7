"""Reading people's judgements of pairs, which a backbone is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vacsr_core.caption_text import clean_caption
from vacsr_core.errors import DataError


@dataclass(frozen=True, eq=False)
class Judgements:
    """What people said of P pairs of an image and a caption.

    Args:
        image: int (P,), row of the image.
        captions: the distinct texts.
        caption: int (P,), row of the text in `captions`.
        values: float (P, J), one column per judge; more is better.
        own: how many pairs were left out because the caption was written for that image.
        unknown: how many were left out because there is no such image.
    """

    image: np.ndarray
    captions: tuple[str, ...]
    caption: np.ndarray
    values: np.ndarray
    own: int
    unknown: int


def read_judgements(path: Path, columns: Sequence[str], image_ids: Sequence[str]) -> Judgements:
    """Read judgements of pairs, without those of an image with its own caption.

    That is the usual protocol on Flickr8k-Expert (arXiv 2104.08718 leaves out the 158 of 5,822
    pairs whose caption was written for the image).

    Args:
        path: CSV with image_id, caption_id ("IMAGE_ID#NUMBER"), caption and the columns.
        columns: J names of columns of numbers.
        image_ids: N names; pairs of other images are left out.

    Raises: DataError where a column is missing or not of numbers, or no pair is left.
    """
    import pandas

    table = pandas.read_csv(path)
    wanted = ["image_id", "caption_id", "caption", *columns]
    if missing := [name for name in wanted if name not in table.columns]:
        raise DataError(
            f"{path.name} has the columns {', '.join(table.columns)}; "
            f"it needs {', '.join(missing)} as well."
        )
    values = table[list(columns)].apply(pandas.to_numeric, errors="coerce").to_numpy(float)
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).any(axis=1).argmax())
        raise DataError(f"{path.name}, line {row + 2}: a judgement that is no number; remove it.")
    row_of = {image_id: row for row, image_id in enumerate(image_ids)}
    image = np.array([row_of.get(str(name), -1) for name in table["image_id"]], np.int64)
    is_own = (table["caption_id"].str.rpartition("#")[0] == table["image_id"]).to_numpy()
    is_kept = ~is_own & (image >= 0)
    if not is_kept.any():
        raise DataError(
            f"{path.name}: of {len(table)} pairs none is of one of the {len(row_of)} images with "
            "another image's caption; give judgements of these images."
        )
    texts = [clean_caption(text) for text in table["caption"][is_kept]]
    captions = tuple(dict.fromkeys(texts))
    place = {text: row for row, text in enumerate(captions)}
    return Judgements(
        image=image[is_kept],
        captions=captions,
        caption=np.array([place[text] for text in texts], np.int64),
        values=values[is_kept],
        own=int((is_own & (image >= 0)).sum()),
        unknown=int((image < 0).sum()),
    )
