"""Which part of a picture a model looks at, so that its patches can be laid over the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

_LARGEST = 255.0
Box = tuple[float, float, float, float]


def seen_box(preprocess: Callable, width: int, height: int) -> Box:
    """The rectangle that a model's preprocessing makes its input of.

    Two ramps are sent through the preprocessing, and where their ends come out says which part
    was taken; so it holds for squashing, cropping and padding alike.

    Args:
        preprocess: of a backbone, RGB picture -> tensor (3, H, W).
        width, height: of the picture, in pixels.

    Returns:
        (left, top, right, bottom) in shares of the picture; outside [0, 1] where the model's
        input has a margin round the picture.
    """
    across = np.linspace(0, _LARGEST, width)[None, :] + np.zeros((height, 1))
    down = np.linspace(0, _LARGEST, height)[:, None] + np.zeros((1, width))
    flat = np.zeros((height, width))
    ramps = _through(preprocess, np.stack([across, down, flat], axis=-1))
    dark = _through(preprocess, np.zeros((height, width, 3)))
    light = _through(preprocess, np.full((height, width, 3), _LARGEST))
    row, column = dark.shape[1] // 2, dark.shape[2] // 2
    left, right = _ends(*(part[0, row, :] for part in (ramps, dark, light)), width)
    top, bottom = _ends(*(part[1, :, column] for part in (ramps, dark, light)), height)
    return left, top, right, bottom


def _through(preprocess: Callable, pixels: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(np.rint(pixels).astype(np.uint8), "RGB")
    return np.asarray(preprocess(picture), dtype=np.float64)  # (3, H, W)


def _ends(ramp: np.ndarray, dark: np.ndarray, light: np.ndarray, pixels: int) -> tuple:
    """Where the picture's line meets the two ends of the model's input."""
    places = np.flatnonzero(np.abs(light - dark) > 0.5 * np.abs(light - dark).max())  # no margin
    quarter = len(places) // 4
    inner = places[quarter : max(len(places) - quarter, quarter + 2)]  # edges are resampled
    values = (ramp[inner] - dark[inner]) / (light[inner] - dark[inner])
    slope, start = np.polyfit(inner, values, 1)
    # The ramp runs from the middle of the first pixel to the middle of the last.
    ends = start + slope * np.array([-0.5, len(ramp) - 0.5])
    shares = (ends * (pixels - 1) + 0.5) / pixels
    return tuple(_snapped(float(share)) for share in shares)


def _snapped(share: float) -> float:
    """Rounding of the ramp's grey levels is no margin."""
    near = round(share)
    return float(near) if abs(share - near) < 0.01 and near in (0, 1) else round(share, 3)
