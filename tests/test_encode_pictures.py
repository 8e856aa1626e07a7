"""Pictures of every kind become the same upright RGB pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from vacsr_core.encode.pictures import picture_digest, read_picture, to_rgb
from vacsr_core.errors import DataError

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=-1)


def encoded(image: Image.Image, file_format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def test_rgb_is_left_alone():
    image = Image.fromarray(COLOUR)
    assert to_rgb(image) is image


def test_transparency_is_laid_over_white():
    alpha = np.full((6, 8, 1), 51, dtype=np.uint8)  # one fifth
    image = Image.fromarray(np.concatenate([COLOUR, alpha], axis=-1))
    expected = COLOUR * 0.2 + 255 * 0.8
    np.testing.assert_allclose(np.asarray(to_rgb(image), dtype=float), expected, atol=1)
    grey = Image.merge("LA", [Image.fromarray(GREY), Image.new("L", (8, 6), 0)])
    assert (np.asarray(to_rgb(grey)) == 255).all()
    palette = Image.fromarray(GREY // 50).convert("P")
    palette.putpalette([200, 0, 0, 0, 200, 0] + [0] * 762)
    pixels = read_picture(encoded(palette, "PNG", transparency=0), 0)
    assert pixels.getpixel((0, 0)) == (255, 255, 255) and palette.getpixel((0, 0)) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_upright(orientation):
    upright = Image.fromarray(COLOUR)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # the camera was turned; the tag says: turn by 270 degrees
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = read_picture(encoded(stored, "PNG", exif=exif), 0)
    np.testing.assert_array_equal(np.asarray(pixels), COLOUR)


@pytest.mark.parametrize("block", [b"XXrubbish", b"II*\0", b"II*\0\xff\xff\xff\xff rubbish"])
def test_a_damaged_exif_block_does_not_matter(block):
    content = encoded(Image.fromarray(COLOUR), "PNG", exif=b"Exif\0\0" + block)
    np.testing.assert_array_equal(np.asarray(read_picture(content, 0)), COLOUR)


def test_grey_one_bit_and_cmyk():
    np.testing.assert_array_equal(np.asarray(to_rgb(Image.fromarray(GREY)))[..., 1], GREY)
    bits = Image.fromarray(GREY).point(lambda value: 255 * (value > 100)).convert("1")
    np.testing.assert_array_equal(np.asarray(to_rgb(bits))[..., 0], 255 * (GREY > 100))
    cmyk = Image.fromarray(COLOUR).convert("CMYK")
    np.testing.assert_allclose(np.asarray(to_rgb(cmyk)), COLOUR, atol=1)
    from_file = np.asarray(read_picture(encoded(cmyk, "TIFF"), 0))
    np.testing.assert_allclose(from_file, COLOUR, atol=1)


def test_sixteen_bits_keep_their_full_range():
    deep = Image.fromarray(GREY.astype(np.uint16) * 257)
    np.testing.assert_array_equal(np.asarray(to_rgb(deep))[..., 0], GREY)
    np.testing.assert_array_equal(np.asarray(read_picture(encoded(deep, "PNG"), 0))[..., 0], GREY)
    wide = Image.fromarray(GREY.astype(np.int32) * 257)
    np.testing.assert_array_equal(np.asarray(to_rgb(wide))[..., 0], GREY)


def test_floating_point_grey():
    shares = Image.fromarray(GREY.astype(np.float32) / 255)
    np.testing.assert_array_equal(np.asarray(to_rgb(shares))[..., 0], GREY)
    levels = Image.fromarray(GREY.astype(np.float32))
    np.testing.assert_array_equal(np.asarray(to_rgb(levels))[..., 2], GREY)


def test_the_first_frame_of_an_animation():
    frames = [Image.fromarray(COLOUR), Image.new("RGB", (8, 6), "blue")]
    content = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    np.testing.assert_array_equal(np.asarray(read_picture(content, 0)), COLOUR)


def test_the_digest_is_of_the_content(tmp_path):
    image = Image.fromarray(COLOUR)
    content = encoded(image, "PNG")
    (tmp_path / "b.png").write_bytes(content)
    assert picture_digest(content, 0) == picture_digest(tmp_path / "b.png", 5)
    assert picture_digest(image, 0) == picture_digest(image.copy(), 1)
    assert picture_digest(image, 0) != picture_digest(image.rotate(180), 0)
    turned = Image.fromarray(COLOUR.reshape(8, 6, 3))  # the same bytes in another shape
    assert picture_digest(image, 0) != picture_digest(turned, 0)


def test_what_cannot_be_read(monkeypatch):
    with pytest.raises(DataError, match=r"Image 3 \(bytes\) cannot be read as an image"):
        read_picture(encoded(Image.fromarray(COLOUR), "PNG")[:60], 3)
    content = encoded(Image.fromarray(np.repeat(COLOUR, 50, axis=0)), "PNG")
    half = Image.open(io.BytesIO(content[: len(content) // 2]))  # opened, not yet read
    with pytest.raises(DataError, match=r"Image 1 \(RGB, 8 x 300\) cannot be read"):
        read_picture(half, 1)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(DataError, match="decompression bomb"):
        read_picture(encoded(Image.fromarray(COLOUR), "PNG"), 0)
