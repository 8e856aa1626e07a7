"""The upload gate: what is accepted, how it is converted, and one clear sentence per refusal."""

import hashlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from vacsr_core import uploads
from vacsr_core.errors import CancelledError, UploadError
from vacsr_core.library import Library
from vacsr_core.uploads import keep_image, read_image, read_images


def saved(picture: Image.Image, form: str = "PNG", **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, format=form, **options)
    return written.getvalue()


def two_halves(width: int = 60, height: int = 40) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), (250, 10, 10))
    picture.paste((10, 10, 250), (width // 2, 0, width, height))
    return picture


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def corner(image, x: int = 2, y: int = 2) -> tuple[int, int, int]:
    return image.picture().getpixel((x, y))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_every_format_keeps_size_and_colours(form):
    data = saved(two_halves(), form)
    image = read_image("x", data)
    assert (image.width, image.height) == (60, 40)
    assert image.sha256 == hashlib.sha256(data).hexdigest()
    assert image.id == image.sha256[:12]
    assert image.note is None
    assert np.abs(np.subtract(corner(image), (250, 10, 10))).max() <= 12
    assert np.abs(np.subtract(corner(image, 57, 37), (10, 10, 250))).max() <= 12


def test_drawings_stay_exact_and_photographs_become_jpeg():
    drawing = read_image("x", saved(two_halves()))
    assert drawing.data.startswith(b"\x89PNG")
    assert drawing.picture().tobytes() == two_halves().tobytes()
    picture = read_image("x", saved(noise(400, 300)))
    assert picture.data.startswith(b"\xff\xd8")
    assert picture.picture().size == (400, 300)
    # Halved colour resolution would be wrong by about 50 levels on average.
    error = np.subtract(picture.picture(), noise(400, 300), dtype=np.float64)
    assert np.abs(error).mean() < 8


def test_longest_side_is_512_and_extreme_shapes_pass():
    assert read_image("x", saved(two_halves(1600, 800), "JPEG")).picture().size == (512, 256)
    banner = read_image("x", saved(two_halves(6000, 8)))
    assert (banner.width, banner.height, banner.picture().size) == (6000, 8, (512, 1))


def test_jpeg_of_50_megapixels_is_taken_and_other_formats_are_not(monkeypatch):
    decoded = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(
        ImageFile.ImageFile, "load", lambda self: (decoded.append(self.size), load(self))[1]
    )
    data = saved(Image.new("L", (8688, 5792), 128), "JPEG")
    image = read_image("x", data)
    assert (image.width, image.height, image.picture().size) == (8688, 5792, (512, 341))
    assert decoded[0] == (1086, 724), "an eighth of each side is all that is ever in memory"
    with pytest.raises(UploadError, match=r"50\.3 million pixels \(8,688 × 5,792\).*40 million"):
        read_image("x", saved(Image.new("1", (8688, 5792))))


@pytest.mark.parametrize("side", [9_600, 20_000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_decompression_bombs_are_refused_by_their_header(side, monkeypatch):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("was decoded"))
    with pytest.raises(UploadError, match="at most 40 million are opened"):
        read_image("x", bomb + chunk(b"IEND", b""))


@pytest.mark.filterwarnings("error")
def test_bomb_warning_as_error_is_a_refusal_too():
    with pytest.raises(UploadError, match="far too many pixels"):
        read_image("x", saved(Image.new("1", (9_600, 9_600))))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_upright(orientation):
    # The stored pixels are what the upright picture becomes under the inverse turn.
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = two_halves()
    upright.paste((10, 250, 10), (0, 30, 60, 40))  # a green floor tells top from bottom
    stored = upright.transpose(inverse[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_image("x", saved(stored, "PNG", exif=exif))
    assert (image.width, image.height) == (60, 40)
    assert image.picture().tobytes() == upright.tobytes()
    assert image.note == (None if orientation == 1 else "turned as its EXIF tag says")


def test_metadata_and_place_are_gone():
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    for form in ("JPEG", "PNG", "WEBP"):
        data = saved(two_halves(), form, exif=exif, xmp=b"<x>SECRET</x>", comment=b"SECRET")
        assert b"SECRET" in data
        image = read_image("x", data)
        assert b"SECRET" not in image.data and b"Exif" not in image.data
        assert not image.picture().getexif()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"MM\0*\xff\xff\xff\xff", b"no TIFF header", b""])
def test_broken_exif_does_not_refuse_the_picture(exif):
    image = read_image("x", saved(two_halves(), "JPEG", exif=b"Exif\0\0" + exif))
    assert image.note is None and (image.width, image.height) == (60, 40)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_first_frame_of_an_animation(form):
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "lime", "blue")]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=50)
    image = read_image("x", data)
    assert image.note == "first frame of 3"
    assert np.abs(np.subtract(corner(image), (255, 0, 0))).max() <= 8


def test_phone_photographs_with_a_map_behind_them_are_plain_pictures():
    data = saved(two_halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))])
    image = read_image("x", data)
    assert (image.width, image.height, image.note) == (60, 40, None)


def test_16_bit_grey_is_scaled_not_clipped():
    ramp = np.linspace(0, 65535, 64).round().astype(np.uint16)
    image = read_image("x", saved(Image.fromarray(np.tile(ramp, (16, 1)))))
    grey = np.asarray(image.picture())[8, :, 0]
    np.testing.assert_array_equal(grey, (ramp / 257).round())
    assert image.note == "16 bits per colour brought to 8"


def test_modes_become_rgb():
    grey = Image.new("L", (20, 20), 77)
    assert corner(read_image("x", saved(grey))) == (77, 77, 77)
    assert corner(read_image("x", saved(Image.new("1", (20, 20), 1)))) == (255, 255, 255)
    palette = two_halves().quantize(4)
    assert corner(read_image("x", saved(palette))) == (250, 10, 10)
    pixel = Image.new("LA", (20, 20), (77, 255))
    image = read_image("x", saved(pixel))
    assert (corner(image), image.note) == ((77, 77, 77), None)


def test_transparency_becomes_white():
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 128), (10, 0, 20, 20))
    image = read_image("x", saved(picture))
    assert corner(image) == (255, 255, 255)
    assert corner(image, 15, 5) == (255, 127, 127)
    assert image.note == "transparent parts put on white"
    keyed = saved(Image.new("P", (20, 20), 0), transparency=0)
    assert corner(read_image("x", keyed)) == (255, 255, 255)


def test_cmyk_is_converted():
    # JPEG holds CMYK as inks: full cyan and yellow on white paper are green.
    image = read_image("x", saved(Image.new("CMYK", (20, 20), (255, 0, 255, 0)), "JPEG"))
    assert image.note == "CMYK converted"
    red, green, blue = corner(image)
    assert green > 200 and red < 60 and blue < 60


def test_embedded_colour_profile_is_applied_and_a_broken_one_ignored():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    grey = Image.new("RGB", (20, 20), (100, 150, 200))
    assert corner(read_image("x", saved(grey, icc_profile=profile))) == (100, 150, 200)
    assert corner(read_image("x", saved(grey, icc_profile=b"broken" * 40))) == (100, 150, 200)
    # sRGB with red and blue swapped: the profile's own colourant tags are exchanged.
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = swapped.replace(b"rXYZ", b"tmp_").replace(b"bXYZ", b"rXYZ").replace(b"tmp_", b"bXYZ")
    shown = corner(read_image("x", saved(grey, icc_profile=swapped)))
    assert np.abs(np.subtract(shown, (200, 150, 100))).max() <= 3


def test_damage_is_refused_and_the_rest_goes_on():
    good = saved(noise(64, 64), "JPEG")
    files = [
        ("good.jpg", good),
        ("cut.jpg", good[: len(good) // 2]),
        ("stub.jpg", good[:20]),
        ("empty.png", b""),
        ("paper.jpg", b"%PDF-1.7 and so on"),
        ("page.png", b"<!DOCTYPE html><html></html>"),
        ("notes.gif", "a dog — running".encode()),
        ("scan.png", saved(two_halves(), "TIFF")),
        ("tiny.png", saved(two_halves(6, 6))),
        ("last.png", saved(two_halves())),
    ]
    images, reports = read_images(files, Library())
    assert [image.name for image in images] == ["good.jpg", "last.png"]
    assert [report.name for report in reports] == [name for name, _ in files]
    assert [report.accepted for report in reports] == [True] + 8 * [False] + [True]
    for report, part in zip(
        reports[1:9],
        [
            "The picture is damaged or cut off",
            "The file begins like a JPEG picture, but is damaged",
            "The file is empty (0 bytes)",
            "This is a PDF, not a picture that can be read: save the page as PNG or JPEG",
            "This is a web page, not a picture",
            "This is a text file, not a picture",
            "This is a TIFF picture, not a picture that can be read",
            "The picture has 6 × 6 pixels, and less than 8",
        ],
        strict=True,
    ):
        assert part in report.reason and report.reason.endswith(".")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_damaged_bytes_never_escape_as_other_errors(form):
    data = saved(noise(40, 40), form)
    rng = np.random.default_rng(1)
    for trial in range(60):
        hurt = bytearray(data[: rng.integers(1, len(data) + 1)] if trial % 2 else data)
        for position in rng.integers(0, len(hurt), 4):
            hurt[position] = rng.integers(256)
        images, reports = read_images([("x", bytes(hurt))], Library())
        assert len(reports) == 1
        assert len(images) == int(reports[0].accepted)
        assert reports[0].accepted or reports[0].reason.endswith(".")


def test_file_size_is_limited(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 3_000_000)
    with pytest.raises(UploadError, match=r"3\.1 MB, and at most 3 MB are taken"):
        read_image("x", b"\xff\xd8" + bytes(3_100_000))


def test_same_name_and_same_file_are_told_apart():
    red, blue = (saved(Image.new("RGB", (9, 9), colour)) for colour in ("red", "blue"))
    files = [("a.png", red), ("a.png", blue), ("b.png", red)]
    images, reports = read_images(files, Library())
    assert [image.name for image in images] == ["a.png", "a.png (2)", "b.png"]
    assert images[2].id == images[0].id + "-2"
    assert reports[1].reason == ("another file has the name a.png already, so this is a.png (2)")
    assert reports[2].reason == "the same file as a.png"
    library = Library().add(images)
    assert library.duplicate_of == {images[2].id: images[0].id}
    again, reports = read_images([("a.png", red)], library)
    assert (again[0].id, again[0].name) == (images[0].id + "-3", "a.png (3)")
    assert library.add(again).images[-1] == again[0], "ids given out stay as they are"


def test_a_full_library_takes_no_more(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_IMAGES", 2)
    files = [(f"{n}.png", saved(Image.new("RGB", (9, 9), (n, 0, 0)))) for n in range(3)]
    images, reports = read_images(files, Library())
    assert len(images) == 2
    assert "it holds at most 2 images" in reports[2].reason
    monkeypatch.setattr(uploads, "MAX_IMAGES", 9)
    monkeypatch.setattr(uploads, "MAX_LIBRARY_BYTES", len(images[0].data) + 1)
    images, reports = read_images(files, Library())
    assert [report.accepted for report in reports] == [True, True, False]


def test_progress_counts_up_and_may_cancel():
    files = [(f"{n}.png", saved(two_halves())) for n in range(4)]
    seen = []
    read_images(files, Library(), lambda fraction, text: seen.append((fraction, text)))
    assert [fraction for fraction, _ in seen] == [0.25, 0.5, 0.75, 1.0]
    assert seen[1][1] == "2 files checked, 2 accepted"

    def stop(fraction, text):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        read_images(files, Library(), stop)


def test_keep_image_keeps_bytes_or_refuses():
    data = saved(two_halves(), "WEBP")
    assert keep_image("x.webp", data).data == data
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    for other, part in (
        (saved(two_halves(600, 20)), r"600 × 20 pixels; a library keeps .* at most 512"),
        (saved(Image.new("L", (20, 20))), "The picture is L"),
        (saved(two_halves(), "JPEG", exif=exif), "more than pixels: exif"),
        (saved(noise(64, 64), "JPEG")[:900], "damaged"),
    ):
        with pytest.raises(UploadError, match=part):
            keep_image("x", other)


def test_reading_needs_no_torch_and_leaves_pillow_as_it_is():
    code = (
        "import sys; from PIL import Image, ImageFile; from vacsr_core import uploads, workspace, "
        "data, caption_files; assert not {'torch', 'pandas', 'pyarrow'} & set(sys.modules); "
        "assert Image.MAX_IMAGE_PIXELS == 89478485 and not ImageFile.LOAD_TRUNCATED_IMAGES"
    )
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=root)
