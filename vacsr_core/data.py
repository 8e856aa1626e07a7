"""Read data sets from disk: Parquet, a folder with captions.csv, JSONL, Karpathy JSON; split."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from vacsr_core.caption_files import IMAGE_NAMES
from vacsr_core.caption_tables import CAPTION_NAMES, decode, list_lines
from vacsr_core.caption_text import clean_caption
from vacsr_core.errors import DataError, UploadError
from vacsr_core.library import Library
from vacsr_core.library_items import LibraryImage, new_caption
from vacsr_core.pair_data import LazyImages, PairData
from vacsr_core.uploads import keep_image, read_image

__all__ = ["LazyImages", "PairData", "library_from_folder", "read", "split_by_image"]

CAPTIONS_FILE = "captions.csv"
KINDS = "a .parquet, .jsonl or Karpathy .json file, or a folder with captions.csv"

# One caption as a file gives it: where, the image's name, the text, further columns.
Entry = tuple[int, str, str, Mapping[str, str]]


def read(
    path: str | Path, image_root: str | Path | None = None, split: str | None = None
) -> PairData:
    """Read a data set without loading its pictures.

    Args:
        path: a Parquet file (image_id, image, captions), a folder with captions.csv
            (image, caption, further columns), a JSONL file (image, caption or captions per line),
            or a Karpathy JSON file.
        image_root: folder that image names count from; that of the file where None.
        split: of a Karpathy file, the part to read, such as "test"; all parts where None.

    Returns:
        The pairs. Captions that are empty or over 2,000 characters are left out and noted.

    Raises:
        DataError: not there, of another layout, or naming pictures that are not there.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path} is not there: give {KINDS}.")
    if path.is_dir():
        root, listed = Path(image_root or path), path / CAPTIONS_FILE
        if not listed.is_file():
            raise DataError(f"{path} holds no {CAPTIONS_FILE}: give {KINDS}.")
        return _from_entries(path.name, root, _csv_entries(listed))
    root = Path(image_root or path.parent)
    if path.suffix == ".parquet":
        return _read_parquet(path)
    if path.suffix in (".jsonl", ".ndjson"):
        return _from_entries(path.name, root, _jsonl_entries(path))
    if path.suffix == ".json":
        return _from_entries(path.name, root, _karpathy_entries(path, split))
    raise DataError(f"{path.name} is of no known kind: give {KINDS}.")


def split_by_image(
    image_ids: Sequence[str], shares: Mapping[str, float], seed: int = 0
) -> dict[str, np.ndarray]:
    """Deal images into parts by a fixed hash of their ids.

    An image falls into the same part whatever other images there are, on every machine.

    Args:
        image_ids: N ids.
        shares: name of each part -> its share in (0, 1]; together 1.
        seed: another seed deals anew.

    Returns:
        Name of each part -> int64 image rows, ascending.

    Raises:
        DataError: shares that are not positive, or do not add up to 1.
    """
    sizes = np.array(list(shares.values()), dtype=np.float64)
    if not len(sizes) or (sizes <= 0).any() or abs(sizes.sum() - 1) > 1e-6:
        raise DataError(f"Shares are {dict(shares)}; each must be above 0, and together 1.")
    digests = (hashlib.sha256(f"{seed}/{image_id}".encode()).digest() for image_id in image_ids)
    places = np.array([int.from_bytes(digest[:8], "big") / 2**64 for digest in digests])
    # The last edge is left out: rounding must not push an image beyond the last part.
    part = np.searchsorted(np.cumsum(sizes)[:-1], places, side="right")
    return {name: np.flatnonzero(part == number) for number, name in enumerate(shares)}


def library_from_folder(folder: str | Path, name: str | None = None) -> Library:
    """Read a folder with captions.csv as a library.

    Args:
        folder: pictures and captions.csv with the columns image and caption; further columns
            become `extra`. Pictures that have the library's form already are kept byte for byte.
        name: of the library; the folder's where None.

    Raises:
        DataError: see `read`; or a picture cannot be used.
    """
    data = read(folder)
    images: list[LibraryImage] = []
    for image_id, path in zip(data.image_ids, data.images, strict=True):
        content = Path(path).read_bytes()
        try:
            images.append(_kept_or_made(image_id, content))
        except UploadError as refusal:
            raise DataError(f"{image_id} in {folder} cannot be used. {refusal}") from None
    library = Library(name or data.name).add(images=images)
    captions = []
    for row, (text, image_row) in enumerate(zip(data.captions, data.caption_image, strict=True)):
        extra = {key: cells[row] for key, cells in data.columns.items() if cells[row]}
        image = library.images[image_row]
        captions.append(new_caption(text, image.id, CAPTIONS_FILE, extra, image.name))
    return library.add(captions=captions)


def _kept_or_made(name: str, content: bytes) -> LibraryImage:
    try:
        return keep_image(name, content)
    except UploadError:
        return read_image(name, content)


def _from_entries(name: str, root: Path, entries: Iterable[Entry]) -> PairData:
    """Group captions by image; the images stay on disk."""
    rows: dict[str, int] = {}
    captions: list[str] = []
    caption_image: list[int] = []
    extras: list[Mapping[str, str]] = []
    left_out: list[int] = []
    for where, image_name, text, extra in entries:
        try:
            captions.append(clean_caption(text))
        except UploadError:
            left_out.append(where)
            continue
        caption_image.append(rows.setdefault(image_name, len(rows)))
        extras.append(extra)
    if not captions:
        raise DataError(f"{name} holds no pairs of image and caption.")
    paths = [_inside(root, image_name) for image_name in rows]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise DataError(
            f"{len(missing):,} of {len(paths):,} pictures that {name} names are not under {root}: "
            f"{', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}. Check the image root."
        )
    keys = dict.fromkeys(key for extra in extras for key in extra)
    return PairData(
        name=name,
        image_ids=tuple(rows),
        images=LazyImages(len(paths), paths.__getitem__),
        captions=tuple(captions),
        caption_image=np.array(caption_image, dtype=np.int64),
        columns={key: tuple(extra.get(key, "") for extra in extras) for key in keys},
        notes=_note_left_out(left_out),
    )


def _note_left_out(lines: list[int]) -> tuple[str, ...]:
    if not lines:
        return ()
    return (f"{len(lines):,} empty or overlong captions left out: {list_lines(lines)}.",)


def _inside(root: Path, name: str) -> Path:
    """The path of a named picture; a data set from elsewhere may not reach out of its folder."""
    relative = PurePosixPath(name.replace("\\", "/"))
    if relative.is_absolute() or ".." in relative.parts or ":" in relative.parts[0]:
        raise DataError(f"The picture {name!r} lies outside of {root}: give names relative to it.")
    return root.joinpath(*relative.parts)


def _csv_entries(path: Path) -> Iterator[Entry]:
    text, _, _ = _decoded(path)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [column.strip() for column in reader.fieldnames or ()]
    if not {"image", "caption"} <= set(columns):
        raise DataError(
            f"{path.name} has the columns {', '.join(columns)}; it needs image and caption."
        )
    reader.fieldnames = columns
    for row in reader:
        if None in row or not (row["image"] or "").strip():
            raise DataError(
                f"{path.name}, row ending on line {reader.line_num:,}: it names no image, or has "
                "too many cells; put captions that hold commas in double quotes."
            )
        extra = {key: row[key] or "" for key in columns if key not in ("image", "caption")}
        yield reader.line_num, row["image"].strip(), row["caption"] or "", extra


def _jsonl_entries(path: Path) -> Iterator[Entry]:
    text, _, _ = _decoded(path)
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            raise DataError(f"{path.name}, line {number:,}: no valid JSON.") from None
        found = entry if isinstance(entry, dict) else {}
        image = next((found[key] for key in IMAGE_NAMES if key in found), None)
        texts = next((found[key] for key in CAPTION_NAMES if key in found), None)
        texts = [texts] if isinstance(texts, str) else texts
        is_list = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        if not isinstance(image, str) or not image or not is_list:
            raise DataError(
                f'{path.name}, line {number:,}: wanted {{"image": "a.jpg", "caption": "…"}} or '
                f'"captions" with a list; found {", ".join(found) or "no object"}.'
            )
        named = (*IMAGE_NAMES, *CAPTION_NAMES)
        extra = {k: v for k, v in found.items() if k not in named and isinstance(v, str)}
        for text in texts:
            yield number, image, text, extra


def _karpathy_entries(path: Path, split: str | None) -> Iterator[Entry]:
    text, _, _ = _decoded(path)
    try:
        images = json.loads(text)["images"]
        parts = {image["split"] for image in images}
        if split is not None and split not in parts:
            raise DataError(f"{path.name} has no split {split!r}; it has {sorted(parts)}.")
        for number, image in enumerate(images, start=1):
            if split in (None, image["split"]):
                name = str(PurePosixPath(image.get("filepath", ""), image["filename"]))
                for sentence in image["sentences"]:
                    yield number, name, sentence["raw"], {"split": image["split"]}
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError):
        raise DataError(
            f'{path.name} is no Karpathy file: wanted {{"images": [{{"filename", "split", '
            '"sentences": [{"raw"}]}}]}.'
        ) from None


def _decoded(path: Path) -> tuple[str, str, list[str]]:
    try:
        return decode(path.read_bytes())
    except UploadError as refusal:
        raise DataError(f"{path.name}: {refusal}") from None


def _read_parquet(path: Path) -> PairData:
    from pyarrow import ArrowException, binary, parquet

    try:
        table = parquet.read_table(path)
    except (ArrowException, OSError) as problem:
        raise DataError(f"{path.name} is no readable Parquet file: {problem}.") from None
    columns = table.column_names
    if not {"image", "captions"} <= set(columns):
        raise DataError(
            f"{path.name} has the columns {', '.join(columns)}; it needs image (bytes) and "
            "captions (a list of texts), and may have image_id."
        )
    pictures = table["image"]
    if pictures.null_count or not pictures.type.equals(binary()):
        raise DataError(
            f"{path.name}: the column image has the type {pictures.type} and "
            f"{pictures.null_count:,} empty cells; wanted the bytes of a picture in every row."
        )
    ids = table["image_id"].to_pylist() if "image_id" in columns else range(len(table))
    captions: list[str] = []
    caption_image: list[int] = []
    left_out: list[int] = []
    for row, texts in enumerate(table["captions"].to_pylist()):
        for text in [texts] if isinstance(texts, str) else texts or []:
            try:
                captions.append(clean_caption(text or ""))
                caption_image.append(row)
            except UploadError:
                left_out.append(row + 1)
    return PairData(
        name=path.name,
        image_ids=tuple(str(image_id) for image_id in ids),
        images=LazyImages(len(table), lambda row: pictures[row].as_py()),
        captions=tuple(captions),
        caption_image=np.array(caption_image, dtype=np.int64),
        notes=_note_left_out(left_out),
    )
