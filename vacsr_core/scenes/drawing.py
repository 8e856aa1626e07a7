"""From a scene to pixels: backdrop, objects with light and shadow, then the style."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vacsr_core.errors import DataError
from vacsr_core.scenes import living, things
from vacsr_core.scenes.backdrop import Backdrop
from vacsr_core.scenes.model import Scene, SceneObject
from vacsr_core.scenes.pen import Pen, Tones, tones
from vacsr_core.scenes.settings import paint
from vacsr_core.scenes.styles import STYLE_RENDERERS, Layers
from vacsr_core.scenes.vocabulary import KINDS

SMALLEST_SIZE = 32
LARGEST_SIZE = 1024
LINE_STYLES = frozenset({"sketch", "blueprint"})
FINEST_LINES = 128  # pixels; smaller line drawings are drawn at twice the size and shrunk
TURN = 9.0  # degrees by which things in the air may lean
TURNING_KINDS = frozenset({"kite", "balloon", "rocket", "star", "butterfly"})
MIRRORED_KINDS = frozenset({"car", "boat", "fish", "bird", "cat", "dog", "cup", "tree", "flower"})

_SHAPES: dict[str, Callable[[Pen, Tones, int], None]] = {
    "ball": things.ball,
    "box": things.box,
    "star": things.star,
    "house": things.house,
    "tree": things.tree,
    "car": things.car,
    "boat": things.boat,
    "kite": things.kite,
    "balloon": things.balloon,
    "umbrella": things.umbrella,
    "cup": things.cup,
    "rocket": things.rocket,
    "flower": living.flower,
    "mushroom": living.mushroom,
    "fish": living.fish,
    "bird": living.bird,
    "cat": living.cat,
    "dog": living.dog,
    "person": living.person,
    "butterfly": living.butterfly,
}


def draw(scene: Scene, size: int = 256) -> Image.Image:
    """Draw a scene; the same scene and size give the same pixels.

    Args:
        scene: what to draw, and in which style.
        size: pixels along one side, 32 to 1024.

    Returns:
        RGB picture of `size` x `size` pixels.

    Raises:
        DataError: the size is out of range.
    """
    if not SMALLEST_SIZE <= size <= LARGEST_SIZE:
        raise DataError(
            f"Cannot draw a scene at {size} pixels; choose {SMALLEST_SIZE} to {LARGEST_SIZE}."
        )
    if scene.style in LINE_STYLES and size < FINEST_LINES:
        # A line is at least a pixel wide: drawn at this size it would swallow small things.
        return draw(scene, 2 * size).resize((size, size), Image.Resampling.LANCZOS)
    rng = np.random.default_rng(scene.seed)
    side = size * (3 if size < 128 else 2)
    backdrop = Backdrop(
        side, rng, has_layer_shadows=scene.style == "paper", is_night=scene.style == "night"
    )
    paint(scene.setting, backdrop)
    ground = backdrop.image.reduce(side // size)
    objects = Image.new("RGBA", (size, size))
    for group in sorted(scene.objects, key=lambda g: max(box[3] for box in g.boxes)):
        _draw_group(group, objects, size, rng)
    layers = Layers(ground, objects, _contact_shadow(scene, size), backdrop.sun, rng)
    return STYLE_RENDERERS[scene.style](layers)


def draw_object(kind: str, colour: str, size: int, variant: int = 0) -> Image.Image:
    """Draw one object alone on a transparent canvas.

    Args:
        kind: a key of `KINDS`.
        colour: a key of `COLOURS`.
        size: pixels of its longest side, at least 4.
        variant: chooses hair and skin of a person, 0 to 15.

    Returns:
        RGBA picture, as wide and high as the object.
    """
    finer = 4 if size <= 64 else 3
    pen = Pen(KINDS[kind].width, KINDS[kind].height, size * finer)
    _SHAPES[kind](pen, tones(colour), variant)
    small = (max(1, pen.image.width // finer), max(1, pen.image.height // finer))
    return _lit(pen.image.resize(small, Image.Resampling.LANCZOS))


def _draw_group(
    group: SceneObject, objects: Image.Image, size: int, rng: np.random.Generator
) -> None:
    """Draw the members of one group onto the layer of objects."""
    longest = max(4, round(group.extent * size))
    plain = draw_object(group.kind, group.colour, longest, int(rng.integers(16)))
    for x, y in group.centres:
        turn, mirror = rng.uniform(-TURN, TURN), rng.random() < 0.5
        member = plain
        if mirror and group.kind in MIRRORED_KINDS:
            member = member.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if group.kind in TURNING_KINDS:
            member = member.rotate(turn, Image.Resampling.BICUBIC, expand=True)
        corner = (round(x * size - member.width / 2), round(y * size - member.height / 2))
        visible = (max(0, -corner[0]), max(0, -corner[1]))
        at = (max(0, corner[0]), max(0, corner[1]))
        objects.alpha_composite(member, at, visible)


def _lit(sprite: Image.Image) -> Image.Image:
    """Light from the upper left: a soft gradient and a darker rim on the far side."""
    pixels = np.asarray(sprite).astype(np.float32)  # (h, w, 4)
    alpha = pixels[..., 3]
    height, width = alpha.shape
    reach = max(1, round(0.035 * max(height, width)))
    padded = np.pad(alpha, reach)
    far = padded[2 * reach :, 2 * reach :][:height, :width]  # what lies to the lower right
    near = padded[:height, :width]  # what lies to the upper left
    rim = np.clip(alpha - far, 0, 255) / 255 * 0.16
    edge = np.clip(alpha - near, 0, 255) / 255 * 0.10
    slope = np.linspace(0.06, -0.08, height)[:, None] + np.linspace(0.02, -0.03, width)[None, :]
    light = (slope - rim)[..., None]
    rgb = pixels[..., :3] * (1 + light) + 255 * edge[..., None] * 0.5
    pixels[..., :3] = np.clip(rgb, 0, 255)
    return Image.fromarray(pixels.round().astype(np.uint8))


def _contact_shadow(scene: Scene, size: int) -> Image.Image:
    """Soft ellipses where things stand, L in [0, 255]; things in air or water throw none."""
    low = max(32, size // 2)
    shadow = Image.new("L", (low, low))
    pen = ImageDraw.Draw(shadow)
    for group in scene.objects:
        if KINDS[group.kind].zone == "sky" or scene.setting == "sea":
            continue
        for left, top, right, bottom in group.boxes:
            width = (right - left) * (
                0.30 if group.kind in ("tree", "flower", "umbrella") else 0.46
            )
            middle, depth = (left + right) / 2 + 0.012, 0.045 * (bottom - top) + 0.008
            box = (middle - width, bottom - 1.4 * depth, middle + width, bottom + depth)
            pen.ellipse([value * low for value in box], fill=96)
    soft = shadow.filter(ImageFilter.GaussianBlur(low * 0.010))
    return soft.resize((size, size), Image.Resampling.BILINEAR)
