"""Pictures in any common form -> upright RGB, and the content key of each."""

from __future__ import annotations

import hashlib
import io
import os
import struct

import numpy as np
from PIL import ExifTags, Image, ImageOps

from vacsr_core.errors import DataError

_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
ImageItem = str | os.PathLike | bytes | Image.Image


def picture_digest(item: ImageItem, position: int) -> bytes:
    """Digest the content of one item, the same for the same content anywhere.

    Args:
        item: a path, the bytes of an image file, or a PIL image.
        position: where the item stands in the caller's list, for the error message.

    Returns:
        The 32 bytes of a sha256: of the file's bytes, or of the RGB pixels of a PIL image.

    Raises:
        DataError: the item is none of the three, or its file cannot be read.
    """
    if isinstance(item, Image.Image):
        picture = read_picture(item, position)
        digest = hashlib.sha256(f"RGB {picture.width}x{picture.height} ".encode())
        digest.update(picture.tobytes())
        return digest.digest()
    return hashlib.sha256(_file_bytes(item, position)).digest()


def read_picture(item: ImageItem, position: int) -> Image.Image:
    """Read one item as an upright RGB picture.

    Args:
        item: a path, the bytes of an image file, or a PIL image.
        position: where the item stands in the caller's list, for the error message.

    Returns:
        PIL image, mode RGB: turned as its EXIF says, transparency laid over white.

    Raises:
        DataError: the item cannot be read as an image.
    """
    is_picture = isinstance(item, Image.Image)
    content = b"" if is_picture else _file_bytes(item, position)
    try:
        if is_picture:
            return to_rgb(item)
        with Image.open(io.BytesIO(content)) as picture:
            return to_rgb(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"Image {position} ({_label(item)}) cannot be read as an image: {error}. "
            "Remove it or save it again as PNG or JPEG."
        ) from error


def to_rgb(picture: Image.Image) -> Image.Image:
    """Bring a PIL image of any mode to upright RGB, 8 bits a channel.

    Transparency is laid over white; 16-bit grey keeps its full range; of an animation the
    frame at hand is taken.
    """
    picture.load()  # a file that is only opened so far shows its damage here
    picture = _upright(picture)
    if picture.mode.startswith("I") or picture.mode == "F":
        return _eight_bit(picture)
    if picture.mode in _WITH_ALPHA or "transparency" in picture.info:
        picture = (picture.convert("LA") if picture.mode == "La" else picture).convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _upright(picture: Image.Image) -> Image.Image:
    try:
        is_turned = picture.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(picture) if is_turned else picture
    except (ValueError, TypeError, SyntaxError, LookupError, OSError, struct.error):
        return picture  # a damaged EXIF block is no reason to refuse the picture


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit or floating-point grey to 8 bits; Pillow's own conversion clips."""
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64))
    top = values.max(initial=0)
    if picture.mode.startswith("I"):
        full = 65535.0 if picture.mode != "I" or top > 255 else 255.0
    else:
        full = 1.0 if top <= 1 else 255.0
    grey = np.clip(np.round(values * (255.0 / max(full, top))), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _file_bytes(item: str | os.PathLike | bytes, position: int) -> bytes:
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    if not isinstance(item, (str, os.PathLike)):
        raise DataError(
            f"Image {position} is of type {type(item).__name__}; give a path, the bytes of an "
            "image file, or a PIL image."
        )
    try:
        with open(item, "rb") as file:
            return file.read()
    except OSError as error:
        raise DataError(
            f"Image {position} ({item}) cannot be opened: {error.strerror or error}."
        ) from error


def _label(item: ImageItem) -> str:
    if isinstance(item, Image.Image):
        return f"{item.mode}, {item.width} x {item.height}"
    return "bytes" if isinstance(item, (bytes, bytearray, memoryview)) else str(item)
