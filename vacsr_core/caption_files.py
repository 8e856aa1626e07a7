"""From a table of captions to the library's captions, with a report on every row left out."""

from __future__ import annotations

from dataclasses import replace

from vacsr_core.caption_tables import (
    CAPTION_NAMES,
    CaptionTable,
    list_lines,
    looks_like_file,
    read_table,
)
from vacsr_core.caption_text import MAX_CAPTION_CHARACTERS, clean_name
from vacsr_core.errors import UploadError
from vacsr_core.library import MAX_CAPTIONS, Library
from vacsr_core.library_items import DistinctNames, FileReport, LibraryCaption, new_caption
from vacsr_core.pairing import NameIndex, images_without_caption

__all__ = ["PAIRINGS", "CaptionTable", "guess_columns", "read_table", "to_captions"]

PAIRINGS = ("name", "order", "none")
IMAGE_NAMES = (
    "image", "file_name", "filename", "file", "image_name", "image_file", "filepath", "path",
    "image_path", "image_id", "img", "photo", "picture",
)  # fmt: skip
SAMPLED_ROWS = 200
MAX_SHOWN_NAMES = 3


def guess_columns(table: CaptionTable) -> tuple[str, str | None]:
    """Choose the columns that most probably hold the captions and the image names.

    Args:
        table: as `read_table` returns it.

    Returns:
        Name of the caption column; name of the image column, or None where none looks like one.

    Raises:
        UploadError: no column holds words; the message lists the columns found.
    """
    sample = table.rows[:SAMPLED_ROWS]
    by_name = {column.lower(): column for column in reversed(table.columns)}
    image = next((by_name[name] for name in IMAGE_NAMES if name in by_name), None)
    if image is None:
        for position, column in enumerate(table.columns):
            if 2 * sum(looks_like_file(row[position]) for row in sample) > len(sample):
                image = column
                break
    caption = next((by_name[name] for name in CAPTION_NAMES if name in by_name), None)
    if caption is None:
        others = [p for p, column in enumerate(table.columns) if column != image]
        words = {p: sum(_count_words(row[p]) for row in sample) for p in others}
        best = max(words, key=words.__getitem__, default=None)
        if best is None or not words[best]:
            raise UploadError(_missing_column("caption", table))
        caption = table.columns[best]
    return caption, image if image != caption else None


def to_captions(
    table: CaptionTable,
    caption_column: str,
    image_column: str | None,
    library: Library,
    pairing: str = "name",
    source: str | None = None,
) -> tuple[list[LibraryCaption], list[FileReport]]:
    """Make captions from the rows of a table, ready for `library.add`.

    Args:
        table: as `read_table` returns it.
        caption_column: where the text stands.
        image_column: where the image's file name stands, or None.
        library: which the captions will be added to; its images can be named, its count limits
            how many are taken.
        pairing: "name" gives a caption the image that its row names (without an image column,
            cat.txt goes to cat.jpg); "order" the n-th caption to the n-th image that has none yet;
            "none" leaves all without an image.
        source: where the captions come from; the table's name where None.

    Returns:
        The captions in order; a first report on the whole file, and one per kind of problem.

    Raises:
        UploadError: a chosen column is not in the table, or the pairing is of no known kind.
    """
    if pairing not in PAIRINGS:
        raise UploadError(f"The pairing is {pairing!r}; choose one of {', '.join(PAIRINGS)}.")
    for what, column in (("caption", caption_column), ("image", image_column)):
        if column not in table.columns and (column is not None or what == "caption"):
            raise UploadError(_missing_column(what, table, column))
    source = table.name if source is None else clean_name(source)
    captions, lines, problems = _accept_rows(table, caption_column, image_column, library, source)
    ids = DistinctNames(caption.id for caption in library.captions)
    if pairing == "name":
        captions, notices = _pair_by_name(captions, lines, library, source)
    elif pairing == "order":
        captions, notices = _pair_by_order(captions, library)
    else:
        notices = []
    captions = [replace(caption, id=ids.claim(caption.id)) for caption in captions]
    paired = sum(caption.image_id is not None for caption in captions)
    summary = f"{len(captions):,} of {len(table.rows):,} rows taken, {paired:,} with an image"
    reports = [FileReport(source, bool(captions), summary)]
    reports += [FileReport(source, True, warning) for warning in table.warnings]
    reports += [FileReport(source, False, problem) for problem in problems]
    return captions, reports + [FileReport(source, True, notice) for notice in notices]


def _accept_rows(
    table: CaptionTable,
    caption_column: str,
    image_column: str | None,
    library: Library,
    source: str,
) -> tuple[list[LibraryCaption], list[int], list[str]]:
    """Captions of the good rows, their lines, and one sentence per kind of bad row."""
    text_at = table.columns.index(caption_column)
    name_at = None if image_column is None else table.columns.index(image_column)
    others = [
        (position, column)
        for position, column in enumerate(table.columns)
        if position not in (text_at, name_at)
    ]
    room = MAX_CAPTIONS - len(library.captions)
    captions: list[LibraryCaption] = []
    lines: list[int] = []
    empty: list[int] = []
    too_long: list[int] = []
    problems: list[str] = []
    for row, line in zip(table.rows, table.lines, strict=True):
        if len(captions) == room:
            problems.append(
                f"The library is full, it holds at most {MAX_CAPTIONS:,} captions: the rows from "
                f"line {line:,} on were left out. Remove some captions, or split the file."
            )
            break
        extra = {column: row[position] for position, column in others if row[position]}
        name = (row[name_at] or None) if name_at is not None else None
        try:
            captions.append(new_caption(row[text_at], None, source, extra, name))
            lines.append(line)
        except UploadError:
            (too_long if len(row[text_at]) > MAX_CAPTION_CHARACTERS else empty).append(line)
    if empty:
        problems.insert(0, f"{_rows(empty)} an empty caption: {list_lines(empty)}. Fill it in.")
    if too_long:
        problems.insert(
            0,
            f"{_rows(too_long)} a caption of more than {MAX_CAPTION_CHARACTERS:,} characters: "
            f"{list_lines(too_long)}. Shorten it, or split it into several rows.",
        )
    return captions, lines, problems


def _pair_by_name(
    captions: list[LibraryCaption], lines: list[int], library: Library, source: str
) -> tuple[list[LibraryCaption], list[str]]:
    index = NameIndex(library)
    sidecar = source if source.lower().endswith(".txt") else None
    paired, missing, ambiguous, unnamed = [], [], [], []
    for caption, line in zip(captions, lines, strict=True):
        name = caption.image_name or sidecar
        image_id, is_ambiguous = index.find(name) if name else (None, False)
        if caption.image_name is None and image_id is None:
            unnamed.append(line)
        elif image_id is None:
            (ambiguous if is_ambiguous else missing).append((caption.image_name, line))
        paired.append(_with_image(caption, image_id))
    notices = []
    if missing:
        notices.append(
            f"Not among the images: {_list_names(missing)}. The captions ({len(missing):,}) are "
            "kept without an image; upload those images, then pair by name."
        )
    if ambiguous:
        notices.append(
            f"Fits several images: {_list_names(ambiguous)}. The captions ({len(ambiguous):,}) are "
            "kept without an image; write the full name."
        )
    if unnamed:
        notices.append(f"No image is named on {list_lines(unnamed)}: kept without one.")
    return paired, notices


def _pair_by_order(
    captions: list[LibraryCaption], library: Library
) -> tuple[list[LibraryCaption], list[str]]:
    images = images_without_caption(library)
    count = min(len(images), len(captions))
    paired = [_with_image(captions[n], images[n]) for n in range(count)] + captions[count:]
    if len(images) == len(captions):
        return paired, []
    notice = (
        f"{len(captions):,} captions met {len(images):,} images without a caption: the first "
        f"{count:,} of each were paired in order, the others stay alone."
    )
    return paired, [notice]


def _with_image(caption: LibraryCaption, image_id: str | None) -> LibraryCaption:
    if image_id is None:
        return caption
    return new_caption(caption.text, image_id, caption.source, caption.extra, caption.image_name)


def _list_names(named: list[tuple[str, int]]) -> str:
    first: dict[str, int] = {}
    for name, line in named:
        first.setdefault(name, line)
    shown = [f"{name} (line {line:,})" for name, line in list(first.items())[:MAX_SHOWN_NAMES]]
    rest = len(first) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def _rows(lines: list[int]) -> str:
    return "1 row has" if len(lines) == 1 else f"{len(lines):,} rows have"


def _missing_column(what: str, table: CaptionTable, wanted: str | None = None) -> str:
    found = ", ".join(f'"{column}"' for column in table.columns)
    named = f' "{wanted}"' if wanted is not None else ""
    return (
        f"There is no {what} column{named} in {table.name}; the columns found are {found}. Choose "
        f'one of them, or name the column "{what}" in the first line.'
    )


def _count_words(cell: str) -> int:
    return sum(any(character.isalpha() for character in word) for word in cell.split())
