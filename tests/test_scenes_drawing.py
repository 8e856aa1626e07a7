"""Drawn scenes: seeded pixels, colours where they are named, no colour where none counts."""

import numpy as np
import pytest

from vacsr_core.scenes import (
    COLOURLESS_STYLES,
    STYLES,
    Scene,
    SceneObject,
    draw,
    sample,
    sample_scene,
)
from vacsr_core.scenes.drawing import draw_object
from vacsr_core.scenes.vocabulary import COLOURS, KINDS


@pytest.fixture(scope="module")
def scenes():
    return sample(40, seed=7, levels=()).scenes


def _with_style(scene, style):
    return Scene(scene.setting, scene.objects, style, scene.seed)


@pytest.mark.parametrize("style", STYLES)
def test_same_scene_same_pixels_and_no_style_like_another(style):
    scene = sample_scene(np.random.default_rng(11), style)
    picture = draw(scene, 64)
    assert picture.mode == "RGB" and picture.size == (64, 64)
    assert draw(scene, 64).tobytes() == picture.tobytes()
    reseeded = Scene(scene.setting, scene.objects, style, scene.seed + 1)
    assert draw(reseeded, 64).tobytes() != picture.tobytes()
    for other in STYLES:
        if other != style:
            ours, theirs = (
                np.asarray(picture, float),
                np.asarray(draw(_with_style(scene, other), 64)),
            )
            assert np.abs(ours - theirs).mean() > 4, other


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_shows_its_named_colour_most_and_fills_its_box(kind):
    names = list(COLOURS)
    palette = np.array([COLOURS[name] for name in names], float)
    for colour in names:
        pixels = np.asarray(draw_object(kind, colour, 96), float)
        rgb = pixels[pixels[..., 3] > 200][:, :3]
        nearest = np.linalg.norm(rgb[:, None] - palette, axis=2).argmin(axis=1)
        shares = np.bincount(nearest, minlength=len(names)) / len(nearest)
        assert names[shares.argmax()] == colour, (colour, dict(zip(names, shares, strict=True)))
    rows, columns = np.nonzero(pixels[..., 3] > 100)
    height, width = pixels.shape[:2]
    assert np.ptp(rows) >= 0.88 * height and np.ptp(columns) >= 0.88 * width


def test_the_named_colour_lies_in_the_objects_box_of_the_picture(scenes):
    for scene in scenes:
        pixels = np.asarray(draw(_with_style(scene, "flat"), 128), float)
        for group in scene.objects:
            for box in group.boxes:
                left, top, right, bottom = (round(value * 128) for value in box)
                inside = pixels[top:bottom, left:right].reshape(-1, 3)
                distance = np.linalg.norm(inside - COLOURS[group.colour], axis=1)
                assert (distance < 45).mean() > 0.12, (scene, group)


def test_styles_without_colour_show_none(scenes):
    for scene in scenes[:6]:
        for style in ("grey", "sketch"):
            pixels = np.asarray(draw(_with_style(scene, style), 64), int)
            assert np.ptp(pixels, axis=2).max() <= 1
        pixels = np.asarray(draw(_with_style(scene, "blueprint"), 64), int)
        assert (np.diff(pixels, axis=2) >= -1).all()  # blue to white: red <= green <= blue


@pytest.mark.parametrize("style", STYLES)
def test_a_style_shows_colours_exactly_where_they_count_as_facts(style):
    ball = SceneObject("ball", "red", "large", 1, 0.4, ((0.5, 0.75),))
    pixels = np.asarray(draw(Scene("snow", (ball,), style, 3), 128), float)
    red, green, blue = pixels[80:112, 48:80].mean(axis=(0, 1))  # the middle of the ball
    is_red = red > green + 60 and red > blue + 50
    assert is_red == (style not in COLOURLESS_STYLES)
