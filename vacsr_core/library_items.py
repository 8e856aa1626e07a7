"""What a library is made of: images, captions, and the report on each file that came."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from PIL import Image

from vacsr_core.caption_text import clean_caption

ID_CHARACTERS = 12  # hexadecimal: 48 bits of the content's hash
STORED_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class FileReport:
    """What became of one uploaded file, or of a group of rows of one.

    Args:
        name: the file's name as shown.
        accepted: whether it (or the rest of it) was taken.
        reason: one sentence: what is wrong and what to do; for an accepted file its note or "".
    """

    name: str
    accepted: bool
    reason: str = ""


@dataclass(frozen=True)
class LibraryImage:
    """One image, checked and made safe.

    Args:
        id: first 12 hex digits of `sha256`, with "-2", "-3" … for further copies of one file.
        name: the file's name as shown; text only, never used as a path.
        data: JPEG, PNG or WebP bytes, upright, RGB, longest side at most 512 pixels, without
            metadata. These pixels are both shown and embedded.
        width: of the original as shown upright, in pixels.
        height: of the original as shown upright, in pixels.
        sha256: of the uploaded bytes, 64 hex digits.
        note: what was done to it, such as "first frame of 12"; None where nothing was.
    """

    id: str
    name: str
    data: bytes = field(repr=False)
    width: int
    height: int
    sha256: str = field(repr=False)
    note: str | None = None

    def picture(self) -> Image.Image:
        """The pixels as a loaded RGB picture."""
        with Image.open(io.BytesIO(self.data), formats=STORED_FORMATS) as picture:
            return picture.convert("RGB")

    @cached_property
    def data_sha256(self) -> str:
        """Hash of `data`: the key under which features of these pixels are kept."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class LibraryCaption:
    """One caption; `new_caption` makes a checked one.

    Args:
        id: "c_" and 12 hex digits from text and image, with "-2", "-3" … for repetitions.
        text: one line of plain text, never to be rendered as markup.
        image_id: the image that it belongs to, or None.
        source: "typed", or the name of the file it came from.
        extra: further columns of its table, name -> text, such as "level"; not to be changed.
        image_name: the file name its table gave for the image, kept so that the two can be paired
            when that image comes later.
    """

    id: str
    text: str
    image_id: str | None = None
    source: str = "typed"
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)
    image_name: str | None = None


def new_caption(
    text: str,
    image_id: str | None = None,
    source: str = "typed",
    extra: Mapping[str, str] | None = None,
    image_name: str | None = None,
) -> LibraryCaption:
    """A caption with its text cleaned and its id made from its content.

    Args:
        text: see `caption_text.clean_caption`.
        image_id, source, extra, image_name: as in `LibraryCaption`.

    Raises:
        UploadError: the text is empty or too long.
    """
    text = clean_caption(text)
    content = hashlib.sha256(f"{image_id or ''}\n{text}".encode()).hexdigest()
    key = "c_" + content[:ID_CHARACTERS]
    return LibraryCaption(key, text, image_id, source, dict(extra or {}), image_name)


class DistinctNames:
    """Hands out names that are not taken yet: "x", "x-2", "x-3" …

    Args:
        taken: names already in use.
        pattern: how name and number are joined.
    """

    def __init__(self, taken: Iterable[str], pattern: str = "{}-{}") -> None:
        self._taken = set(taken)
        self._pattern = pattern
        self._next: dict[str, int] = {}

    def claim(self, wanted: str) -> str:
        """The wanted name where it is free, else the first free one with a number; now taken."""
        name, number = wanted, self._next.get(wanted, 2)
        while name in self._taken:
            name = self._pattern.format(wanted, number)
            number += 1
        self._next[wanted] = number
        self._taken.add(name)
        return name
