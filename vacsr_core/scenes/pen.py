"""A pen that draws antialiased shapes in unit coordinates: draw large, shrink once."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from vacsr_core.scenes.vocabulary import COLOURS

Colour = tuple[int, int, int]
Points = tuple[tuple[float, float], ...]

CURVE_STEPS = 7  # straight pieces between two points of a smooth outline


class Pen:
    """Draws on a transparent canvas of `width` x `height` units, `scale` pixels to the unit."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        self.scale = scale
        self.image = Image.new(
            "RGBA", (max(1, round(width * scale)), max(1, round(height * scale)))
        )
        self._draw = ImageDraw.Draw(self.image)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        s = self.scale
        self._draw.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=fill)

    def slice(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: Colour
    ) -> None:
        """Fill the part of an ellipse cut off by a chord, angles in degrees clockwise from 3."""
        s = self.scale
        box = ((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s)
        self._draw.chord(box, start, end, fill=fill)

    def arc(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        start: float,
        end: float,
        fill: Colour,
        width: float,
    ) -> None:
        """Draw part of an ellipse's outline, angles in degrees clockwise from 3 o'clock."""
        s = self.scale
        box = ((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s)
        self._draw.arc(box, start, end, fill=fill, width=max(1, round(width * s)))

    def polygon(self, points: Points, fill: Colour) -> None:
        """Fill a shape with straight sides."""
        self._draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=fill)

    def blob(self, points: Points, fill: Colour) -> None:
        """Fill a smooth closed shape through the points."""
        self._draw.polygon((_smooth(points) * self.scale).ravel().tolist(), fill=fill)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Colour,
        radius: float = 0.0,
    ) -> None:
        """Fill a rectangle, with round corners where a radius is given."""
        s = self.scale
        corners = (left * s, top * s, max(left, right) * s, max(top, bottom) * s)
        self._draw.rounded_rectangle(corners, radius * s, fill=fill)

    def line(self, points: Points, width: float, fill: Colour) -> None:
        """Draw a line with round ends and joints."""
        pixels = [(x * self.scale, y * self.scale) for x, y in points]
        thickness = max(1, round(width * self.scale))
        self._draw.line(pixels, fill=fill, width=thickness, joint="curve")
        if thickness > 3:
            half = thickness / 2
            for x, y in (pixels[0], pixels[-1]):
                self._draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)

    def curve(self, points: Points, width: float, fill: Colour) -> None:
        """Draw a smooth open line through the points."""
        self.line(_smooth_open(points), width, fill)


@lru_cache(maxsize=512)
def _smooth(points: Points) -> np.ndarray:
    """Catmull-Rom curve through a closed ring of points, float64 (n * CURVE_STEPS, 2)."""
    ring = np.asarray(points)
    before, after, beyond = np.roll(ring, 1, 0), np.roll(ring, -1, 0), np.roll(ring, -2, 0)
    return _catmull_rom(before, ring, after, beyond).reshape(-1, 2)


@lru_cache(maxsize=512)
def _smooth_open(points: Points) -> Points:
    line = np.asarray(points)
    padded = np.vstack([line[:1], line, line[-1:]])
    curve = _catmull_rom(padded[:-3], padded[1:-2], padded[2:-1], padded[3:]).reshape(-1, 2)
    return tuple(map(tuple, np.vstack([curve, line[-1:]]).tolist()))


def _catmull_rom(p0: np.ndarray, p1: np.ndarray, p2: np.ndarray, p3: np.ndarray) -> np.ndarray:
    t = (np.arange(CURVE_STEPS) / CURVE_STEPS)[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (p0, p1, p2, p3))
    return 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )  # (pieces, CURVE_STEPS, 2)


@dataclass(frozen=True)
class Tones:
    """One nameable colour with a darker and a lighter companion for details."""

    base: Colour
    dark: Colour
    light: Colour


@lru_cache(maxsize=64)
def tones(colour: str) -> Tones:
    """The tones of a colour word.

    Args:
        colour: a key of `COLOURS`.

    Returns:
        Base, dark and light tone, RGB in [0, 255].
    """
    base = COLOURS[colour]
    if colour == "black":
        return Tones(base, (24, 24, 32), (92, 92, 108))
    if colour == "white":
        return Tones(base, (206, 208, 220), (255, 255, 255))
    return Tones(base, mix(base, (40, 20, 70), 0.28), mix(base, (255, 255, 255), 0.38))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Blend two colours.

    Args:
        one: RGB in [0, 255].
        other: RGB in [0, 255].
        share: weight of the second, in [0, 1].

    Returns:
        RGB in [0, 255].
    """
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
