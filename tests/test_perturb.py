"""Changes to a picture: nothing stays nothing, each does what it says, and twice is the same."""

import numpy as np
import pytest
from PIL import Image

from vacsr_core.errors import DataError
from vacsr_core.perturb import Changes, apply


@pytest.fixture
def picture():
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def values(picture):
    return np.asarray(picture, dtype=np.float64)


def test_no_change_gives_the_very_picture(picture):
    assert Changes().is_nothing
    assert apply(picture, Changes()) is picture
    assert not Changes(is_grey=True).is_nothing


@pytest.mark.parametrize(
    "changes",
    [
        Changes(crop=30),
        Changes(blur=3),
        Changes(is_grey=True),
        Changes(noise=20),
        Changes(jpeg=80),
        Changes(crop=10, blur=1, is_grey=True, noise=5, jpeg=50),
    ],
)
def test_every_change_changes_and_twice_is_the_same(picture, changes):
    before = values(picture)
    once, again = apply(picture, changes), apply(picture, changes)
    assert once.mode == "RGB"
    assert once.tobytes() == again.tobytes()
    assert once.tobytes() != picture.tobytes()
    assert (values(picture) == before).all()


def test_crop_keeps_the_middle(picture):
    cropped = apply(picture, Changes(crop=50))
    assert cropped.size == (45, 30)
    assert (values(cropped) == values(picture)[15:45, 22:67]).all()
    tiny = apply(Image.new("RGB", (3, 1)), Changes(crop=80))
    assert tiny.size == (1, 1)


def test_stronger_blur_leaves_less_detail_and_does_not_depend_on_size(picture):
    spread = [values(apply(picture, Changes(blur=b))).std() for b in (0, 1, 3, 8)]
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < 0.35 * spread[0]


def test_grey_takes_out_colour(picture):
    grey = values(apply(picture, Changes(is_grey=True)))
    assert (grey[..., 0] == grey[..., 1]).all() and (grey[..., 1] == grey[..., 2]).all()


def test_noise_has_the_deviation_asked_for():
    flat = Image.new("RGB", (200, 200), (128, 128, 128))
    for deviation in (5, 25):
        added = values(apply(flat, Changes(noise=deviation))) - 128
        assert added.std() == pytest.approx(deviation, rel=0.02)
        assert abs(added.mean()) < 0.02 * deviation + 0.05


def test_stronger_jpeg_is_further_from_the_picture(picture):
    distance = [
        np.abs(values(apply(picture, Changes(jpeg=j))) - values(picture)).mean()
        for j in (1, 50, 100)
    ]
    assert 0 < distance[0] < distance[1] < distance[2]


def test_values_out_of_range_are_refused():
    with pytest.raises(DataError, match="crop is 95; it must lie in 0 to 80"):
        Changes(crop=95)
    with pytest.raises(DataError, match="noise is nan"):
        Changes(noise=float("nan"))
