"""Library: the images and captions that a person is looking at, and which belong together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from vacsr_core import marks as pair_marks
from vacsr_core.caption_text import clean_caption, clean_line, clean_name
from vacsr_core.errors import DataError
from vacsr_core.library_items import (
    DistinctNames,
    FileReport,
    LibraryCaption,
    LibraryImage,
    new_caption,
)
from vacsr_core.marks import MARKS

__all__ = ["MARKS", "FileReport", "Library", "LibraryCaption", "LibraryImage", "new_caption"]

MAX_IMAGES = 5_000  # about 80 kB each as kept: 400 MB of memory
MAX_CAPTIONS = 50_000  # about 0.5 kB each in Python: 25 MB of memory


@dataclass(frozen=True)
class Library:
    """Images and captions in a fixed order; every change gives a new library.

    Args:
        name: as shown.
        images: N images with distinct ids.
        captions: M captions with distinct ids, each naming one of the images or None.
        marks: what a person said of pairs, (image id, caption id) -> one of MARKS; not to be
            changed in place, see `mark`. A mark is a judgement of its own and changes no label.

    Raises:
        DataError: an id comes twice, a caption or a mark names an item that is not there, a mark
            is none of MARKS, or there are more than 5,000 images or 50,000 captions.
    """

    name: str = "Untitled library"
    images: tuple[LibraryImage, ...] = ()
    captions: tuple[LibraryCaption, ...] = ()
    marks: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", tuple(self.images))
        object.__setattr__(self, "captions", tuple(self.captions))
        for what, items, most, rows in (
            ("images", self.images, MAX_IMAGES, self._image_rows),
            ("captions", self.captions, MAX_CAPTIONS, self._caption_rows),
        ):
            if len(items) > most:
                raise DataError(
                    f"{len(items):,} {what} are too many for one library: it holds at most "
                    f"{most:,}. Remove some, or split them over several libraries."
                )
            if len(rows) < len(items):
                raise DataError(f"Two {what} of the library share one id; ids must be distinct.")
        for caption in self.captions:
            if caption.image_id is not None and caption.image_id not in self._image_rows:
                raise DataError(
                    f"Caption {caption.id} belongs to image {caption.image_id}, which is not in "
                    "the library: add that image first, or leave the caption unpaired."
                )
        pair_marks.check(self.marks, self._image_rows, self._caption_rows)

    @cached_property
    def _image_rows(self) -> dict[str, int]:
        return {image.id: row for row, image in enumerate(self.images)}

    @cached_property
    def _caption_rows(self) -> dict[str, int]:
        return {caption.id: row for row, caption in enumerate(self.captions)}

    def image_row(self, image_id: str) -> int:
        """Position of an image, 0 to N - 1. Raises DataError where the id is unknown."""
        return _row(self._image_rows, image_id, "image")

    def caption_row(self, caption_id: str) -> int:
        """Position of a caption, 0 to M - 1. Raises DataError where the id is unknown."""
        return _row(self._caption_rows, caption_id, "caption")

    def image(self, image_id: str) -> LibraryImage:
        """The image of that id. Raises DataError where it is unknown."""
        return self.images[self.image_row(image_id)]

    def caption(self, caption_id: str) -> LibraryCaption:
        """The caption of that id. Raises DataError where it is unknown."""
        return self.captions[self.caption_row(caption_id)]

    def captions_of(self, image_id: str) -> tuple[LibraryCaption, ...]:
        """The captions that belong to an image, in the library's order."""
        return self._captions_by_image.get(image_id, ())

    @cached_property
    def _captions_by_image(self) -> dict[str | None, tuple[LibraryCaption, ...]]:
        found: dict[str | None, list[LibraryCaption]] = {}
        for caption in self.captions:
            found.setdefault(caption.image_id, []).append(caption)
        return {image_id: tuple(captions) for image_id, captions in found.items()}

    @cached_property
    def caption_image(self) -> np.ndarray:
        """int64 (M,), read-only: row of the image that each caption belongs to, -1 for none."""
        rows = (self._image_rows.get(caption.image_id, -1) for caption in self.captions)
        array = np.fromiter(rows, dtype=np.int64, count=len(self.captions))
        array.setflags(write=False)
        return array

    @property
    def pair_count(self) -> int:
        """How many captions belong to an image."""
        return int((self.caption_image >= 0).sum())

    @cached_property
    def duplicate_of(self) -> dict[str, str]:
        """Id of each image whose file came before -> id of the first image from that file."""
        first: dict[str, str] = {}
        for image in self.images:
            first.setdefault(image.sha256, image.id)
        return {i.id: first[i.sha256] for i in self.images if first[i.sha256] != i.id}

    @cached_property
    def digest(self) -> str:
        """Hash over everything in the library, 64 hex digits: a key for caches."""
        images = [
            (i.id, i.name, i.width, i.height, i.sha256, i.note, i.data_sha256) for i in self.images
        ]
        captions = [
            (c.id, c.text, c.image_id, c.source, list(c.extra.items()), c.image_name)
            for c in self.captions
        ]
        content = json.dumps([self.name, images, captions, sorted(self.marks.items())])
        return hashlib.sha256(content.encode()).hexdigest()

    def add(
        self, images: Iterable[LibraryImage] = (), captions: Iterable[LibraryCaption] = ()
    ) -> Library:
        """Put images and captions at the end.

        An id or image name that is taken gets a number, and the added captions follow the added
        images: a whole library can be added to another.

        Raises:
            DataError: too many, or a caption names an image that is in neither.
        """
        image_ids = DistinctNames(self._image_rows)
        names = DistinctNames((image.name for image in self.images), "{} ({})")
        caption_ids = DistinctNames(self._caption_rows)
        now_called: dict[str, str] = {}
        added_images = []
        for image in images:
            now_called[image.id] = image_ids.claim(image.id)
            name = names.claim(image.name)
            added_images.append(replace(image, id=now_called[image.id], name=name))
        added_captions = [
            replace(
                caption,
                id=caption_ids.claim(caption.id),
                image_id=now_called.get(caption.image_id, caption.image_id),
            )
            for caption in captions
        ]
        return replace(
            self,
            images=self.images + tuple(added_images),
            captions=self.captions + tuple(added_captions),
        )

    def remove(self, ids: Iterable[str]) -> Library:
        """Take out images and captions; captions of a removed image stay, without an image.

        Marks of pairs go with their image or caption.

        To remove an image with its captions, give their ids too (`captions_of`). Unknown ids are
        passed over, because two tabs may remove the same item.
        """
        gone = frozenset(ids)
        captions = (
            replace(caption, image_id=None) if caption.image_id in gone else caption
            for caption in self.captions
            if caption.id not in gone
        )
        images = tuple(image for image in self.images if image.id not in gone)
        marks = pair_marks.without(self.marks, gone)
        return replace(self, images=images, captions=tuple(captions), marks=marks)

    def replace_caption(self, caption_id: str, text: str) -> Library:
        """Change a caption's words; its id stays, so links and marks keep their aim.

        Raises:
            DataError: the id is unknown.
            UploadError: the text is empty or too long.
        """
        row = self.caption_row(caption_id)
        changed = replace(self.captions[row], text=clean_caption(text))
        return replace(self, captions=(*self.captions[:row], changed, *self.captions[row + 1 :]))

    def replace_image(self, image_id: str, image: LibraryImage) -> Library:
        """Put another image in the place of one; its captions go over, the marks do not."""
        row = self.image_row(image_id)
        others = self.images[:row] + self.images[row + 1 :]
        new_id = DistinctNames(other.id for other in others).claim(image.id)
        name = DistinctNames((other.name for other in others), "{} ({})").claim(image.name)
        placed = replace(image, id=new_id, name=name)
        captions = (
            replace(caption, image_id=new_id) if caption.image_id == image_id else caption
            for caption in self.captions
        )
        images = (*self.images[:row], placed, *self.images[row + 1 :])
        marks = pair_marks.without(self.marks, {image_id})
        return replace(self, images=images, captions=tuple(captions), marks=marks)

    def rename(self, name: str) -> Library:
        """Give the library another name."""
        return replace(self, name=clean_line(name) or self.name)

    def rename_image(self, image_id: str, name: str) -> Library:
        """Give an image another name, told apart by a number where it is taken."""
        row = self.image_row(image_id)
        others = (i.name for i in self.images if i.id != image_id)
        renamed = replace(
            self.images[row], name=DistinctNames(others, "{} ({})").claim(clean_name(name))
        )
        return replace(self, images=(*self.images[:row], renamed, *self.images[row + 1 :]))

    def pair(self, image_of: Mapping[str, str | None]) -> Library:
        """Say which image captions belong to.

        Args:
            image_of: caption id -> image id, or None for no image.

        Raises:
            DataError: an image id is unknown.
        """
        captions = (
            replace(caption, image_id=image_of[caption.id]) if caption.id in image_of else caption
            for caption in self.captions
        )
        return replace(self, captions=tuple(captions))

    def mark(self, image_id: str, caption_id: str, mark: str | None) -> Library:
        """Note what a person says of a pair: one of MARKS, or None for nothing.

        Raises:
            DataError: an id or the mark is unknown.
        """
        self.image_row(image_id), self.caption_row(caption_id)
        return replace(self, marks=pair_marks.marked(self.marks, image_id, caption_id, mark))

    def filter(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Find text in captions and file names, in upper or lower case.

        Args:
            text: what to look for; "" finds everything.

        Returns:
            Ids of the images whose name, or one of whose captions, contains it; ids of the
            captions whose text, or whose image's name, contains it.
        """
        wanted = clean_line(text).casefold()
        named = {image.id for image in self.images if wanted in image.name.casefold()}
        said = {c.id: c.image_id for c in self.captions if wanted in c.text.casefold()}
        images = named.union(said.values())
        return (
            tuple(image.id for image in self.images if image.id in images),
            tuple(c.id for c in self.captions if c.id in said or c.image_id in named),
        )


def _row(rows: Mapping[str, int], key: str, what: str) -> int:
    if key not in rows:
        raise DataError(
            f"There is no {what} with the id {key!r} in the library ({len(rows):,} {what}s): it "
            "was removed, or the link belongs to another library."
        )
    return rows[key]
