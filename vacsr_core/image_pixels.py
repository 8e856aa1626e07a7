"""From an opened picture of any kind to the pixels that the library keeps, and to bytes again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from vacsr_core.errors import UploadError
from vacsr_core.library_items import STORED_FORMATS

STORED_SIDE = 512  # pixels, longest side of an image as kept
MAX_LOSSLESS_BYTES = 100_000  # drawings stay exact up to here; above it a picture becomes a JPEG
MAX_COUNTED_BYTES = 1_000_000  # a larger GIF's frames are not counted: that may take a minute
MAX_PROFILE_BYTES = 4_000_000  # colour profiles of printers reach 2 MB
LOSSLESS_SOURCES = ("PNG", "GIF", "BMP")
JPEG_FORMATS = ("JPEG", "MPO")  # MPO: a JPEG with a second picture behind it, as phones write

# Without chroma subsampling: at the same pixel error ten times as fast to write as WebP.
_JPEG_OPTIONS = {"format": "JPEG", "quality": 94, "subsampling": 0}
_PLAIN_SRGB = b"sRGB IEC61966"  # stands in the profile that most cameras write
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What a decoder may say about a picture without its holding anything beside pixels.
_HARMLESS_INFO = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform", "dpi",
    "gamma", "srgb", "chromaticity", "interlace", "progressive", "progression", "loop",
    "background", "timestamp", "duration",
}  # fmt: skip


def normalise(opened: Image.Image, file_bytes: int) -> tuple[Image.Image, tuple[int, int], str]:
    """Decode a picture and bring it into the library's form.

    Args:
        opened: as `Image.open` returns it, not loaded yet, its size already checked.
        file_bytes: size of the file.

    Returns:
        The picture, upright, 8-bit sRGB on white, longest side at most 512 pixels; width and
        height of the original in pixels as seen upright; what was done, "" for nothing special.
    """
    width, height = opened.size
    notes = []
    # A decoder's raw mode such as "RGB;16B" tells of depth; once loaded, the picture is 8-bit.
    is_deep = any("16" in str(tile[3]) for tile in opened.tile)
    target = _target_size(width, height)
    if opened.format in JPEG_FORMATS:
        opened.draft(None, (2 * target[0], 2 * target[1]))
    opened.load()
    profile = opened.info.get("icc_profile")
    # Resampling wants true colours: palettes and keyed transparency are resolved first.
    picture = _to_channels(opened)
    if picture.size != target:
        picture = picture.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if is_deep:
        notes.append("16 bits per colour brought to 8")
    if picture.mode == "CMYK":
        notes.append("CMYK converted")
    picture, is_transparent = _on_white(picture, profile)
    if is_transparent:
        notes.append("transparent parts put on white")
    turn = _UPRIGHT.get(_orientation(opened))
    if turn is not None:
        picture = picture.transpose(turn)
        notes.append("turned as its EXIF tag says")
        if turn not in list(_UPRIGHT.values())[:3]:
            width, height = height, width
    notes += _frame_note(opened, file_bytes)
    return picture, (width, height), "; ".join(notes)


def encode(picture: Image.Image, is_drawing: bool) -> bytes:
    """Write a normalised picture: the same pixels always give the same bytes.

    Args:
        picture: RGB.
        is_drawing: whether it came without losses; it stays so as PNG where 100 kB hold it.

    Returns:
        PNG or JPEG bytes without metadata.
    """
    picture.info.clear()
    written = io.BytesIO()
    if is_drawing:
        picture.save(written, format="PNG", compress_level=6)
        if written.tell() <= MAX_LOSSLESS_BYTES:
            return written.getvalue()
        written = io.BytesIO()
    picture.save(written, **_JPEG_OPTIONS)
    return written.getvalue()


def check_stored(data: bytes) -> tuple[int, int]:
    """Check that bytes already have the library's form, by decoding them.

    Args:
        data: content of an image file.

    Returns:
        Width and height in pixels.

    Raises:
        UploadError: another format, mode or size, several frames, metadata, or damage.
    """
    try:
        with Image.open(io.BytesIO(data), formats=STORED_FORMATS) as opened:
            fits = opened.mode == "RGB" and max(opened.size) <= STORED_SIDE
            if not fits or getattr(opened, "is_animated", False):
                raise UploadError(
                    f"The picture is {opened.mode}, {opened.size[0]} × {opened.size[1]} pixels; "
                    f"a library keeps single RGB pictures of at most {STORED_SIDE} a side."
                )
            opened.load()
            size, beside = opened.size, set(opened.info) - _HARMLESS_INFO
    except UploadError:
        raise
    except Exception:
        # Decoders answer damage with many classes, from OSError to IndexError.
        raise UploadError("The picture is damaged or not a JPEG, PNG or WebP file.") from None
    if beside:
        raise UploadError(f"The picture carries more than pixels: {', '.join(sorted(beside))}.")
    return size


def _target_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, STORED_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _to_channels(picture: Image.Image) -> Image.Image:
    """The picture as L, RGB, RGBA or CMYK with 8 bits a channel."""
    if picture.mode.startswith("I"):
        # convert("L") would clip 16-bit grey at 255 instead of scaling it.
        to_8_bit = ((np.arange(65536) * 255 + 32767) // 65535).astype(np.uint8)
        return Image.fromarray(to_8_bit[np.asarray(picture)])
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode in ("L", "RGB", "CMYK"):
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _on_white(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, bool]:
    """The picture as sRGB over white, and whether anything was transparent."""
    if picture.mode != "RGBA":
        return _to_srgb(picture, profile), False
    alpha = picture.getchannel("A")
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(_to_srgb(picture.convert("RGB"), profile), mask=alpha)
    return flat, alpha.getextrema()[0] < 255


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as a screen shows them: through the embedded profile where it is of any use."""
    if not profile or len(profile) > MAX_PROFILE_BYTES or _PLAIN_SRGB in profile:
        return picture.convert("RGB")
    try:
        from PIL import ImageCms
    except ImportError:
        # A Pillow built without colour management.
        return picture.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        # A broken profile, or one for other channels: the plain conversion is close enough.
        return picture.convert("RGB")


def _orientation(opened: Image.Image) -> int:
    try:
        return opened.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:
        # Cameras and editors write broken EXIF blocks of every kind; such a picture stays as it is.
        return 1


def _frame_note(opened: Image.Image, file_bytes: int) -> list[str]:
    # What stands behind the picture in an MPO is a depth or brightness map, not a second frame.
    if opened.format == "MPO" or not getattr(opened, "is_animated", False):
        return []
    if opened.format == "GIF" and file_bytes > MAX_COUNTED_BYTES:
        return ["first frame of an animation"]
    try:
        return [f"first frame of {opened.n_frames:,}"]
    except (OSError, EOFError, SyntaxError, ValueError):
        return ["first frame of a damaged animation"]
