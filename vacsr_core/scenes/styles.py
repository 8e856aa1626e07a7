"""How each style turns the layers of a drawing into a picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageFilter

GREY_WEIGHTS = (0.299, 0.587, 0.114)
SHADOW = (44, 52, 84)


@dataclass(frozen=True)
class Layers:
    """What a style works on, all of the same size.

    Args:
        ground: RGB, the setting.
        objects: RGBA, all objects on transparent ground.
        shadow: L, where things throw a shadow on what they stand on.
        sun: (x, y) of the sun as shares of the canvas, or None where none is seen.
        rng: source of chance for grain; its state follows from the scene.
    """

    ground: Image.Image
    objects: Image.Image
    shadow: Image.Image
    sun: tuple[float, float] | None
    rng: np.random.Generator

    @property
    def size(self) -> int:
        """Pixels along one side."""
        return self.ground.width


def _flat(layers: Layers) -> Image.Image:
    picture = layers.ground.copy()
    # Pasting a picture of one colour is several times faster than pasting the colour itself.
    picture.paste(Image.new("RGB", picture.size, SHADOW), mask=layers.shadow)
    picture.paste(layers.objects, mask=layers.objects)
    return picture


def _paper(layers: Layers) -> Image.Image:
    """Cut paper: every piece throws a shadow, and the paper has a grain."""
    size = layers.size
    picture = layers.ground.copy()
    alpha = layers.objects.getchannel("A")
    soft = alpha.filter(ImageFilter.GaussianBlur(size * 0.008)).point(lambda v: round(v * 0.55))
    shadow = Image.new("RGB", (size, size), (36, 38, 70))
    picture.paste(shadow, (round(size * 0.010), round(size * 0.014)), mask=soft)
    rim = alpha.filter(ImageFilter.GaussianBlur(size * 0.006)).point(lambda v: min(255, v * 5))
    cream = Image.new("RGB", (size, size), (255, 252, 244))
    if size >= 96:
        picture.paste(cream, mask=rim)
    picture.paste(layers.objects, mask=layers.objects)
    grain = _cloud_noise(layers.rng, size, size // 3) * 4 + _white_noise(layers.rng, size) * 2
    return _image(np.asarray(picture) + grain[..., None])


def _watercolour(layers: Layers) -> Image.Image:
    """Wet paint on rough paper: wobbling edges that are darker than the wash they bound."""
    size = layers.size
    sharp = np.asarray(_flat(layers)).astype(np.float32)
    reach = 0.0048 * size
    wander = np.stack([_cloud_noise(layers.rng, size, 18) for _ in range(2)]) * reach * 2
    rows, columns = np.mgrid[0:size, 0:size]
    rows = np.clip(rows + wander[0], 0, size - 1).round().astype(int)
    columns = np.clip(columns + wander[1], 0, size - 1).round().astype(int)
    moved = Image.fromarray(sharp[rows, columns].astype(np.uint8))
    wet = np.asarray(moved.filter(ImageFilter.GaussianBlur(size * 0.0035))).astype(np.float32)
    pooled = np.asarray(moved.filter(ImageFilter.GaussianBlur(size * 0.016))).astype(np.float32)
    wash = 1 + 0.10 * _cloud_noise(layers.rng, size, 5) + 0.05 * _cloud_noise(layers.rng, size, 24)
    paint = 255 - (255 - wet) * 0.86 * wash[..., None]
    paint -= 0.55 * np.clip(pooled - wet, 0, 60)
    paper = _cloud_noise(layers.rng, size, size // 3) * 6
    return _image(paint + paper[..., None])


def _night(layers: Layers) -> Image.Image:
    """Moonlight: a dark blue ground, things that glow a little. No stars: a star is an object."""
    size = layers.size
    ground = np.asarray(layers.ground).astype(np.float32)
    grey = ground @ np.array(GREY_WEIGHTS, np.float32)
    dark = (0.45 * ground + 0.55 * grey[..., None]) * np.array([0.33, 0.41, 0.68], np.float32)
    if layers.sun is not None:
        axis = (np.arange(size, dtype=np.float32) + 0.5) / size
        distance = np.hypot(axis[None, :] - layers.sun[0], axis[:, None] - layers.sun[1])
        moonlight = np.exp(-((distance / 0.28) ** 2)) * 52
        dark += moonlight[..., None] * np.array([0.9, 0.95, 1.0], np.float32)
        disc = np.clip((0.05 - distance) * size + 0.5, 0, 1)[..., None]
        dark = dark * (1 - disc) + disc * np.array([250, 244, 214], np.float32)
    alpha = layers.objects.getchannel("A")
    halo = np.asarray(alpha.filter(ImageFilter.GaussianBlur(size * 0.022))).astype(np.float32)
    dark += (halo / 255)[..., None] * np.array([70, 84, 104], np.float32)
    cover = np.asarray(alpha).astype(np.float32)[..., None] / 255
    lit = np.asarray(layers.objects)[..., :3] * np.array([0.84, 0.86, 0.96], np.float32) + 8
    return _image(dark * (1 - cover) + lit * cover)


def _pixel(layers: Layers) -> Image.Image:
    """About 64 squares along each side and few shades, with a dark outline around things."""
    block = max(1, int(layers.size / 64 + 0.49))
    grid = -(-layers.size // block)
    ground = layers.ground.resize((grid, grid), Image.Resampling.BOX)
    objects = layers.objects.resize((grid, grid), Image.Resampling.BOX)
    solid = objects.getchannel("A").point(lambda v: 255 if v > 110 else 0)
    shadow = layers.shadow.resize((grid, grid)).point(lambda v: 90 if v > 50 else 0)
    ground.paste(SHADOW, mask=shadow)
    few = np.asarray(ground).astype(np.float32)
    dither = np.indices((grid, grid)).sum(axis=0) % 2 * 10 - 5  # a checkerboard hides the steps
    ground = _image(np.round((few + dither[..., None]) / 20) * 20)
    outline = ImageChops.subtract(solid.filter(ImageFilter.MaxFilter(3)), solid)
    ground.paste((40, 40, 60), mask=outline.point(lambda v: round(v * 0.55)))
    colours = np.asarray(objects.convert("RGB")).astype(np.float32)
    ground.paste(_image(np.round(colours / 12) * 12), mask=solid)
    large = ground.resize((grid * block, grid * block), Image.Resampling.NEAREST)
    return large.crop((0, 0, layers.size, layers.size))


def _sketch(layers: Layers) -> Image.Image:
    """Pencil on paper: lines where tones change, hatching where it is dark."""
    size = layers.size
    near, far = _edges(layers)
    tone = np.asarray(_flat(layers).convert("L")).astype(np.float32) / 255
    cover = np.asarray(layers.objects.getchannel("A")).astype(np.float32) / 255
    rows, columns = np.mgrid[0:size, 0:size]
    step = max(3.0, size / 64)
    hatch = 0.5 + 0.5 * np.sin((rows * 0.8 + columns) * 2 * np.pi / (step * 1.3))
    grain = 0.5 + 0.5 * _cloud_noise(layers.rng, size, size // 2)
    dark = np.clip(0.95 - tone, 0, 1) ** 1.3
    stroke = dark * (0.25 + 1.1 * hatch * grain) * (0.7 + 0.3 * cover)
    ink = np.clip(near * 1.05 + far * 0.5, 0, 1) * (0.75 + 0.25 * grain)
    paper = 250 - 5 * _cloud_noise(layers.rng, size, size // 3)
    light = paper * (1 - np.clip(ink * 0.82 + stroke * 0.6, 0, 0.88))
    return _image(np.repeat(light[..., None], 3, axis=2))


def _blueprint(layers: Layers) -> Image.Image:
    """White lines on blue paper with a grid."""
    size = layers.size
    near, far = _edges(layers)
    paper = np.empty((size, size, 3), np.float32)
    paper[:] = (30, 78, 148)
    paper *= (1 + 0.05 * _cloud_noise(layers.rng, size, 6))[..., None]
    step = size / 16
    for index in range(1, 16):
        at = round(index * step)
        strength = 26 if index % 4 == 0 else 12
        paper[at] += strength
        paper[:, at] += strength
    cover = np.asarray(layers.objects.getchannel("A")).astype(np.float32)[..., None] / 255
    tone = np.asarray(layers.objects.convert("L")).astype(np.float32)[..., None]
    paper += cover * (6 + tone * 0.10)
    shade = np.asarray(layers.ground.convert("L")).astype(np.float32)[..., None]
    paper += (1 - cover) * (shade - 190) * 0.18
    ink = np.clip(near * 1.1 + far * 0.5, 0, 1)[..., None]
    return _image(paper * (1 - ink) + np.array([232, 242, 252], np.float32) * ink)


def _grey(layers: Layers) -> Image.Image:
    return _flat(layers).convert("L").convert("RGB")


def _noise(layers: Layers) -> Image.Image:
    """A grainy picture, as from a poor camera in poor light."""
    size = layers.size
    clean = np.asarray(_flat(layers)).astype(np.float32)
    coarse = layers.rng.standard_normal((size, size, 3), dtype=np.float32) * 17
    common = _white_noise(layers.rng, size) * 14
    return _image((clean - 128) * 0.92 + 126 + coarse + common[..., None])


def _edges(layers: Layers) -> tuple[np.ndarray, np.ndarray]:
    """Line strength in [0, 1] of the objects (outline and inner lines) and of the ground."""
    alpha = layers.objects.getchannel("A")
    on_white = Image.new("RGB", layers.ground.size, (255, 255, 255))
    on_white.paste(layers.objects, mask=layers.objects)
    cover = np.asarray(alpha).astype(np.float32) / 255
    outline = _line_strength(alpha, layers.size, threshold=8, gain=2.0)
    inner = _line_strength(on_white, layers.size, threshold=8, gain=1.7)
    ground = _line_strength(layers.ground, layers.size, threshold=3, gain=10.0)
    return np.maximum(outline, inner * (cover > 0.5)), ground * (1 - cover)


def _line_strength(image: Image.Image, size: int, threshold: int, gain: float) -> np.ndarray:
    """Steepest change of any channel to the next pixel, amplified, float32 (H, W) in [0, 1]."""
    change = ImageChops.lighter(
        ImageChops.difference(image, ImageChops.offset(image, 1, 0)),
        ImageChops.difference(image, ImageChops.offset(image, 0, 1)),
    )
    steepest = change.getchannel(0)
    for channel in change.split()[1:]:
        steepest = ImageChops.lighter(steepest, channel)
    steepest = steepest.point(lambda v: min(255, round(max(0, v - threshold) * gain)))
    if size >= 360:  # lines keep about the same share of the picture
        steepest = steepest.filter(ImageFilter.MaxFilter(3 if size < 800 else 5))
        steepest = steepest.filter(ImageFilter.GaussianBlur(size / 800))
    strength = np.asarray(steepest).astype(np.float32) / 255
    border = max(1, size // 200)  # `offset` wraps around, which is no line of the drawing
    strength[:border] = 0
    strength[:, :border] = 0
    return strength


def _cloud_noise(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Smooth noise in about [-1, 1] with `cells` bumps along a side, float32 (size, size)."""
    coarse = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    image = Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(image)


def _white_noise(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.standard_normal((size, size), dtype=np.float32)


def _image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(values.round(), 0, 255).astype(np.uint8))


STYLE_RENDERERS: dict[str, Callable[[Layers], Image.Image]] = {
    "flat": _flat,
    "paper": _paper,
    "watercolour": _watercolour,
    "night": _night,
    "pixel": _pixel,
    "sketch": _sketch,
    "blueprint": _blueprint,
    "grey": _grey,
    "noise": _noise,
}
