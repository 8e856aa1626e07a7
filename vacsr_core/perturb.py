"""Changes to a picture, to watch how the belief moves: crop, blur, grey, noise, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from vacsr_core.errors import DataError

MOST_BLUR = 10.0
MOST_CROP = 80.0
MOST_NOISE = 100.0
MOST_JPEG = 100.0
_NOISE_SEED = 20_260_530
_BEST_JPEG_QUALITY, _WORST_JPEG_QUALITY = 90, 1


@dataclass(frozen=True)
class Changes:
    """What is done to a picture, in this order; the defaults change nothing.

    Args:
        crop: % of width and height cut away around the middle, 0 to 80.
        blur: radius of a Gaussian blur in % of the shorter side, 0 to 10.
        is_grey: whether the colours are taken out.
        noise: standard deviation of added noise, in grey levels of 255, 0 to 100.
        jpeg: strength of the JPEG compression in %, 0 (none) to 100 (quality 1).

    Raises:
        DataError: a value is out of its range.
    """

    crop: float = 0.0
    blur: float = 0.0
    is_grey: bool = False
    noise: float = 0.0
    jpeg: float = 0.0

    def __post_init__(self) -> None:
        limits = {"crop": MOST_CROP, "blur": MOST_BLUR, "noise": MOST_NOISE, "jpeg": MOST_JPEG}
        for name, most in limits.items():
            if not 0.0 <= getattr(self, name) <= most:
                raise DataError(f"{name} is {getattr(self, name)}; it must lie in 0 to {most:g}.")

    @property
    def is_nothing(self) -> bool:
        """Whether the picture stays as it is."""
        return self == Changes()


def apply(picture: Image.Image, changes: Changes) -> Image.Image:
    """Change a picture; the same picture and changes always give the same pixels.

    Args:
        picture: RGB.
        changes: see `Changes`.

    Returns:
        RGB, of the same size unless cropped; the picture itself where nothing changes.
    """
    if changes.crop:
        picture = _cropped(picture, changes.crop / 100.0)
    if changes.blur:
        radius = changes.blur / 100.0 * min(picture.size)
        picture = picture.filter(ImageFilter.GaussianBlur(radius))
    if changes.is_grey:
        picture = picture.convert("L").convert("RGB")
    if changes.noise:
        picture = _noisy(picture, changes.noise)
    if changes.jpeg:
        picture = _compressed(picture, changes.jpeg / 100.0)
    return picture


def _cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = (max(1, round(side * (1.0 - share))) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _noisy(picture: Image.Image, deviation: float) -> Image.Image:
    """A fixed seed, so that a stronger noise is the same pattern made stronger."""
    pixels = np.asarray(picture, dtype=np.float32)
    pattern = np.random.default_rng(_NOISE_SEED).standard_normal(pixels.shape, dtype=np.float32)
    noisy = np.clip(np.rint(pixels + deviation * pattern), 0, 255)
    return Image.fromarray(noisy.astype(np.uint8))


def _compressed(picture: Image.Image, strength: float) -> Image.Image:
    quality = _BEST_JPEG_QUALITY + strength * (_WORST_JPEG_QUALITY - _BEST_JPEG_QUALITY)
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=round(quality))
    with Image.open(written, formats=["JPEG"]) as read:
        return read.convert("RGB")
