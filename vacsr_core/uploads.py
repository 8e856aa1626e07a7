"""Untrusted image bytes in, checked images out: one bad file never spoils the others."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import replace

from PIL import Image, UnidentifiedImageError

from vacsr_core.caption_text import clean_name
from vacsr_core.errors import UploadError
from vacsr_core.file_kinds import describe_wrong_kind
from vacsr_core.image_pixels import (
    JPEG_FORMATS,
    LOSSLESS_SOURCES,
    check_stored,
    encode,
    normalise,
)
from vacsr_core.library import MAX_IMAGES, Library
from vacsr_core.library_items import ID_CHARACTERS, DistinctNames, FileReport, LibraryImage

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
MAX_FILE_BYTES = 20_000_000
MAX_PIXELS = 40_000_000  # width times height; an RGBA picture of this size takes 160 MB to open
# JPEG opens at a half, a quarter or an eighth of its size, so phones of 50 megapixels are welcome.
MAX_JPEG_PIXELS = 80_000_000
MIN_SIDE = 8  # pixels
MAX_LIBRARY_BYTES = 500_000_000  # of all images as kept

Progress = Callable[[float, str], None]


def read_images(
    files: Iterable[tuple[str, bytes]], library: Library, progress: Progress | None = None
) -> tuple[list[LibraryImage], list[FileReport]]:
    """Check uploaded files and turn the good ones into images ready for `library.add`.

    Args:
        files: (name, content) of each file; may be a generator, so that one file at a time is held.
        library: the library that they will be added to; its ids and names are not used again, and
            its counts limit how many are taken.
        progress: called after each file; may raise CancelledError.

    Returns:
        The accepted images in order, and one report per file in the same order as the files.
    """
    images: list[LibraryImage] = []
    reports: list[FileReport] = []
    ids = DistinctNames(image.id for image in library.images)
    names = DistinctNames((image.name for image in library.images), "{} ({})")
    name_of = {image.sha256: image.name for image in reversed(library.images)}
    kept_bytes = sum(len(image.data) for image in library.images)
    total = len(files) if hasattr(files, "__len__") else None
    for position, (file_name, data) in enumerate(files, start=1):
        shown = clean_name(file_name)
        try:
            _check_room(len(library.images) + len(images), kept_bytes)
            image = read_image(shown, data)
        except UploadError as refusal:
            reports.append(FileReport(shown, False, str(refusal)))
        else:
            image = replace(image, id=ids.claim(image.id), name=names.claim(shown))
            kept_bytes += len(image.data)
            images.append(image)
            reports.append(FileReport(image.name, True, _remarks(image, shown, name_of)))
            name_of.setdefault(image.sha256, image.name)
        if progress is not None:
            fraction = position / total if total else 0.0
            progress(fraction, f"{position:,} files checked, {len(images):,} accepted")
    return images, reports


def read_image(name: str, data: bytes) -> LibraryImage:
    """Check one file and bring it into the form that the library keeps.

    The picture is turned upright, its first frame taken, put on white where it is transparent,
    converted to 8-bit sRGB, scaled to at most 512 pixels and written anew, so that nothing but
    its pixels is left: no place, no camera, no hidden content.

    Args:
        name: the file's name as shown.
        data: its content; its first bytes decide what it is, not the name.

    Returns:
        The image, with an id made from the content.

    Raises:
        UploadError: it is empty, too large, not a picture of an accepted kind, or damaged.
    """
    _check_size(data)
    try:
        with Image.open(io.BytesIO(data), formats=ACCEPTED_FORMATS) as opened:
            _check_pixels(opened)
            picture, (width, height), note = normalise(opened, len(data))
            stored = encode(picture, is_drawing=opened.format in LOSSLESS_SOURCES)
    except UploadError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UploadError(_TOO_MANY_PIXELS.format("far too many pixels")) from None
    except UnidentifiedImageError:
        raise UploadError(describe_wrong_kind(data)) from None
    except MemoryError:
        raise UploadError(
            "There is not enough memory to open this picture: make it smaller, and upload it again."
        ) from None
    except Exception:
        # Decoders answer damage with many classes, from OSError to IndexError; whatever it was,
        # this file is refused and the others go on.
        raise UploadError(
            "The picture is damaged or cut off: copy or download it again, and upload it anew."
        ) from None
    sha256 = hashlib.sha256(data).hexdigest()
    return LibraryImage(sha256[:ID_CHARACTERS], name, stored, width, height, sha256, note or None)


def keep_image(name: str, data: bytes) -> LibraryImage:
    """Take an image whose bytes already have the library's form, as they are.

    Args:
        name: as shown.
        data: JPEG, PNG or WebP, RGB, at most 512 pixels a side, without metadata.

    Raises:
        UploadError: the bytes have another form; `read_image` then makes it.
    """
    width, height = check_stored(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return LibraryImage(sha256[:ID_CHARACTERS], clean_name(name), data, width, height, sha256)


_TOO_MANY_PIXELS = (
    "The picture has {}, and at most "
    f"{MAX_PIXELS // 10**6} million are opened ({MAX_JPEG_PIXELS // 10**6} million in a JPEG): "
    "save it smaller, for instance 2,000 pixels wide, and upload that."
)


def _check_size(data: bytes) -> None:
    if not data:
        raise UploadError("The file is empty (0 bytes): copy or download it again.")
    if len(data) > MAX_FILE_BYTES:
        raise UploadError(
            f"The file has {len(data) / 1e6:.1f} MB, and at most {MAX_FILE_BYTES // 10**6} MB are "
            "taken: save it smaller, for instance as a JPEG 2,000 pixels wide, and upload that."
        )


def _check_pixels(opened: Image.Image) -> None:
    """Refuse by the header alone, before anything is decoded."""
    width, height = opened.size
    most = MAX_JPEG_PIXELS if opened.format in JPEG_FORMATS else MAX_PIXELS
    if width * height > most:
        count = f"{width * height / 1e6:.1f} million pixels ({width:,} × {height:,})"
        raise UploadError(_TOO_MANY_PIXELS.format(count))
    if min(width, height) < MIN_SIDE:
        raise UploadError(
            f"The picture has {width:,} × {height:,} pixels, and less than {MIN_SIDE} on a side "
            "show nothing: upload a larger one."
        )


def _check_room(count: int, kept_bytes: int) -> None:
    if count >= MAX_IMAGES:
        raise UploadError(
            f"The library is full, it holds at most {MAX_IMAGES:,} images: remove some, or start "
            "another library."
        )
    if kept_bytes >= MAX_LIBRARY_BYTES:
        raise UploadError(
            f"The library is full, its images take {MAX_LIBRARY_BYTES // 10**6} MB: remove some, "
            "or start another library."
        )


def _remarks(image: LibraryImage, uploaded_as: str, name_of: dict[str, str]) -> str:
    """One sentence on an accepted file, "" where there is nothing to say."""
    remarks = [image.note] if image.note else []
    if image.name != uploaded_as:
        remarks.append(f"another file has the name {uploaded_as} already, so this is {image.name}")
    if image.sha256 in name_of:
        remarks.append(f"the same file as {name_of[image.sha256]}")
    return "; ".join(remarks)
