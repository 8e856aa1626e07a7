"""Save a library as one file, and open such a file again with nothing lost.

The file is a ZIP archive of `library.json` and one picture per image. What is opened may come from
anyone: members are read in memory, by names that the file's own list gives, under limits.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vacsr_core import marks
from vacsr_core.errors import DataError, UploadError, VacsrError
from vacsr_core.image_pixels import check_stored
from vacsr_core.library import MAX_CAPTIONS, MAX_IMAGES, Library
from vacsr_core.library_items import LibraryCaption, LibraryImage

FORMAT = "vacsr-library"
VERSION = 1
LIST_NAME = "library.json"
MAX_FILE_BYTES = 800_000_000
MAX_LIST_BYTES = 200_000_000  # 50,000 captions of full length, with room
MAX_IMAGE_BYTES = 1_500_000  # 512 x 512 pixels, three bytes each, stored without compression
MAX_TOTAL_BYTES = 1_000_000_000  # of everything as unpacked
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the same library always gives the same bytes
_END_RECORD = struct.Struct("<4s4H2LH")  # "end of central directory" of the ZIP format
_DIRECTORY_ENTRY_BYTES = 128  # ours take less than 80
_HINT = "It may have been cut off on the way: copy it again, or save the library anew."

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Workspace:
    """What one saved file holds.

    Args:
        library: images, captions and marks.
        settings: choices to come back to, any JSON object.
    """

    library: Library
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)


def save(library: Library, settings: Mapping[str, object] | None = None) -> bytes:
    """Write a library, and what was noted about it, as one file.

    Args:
        library: any library.
        settings: a JSON object; {} where None.

    Returns:
        The file's content; the same input always gives the same bytes.

    Raises:
        DataError: the settings hold something that JSON cannot.
    """
    members = [f"images/{row:05d}" for row in range(len(library.images))]
    content = {
        "format": FORMAT,
        "version": VERSION,
        "name": library.name,
        "images": [
            {
                "id": image.id,
                "name": image.name,
                "width": image.width,
                "height": image.height,
                "sha256": image.sha256,
                "note": image.note,
                "member": member,
            }
            for image, member in zip(library.images, members, strict=True)
        ],
        "captions": [
            {
                "id": caption.id,
                "text": caption.text,
                "image_id": caption.image_id,
                "source": caption.source,
                "extra": dict(caption.extra),
                "image_name": caption.image_name,
            }
            for caption in library.captions
        ],
        "marks": marks.to_json(library.marks),
        "settings": dict(settings or {}),
    }
    try:
        listed = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (TypeError, ValueError) as problem:
        raise DataError(f"The library cannot be saved as JSON: {problem}.") from None
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", allowZip64=False) as archive:
        entry = zipfile.ZipInfo(LIST_NAME, _FIXED_TIME)
        archive.writestr(entry, listed, zipfile.ZIP_DEFLATED)
        for image, member in zip(library.images, members, strict=True):
            # Pictures are compressed already.
            archive.writestr(zipfile.ZipInfo(member, _FIXED_TIME), image.data, zipfile.ZIP_STORED)
    return written.getvalue()


def open(data: bytes, progress: Progress | None = None) -> Library:
    """Open a saved library; `read` also gives the settings.

    Raises:
        DataError: see `read`.
    """
    return read(data, progress).library


def read(data: bytes, progress: Progress | None = None) -> Workspace:
    """Open a saved file, checking everything in it, every picture by decoding it.

    Args:
        data: the file's content.
        progress: called after every hundredth picture; may raise CancelledError.

    Returns:
        Exactly what was saved.

    Raises:
        DataError: not a saved library, damaged, of a newer version, or beyond the limits.
    """
    _check_archive(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = _read_list(archive)
            images = _read_images(archive, content, progress)
        captions = tuple(_caption(entry) for entry in _part(content, "captions", list))
        # Files from before there were marks hold none, or an empty part.
        said = marks.from_json(_part(content, "marks", dict) if "marks" in content else {})
        library = Library(_text(content, "name"), images, captions, said)
        settings = _part(content, "settings", dict)
    except UploadError as refusal:
        raise DataError(f"A picture in the saved library is unusable. {refusal} {_HINT}") from None
    except VacsrError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as problem:
        raise DataError(f"The saved library is damaged ({problem}). {_HINT}") from None
    except (RecursionError, NotImplementedError, struct.error):
        raise DataError(f"The saved library is damaged. {_HINT}") from None
    return Workspace(library, settings)


def _check_archive(data: bytes) -> None:
    """Check size and end of the archive before `zipfile` reads its directory into memory."""
    if len(data) > MAX_FILE_BYTES:
        raise DataError(
            f"The file has {len(data) / 1e6:,.0f} MB, and a saved library at most "
            f"{MAX_FILE_BYTES // 10**6}: it is something else."
        )
    if not data.startswith(b"PK\3\4"):
        raise DataError(
            'This is not a saved library: choose a file that "Save" made here. Pictures and '
            "captions are uploaded in their own places."
        )
    if len(data) < _END_RECORD.size:
        raise DataError(f"The saved library is cut off. {_HINT}")
    mark, *_, directory_bytes, _start, comment_bytes = _END_RECORD.unpack(data[-_END_RECORD.size :])
    if mark != b"PK\5\6" or comment_bytes:
        raise DataError(f"The saved library is cut off, or has been changed. {_HINT}")
    # A 64-bit directory would override these figures; a library never needs one.
    is_64_bit = b"PK\6\7" in data[-_END_RECORD.size - 20 : -_END_RECORD.size]
    if is_64_bit or directory_bytes > (MAX_IMAGES + 1) * _DIRECTORY_ENTRY_BYTES:
        raise DataError("The file lists more than a saved library can hold: it is something else.")


def _read_list(archive: zipfile.ZipFile) -> dict:
    content = json.loads(_read_member(archive, LIST_NAME, MAX_LIST_BYTES).decode("utf-8"))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError('This is not a saved library: choose a file that "Save" made here.')
    version = content.get("version")
    if version != VERSION:
        raise DataError(
            f"The library was saved in version {version!r} of the format, and this program reads "
            f"version {VERSION}: open it with the program that saved it, or update this one."
        )
    expected = {LIST_NAME, *(_text(entry, "member") for entry in _part(content, "images", list))}
    found = archive.namelist()
    if len(found) != len(set(found)) or set(found) - expected:
        raise DataError("The file holds members that a saved library has no use for.")
    return content


def _read_images(
    archive: zipfile.ZipFile, content: dict, progress: Progress | None
) -> tuple[LibraryImage, ...]:
    entries = _part(content, "images", list)
    for what, items, most in (
        ("images", entries, MAX_IMAGES),
        ("captions", _part(content, "captions", list), MAX_CAPTIONS),
    ):
        if len(items) > most:
            raise DataError(f"The file lists {len(items):,} {what}; a library holds {most:,}.")
    images = []
    total = 0
    for row, entry in enumerate(entries):
        data = _read_member(archive, _text(entry, "member"), MAX_IMAGE_BYTES)
        check_stored(data)
        total += len(data)
        if total > MAX_TOTAL_BYTES:
            raise DataError(f"The pictures take more than {MAX_TOTAL_BYTES // 10**6:,} MB.")
        images.append(
            LibraryImage(
                id=_text(entry, "id"),
                name=_text(entry, "name"),
                data=data,
                width=_count(entry, "width"),
                height=_count(entry, "height"),
                sha256=_text(entry, "sha256"),
                note=_text(entry, "note", is_optional=True),
            )
        )
        if progress is not None and (row % 100 == 99 or row == len(entries) - 1):
            progress((row + 1) / len(entries), f"Opened {row + 1:,} of {len(entries):,} images")
    return tuple(images)


def _read_member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One member in memory; what it unpacks to is counted, not what it claims."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise DataError(f'The saved library lacks "{name}". {_HINT}') from None
    if entry.flag_bits & 0x1:
        raise DataError("The file is locked with a password, which a saved library never is.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f'"{name}" is packed in a way that a saved library never is.')
    with archive.open(entry) as member:
        data = member.read(most + 1)
        if len(data) > most:
            raise DataError(f'"{name}" unpacks to more than {most / 1e6:,.1f} MB: refused.')
        return data


def _caption(entry: dict) -> LibraryCaption:
    extra = _part(entry, "extra", dict)
    return LibraryCaption(
        id=_text(entry, "id"),
        text=_text(entry, "text"),
        image_id=_text(entry, "image_id", is_optional=True),
        source=_text(entry, "source"),
        extra={_checked_text(key): _text(extra, key) for key in extra},
        image_name=_text(entry, "image_name", is_optional=True),
    )


def _part(content: dict, key: str, kind: type):
    if not isinstance(content, dict) or not isinstance(content.get(key), kind):
        raise DataError(f'The saved library lacks a proper "{key}". {_HINT}')
    return content[key]


def _text(entry: dict, key: str, is_optional: bool = False) -> str | None:
    if is_optional and isinstance(entry, dict) and key in entry and entry[key] is None:
        return None
    return _checked_text(_part(entry, key, str))


def _checked_text(text: str) -> str:
    text.encode("utf-8")  # half characters, which nothing could show or save, raise ValueError
    return text


def _count(entry: dict, key: str) -> int:
    number = _part(entry, key, int)
    if isinstance(number, bool) or number < 1:
        raise DataError(f'The saved library says "{key}" is {number!r}. {_HINT}')
    return number
