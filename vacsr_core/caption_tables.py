"""Untrusted text files in, a table of plain cells out: CSV, JSONL, JSON, or one caption a line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from vacsr_core.caption_text import clean_line, clean_name
from vacsr_core.errors import UploadError
from vacsr_core.library_items import DistinctNames

MAX_TABLE_BYTES = 20_000_000
MAX_ROWS = 100_000  # twice what a library holds
MAX_COLUMNS = 50
MAX_NAMED_LINES = 5  # bad lines that a sentence lists before it says "and … more"
MANY_LINES = 20  # a cell over more lines than this comes from a quotation mark left open
CAPTION_NAMES = ("caption", "captions", "text", "sentence", "sentences", "raw", "description")
SENTENCE_WORDS = 3  # the name of a file's only column is shorter than a caption
DELIMITERS = (",", ";", "\t")
NO_DELIMITER = "\x1f"  # cannot stand in a cleaned cell

Record = tuple[int, list[str]]  # line where the row begins, its cells


@dataclass(frozen=True)
class CaptionTable:
    """The cells of one file, each a single line of plain text.

    Args:
        name: the file's name as shown.
        columns: distinct names.
        rows: each as long as `columns`; a cell that is missing is "".
        lines: number of the line, from 1, on which each row begins in the file.
        encoding: as Python names it.
        warnings: sentences about what was unusual, for the person to check.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    encoding: str
    warnings: tuple[str, ...] = ()


def read_table(name: str, data: bytes) -> CaptionTable:
    """Read a file of captions; every cell stays text, "null", "NA" and "=1+1" included.

    A name that ends in .jsonl, .ndjson or .json is read as JSON, .txt as one caption a line (or
    image, tab, caption), everything else as CSV with comma, semicolon or tab. UTF-8 and UTF-16
    are recognised; anything else is read as Windows-1252, with a warning.

    Args:
        name: the file's name as shown.
        data: its content.

    Returns:
        At most 100,000 rows; a warning says where the file has more.

    Raises:
        UploadError: empty, too large, not text, or without a single row.
    """
    shown = clean_name(name)
    if len(data) > MAX_TABLE_BYTES:
        raise UploadError(
            f"The file has {len(data) / 1e6:.1f} MB, and at most {MAX_TABLE_BYTES // 10**6} MB "
            "are taken: split it into several files."
        )
    text, encoding, warnings = decode(data)
    kind = PurePosixPath(shown).suffix.lower()
    if kind == ".txt":
        header, records = _read_lines(text)
    elif kind in (".jsonl", ".ndjson", ".json"):
        header, records = _read_json(text, warnings)
    else:
        header, records = _read_csv(text, warnings)
    rows, lines = _collect(header, records, warnings)
    if not rows:
        raise UploadError(" ".join(["The file holds no row that can be used.", *warnings]))
    return CaptionTable(shown, _name_columns(header), rows, lines, encoding, tuple(warnings))


def decode(data: bytes) -> tuple[str, str, list[str]]:
    """Turn bytes into text.

    Returns:
        The text, the encoding, and a warning where that had to be guessed.

    Raises:
        UploadError: nothing in it, or not a text file.
    """
    if not data.strip():
        raise UploadError("The file is empty: write one caption per line, and upload it again.")
    if data.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        raise UploadError(
            "This is a workbook or an archive, not a text file: save the sheet as CSV (UTF-8), "
            "and upload that."
        )
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding, []
    if b"\0" in data:
        raise UploadError(
            "This is not a text file, or one in UTF-16 without its mark: save it as CSV or plain "
            "text in UTF-8, and upload that."
        )
    try:
        return data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        warning = (
            f"The file is not UTF-8 (first on line {line:,}), so it was read as Windows-1252: "
            "check letters with accents, and save it as UTF-8 where they are wrong."
        )
        return data.decode("cp1252", errors="replace"), "cp1252", [warning]


def list_lines(lines: list[int]) -> str:
    """Line numbers for a sentence: "line 4", "lines 4, 9 and 12", "lines 1, 2 … and 70 more"."""
    shown = [f"{line:,}" for line in lines[:MAX_NAMED_LINES]]
    if len(lines) > MAX_NAMED_LINES:
        return f"lines {', '.join(shown)} and {len(lines) - MAX_NAMED_LINES:,} more"
    if len(shown) == 1:
        return f"line {shown[0]}"
    return f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def looks_like_file(cell: str) -> bool:
    """Whether a cell ends as the names of picture files do, such as "cat.jpg" or "cat.jpg#2"."""
    endings = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".avif")
    return cell.rsplit("#", 1)[0].lower().endswith(endings)


def _read_lines(text: str) -> tuple[list[str], Iterator[Record]]:
    lines = list(enumerate(io.StringIO(text, newline=None), start=1))
    filled = [line for _, line in lines if line.strip()]
    if filled and all(line.count("\t") == 1 for line in filled):
        return ["image", "caption"], ((number, line.split("\t")) for number, line in lines)
    return ["caption"], ((number, [line]) for number, line in lines)


def _read_csv(text: str, warnings: list[str]) -> tuple[list[str], Iterator[Record]]:
    records = _csv_records(text, _sniff(text))
    first = next((cells for _, cells in records if any(cell.strip() for cell in cells)), None)
    if first is None:
        return ["caption"], iter(())
    is_sentence = len(first) == 1 and len(first[0].split()) >= SENTENCE_WORDS
    if not is_sentence and not any(looks_like_file(cell.strip()) for cell in first):
        return first, records
    warnings.append(
        "The first line does not look like names of columns, so it was read as a row and the "
        "columns got numbers: put a line such as image,caption on top if that is wrong."
    )
    header = [f"column {number}" for number in range(1, len(first) + 1)]
    return header, _csv_records(text, _sniff(text))


def _sniff(text: str) -> str:
    """The delimiter that splits the first line into the most columns.

    It must split most lines alike, or show a caption column by name: captions with commas of
    their own then make rows too wide, and those are reported.
    """
    best, most = NO_DELIMITER, 1
    sample = text[:65_536]
    for delimiter in DELIMITERS:
        records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            rows = [cells for _, cells in zip(range(50), records, strict=False) if cells]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 1
        is_named = bool(rows) and any(c.strip().lower() in CAPTION_NAMES for c in rows[0])
        alike = sum(len(cells) == width for cells in rows)
        if width > most and (is_named or 2 * alike > len(rows)):
            best, most = delimiter, width
    return best


def _csv_records(text: str, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UploadError(
                f"The row that begins on line {line:,} has a cell of more than "
                f"{csv.field_size_limit():,} characters: a quotation mark is probably opened "
                "there and never closed."
            ) from None
        yield line, cells
        line = reader.line_num + 1


def _read_json(text: str, warnings: list[str]) -> tuple[list[str], Iterator[Record]]:
    entries: list[tuple[int, object]] = []
    bad: list[int] = []
    if text.lstrip().startswith("["):
        try:
            entries = [(1, entry) for entry in json.loads(text)]
        except (ValueError, RecursionError):
            raise UploadError(
                "The file is no valid JSON: give a list of objects, or one object per line."
            ) from None
    else:
        for number, line in enumerate(io.StringIO(text, newline=None), start=1):
            if line.strip():
                try:
                    entries.append((number, json.loads(line)))
                except (ValueError, RecursionError):
                    bad.append(number)
    if bad:
        warnings.append(f"Left out because it is no valid JSON: {list_lines(bad)}.")
    objects = [
        (number, entry if isinstance(entry, dict) else {"caption": entry})
        for number, entry in entries
    ]
    header = list(dict.fromkeys(key for _, entry in objects for key in entry))
    return header or ["caption"], _json_records(header, objects)


def _json_records(header: list[str], objects: list[tuple[int, dict]]) -> Iterator[Record]:
    for number, entry in objects:
        # A list of captions becomes that many rows, which share the other cells.
        several = next((key for key in header if isinstance(entry.get(key), list)), None)
        for value in entry[several] if several is not None else [None]:
            row = entry if several is None else {**entry, several: value}
            yield number, [_json_cell(row.get(key)) for key in header]


def _json_cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _collect(
    header: list[str], records: Iterator[Record], warnings: list[str]
) -> tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]:
    """Clean every cell, bring rows to one width, and stop where there are too many."""
    width = len(header)
    if width > MAX_COLUMNS:
        raise UploadError(
            f"The file has {width:,} columns, and at most {MAX_COLUMNS} are read: keep the "
            "caption, the image and what you need beside them."
        )
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    too_wide: list[int] = []
    for line, cells in records:
        row = [clean_line(cell) for cell in cells]
        if not any(row):
            continue
        if len(rows) == MAX_ROWS:
            warnings.append(
                f"The file has more than {MAX_ROWS:,} rows: those from line {line:,} on were not "
                "read. Split it into several files."
            )
            break
        if any(row[width:]):
            too_wide.append(line)
            continue
        if any(cell.count("\n") > MANY_LINES for cell in cells):
            warnings.append(
                f"The row that begins on line {line:,} runs over more than {MANY_LINES} lines: a "
                "quotation mark is probably opened there and never closed."
            )
        rows.append(tuple(row[:width] + [""] * (width - len(row))))
        lines.append(line)
    if too_wide:
        warnings.append(
            f"Left out because of more cells than there are columns ({width}): "
            f"{list_lines(too_wide)}. Put text that holds a comma or semicolon in double quotes."
        )
    return tuple(rows), tuple(lines)


def _name_columns(header: list[str]) -> tuple[str, ...]:
    names = DistinctNames(())
    return tuple(
        names.claim(clean_line(cell)[:60] or f"column {number}")
        for number, cell in enumerate(header, start=1)
    )
