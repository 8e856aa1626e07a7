"""Which caption belongs to which image: found by file name, or by order."""

from __future__ import annotations

import re

from vacsr_core.caption_text import clean_name
from vacsr_core.library import Library

_PICTURE_ENDINGS = (".jpg", ".png", ".webp", ".gif", ".bmp", ".avif", ".heic", ".tif", ".tiff")
_CAPTION_NUMBER = re.compile(r"#\d+$")  # "1000268201.jpg#0", as Flickr8k names its captions


class NameIndex:
    """Finds the image that a caption's table means by a file name.

    The whole name is tried first, then its last part without folders; upper and lower case are
    the same, and so are .jpeg and .jpg. A name without a picture's ending ("cat", "cat.txt") finds
    "cat.jpg". The id of an image is a name too.

    Args:
        library: whose images can be found.
    """

    def __init__(self, library: Library) -> None:
        self._ids = {image.id for image in library.images}
        self._found: dict[str, tuple[str | None, bool]] = {}
        # One table per way of writing; None marks a name that fits several images.
        self._tables: tuple[dict[str, str | None], ...] = ({}, {}, {}, {})
        for image in library.images:
            for table, key in zip(self._tables, _ways(image.name), strict=True):
                table[key] = None if key in table else image.id

    def find(self, name: str) -> tuple[str | None, bool]:
        """Look a name up.

        Args:
            name: a file name, with or without folders and ending, or an image's id.

        Returns:
            The image's id, or None; and whether it is None because several images fit.
        """
        if name not in self._found:
            self._found[name] = self._search(name)
        return self._found[name]

    def _search(self, name: str) -> tuple[str | None, bool]:
        if name in self._ids:
            return name, False
        whole, last, whole_bare, last_bare = _ways(_CAPTION_NUMBER.sub("", name.strip()))
        keys = [whole, last]
        if not whole.endswith(_PICTURE_ENDINGS):
            keys += [whole_bare, last_bare]
        for table, key in zip(self._tables, keys, strict=False):
            if key in table:
                return table[key], table[key] is None
        return None, False


def pair_by_name(library: Library) -> Library:
    """Give every caption without an image the one that its table named, where that is there now.

    A caption from a text file without a table goes to the image of the same name: cat.txt to
    cat.jpg. Captions that have an image keep it.
    """
    index = NameIndex(library)
    found = {}
    for caption in library.captions:
        wanted = caption.image_name or _text_file(caption.source)
        if caption.image_id is None and wanted:
            found[caption.id] = index.find(wanted)[0]
    return library.pair(found)


def pair_by_order(library: Library) -> Library:
    """Give the n-th caption without an image to the n-th image without a caption.

    Captions or images left over stay as they are.
    """
    captions = (caption.id for caption in library.captions if caption.image_id is None)
    return library.pair(dict(zip(captions, images_without_caption(library), strict=False)))


def images_without_caption(library: Library) -> tuple[str, ...]:
    """Ids of the images that no caption belongs to, in the library's order."""
    return tuple(image.id for image in library.images if not library.captions_of(image.id))


def _text_file(source: str) -> str | None:
    return source if source.lower().endswith(".txt") else None


def _bare(name: str) -> str:
    """A name without its ending; a dot in front, as in ".hidden", begins no ending."""
    dot = name.rfind(".")
    return name[:dot] if dot > name.rfind("/") + 1 else name


def _ways(name: str) -> tuple[str, str, str, str]:
    """A name as it is compared: whole, last part, and both without ending."""
    whole = clean_name(name).casefold()
    if whole.endswith(".jpeg"):
        whole = whole[: -len(".jpeg")] + ".jpg"
    last = whole.rsplit("/", 1)[-1]
    return whole, last, _bare(whole), _bare(last)
