"""The canvas of a backdrop: gradients, hills, clouds and glows in unit coordinates."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vacsr_core.scenes.pen import Colour

SUNLIGHT: Colour = (255, 246, 204)
SUN_REACH = 0.27
SUN_RADIUS = 0.055
SHADOW: Colour = (40, 44, 80)
SHADOW_DEPTH = [round(value * 0.36) for value in range(256)]  # as a table for Image.point


class Backdrop:
    """A square RGB canvas on which a setting is painted from far to near.

    Args:
        side: pixels along one side.
        rng: source of chance for clouds, hills and the like.
        has_layer_shadows: whether each layer throws a soft shadow, as cut paper does.
        is_night: whether the sun is left out; `sun` then says where the moon belongs.
    """

    def __init__(
        self,
        side: int,
        rng: np.random.Generator,
        has_layer_shadows: bool = False,
        is_night: bool = False,
    ) -> None:
        self.side = side
        self.rng = rng
        self.has_layer_shadows = has_layer_shadows
        self.is_night = is_night
        self.sun: tuple[float, float] | None = None
        self.image = Image.new("RGB", (side, side))
        self.draw = ImageDraw.Draw(self.image)

    def sky(self, *stops: tuple[float, Colour], sun: tuple[float, float] | None = None) -> None:
        """Fill the canvas from top to bottom through (height, colour) stops.

        Args:
            stops: heights as shares of the canvas, with the colour at each.
            sun: (x, y) from where a soft light spreads, or None; by night the moon stands there.
        """
        # Smooth all over, so it is computed small and enlarged.
        low = max(16, self.side // 8)
        axis = (np.arange(low, dtype=np.float32) + 0.5) / low
        heights = [height for height, _ in stops]
        rows = np.stack([np.interp(axis, heights, [c[i] for _, c in stops]) for i in range(3)], 1)
        picture = np.repeat(rows[:, None, :], low, axis=1)  # (low, low, 3)
        if sun is not None and not self.is_night:
            distance = np.hypot(axis[None, :] - sun[0], axis[:, None] - sun[1]) / SUN_REACH
            light = 0.8 * np.exp(-(distance**2))[..., None]
            picture += light * (np.array(SUNLIGHT) - picture)
        small = Image.fromarray(picture.round().astype(np.uint8))
        self.image.paste(small.resize((self.side, self.side), Image.Resampling.BILINEAR))
        self.sun = sun
        if sun is not None and not self.is_night:
            self.disc(*sun, SUN_RADIUS, (255, 250, 226))

    def layer(
        self, points: list[tuple[float, float]], top: Colour, bottom: Colour, floor: float = 1.0
    ) -> None:
        """Fill a polygon with a gradient from its top edge to `floor`, a height on the canvas."""
        pixels = np.clip(np.array(points) * self.side, -4, self.side + 4)
        left, crest = (max(0, int(value)) for value in pixels.min(axis=0))
        right, foot = (min(self.side, int(value) + 2) for value in pixels.max(axis=0))
        if left >= right or crest >= foot:
            return
        mask = Image.new("1", (right - left, foot - crest))
        corners = (pixels - (left, crest)).ravel().tolist()
        ImageDraw.Draw(mask).polygon(corners, fill=1)
        if self.has_layer_shadows:
            self._throw_shadow(mask, left, crest)
        rows = np.linspace(0, 1, max(2, round(floor * self.side) - crest))[: foot - crest, None]
        column = (np.array(top) * (1 - rows) + np.array(bottom) * rows).round().astype(np.uint8)
        strip = Image.fromarray(column[:, None, :])  # one pixel wide
        strip = strip.resize(mask.size, Image.Resampling.NEAREST)
        self.image.paste(strip, (left, crest), mask)

    def hill(self, height: float, swing: float, top: Colour, bottom: Colour, waves=1.5) -> None:
        """Fill everything below a rolling line; `height` and `swing` are shares of the canvas."""
        phase, other = self.rng.uniform(0, 2 * math.pi, 2)
        x = np.linspace(-0.02, 1.02, 40)
        y = height + swing * (
            np.sin(2 * math.pi * waves * x * 0.6 + phase)
            + 0.35 * np.sin(2 * math.pi * waves * 1.7 * x + other)
        )
        points = [*zip(x.tolist(), y.tolist(), strict=True), (1.02, 1.02), (-0.02, 1.02)]
        self.layer(points, top, bottom)

    def cloud(self, x: float, y: float, size: float, colour: Colour) -> None:
        """A flat-bottomed cloud around (x, y), `size` wide."""
        puffs = ((-0.3, 0, 0.17), (-0.08, -0.09, 0.22), (0.16, -0.05, 0.19), (0.34, 0.02, 0.13))
        base = y + 0.1 * size
        for dx, dy, radius in puffs:
            self.disc(x + dx * size, y + dy * size, radius * size, colour)
        self.box(x - 0.32 * size, base - 0.1 * size, x + 0.36 * size, base + 0.06 * size, colour,
                 0.08 * size)  # fmt: skip

    def clouds(self, count: int, highest: float, lowest: float, colour: Colour) -> None:
        """Some clouds at random places."""
        for _ in range(count):
            x, y = self.rng.uniform(0.05, 0.95), self.rng.uniform(highest, lowest)
            self.cloud(x, y, self.rng.uniform(0.16, 0.30), colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, flat: float = 1.0) -> None:
        """A filled circle, or an ellipse where `flat` is not 1."""
        s = self.side
        self.draw.ellipse(
            ((x - radius) * s, (y - radius * flat) * s, (x + radius) * s, (y + radius * flat) * s),
            fill=colour,
        )

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        colour: Colour,
        radius: float = 0.0,
    ) -> None:
        """A filled rectangle, with round corners where a radius is given."""
        s = self.side
        self.draw.rounded_rectangle((left * s, top * s, right * s, bottom * s), radius * s, colour)

    def line(self, points: list[tuple[float, float]], width: float, colour: Colour) -> None:
        """A line through the points."""
        s = self.side
        self.draw.line(
            [(x * s, y * s) for x, y in points], colour, max(1, round(width * s)), joint="curve"
        )

    def _throw_shadow(self, mask: Image.Image, left: int, top: int) -> None:
        """A soft shadow all around a layer, a little higher than the layer itself."""
        reach = round(self.side * 0.03)
        coarse = 4
        wide = (mask.width + 2 * reach, mask.height + 2 * reach)
        padded = Image.new("L", wide)
        padded.paste(255, (reach, reach), mask)
        soft = padded.reduce(coarse).filter(ImageFilter.GaussianBlur(self.side * 0.012 / coarse))
        soft = soft.point(SHADOW_DEPTH).resize(wide, Image.Resampling.BILINEAR)
        lift = round(self.side * 0.012)
        self.image.paste(Image.new("RGB", wide, SHADOW), (left - reach, top - reach - lift), soft)
