"""Where data sets come from: files of pairs, ready features, drawn scenes, CSVs of judgements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vacsr_core.errors import DataError, VacsrError
from vacsr_core.evaluation.data_set import DataSet, Judged
from vacsr_core.features import Features
from vacsr_core.metrics.ratings import disagreement
from vacsr_core.pair_sets import part_of

if TYPE_CHECKING:
    from vacsr_core.engine import Engine

JUDGES = ("judge1", "judge2", "judge3")
SHARE = "yes_fraction"
SCALES = {"experts": (1.0, 4.0), "crowd": (0.0, 1.0)}
MATCHING_RATING = 3.0  # experts: 3 of 4 is "describes the picture with minor errors"
ROWS = ("all", "held-out")
TEST_SEED = 9_000_011  # far from the seeds that training and fitting draw scenes from
FIT_SEED = 5_000_011
SCENE_LEVELS = ("exact", "formal", "telegraphic")  # each says everything, so the label is right


def from_file(
    path: str | Path,
    engine: Engine,
    image_root: str | Path | None = None,
    split: str | None = None,
    rows: str = "all",
    progress: Callable | None = None,
) -> DataSet:
    """Read and encode a Parquet file, a folder, JSONL or a Karpathy file.

    Args:
        rows: "held-out" takes the 1,000 images that the embedded backbone was not trained on.

    Raises:
        DataError: see `data.read`; or the pairs cannot be measured.
    """
    from vacsr_core import data
    from vacsr_core.hold_out import captioned_hold_out

    if rows not in ROWS:
        raise DataError(f"rows is {rows!r}; choose one of {', '.join(ROWS)}.")
    pairs = data.read(path, image_root, split)
    name = pairs.name if split is None else f"{pairs.name}, split {split}"
    if rows == "held-out":
        pairs = pairs.select(np.flatnonzero(captioned_hold_out(pairs.image_ids)))
        name += ", held-out images"
    return DataSet(
        name=f"{name}: {len(pairs.images):,} images, {len(pairs.captions):,} captions",
        images=engine.encode_images(pairs.images, part_of(progress, 0.0, 0.7), tokens=False),
        captions=engine.encode_captions(pairs.captions, part_of(progress, 0.7, 1.0), tokens=False),
        owner=pairs.caption_image,
        image_ids=pairs.image_ids,
        caption_ids=pairs.columns.get("caption_id", ()),
        texts=pairs.captions,
        notes=pairs.notes,
    )


def from_features(path: str | Path, backbone_id: str = "") -> DataSet:
    """Read features that were made elsewhere.

    Args:
        path: .npz with image_features (N, D), text_features (M, D), caption_image (M,), -1 for a
            caption without an image, and if you like image_ids, caption_ids and captions.
        backbone_id: of the model that made them.

    Raises:
        DataError: the file is not there, or holds something else.
        ShapeError: NaN, infinity or rows of zeros among the features.
    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        vectors = arrays["image_features"], arrays["text_features"]
        owner = arrays["caption_image"].astype(np.int64)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(
            f"{path} cannot be used ({error}); wanted is an .npz with image_features (N, D), "
            "text_features (M, D) and caption_image (M,)."
        ) from error
    try:
        images, captions = (
            replace(Features.from_vectors(array, kind), backbone_id=backbone_id)
            for array, kind in zip(vectors, ("image", "caption"), strict=True)
        )
    except VacsrError as error:
        raise type(error)(f"{path.name}: {error}") from error
    ids = arrays.get("image_ids", np.arange(len(images)))
    return DataSet(
        name=f"{path.name}: {len(images):,} images, {len(captions):,} captions",
        images=images,
        captions=captions,
        owner=owner,
        image_ids=tuple(str(name) for name in ids),
        caption_ids=tuple(str(name) for name in arrays.get("caption_ids", ())),
        texts=tuple(str(text) for text in arrays.get("captions", ())),
    )


def from_scenes(
    engine: Engine,
    count: int,
    seed: int,
    progress: Callable | None = None,
    is_to_fit: bool = False,
) -> DataSet:
    """Drawn scenes, three full descriptions each, that no training has seen.

    Args:
        is_to_fit: draw those to fit on, which are others than those to measure on.
    """
    from vacsr_core import scenes
    from vacsr_core.engine import SCENE_PIXELS

    first, kind = (FIT_SEED, "to fit on") if is_to_fit else (TEST_SEED, "held out")
    drawn = scenes.sample(count, first + seed, levels=SCENE_LEVELS)
    pictures = [scenes.draw(scene, SCENE_PIXELS) for scene in drawn.scenes]
    texts = [caption.text for caption in drawn.captions]
    return DataSet(
        name=f"drawn scenes {kind}: {len(pictures):,} images, {len(texts):,} captions",
        images=engine.encode_images(pictures, part_of(progress, 0.0, 0.8), tokens=False),
        captions=engine.encode_captions(texts, part_of(progress, 0.8, 1.0), tokens=False),
        owner=drawn.caption_image,
        image_ids=tuple(f"{kind} {seed}/{row}" for row in range(len(pictures))),
        texts=tuple(texts),
    )


def with_judgements(
    data: DataSet,
    paths: Sequence[str | Path],
    encode: Callable[[Sequence[str]], Features] | None = None,
) -> DataSet:
    """Add people's judgements of pairs with this data set's images.

    Args:
        paths: CSVs with image_id, caption_id, caption, and judge1 to judge3 or yes_fraction.
        encode: features of texts; without it, only captions of the data set can be looked up.

    Raises:
        DataError: a column is missing, or no pair is of these images.
    """
    found, notes = [], []
    for path in map(Path, paths):
        judged, said = _read_judged(path, data, encode)
        found.append(judged)
        notes.append(said)
    return replace(data, judged=data.judged + tuple(found), notes=data.notes + tuple(notes))


def _read_judged(path: Path, data: DataSet, encode: Callable | None) -> tuple[Judged, str]:
    from vacsr_core.judgements import read_judgements

    kind, columns = _kind_of(path)
    read = read_judgements(path, columns, data.image_ids)
    texts, is_kept = read.captions, np.ones(len(read.image), bool)
    if encode is not None:
        captions, place = encode(texts), np.arange(len(texts))
    else:
        row_of = {text: row for row, text in enumerate(data.texts)}
        place = np.array([row_of.get(text, -1) for text in texts], np.int64)
        captions = data.captions
        is_kept = place[read.caption] >= 0
        if not is_kept.any():
            raise DataError(
                f"{path.name}: none of its {len(texts):,} captions is among the data set's "
                f"{len(data.texts):,} texts, and ready features can't encode new ones; give "
                "pictures and captions with --data instead."
            )
    values = read.values[is_kept]
    judged = Judged(
        kind=kind,
        image=read.image[is_kept],
        captions=captions,
        caption=place[read.caption[is_kept]],
        rating=values,
        disagreement=disagreement(values if kind == "experts" else values[:, 0]),
        may_match=values.mean(axis=1) >= MATCHING_RATING if kind == "experts" else None,
        scale=SCALES[kind],
    )
    return judged, (
        f"{kind} ({path.name}): {len(values):,} pairs; left out: {read.own:,} of an image with its "
        f"own caption, {read.unknown:,} of images with unknown ids, "
        f"{int((~is_kept).sum()):,} with captions that are not among the features"
    )


def _kind_of(path: Path) -> tuple[str, tuple[str, ...]]:
    """Experts rate from 1 to 4; a crowd says yes or no."""
    if not path.is_file():
        raise DataError(f"{path} is not there; give a CSV of judgements.")
    with open(path, encoding="utf-8-sig", newline="") as file:
        columns = [name.strip().strip('"') for name in file.readline().split(",")]
    if JUDGES[0] in columns:
        return "experts", JUDGES
    if SHARE in columns:
        return "crowd", (SHARE,)
    raise DataError(
        f"{path.name} has the columns {', '.join(columns)}; wanted are image_id, caption_id, "
        f"caption, and {', '.join(JUDGES)} or {SHARE}."
    )
